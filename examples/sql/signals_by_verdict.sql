-- What came out, and the main reason why it could not be traded.
SELECT symbol, setup, side, verdict, count(*) AS signals, mode(reasons[1]) AS main_reason
FROM signals GROUP BY ALL ORDER BY symbol, setup, side;
