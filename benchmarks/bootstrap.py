"""Block bootstrap: how sure one can be of a mean or a rank correlation of a series that is not independent.

Weekly scores persist and returns of overlapping weeks share days, so resampling single weeks would
claim too much. Whole blocks of neighbours are resampled instead (Kunsch 1989; on a circle, Politis and
Romano 1992). A resample is held as weights, how often each point is in it, so that every statistic of
all resamples is a product of matrices. Bounds are the 2.5 and 97.5 percentiles.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCK = 8  # points: about the cube root of eight years of weeks, and four times the longest overlap
RESAMPLES = 2000
LEVEL = 0.95


class Bounded(NamedTuple):
    """A statistic of n points with its bounds; NaN where too few points have one."""

    n: int
    value: float
    lower: float
    upper: float

    @property
    def says(self) -> int:
        """1 or -1 where the interval lies on one side of zero, else 0."""
        return int(self.lower > 0.0) - int(self.upper < 0.0)


@lru_cache(maxsize=8)
def weights(n: int, seed: int, block: int = BLOCK, resamples: int = RESAMPLES) -> Array:
    """Return (resamples, n): how often each point is in each resample of n points."""
    rng = np.random.default_rng(seed)
    n_blocks = -(-n // block)
    starts = rng.integers(0, n, (resamples, n_blocks))
    points = (starts[:, :, None] + np.arange(block)).reshape(resamples, -1)[:, :n] % n
    rows = np.arange(resamples)[:, None] * n
    return np.bincount((points + rows).ravel(), minlength=resamples * n).reshape(resamples, n).astype(np.float64)


def means(values: Array, groups: Array, resampled: Array) -> list[Bounded]:
    """Return the mean of each group. `values`: (n,); `groups`: (k, n), True where a point belongs to it."""
    found = []
    for group in groups.astype(bool):
        kept = resampled[:, group]
        counts = kept.sum(axis=1)
        drawn = counts > 0
        sums = kept[drawn] @ values[group]
        found.append(_bounded(int(group.sum()), float(values[group].mean()), sums / counts[drawn]))
    return found


def difference(values: Array, high: NDArray[np.bool_], low: NDArray[np.bool_], resampled: Array) -> Bounded:
    """Return the mean of one group less that of another, drawn together."""
    n_high, n_low = resampled[:, high].sum(axis=1), resampled[:, low].sum(axis=1)
    drawn = (n_high > 0) & (n_low > 0)
    drawn_means = [
        (resampled[drawn][:, group] @ values[group]) / n[drawn] for group, n in ((high, n_high), (low, n_low))
    ]
    value = float(values[high].mean() - values[low].mean())
    return _bounded(int(high.sum() + low.sum()), value, drawn_means[0] - drawn_means[1])


def rank_correlation(x: Array, y: Array, resampled: Array) -> Bounded:
    """Return Spearman's rho of two series of (n,); ties share their mean rank, in each resample anew."""
    once = np.ones((1, len(x)))
    return _bounded(len(x), float(_rho(x, y, once)[0]), _rho(x, y, resampled))


def _rho(x: Array, y: Array, resampled: Array) -> Array:
    a, b = _ranks(x, resampled), _ranks(y, resampled)
    middle = (resampled.shape[1] + 1) / 2  # the mean rank
    a, b = a - middle, b - middle
    both = np.einsum("rn,rn,rn->r", resampled, a, b)
    spread = np.einsum("rn,rn->r", resampled, a * a) * np.einsum("rn,rn->r", resampled, b * b)
    return np.divide(both, np.sqrt(spread), out=np.zeros_like(both), where=spread > 0.0)


def _ranks(values: Array, resampled: Array) -> Array:
    """Return (resamples, n): the rank that each point has in each resample, among its own copies, too."""
    order = np.argsort(values, kind="stable")
    before = np.concatenate([np.zeros((len(resampled), 1)), np.cumsum(resampled[:, order], axis=1)], axis=1)
    ascending = values[order]
    first, behind = (np.searchsorted(ascending, values, side=side) for side in ("left", "right"))
    return (before[:, first] + before[:, behind] + 1.0) / 2.0


def groups_by_rank(values: Array, k: int = 10) -> NDArray[np.bool_]:
    """Return (k, n): which of k groups of equal size each point is in, lowest values first."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.arange(k)[:, None] == (ranks * k // len(values))[None, :]


def _bounded(n: int, value: float, drawn: Sequence[float] | Array) -> Bounded:
    outside = 100.0 * (1.0 - LEVEL) / 2.0
    lower, upper = np.percentile(drawn, [outside, 100.0 - outside])
    return Bounded(n, value, float(lower), float(upper))
