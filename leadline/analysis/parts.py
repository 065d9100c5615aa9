"""Parts: of how many finer bars each bar was made, and how many bars of a timeframe lack some of theirs.

A bar that is rolled up from a series is made of what that series has of it. Where the series lists the
parts in which nothing traded (the venue's, a flow's, one rebuilt from trades) an absent part is missing.
An archive leaves those out: there an absent part may have been a quiet one, and nobody can tell.
"""

from typing import NamedTuple

import numpy as np

from leadline.analysis.bars import Bars, Timeframe

GAP = 0.05  # a bar that lacks more than this share of its parts is counted
HOLE = 0.25  # one that lacks more than this, for certain, is full of holes
MANY_HOLES = 0.10  # of a timeframe's bars: more of those, and the confidence is held


class Gaps(NamedTuple):
    """The bars of a timeframe that lack parts."""

    timeframe: Timeframe
    n_bars: int
    n_gaps: int  # lack more than GAP
    n_untold: int  # of those, the ones of an archive: what they lack may have been quiet
    n_holes: int  # lack more than HOLE, and it is missing
    worst: tuple[int, int]  # parts of the one that lacks the largest share, and how many it would have

    @property
    def words(self) -> str:
        """The count in words; empty where no bar has gaps."""
        if not self.n_gaps:
            return ""
        return (
            f"{self.n_gaps:,} of {self.n_bars:,} bars lack more than {100 * GAP:.0f} % of their parts (the worst is "
            f"made of {self.worst[0]:,} of {self.worst[1]:,}){quietly(self.n_gaps, self.n_untold)}"
        )

    @property
    def missing(self) -> bool:
        """Whether any of it is known to be missing."""
        return self.n_gaps > self.n_untold

    @property
    def many(self) -> bool:
        """Whether so many bars are full of holes that what is made of them is worth less."""
        return self.n_holes > MANY_HOLES * self.n_bars


def quietly(n_gaps: int, n_untold: int) -> str:
    """Return what is to be said of bars of an archive among those with gaps.

    >>> quietly(3, 2)
    '; 2 of them are from an archive, which leaves out parts without a trade: those may have been quiet'
    """
    if not n_untold:
        return ""
    who = "all are" if n_untold == n_gaps else f"{n_untold:,} of them are"
    return f"; {who} from an archive, which leaves out parts without a trade: those may have been quiet"


def gaps_of(bars: Bars, timeframe: Timeframe) -> Gaps:
    """Return which of these bars lack parts.

    >>> days = Bars.of(np.arange(3), *np.ones((5, 3)), n_parts=np.array([24, 23, 6]), of_parts=np.array([24, 24, 24]))
    >>> gaps_of(days, "1d")
    Gaps(timeframe='1d', n_bars=3, n_gaps=1, n_untold=0, n_holes=1, worst=(6, 24))
    """
    absent = 1.0 - bars.n_parts / bars.of_parts
    counted, told = absent > GAP, bars.quiet_told
    at = int(np.argmax(absent)) if len(bars) else 0
    worst = (int(bars.n_parts[at]), int(bars.of_parts[at])) if counted.any() else (1, 1)
    n_untold, n_holes = int((counted & ~told).sum()), int(((absent > HOLE) & told).sum())
    return Gaps(timeframe, len(bars), int(counted.sum()), n_untold, n_holes, worst)
