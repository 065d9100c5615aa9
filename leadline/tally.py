"""Tally: wins, losses and R of outcomes as they come, with the bounds of the win rate."""

from math import sqrt

import msgspec

Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(wins: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson bounds of a win rate; (0, 1) where nothing was counted.

    Wilson (1927). Counts may be effective ones, hence no whole numbers.

    >>> [round(bound, 4) for bound in wilson(34, 100)]
    [0.2546, 0.4372]
    """
    if n <= 0:
        return 0.0, 1.0
    rate, square = wins / n, z * z
    middle = rate + square / (2 * n)
    spread = z * sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + square / n)), min(1.0, (middle + spread) / (1 + square / n))


class Tally(msgspec.Struct):
    """Outcomes counted one by one; it comes to what `leadline.performance` makes of all at once."""

    n: int = 0
    wins: int = 0
    n_r: int = 0  # outcomes whose R multiple is known
    total_r: float = 0.0
    n_break_even: int = 0  # outcomes of signals that could win at all
    total_break_even: float = 0.0
    profit_quote: float = 0.0  # of the wins, after fees
    loss_quote: float = 0.0  # of the others, positive

    def add(self, pnl_quote: float, r_multiple: float | None, break_even: float | None) -> None:
        """Count one outcome; `break_even` is the win rate that its signal needed, None if none is enough."""
        self.n += 1
        if pnl_quote > 0:
            self.wins += 1
            self.profit_quote += pnl_quote
        else:
            self.loss_quote -= pnl_quote
        if break_even is not None:
            self.n_break_even += 1
            self.total_break_even += break_even
        if r_multiple is not None:
            self.n_r += 1
            self.total_r += r_multiple

    @property
    def losses(self) -> int:
        """Outcomes without a profit."""
        return self.n - self.wins

    @property
    def impossible(self) -> int:
        """Outcomes whose costs left no win rate that breaks even: `break_even` knows nothing of them."""
        return self.n - self.n_break_even

    @property
    def win_rate(self) -> float | None:
        """Share of wins, None before the first outcome."""
        return self.wins / self.n if self.n else None

    @property
    def win_rate_lower(self) -> float:
        """Lower 95 % bound of the win rate."""
        return wilson(self.wins, self.n)[0]

    @property
    def expectancy_r(self) -> float | None:
        """Mean R multiple after fees, None where none is known."""
        return self.total_r / self.n_r if self.n_r else None

    @property
    def break_even(self) -> float | None:
        """Mean win rate needed by the signals that could break even, None where none could."""
        return self.total_break_even / self.n_break_even if self.n_break_even else None

    @property
    def profit_factor(self) -> float | None:
        """Gross profit over gross loss, both after fees; None where nothing was lost."""
        return self.profit_quote / self.loss_quote if self.loss_quote > 0 else None

    @property
    def payoff_ratio(self) -> float | None:
        """Mean win over mean loss, None where there is not one of each."""
        if self.wins == 0 or self.loss_quote <= 0:
            return None
        return (self.profit_quote * self.losses) / (self.loss_quote * self.wins)
