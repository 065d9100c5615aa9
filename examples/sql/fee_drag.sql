-- What was earned before fees, what fees took, and what was left, by symbol and setup; in bps of the entry notional.
-- Slippage is inside the result before fees: it was paid in the price.
SELECT mode, config_hash, symbol, setup, count(*) AS trades,
       round(1e4 * sum(gross_quote) / sum(notional), 2) AS gross_bps,
       round(1e4 * sum(fees_quote) / sum(notional), 2) AS fees_bps,
       round(1e4 * sum(pnl_quote) / sum(notional), 2) AS net_bps,
       round(avg(slippage_bps), 2) AS slippage_bps,
       round(100 * sum(fees_quote) / nullif(sum(gross_quote) FILTER (gross_quote > 0), 0), 1) AS fees_pct_of_winners
FROM (SELECT *, size_base * entry_price AS notional FROM paper_trades)
WHERE account_model AND exit_reason NOT IN ('unfilled', 'end_of_tape', 'abandoned')
GROUP BY ALL ORDER BY ALL;
