"""What a walk found: the scores of one profile against the returns over one horizon."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.bootstrap import Bounded, difference, groups_by_rank, means, rank_correlation, weights
from benchmarks.walk_weeks import HORIZONS, Walk
from leadline.times import utc

SEED = 20150105
DECILES = 10


class Horizon:
    """What the scores of one profile say of the returns over some days, in percent."""

    def __init__(self, walk: Walk, profile: int, horizon: int) -> None:
        score, returns = walk.scores[:, profile], 100.0 * walk.returns[:, horizon]
        kept = ~(np.isnan(score) | np.isnan(returns))
        self.days = HORIZONS[horizon]
        self.score, self.returns = score[kept], returns[kept]
        self.bias = [biases[profile] for biases, keep in zip(walk.biases, kept, strict=True) if keep]
        self.year = np.array([utc(t).year for t in walk.as_of_ns])[kept]
        self.resampled = weights(len(self.score), SEED)

    @property
    def groups(self) -> NDArray[np.bool_]:
        """Return which decile of the score each week is in."""
        return groups_by_rank(self.score, DECILES)

    def deciles(self) -> list[Bounded]:
        """Return the mean return of each decile, lowest scores first."""
        return means(self.returns, self.groups, self.resampled)

    def everything(self) -> Bounded:
        """Return the mean return of all weeks."""
        return means(self.returns, np.ones((1, len(self.returns))), self.resampled)[0]

    def spread(self) -> Bounded:
        """Return the mean of the highest decile less that of the lowest."""
        return difference(self.returns, self.groups[-1], self.groups[0], self.resampled)

    def correlation(self, chosen: NDArray[np.bool_] | None = None) -> Bounded:
        """Return the rank correlation of score and return, of all weeks or of a stretch of them."""
        if chosen is None:
            return rank_correlation(self.score, self.returns, self.resampled)
        return rank_correlation(self.score[chosen], self.returns[chosen], weights(int(chosen.sum()), SEED))

    def of_bias(self, bias: str) -> Bounded | None:
        """Return the mean return of the weeks with a bias, None where there are too few."""
        group = np.array([one == bias for one in self.bias])
        return means(self.returns, group[None, :], self.resampled)[0] if group.sum() > 1 else None
