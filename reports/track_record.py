"""The track record: what the walk over real history found of each profile's score, in one sentence.

The figures are those of docs/evidence.md, which `python -m benchmarks.walk` writes; a test holds the two together.
"""

from typing import Literal, NamedTuple

from leadline.analysis.profiles import ProfileName

MARKET, YEARS = "BTC/USD", "2015 to 2022"
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


def sentence(profile: ProfileName, symbol: str, simulated: bool) -> str:
    """Return what scores of a profile were worth, and where that was measured.

    >>> sentence("swing", "ETH/USD", simulated=True)
    'swing scores were measured on a real market alone, and say nothing of a simulated one'
    """
    if simulated:
        return f"{profile} scores were measured on a real market alone, and say nothing of a simulated one"
    parts = [_part(says, [one for one in FOUND[profile] if one.says == says]) for says in (1, -1, 0)]
    elsewhere = "" if symbol == MARKET else f"; not measured for {symbol}"
    return (
        f"{profile} scores of {MARKET}, {YEARS}, {WEEKS[profile]} weeks, default settings, before costs: "
        f"{'; '.join(part for part in parts if part)}{elsewhere}"
    )


def _part(says: Literal[-1, 0, 1], found: list[Found]) -> str:
    if not found:
        return ""
    days = " and ".join(str(one.days) for one in found)
    values = " and ".join(f"{one.correlation:+.2f}" for one in found)
    return f"{WORDS[says]} over {days} days (rank correlation {values})"
