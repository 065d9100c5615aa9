"""Roll-up: the bars of any timeframe, made in SQL of the pieces that the store has of them.

A bar comes from the series of its market that saw most of it: its own timeframe's candles, or finer
ones. Of series that saw the same (Kraken's archives do, to the last digit) the one with most of its
parts is taken, then the coarsest, because it is the quickest to read; finer ones are looked at only
where coarser ones leave bars open.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.history import SPANS_NS, gaps, n_parts, number, open_ns, opens_ns
from sinks.candle_pieces import VOLUME_UNITS, Pieces, together
from sinks.market import time_of

FINE = 60  # parts a bar: made of more, it is rolled up only where nothing coarser is known
HALF_HOUR_NS = SPANS_NS["30m"]  # finer ones are rolled up last of all
MANY_GAPS = 20  # more are read as one stretch


class Rolled(NamedTuple):
    """Bars by number, with what they were made of: columns of one length."""

    number: Any
    open: Any
    high: Any
    low: Any
    close: Any
    volume: Any
    seen_from_ns: Any
    seen_to_ns: Any
    span_ns: Any  # of the parts
    n_parts: Any
    of_parts: Any
    quiet_told: Any  # its source lists the parts in which nothing traded


def rolled_up(source: Pieces, timeframe: str, first: int, end: int) -> Rolled:
    """Return all that is known of the bars with numbers in [first, end), whole or not."""
    found = None
    for parts in _stages(timeframe, source.parts(timeframe)):
        if found is None:
            found = _best(_query(source, timeframe, parts, [(first, end)]))
        elif stretches := _open(found, timeframe, first, end):
            more = _query(source, timeframe, parts, stretches)
            found = _best(Rolled._make(np.concatenate(both) for both in zip(found, more, strict=True)))
    return NOTHING if found is None else found


def _stages(timeframe: str, parts: Sequence[str]) -> list[list[str]]:
    """Return the parts that are asked for together, the coarsest first.

    >>> _stages("1w", ["1w", "1d", "1h", "30m", "1m"])
    [['1w', '1d'], ['1h', '30m'], ['1m']]
    """
    spans = {name: SPANS_NS[name] for name in parts}
    coarse = [name for name in parts if spans[name] * FINE >= SPANS_NS[timeframe]]
    finer = [name for name in parts if name not in coarse and spans[name] >= HALF_HOUR_NS]
    return [stage for stage in (coarse, finer, list(parts[len(coarse) + len(finer) :])) if stage]


def _open(found: Rolled, timeframe: str, first: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of bars that are not known from end to end."""
    left = gaps(found.number[found.n_parts >= found.of_parts], timeframe, first, end)
    stretches = [(number(gap.from_ns, timeframe), number(gap.to_ns, timeframe)) for gap in left]
    return [(stretches[0][0], stretches[-1][1])] if len(stretches) > MANY_GAPS else stretches


def _best(rolled: Rolled) -> Rolled:
    """Return of each bar the one that saw most; of those the one with most of its parts, then the coarsest."""
    order = np.lexsort((-rolled.span_ns, -rolled.n_parts / rolled.of_parts, -rolled.volume, rolled.number))
    ascending = rolled.number[order]
    first = np.concatenate((np.ones(min(len(ascending), 1), np.bool_), np.diff(ascending) != 0))
    return Rolled._make(column[order][first] for column in rolled)


def _query(source: Pieces, timeframe: str, parts: Sequence[str], stretches: Sequence[tuple[int, int]]) -> Rolled:
    times = [(time_of(open_ns(a, timeframe)), time_of(open_ns(b, timeframe))) for a, b in stretches]
    pieces, parameters = source.of(timeframe, parts, times)
    n = source.connection.execute(_BARS.format(pieces=together(pieces, timeframe)), parameters).fetchnumpy()
    spans = np.array([SPANS_NS[name] for name in n["timeframe"]], np.int64)
    numbers = n["number"].astype(np.int64)
    of_parts = np.ones(len(numbers), np.int64)
    for name in parts:
        of = n["timeframe"] == name
        of_parts[of] = n_parts(numbers[of], timeframe, name)
    made = np.minimum(n["parts"].astype(np.int64), of_parts)
    prices = [np.asarray(n[name], np.float64) for name in ("open", "high", "low", "close", "volume")]
    first_ns, last_ns = n["first_us"].astype(np.int64) * 1000, n["last_us"].astype(np.int64) * 1000
    to_ns = np.where(n["timeframe"] == timeframe, opens_ns(numbers + 1, timeframe), last_ns + spans)
    return Rolled._make(
        [numbers, *prices, first_ns, to_ns, spans, made, of_parts, ~n["archived"].astype(np.bool_)]
    )  # fmt: skip


_BARS = f"""
SELECT number, timeframe, open, high, low, close, units::DOUBLE / {VOLUME_UNITS} AS volume,
    epoch_us(first) AS first_us, epoch_us(last) AS last_us, parts, archived
FROM ({{pieces}})
"""
_NO_TIME, _NONE = np.zeros(0, np.int64), np.zeros(0)
NOTHING = Rolled(
    _NO_TIME, _NONE, _NONE, _NONE, _NONE, _NONE, _NO_TIME, _NO_TIME, _NO_TIME, _NO_TIME, _NO_TIME, np.zeros(0, np.bool_)
)
