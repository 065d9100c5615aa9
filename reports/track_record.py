"""The track record: what the walk over real history found of each profile's score, in one sentence.

The figures are those of docs/evidence.md, which `python -m benchmarks.walk` writes; a test holds the two together.
A report as of an earlier time leaves them out: nobody could know them then.
"""

from typing import Literal, NamedTuple

from leadline.analysis.as_of import as_of_ns, written
from leadline.analysis.profiles import ProfileName

MARKET, YEARS = "BTC/USD", "2015 to 2022"
KNOWN_NS = as_of_ns("2023-01-01")  # the end of the newest price in it
WEEKS: dict[ProfileName, int] = {"swing": 407, "position": 407, "scalping": 397}  # with both prices and a score


class Found(NamedTuple):
    """The rank correlation of scores with returns so many days later, and what its 95 % interval says."""

    days: int
    correlation: float
    says: Literal[-1, 0, 1]  # the sign of an interval without zero


FOUND: dict[ProfileName, tuple[Found, ...]] = {
    "swing": (Found(3, 0.11, 1), Found(7, 0.13, 1), Found(14, 0.11, 0)),
    "position": (Found(3, 0.12, 1), Found(7, 0.14, 1), Found(14, 0.14, 0)),
    "scalping": (Found(3, -0.12, -1), Found(7, -0.06, 0), Found(14, -0.09, -1)),
}
WORDS = {
    1: "higher ones went with higher returns", -1: "higher ones went with LOWER returns, the wrong way",
    0: "no relation is shown",
}  # fmt: skip
BARS: dict[ProfileName, str] = {"scalping": " on 1h bars alone (5m and 15m were missing)"}  # of its timeframes


def sentence(profile: ProfileName, symbol: str, simulated: bool, now_ns: int) -> str:
    """Return what scores of a profile were worth by a time, and where that was measured.

    >>> sentence("swing", "ETH/USD", simulated=True, now_ns=KNOWN_NS)
    'swing scores were measured on a real market alone, and say nothing of a simulated one'
    >>> sentence("swing", "BTC/USD", simulated=False, now_ns=KNOWN_NS - 1)
    'none: what was measured of swing scores rests on prices up to 2023-01-01 00:00 UTC, which are later than this'
    """
    if why := untold(profile, simulated, now_ns):
        return why
    parts = [_part(says, [one for one in FOUND[profile] if one.says == says]) for says in (1, -1, 0)]
    what = f"{profile} scores of {MARKET}{BARS.get(profile, '')}, {YEARS}, {WEEKS[profile]} weeks"
    elsewhere = "" if symbol == MARKET else f"; not measured for {symbol}"
    return f"{what}, default settings, before costs: {'; '.join(part for part in parts if part)}{elsewhere}"


def untold(profiles: str, simulated: bool, now_ns: int) -> str:
    """Return why nothing that was measured of some profiles' scores counts here; empty where it does."""
    if simulated:
        return f"{profiles} scores were measured on a real market alone, and say nothing of a simulated one"
    if now_ns < KNOWN_NS:
        rests = f"what was measured of {profiles} scores rests on prices up to {written(KNOWN_NS)}"
        return f"none: {rests}, which are later than this"
    return ""


def _part(says: Literal[-1, 0, 1], found: list[Found]) -> str:
    if not found:
        return ""
    days = " and ".join(str(one.days) for one in found)
    values = " and ".join(f"{one.correlation:+.2f}" for one in found)
    return f"{WORDS[says]} over {days} days (rank correlation {values})"
