"""Newest: the last price that the bars tell, when that was, and how old data may be to be judged by.

A bar of which the last parts are missing is no newer than what it is made of, whenever it closes. Ages are
counted to the time of the analysis.
"""

from collections.abc import Mapping
from typing import NamedTuple

from leadline.analysis.as_of import written
from leadline.analysis.bars import TIMEFRAMES, Bars, Timeframe, close_ns
from leadline.analysis.profiles import Plan, ProfileName
from leadline.times import DAY_NS, HOUR_NS, MINUTE_NS

TOO_OLD = "the newest close is too old"


class Newest(NamedTuple):
    """The newest close of any timeframe, in quote, and the bar that it is of."""

    price: float
    at_ns: int
    timeframe: Timeframe


def newest(bars: Mapping[Timeframe, Bars]) -> Newest | None:
    """Return the newest close of closed bars; of timeframes that reach as far the finest tells it."""
    found = [
        Newest(float(bars[timeframe].close[-1]), reached_ns(bars[timeframe], timeframe), timeframe)
        for timeframe in TIMEFRAMES
        if len(bars.get(timeframe, ()))
    ]
    return max(found, key=lambda one: one.at_ns, default=None)


def reached_ns(bars: Bars, timeframe: Timeframe) -> int:
    """Return until when the newest bar knows its market."""
    return min(int(close_ns(bars.open_ns[-1:], timeframe)[0]), int(bars.reached_ns[-1]))


def age(ns: int) -> str:
    """Return an age in words.

    >>> age(90 * MINUTE_NS), age(71 * HOUR_NS), age(30 * DAY_NS)
    ('90 min', '71 h', '30 days')
    """
    if ns < 2 * HOUR_NS:
        return f"{ns // MINUTE_NS} min"
    return f"{ns // HOUR_NS} h" if ns < 3 * DAY_NS else f"{ns // DAY_NS} days"


def dated(at_ns: int, as_of_ns: int) -> str:
    """Return when something was and how old it is, in words."""
    return f"{written(at_ns)}, {age(as_of_ns - at_ns)} old"


def too_old(name: ProfileName, plan: Plan, newest: Newest | None, as_of_ns: int) -> str:
    """Return why nothing can be said of a market any more; empty where its data are new enough, or there are none."""
    if newest is None or as_of_ns - newest.at_ns <= plan.dead_minutes * MINUTE_NS:
        return ""
    return (
        f"the newest close of any timeframe is of {dated(newest.at_ns, as_of_ns)}; {name} needs one of the last "
        f"{age(plan.dead_minutes * MINUTE_NS)}"
    )


def doubt(plan: Plan, newest: Newest | None, as_of_ns: int) -> str:
    """Return why the age of the newest close holds the confidence; empty where it does not."""
    if newest is None or as_of_ns - newest.at_ns <= plan.old_minutes * MINUTE_NS:
        return ""
    return f"the newest close is {age(as_of_ns - newest.at_ns)} old"
