-- The same signals in three fill models: how many were filled, and what that was worth.
-- A maker saves fees and misses trades: judge by the mean over all signals, where what was never filled earns nothing.
SELECT mode, fill_model, count(*) AS signals, count(*) FILTER (r_multiple IS NOT NULL) AS filled,
       round(avg(r_multiple), 3) AS mean_r_filled, round(avg(coalesce(r_multiple, 0)), 3) AS mean_r_a_signal,
       round(sum(fees_quote), 2) AS fees_quote
FROM paper_trades WHERE exit_reason NOT IN ('end_of_tape', 'abandoned') GROUP BY ALL ORDER BY ALL;
