"""Calibration: what a setup's confidence is worth, learned from its own outcomes on the tape.

Outcomes are counted by setup and by strength in five bins of 20. A bin's win rate is shrunk
towards the setup's own (beta-binomial: the setup's rate counts as PRIOR_OUTCOMES more outcomes of
the bin, so a bin of a few trades says little), then made to rise with strength by pooling
neighbours that do not (Ayer et al. 1955): more strength must not mean less confidence. Nothing is
said before a setup has enough outcomes. The counts are versioned by the config hash that they
were made under: another configuration begins anew.
"""

from typing import Any, NamedTuple

import msgspec

from leadline.tally import wilson

BINS = 5
PRIOR_OUTCOMES = 40.0  # a fifth of the outcomes that calibration asks for: an average bin weighs as much itself


class Calibrated(NamedTuple):
    """A win probability from outcomes, with its 95 % bounds."""

    p: float
    lower: float
    upper: float


class _Pool(NamedTuple):
    """Neighbouring bins taken as one."""

    wins: float
    n: float
    bins: int


class Calibration(msgspec.Struct):
    """Outcomes by setup and strength: `counts[setup]` is [n, wins] of each bin, weakest first."""

    counts: dict[str, list[list[int]]] = msgspec.field(default_factory=dict)

    def observe(self, setup: str, strength: float, won: bool) -> None:
        """Count one outcome."""
        bins = self.counts.setdefault(setup, [[0, 0] for _ in range(BINS)])
        one = bins[_bin(strength)]
        one[0] += 1
        one[1] += won

    def n(self, setup: str) -> int:
        """Return how many outcomes a setup has."""
        return sum(n for n, _ in self.counts.get(setup, ()))

    def wins(self, setup: str) -> int:
        """Return how many of them were wins."""
        return sum(wins for _, wins in self.counts.get(setup, ()))

    def of(self, setup: str, strength: float, least: int) -> Calibrated | None:
        """Return the win probability at a strength, or None below `least` outcomes of the setup.

        >>> young = Calibration({"ema_pullback": [[0, 0], [0, 0], [99, 60], [0, 0], [0, 0]]})
        >>> young.of("ema_pullback", 50.0, 100)
        """
        if self.n(setup) < least:
            return None
        return self._curve(setup)[_bin(strength)]

    def row(self, setup: str, least: int) -> dict[str, Any] | None:
        """Return a setup's calibration for the store, or None below `least` outcomes."""
        n, wins = self.n(setup), self.wins(setup)
        if n < least:
            return None
        lower, upper = wilson(wins, n)
        bins = [
            f"{20 * at}-{20 * at + 20}: {100 * c.p:.1f} % ({100 * c.lower:.1f} to {100 * c.upper:.1f}), "
            f"{self.counts[setup][at][1]} of {self.counts[setup][at][0]}"
            for at, c in enumerate(self._curve(setup))
        ]
        return {"setup": setup, "version": n, "n_outcomes": n, "n_wins": wins, "win_rate": wins / n,
                "win_rate_lower": lower, "win_rate_upper": upper, "bins": bins}  # fmt: skip

    def _curve(self, setup: str) -> list[Calibrated]:
        rate = self.wins(setup) / self.n(setup)
        pools: list[_Pool] = []
        for n, wins in self.counts[setup]:
            pools.append(_Pool(wins + PRIOR_OUTCOMES * rate, n + PRIOR_OUTCOMES, 1))
            while len(pools) > 1 and pools[-2].wins * pools[-1].n >= pools[-1].wins * pools[-2].n:
                last, before = pools.pop(), pools.pop()
                pools.append(_Pool(before.wins + last.wins, before.n + last.n, before.bins + last.bins))
        curve = []
        for pool in pools:
            p = pool.wins / pool.n
            seen = pool.n - PRIOR_OUTCOMES * pool.bins  # the prior shifts the rate, and is no evidence for it
            curve += [Calibrated(p, *wilson(p * seen, seen))] * pool.bins
        return curve

    def to_json(self) -> dict[str, Any]:
        """Return plain values, for the start record of the next run."""
        return {"counts": {setup: [list(one) for one in bins] for setup, bins in self.counts.items()}}

    @classmethod
    def from_json(cls, plain: dict[str, Any] | None) -> "Calibration":
        """Return the calibration of a start record; none is one that has seen nothing."""
        return msgspec.convert(plain, cls) if plain else cls()


def _bin(strength: float) -> int:
    return min(max(int(strength / (100 / BINS)), 0), BINS - 1)
