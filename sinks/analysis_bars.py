"""Closed bars of every timeframe that an analysis uses, from the candles of one symbol in one world.

A bar is taken as it is stored; where it is not, it is rolled up from the coarsest shorter candles that
know it from end to end (`leadline.history`). A bar that nothing knows is missing.
"""

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np

from leadline import history
from leadline.analysis import Bars, Timeframe

COLUMNS = ("open_ns", "open", "high", "low", "close", "volume")


def closed_bars(
    connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, most: Mapping[Timeframe, int],
    where: str, parameters: list[Any],
) -> dict[Timeframe, Bars]:  # fmt: skip
    """Return the newest bars closed by a time, at most so many of each timeframe; `where` chooses the world."""
    stored = _stored(connection, symbol, as_of_ns, where, parameters)
    found = {timeframe: _bars(stored, timeframe, as_of_ns, n) for timeframe, n in most.items()}
    return {timeframe: some for timeframe, some in found.items() if len(some)}


def _stored(
    connection: duckdb.DuckDBPyConnection, symbol: str, as_of_ns: int, where: str, parameters: list[Any]
) -> dict[str, Bars]:
    """Return the stored candles that open before a time, by timeframe, oldest first."""
    columns = connection.execute(
        "SELECT timeframe, epoch_ns(open_time) AS open_ns, open, high, low, close, volume FROM candles "
        f"WHERE symbol = ? AND open_time < make_timestamp_ns(?) AND NOT coalesce(partial, false) AND {where} "
        "ORDER BY timeframe, open_time",
        [symbol, as_of_ns, *parameters],
    ).fetchnumpy()
    everything = Bars.of(*(np.asarray(columns[name]) for name in COLUMNS))
    names = np.asarray(columns["timeframe"], dtype=object)
    firsts = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1)] if len(names) else []
    return {
        str(names[first]): everything.part(int(first), int(end))
        for first, end in zip(firsts, [*firsts[1:], len(names)], strict=False)
    }


def _bars(stored: Mapping[str, Bars], timeframe: Timeframe, as_of_ns: int, most: int) -> Bars:
    """Return a timeframe's newest closed bars: each from the coarsest candles that make it."""
    parts = [rolled_up(stored[name], name, timeframe) for name in history.made_of(timeframe) if name in stored]
    if not parts:
        return Bars.of(np.zeros(0, np.int64), *np.zeros((5, 0)))
    joined = [np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS]
    numbers, first = np.unique(history.numbers(joined[0], timeframe), return_index=True)
    closed = first[history.opens_ns(numbers + 1, timeframe) <= as_of_ns][-most:]
    return Bars.of(*(column[closed] for column in joined))


def rolled_up(bars: Bars, part: str, timeframe: Timeframe) -> Bars:
    """Return the bars of a timeframe that shorter ones make, those alone that are known from end to end."""
    if part == timeframe or not len(bars):
        return bars
    numbers = history.numbers(bars.open_ns, timeframe)
    first = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
    last = np.concatenate((first[1:], [len(bars)])) - 1
    whole = history.whole(
        numbers[first], timeframe, bars.open_ns[first], bars.open_ns[last] + history.SPANS_NS[part]
    )  # fmt: skip
    return Bars.of(
        history.opens_ns(numbers[first], timeframe)[whole], bars.open[first][whole],
        np.maximum.reduceat(bars.high, first)[whole], np.minimum.reduceat(bars.low, first)[whole],
        bars.close[last][whole], np.add.reduceat(bars.volume, first)[whole],
    )  # fmt: skip
