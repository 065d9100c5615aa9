"""What the analyzer says of markets that drift: how often a trend is called by its name, and a walk by one.

    python -m benchmarks.trends

200 walks a row, made as those of the analyzer's tests are: 62 weeks of four-hour bars with normal steps and a
steady drift, default settings, profile swing. No drift of a real market is steady or known. Then what confidence
the walks that drift nowhere get in each profile: `leadline.analysis.base_rates` tells it beside every confidence.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from benchmarks.tables import machine, show
from leadline.analysis import Now, analyse
from leadline.analysis.base_rates import OF_WALKS
from leadline.analysis.profiles import PROFILES, ProfileName
from leadline.bias import BIAS_NUMBER
from leadline.settings import Settings
from tests.leadline.analysis.histories import DRIFT, driftless, end_ns, series, trend

N = 200
FIRST_SEED = 5000  # not those of the tests
SHARES = (1.0, 0.5, 0.25, 0.0, -0.25, -0.5, -1.0)  # of the tests' drift
BARS_A_DAY = 6
PROCESSES = 2
NAMES = ("drift, sigma a day", "bullish, %", "neutral, %", "bearish, %", "HIGH confidence, %", "median score",
         "score, 5 to 95 %")  # fmt: skip


class Said(NamedTuple):
    """What was said of one walk."""

    score: float
    side: int  # of the bias: -1, 0 or 1
    sure: bool  # HIGH confidence


def said(seed: int, drift: float) -> Said:
    """Return what the analyzer says of a walk."""
    bars = trend(seed, drift)
    found = analyse(series(bars, "4h", "1d", "1w"), Now("BTC/USD", end_ns(bars, 240)), Settings())
    score = float("nan") if found.score is None else found.score
    return Said(score, int(np.sign(BIAS_NUMBER[found.bias])), found.confidence == "HIGH")


def row(share: float, n: int = N) -> list[object]:
    """Return the table's row of a drift."""
    found = [said(FIRST_SEED + seed, share * DRIFT) for seed in range(n)]
    sides, scores = np.array([one.side for one in found]), np.array([one.score for one in found])
    percents = [f"{100 * (sides == side).mean():.0f}" for side in (1, 0, -1)]
    low, middle, high = np.percentile(scores, (5, 50, 95))
    sure = f"{100 * np.mean([one.sure for one in found]):.0f}"
    return [f"{share * DRIFT * BARS_A_DAY**0.5:+.2f}", *percents, sure, f"{middle:.0f}", f"{low:.0f} to {high:.0f}"]


def base_rates(profile: ProfileName, n: int = N) -> list[object]:
    """Return the row of a profile: the share of walks without direction that get each confidence."""
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + n):
        bars, as_of_ns = driftless(profile, seed)
        found.append(analyse(bars, Now("BTC/USD", as_of_ns), Settings()).of(profile).confidence)
    return [profile, *(f"{100 * found.count(name) / n:.1f}" for name in OF_WALKS[profile])]


def main() -> None:
    """Print the tables."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(row, SHARES))
        rates = list(pool.map(base_rates, PROFILES))
    show(f"What is said of {N} walks a row ({machine()})", NAMES, rows)
    show(f"What confidence {N} walks without direction get", ("profile", "HIGH, %", "MEDIUM, %", "LOW, %"), rates)


if __name__ == "__main__":
    main()
