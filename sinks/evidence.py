"""Evidence: what the store holds of live runs under one configuration; simulated and replayed rows never count."""

import duckdb

from leadline.ladder import Ladder, ladder
from sinks import outcomes

LIVE = "mode = 'live' AND venue <> 'simulator'"
MINUTES = f"""
SELECT count(DISTINCT open_time) FROM candles
WHERE {LIVE} AND timeframe = '1m' AND origin = 'stream'
    AND run_id IN (SELECT run_id FROM runs WHERE {LIVE} AND config_hash = ?)
"""
ELSEWHERE = f"SELECT count(*) FROM paper_trades WHERE {LIVE} AND on_account AND config_hash <> ?"
MINUTES_A_DAY = 1440
TABLES = ("runs", "candles", "paper_trades")  # that it is read from


def read(store: duckdb.DuckDBPyConnection, config_hash: str) -> tuple[Ladder, int]:
    """Return the ladder of a configuration, and how many live trades of others there are beside it."""
    ((minutes,),) = store.execute(MINUTES, [config_hash]).fetchall()
    own = outcomes.read(store, f"{LIVE} AND on_account AND config_hash = ?", [config_hash])
    ((elsewhere,),) = store.execute(ELSEWHERE, [config_hash]).fetchall()
    return ladder(minutes / MINUTES_A_DAY, own), elsewhere
