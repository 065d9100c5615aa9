-- How armed setups ended: fired, expired, disarmed or filtered.
SELECT setup, side, outcome, reason, count(*) AS candidates
FROM candidates GROUP BY ALL ORDER BY setup, side, candidates DESC;
