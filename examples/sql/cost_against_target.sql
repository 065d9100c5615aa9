-- How much of each setup's target its costs eat, and the win rate it would need.
SELECT setup, round(avg(target_bps), 1) AS target_bps, round(avg(cost_bps), 1) AS cost_bps,
       round(avg(breakeven_win_rate), 3) AS breakeven_win_rate, round(avg(confidence), 3) AS prior
FROM signals GROUP BY setup ORDER BY setup;
