"""Rows of an archive that can be true: candles and trades, checked.

Prices in quote, volume in base, times in ns, UTC. A row that cannot be is a reject with its line.
"""

import numpy as np

from leadline.analysis.bars import Array, Flags, Times
from leadline.history import SPANS_NS, Candles
from leadline.plausible import no_market_s
from leadline.times import SECOND_NS
from leadline.trade_minutes import NO_ID, TradeRows
from sources.history_csv import OPTIONAL, Reject, Table, first_reasons

EARLIEST_S = 1_230_940_800  # 2009-01-03, when there was a first bitcoin
LATEST_S = 1 << 33  # 2242: what is later is not in seconds
ENOUGH = 100  # candles, to tell of which length they are
MOST = 0.75  # of a file's candles; fewer than that may be bad rows


def other_length(table: Table, timeframe: str) -> str | None:
    """Return of which length the candles of a table are if that is hardly the timeframe; None if it may be.

    Most of the rows tell, so that a bad one is no more than that. Archives leave quiet candles out, and what is left
    opens at times of its length: shorter candles also between those of the timeframe, longer ones at every second or
    third of its times alone. Candles of the right length that all open late are no others: each is rejected as such.
    """
    span_s, times = SPANS_NS[timeframe] // SECOND_NS, table.columns["time"]
    times = np.unique(times[(times >= EARLIEST_S) & (times < LATEST_S)])
    if len(times) < ENOUGH:
        return None
    multiples = [span_s * n for n in (2, 3, 5, 7)]  # of 4 is of 2, too
    if _in_step(times, span_s) and not any(_in_step(times, length_s) for length_s in multiples):
        return None
    known = {span_ns // SECOND_NS: name for name, span_ns in SPANS_NS.items()}
    fitting = [length_s for length_s in (*known, *multiples) if _in_step(times, length_s)]
    apart, n_apart = np.unique(np.diff(times), return_counts=True)
    own_s = max(fitting, default=int(apart[n_apart.argmax()]))
    return known.get(own_s, f"{own_s} s")


def _in_step(times: Array, length_s: float) -> bool:
    """Return whether most of the times are whole lengths apart from each other."""
    return bool(np.unique(times % length_s, return_counts=True)[1].max() >= MOST * len(times))


@np.errstate(invalid="ignore")  # of what is not finite, and so refused
def candles(table: Table, timeframe: str, now_ns: int) -> tuple[Candles, list[Reject]]:
    """Return the candles of a table, and the rows that can be none."""
    c = table.columns
    time, o, high, low, close, volume, trades = (
        c[k] for k in ("time", "open", "high", "low", "close", "volume", "trades")
    )
    span_s = SPANS_NS[timeframe] // SECOND_NS
    good, rejects = first_reasons(
        (
            (not_finite(table), "a value is not finite"),
            *_times(time),
            (np.fmod(time, span_s) != 0, f"no {timeframe} candle opens at {{time:.0f}}"),
            (time + span_s > now_ns / SECOND_NS, "the candle of {time:.0f} is not closed yet: is the clock right?"),
            (np.minimum(np.minimum(o, close), low) <= 0.0, "a price is not above 0"),
            (high < np.maximum(np.maximum(o, close), low), "the high {high:.10g} is not the highest price"),
            (low > np.minimum(o, close), "the low {low:.10g} is not the lowest price"),
            (volume < 0.0, "the volume {volume:.10g} is below 0"),
            ((trades < 0.0) | (trades != np.floor(trades)), "{trades:.10g} is no number of trades"),
            (no_market_s(low, high, volume), "no market trades {volume:.10g} at {low:.10g} to {high:.10g}"),
        ),
        table,
    )
    time, o, high, low, close, volume, trades = (column[good] for column in (time, o, high, low, close, volume, trades))
    vwap = c["vwap"][good] if "vwap" in c else np.full(len(time), np.nan)
    vwap = np.where((vwap >= low) & (vwap <= high), vwap, np.nan)
    return Candles(
        time.astype(np.int64) * SECOND_NS, o, high, low, close, volume, vwap, trades.astype(np.int64)
    ), rejects


def not_finite(table: Table) -> Flags:
    """Return which rows hold something that is no finite number; what is not told may be."""
    told = (column for name, column in table.columns.items() if name not in OPTIONAL)
    wrong: Flags = ~np.logical_and.reduce([np.isfinite(column) for column in told])
    return wrong


@np.errstate(invalid="ignore")
def trades(table: Table, now_ns: int) -> tuple[TradeRows, Times, list[Reject]]:
    """Return the trades of a table with their lines, and the rows that can be none.

    Where a line was refused, a trade may be missing: the next one is `broken`.
    """
    c = table.columns
    time, price, size = c["time"], c["price"], c["volume"]
    good, rejects = first_reasons(
        (
            (not_finite(table), "a value is not finite"),
            *_times(time),
            (time > now_ns / SECOND_NS, "the trade of {time:.0f} lies in the future: is the clock right?"),
            (price <= 0.0, "the price {price:.10g} is not above 0"),
            (size <= 0.0, "the volume {volume:.10g} is not above 0"),
            (no_market_s(price, price, size), "no market trades {volume:.10g} at {price:.10g}"),
        ),
        table,
    )
    ids = c.get("trade_id")
    side = c.get("side")
    n, lines = int(good.sum()), table.lines[good]
    return (
        TradeRows(
            np.rint(time[good] * 1e6).astype(np.int64) * 1000,
            price[good],
            size[good],
            np.full(n, -1) if side is None else side[good].astype(np.int64),
            np.full(n, NO_ID) if ids is None else np.where(np.isfinite(ids[good]), ids[good], NO_ID).astype(np.int64),
            behind(lines, [reject.line for reject in (*table.rejects, *rejects)]),
        ),
        lines,
        rejects,
    )


def behind(lines: Times, refused: list[int]) -> Flags:
    """Return which of these lines are the first after a refused one.

    >>> behind(np.array([1, 2, 5, 6]), [3, 4]).tolist()
    [False, False, True, False]
    """
    broken = np.zeros(len(lines) + 1, np.bool_)
    broken[np.searchsorted(lines, np.array(refused, np.int64))] = True
    return broken[:-1]


def _times(time: Array) -> tuple[tuple[Flags, str], ...]:
    return (
        (time < EARLIEST_S, "the time {time:.0f} lies before 2009: seconds since 1970 are expected"),
        (time >= LATEST_S, "the time {time:.0f} is not in seconds since 1970"),
    )
