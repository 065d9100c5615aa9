-- When a book was not to be trusted, and for how long.
SELECT symbol, channel, state, reason, ts,
       lead(ts) OVER (PARTITION BY run_id, symbol, channel ORDER BY ts) - ts AS lasted
FROM feed_health ORDER BY ts;
