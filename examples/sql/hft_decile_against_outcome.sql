-- Does more order-book pressure behind a signal go with a better outcome? Deciles of the score in the signal's own
-- direction (positive: the book pushed its way), weakest first. Ten groups of a few trades each prove nothing.
SELECT mode, config_hash, decile, count(*) AS n, round(min(pressure), 1) AS from_score, round(max(pressure), 1) AS to_score,
       round(100 * avg(won), 1) AS win_pct, round(avg(r_multiple), 3) AS mean_r,
       round(1.96 * stddev_samp(r_multiple) / sqrt(count(r_multiple)), 3) AS plus_minus_r
FROM (
    SELECT mode, config_hash, r_multiple, CAST(pnl_quote > 0 AS INTEGER) AS won, pressure,
           ntile(10) OVER (PARTITION BY mode, config_hash ORDER BY pressure, trade_id) AS decile
    FROM (SELECT *, CASE side WHEN 'buy' THEN hft_score ELSE -hft_score END AS pressure FROM paper_trades)
    WHERE account_model AND pressure IS NOT NULL AND exit_reason NOT IN ('unfilled', 'end_of_tape', 'abandoned')
) GROUP BY mode, config_hash, decile ORDER BY mode, config_hash, decile;
