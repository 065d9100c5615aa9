"""Performance: what the outcomes of signals add up to, with how sure one can be.

An outcome is a `paper_trades` row. A win is a profit after fees. Win rates are over every signal
that was entered and ended by itself; money and drawdown are the account's alone. Bounds are 95 %:
Wilson's for a win rate, Student's t for a mean (no resampling, so the same tape gives the same
bounds). What cannot be known is None.
"""

from collections.abc import Callable, Iterable, Sequence
from math import fsum, sqrt
from typing import Any, NamedTuple

from leadline.paper import NO_OUTCOME
from leadline.tally import Z95, wilson
from leadline.times import DAY_NS, HOUR_NS


class Outcome(NamedTuple):
    """What became of one signal in one fill model; times in ns, money in quote currency."""

    symbol: str
    setup: str
    side: str
    verdict: str
    exit_reason: str
    entry_ns: int | None
    exit_ns: int
    pnl_quote: float
    gross_quote: float
    fees_quote: float
    pnl_bps: float | None
    r_multiple: float | None
    mae_r: float | None
    mfe_r: float | None
    breakeven_win_rate: float | None
    on_account: bool
    equity_after: float | None

    @property
    def entered(self) -> bool:
        """Whether it counts in win rates."""
        return self.exit_reason not in NO_OUTCOME

    @property
    def hour(self) -> int:
        """UTC hour of the entry (of the end, where it was never entered)."""
        return (self.entry_ns or self.exit_ns) // 3_600_000_000_000 % 24


class Mean(NamedTuple):
    """A mean with its 95 % bounds, None where fewer than two values say nothing of them."""

    n: int
    mean: float | None
    lower: float | None
    upper: float | None


class Performance(NamedTuple):
    """What a set of outcomes adds up to."""

    n: int  # entered signals that have ended
    wins: int
    win_rate: float | None
    win_rate_lower: float
    win_rate_upper: float
    break_even: float | None  # mean win rate needed by those that could break even; None where none could
    expectancy_r: Mean  # R a trade, after fees
    net_bps: Mean  # of entry notional, a trade
    profit_factor: float | None  # gross profit over gross loss, both after fees
    payoff_ratio: float | None  # mean win over mean loss
    gross_quote: float
    fees_quote: float
    net_quote: float
    mae_r: float | None
    mfe_r: float | None
    seconds_held: float | None
    signals_a_day: float | None
    impossible: int = 0  # of n: their costs left no win rate that breaks even

    @property
    def needed(self) -> float | None:
        """Mean win rate that all of them needed, where one that could not break even counts as 1."""
        if self.n == 0 or self.break_even is None:
            return None
        return self.break_even + (1.0 - self.break_even) * self.impossible / self.n


def mean_of(values: Sequence[float]) -> Mean:
    """Return a mean with Student's bounds.

    >>> [round(x, 3) for x in mean_of([1.0, 2.0, 3.0])[1:]]
    [2.0, -0.484, 4.484]
    """
    n = len(values)
    if n == 0:
        return Mean(0, None, None, None)
    mean = fsum(values) / n
    if n == 1:
        return Mean(1, mean, None, None)
    spread = student95(n - 1) * sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1) / n)
    return Mean(n, mean, mean - spread, mean + spread)


_SMALL_T = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)


def student95(df: int) -> float:
    """Return the two-sided 95 % point of Student's t; exact to 1e-4.

    From a table up to 10 degrees of freedom, then by the expansion of Abramowitz and Stegun 26.7.5.

    >>> round(student95(2), 3), round(student95(30), 3), round(student95(100), 3)
    (4.303, 2.042, 1.984)
    """
    if df <= len(_SMALL_T):
        return _SMALL_T[df - 1]
    z = Z95
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / df + g2 / df**2 + g3 / df**3


def performance(outcomes: Iterable[Outcome]) -> Performance:
    """Return what some outcomes add up to; those that never were entered are left out."""
    done = [outcome for outcome in outcomes if outcome.entered]
    won = [o.pnl_quote for o in done if o.pnl_quote > 0]
    lost = [-o.pnl_quote for o in done if o.pnl_quote <= 0]
    needed = [o.breakeven_win_rate for o in done if o.breakeven_win_rate is not None]
    lower, upper = wilson(len(won), len(done))
    profit, loss = fsum(won), fsum(lost)
    held = [(o.exit_ns - o.entry_ns) * 1e-9 for o in done if o.entry_ns is not None]
    return Performance(
        n=len(done),
        wins=len(won),
        win_rate=len(won) / len(done) if done else None,
        win_rate_lower=lower,
        win_rate_upper=upper,
        break_even=_mean(needed),
        expectancy_r=mean_of([o.r_multiple for o in done if o.r_multiple is not None]),
        net_bps=mean_of([o.pnl_bps for o in done if o.pnl_bps is not None]),
        profit_factor=profit / loss if loss > 0 else None,
        payoff_ratio=(profit * len(lost)) / (loss * len(won)) if won and loss > 0 else None,
        gross_quote=fsum(o.gross_quote for o in done),
        fees_quote=fsum(o.fees_quote for o in done),
        net_quote=fsum(o.pnl_quote for o in done),
        mae_r=_mean([o.mae_r for o in done if o.mae_r is not None]),
        mfe_r=_mean([o.mfe_r for o in done if o.mfe_r is not None]),
        seconds_held=_mean(held),
        signals_a_day=_a_day(done),
        impossible=len(done) - len(needed),
    )


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def _a_day(done: list[Outcome]) -> float | None:
    """Return outcomes a day between the first entry and the last exit; None below an hour."""
    if not done:
        return None
    span_ns = max(o.exit_ns for o in done) - min(o.entry_ns or o.exit_ns for o in done)
    return len(done) / (span_ns / DAY_NS) if span_ns >= HOUR_NS else None


def by(outcomes: Iterable[Outcome], key: Callable[[Outcome], Any]) -> dict[Any, Performance]:
    """Return the performance of each group, in the order of its key."""
    groups: dict[Any, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return {name: performance(groups[name]) for name in sorted(groups)}


class Curve(NamedTuple):
    """The account over time: equity after each of its trades, and its deepest fall."""

    times_ns: list[int]
    equity: list[float]
    max_drawdown: float  # positive fraction of the peak
    drawdown_ns: int  # the longest time below a peak; one that has not ended counts to the last trade


def equity_curve(outcomes: Iterable[Outcome], start_quote: float) -> Curve:
    """Return the account's curve from its trades, in the order of their ends."""
    own = sorted((o for o in outcomes if o.on_account and o.equity_after is not None), key=lambda o: o.exit_ns)
    peak, since, deepest, longest = start_quote, own[0].exit_ns if own else 0, 0.0, 0
    for outcome in own:
        equity = outcome.equity_after or 0.0
        if equity >= peak:
            peak, since = equity, outcome.exit_ns
        deepest = max(deepest, 1.0 - equity / peak)
        longest = max(longest, outcome.exit_ns - since)
    return Curve([o.exit_ns for o in own], [o.equity_after or 0.0 for o in own], deepest, longest)


def evidence(p: Performance, simulated: bool) -> str:
    """Return one honest sentence on what a performance shows and does not show."""
    if p.n == 0 or p.win_rate is None:
        return "No signal has been followed to its outcome yet: nothing is shown."
    band = f"{p.wins} of {p.n} won ({100 * p.win_rate_lower:.0f} to {100 * p.win_rate_upper:.0f} %)"
    r = p.expectancy_r
    if r.mean is None or r.lower is None or r.upper is None:
        shown = "too few to tell a mean"
    elif r.lower > 0:
        shown = f"expectancy {r.mean:+.2f} R ({r.lower:+.2f} to {r.upper:+.2f}): above zero in this sample"
    elif r.upper < 0:
        shown = f"expectancy {r.mean:+.2f} R ({r.lower:+.2f} to {r.upper:+.2f}): it loses after costs"
    else:
        shown = f"expectancy {r.mean:+.2f} R ({r.lower:+.2f} to {r.upper:+.2f}) includes zero: no edge shown"
    world = " The market was simulated: this says nothing about a real one." if simulated else ""
    return f"{band}, {_needs(p)}; {shown}.{world}"


def _needs(p: Performance) -> str:
    if p.break_even is None:
        return "no win rate breaks even at these costs"
    return f"needed {100 * p.break_even:.0f} %{could_not(p)}"


def could_not(p: Performance) -> str:
    """Return how many could not break even, to stand behind what the others needed; nothing where all could."""
    return f", {p.impossible} of {p.n} could not break even" if p.impossible else ""


def break_even_cell(p: Performance) -> str:
    """Return what a table says of the win rate that was needed."""
    if p.break_even is None:
        return "impossible"
    return f"{100 * p.break_even:.0f} %" + (f" ({p.impossible} could not)" if p.impossible else "")
