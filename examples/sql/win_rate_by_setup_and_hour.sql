-- How often each setup won by the UTC hour of its entry, with the Wilson bounds (95 %) and the win rate it needed:
-- the mean of those that could break even, beside how many could not.
-- With few outcomes in an hour the bounds are wide: they say more than the rate.
SELECT mode, config_hash, setup, hour, n, round(100 * wins / n, 1) AS win_pct,
       round(greatest(0, 100 * (wins + 1.92 - 1.96 * sqrt(wins * (n - wins) / n + 0.96)) / (n + 3.84)), 1) AS lower_pct,
       round(least(100, 100 * (wins + 1.92 + 1.96 * sqrt(wins * (n - wins) / n + 0.96)) / (n + 3.84)), 1) AS upper_pct,
       round(100 * needed, 1) AS needed_pct, n_impossible, round(mean_r, 3) AS mean_r
FROM (
    SELECT mode, config_hash, setup, hour(entry_ts) AS hour, count(*) AS n, count(*) FILTER (pnl_quote > 0) AS wins,
           avg(breakeven_win_rate) AS needed, count(*) FILTER (breakeven_win_rate IS NULL) AS n_impossible,
           avg(r_multiple) AS mean_r
    FROM paper_trades
    WHERE account_model AND exit_reason NOT IN ('unfilled', 'end_of_tape', 'abandoned')
    GROUP BY ALL
) ORDER BY mode, config_hash, setup, hour;
