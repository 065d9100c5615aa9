-- From the receipt of a frame to its signal in the sink, live runs only; a venue named simulator is a simulated exchange.
SELECT venue, quantile_cont(latency_ms, [0.5, 0.99, 0.999]) AS p50_p99_p999_ms, count(*) AS signals
FROM signals WHERE mode = 'live' AND latency_ms IS NOT NULL GROUP BY venue ORDER BY venue;
