"""The volume profile component: where the price stands among the volume that was traded.

Three parts, -100..100, positive is bullish: the distance from the point of control, how much more
volume lies below the close than above it, and whether value moved up or down within the window.
Volume and prices come from the profile's own bars, or from trades where there are some.
"""

from dataclasses import dataclass

import numpy as np

from leadline.analysis.bars import Array, Bars, Timeframe, Times, span_ns
from leadline.analysis.scored import Scored, clip, combined
from leadline.times import MINUTE_NS
from leadline.volume_profile import VolumeProfile, profile

PLACE, ACCEPTANCE, MIGRATION = 0.40, 0.30, 0.30  # our own split; they sum to 1
FULL_PLACE = 2.0  # half value areas from the POC
MIN_BARS = 20  # of a window
COVER = 0.5  # of a window's bars that must be there
REACH = 0.95  # of a window: bars that reach back so far are taken for it
HOLE = 0.25  # of a window without a bar: what lies before such a hole is of another market
DAY_MINUTES = 1440


@dataclass(frozen=True, eq=False)
class Trades:
    """Trades, (n,), oldest first. Every trade from `from_ns` on is among them."""

    from_ns: int
    ts_ns: Times
    price: Array
    volume: Array


@dataclass(frozen=True, eq=False)
class Window:
    """What was traded in a window: ranges with their volume, in no order, and the close at its end."""

    timeframe: Timeframe
    days: float  # as far as its bars reach back, at most those asked for
    middle_ns: int  # halves the window
    ts_ns: Times
    low: Array
    high: Array
    volume: Array
    close: float
    n_trades: int


def window(
    bars: dict[Timeframe, Bars], timeframes: tuple[Timeframe, ...], days: float, as_of_ns: int, trades: Trades | None
) -> Window | str:
    """Return what was traded in the last days, from the finest bars that reach back over them.

    Where none do, the window is shorter: from those that reach farthest, the finest of equals. Where these do not
    cover half of it, what is missing.
    """
    length = int(days * DAY_MINUTES) * MINUTE_NS
    longest: tuple[int, Timeframe, Bars] | None = None
    for timeframe in timeframes:
        inside = _unbroken(bars.get(timeframe), as_of_ns - length, as_of_ns)
        if inside is None or len(inside) < max(MIN_BARS, COVER * (length // span_ns(timeframe))):
            continue
        reach = as_of_ns - int(inside.open_ns[0])
        if reach >= REACH * length:
            return _joined(inside, timeframe, days, as_of_ns - length, as_of_ns, trades)
        if longest is None or reach > longest[0]:
            longest = reach, timeframe, inside
    if longest is None:
        return f"no bars of {', '.join(timeframes)} cover half of the last {days:g} days ({MIN_BARS} bars at least)"
    reach, timeframe, inside = longest
    return _joined(inside, timeframe, round(reach / (DAY_MINUTES * MINUTE_NS), 1), as_of_ns - reach, as_of_ns, trades)


def short_of(found: Window | str, days: float) -> str:
    """Return what a window lacks of the days asked for, in words; empty where it lacks nothing, or is not there."""
    if isinstance(found, str) or found.days >= days:
        return ""
    return f"volume_profile: its {found.timeframe} bars reach back over {found.days:g} of {days:g} days"


def _unbroken(bars: Bars | None, since_ns: int, as_of_ns: int) -> Bars | None:
    """Return the bars since a time, of these the newest stretch without a hole."""
    if bars is None:
        return None
    inside = bars.part(int(np.searchsorted(bars.open_ns, since_ns)), len(bars))
    broken = np.flatnonzero(np.diff(inside.open_ns) > HOLE * (as_of_ns - since_ns))
    return inside.part(int(broken[-1]) + 1, len(inside)) if broken.size else inside


def _joined(bars: Bars, timeframe: Timeframe, days: float, since: int, as_of_ns: int, trades: Trades | None) -> Window:
    """Take the trades for the bars that they wholly cover."""
    middle = since + (as_of_ns - since) // 2
    close = float(bars.close[-1])
    if trades is None:
        return Window(timeframe, days, middle, bars.open_ns, bars.low, bars.high, bars.volume, close, 0)
    before = int(np.searchsorted(bars.open_ns, trades.from_ns))
    start = int(bars.open_ns[before]) if before < len(bars) else as_of_ns
    chosen = (trades.ts_ns >= start) & (trades.ts_ns < int(bars.open_ns[-1]) + span_ns(timeframe))
    price, volume = trades.price[chosen], trades.volume[chosen]
    return Window(
        timeframe, days, middle,
        np.concatenate((bars.open_ns[:before], trades.ts_ns[chosen])),
        np.concatenate((bars.low[:before], price)), np.concatenate((bars.high[:before], price)),
        np.concatenate((bars.volume[:before], volume)), close, len(price),
    )  # fmt: skip


def volume_place(found: Window | str, weight: float, bins: int, area: float) -> tuple[Scored, VolumeProfile | None]:
    """Return the component and the profile behind it."""
    if isinstance(found, str):
        return Scored("volume_profile", weight, None, found), None
    made = profile(found.low, found.high, found.volume, bins, area)
    if made is None:
        return Scored("volume_profile", weight, None, f"nothing was traded in the last {found.days:g} days"), None
    parts = [_place(made, found.close), _acceptance(made, found.close), _migration(made, found)]
    of = f"{found.n_trades} trades and {found.timeframe} bars" if found.n_trades else f"{found.timeframe} bars"
    reason = f"{found.days:g} days of {of}: close {made.place(found.close)}; {parts[2].reason}"
    return combined("volume_profile", weight, parts, reason), made


def _place(made: VolumeProfile, close: float) -> Scored:
    half = made.half_width
    away = (close - made.poc) / half if half > 0.0 else 0.0
    reason = f"close {abs(away):.1f} half value areas {'above' if away >= 0.0 else 'below'} the point of control"
    return Scored("place", PLACE, 100.0 * clip(away / FULL_PLACE), reason)


def _acceptance(made: VolumeProfile, close: float) -> Scored:
    below = made.share_below(close)
    return Scored("acceptance", ACCEPTANCE, clip(200.0 * below - 100.0, 100.0),
                  f"{100.0 * below:.0f} % of the volume lies below the close")  # fmt: skip


def _migration(made: VolumeProfile, found: Window) -> Scored:
    """Score how far the mean traded price of the newer half lies from the older half's."""
    newer = found.ts_ns >= found.middle_ns
    means = [_mean_price(found, half, made.poc) for half in (~newer, newer)]
    if means[0] is None or means[1] is None:
        return Scored("migration", MIGRATION, None, "one half of the window has no volume")
    moved = (means[1] - means[0]) / made.half_width if made.half_width > 0.0 else 0.0
    way = "up" if moved > 0.0 else "down" if moved < 0.0 else "nowhere"
    return Scored(
        "migration", MIGRATION, 100.0 * clip(moved), f"value moved {way} by {abs(moved):.1f} half value areas"
    )


def _mean_price(found: Window, chosen: np.ndarray, reference: float) -> float | None:
    volume = found.volume[chosen]
    total = float(volume.sum())
    if total <= 0.0:
        return None
    middle = (found.low[chosen] + found.high[chosen]) / 2.0 - reference
    return float((middle * volume).sum()) / total
