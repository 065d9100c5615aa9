"""The performance page: what became of a run's signals, or a configuration's, and how sure one can be of it.

It shows a sample and its bounds and claims nothing beyond. Signals that were not tradable are
followed like the others and told apart from them; money and drawdown are the account's alone.
"""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import Any

from leadline.performance import by, equity_curve, evidence, performance
from reports import charts, drivers, episodes
from reports.facts import Facts
from reports.head import head, unit
from reports.page import Section, chart, page
from reports.scope import Run
from reports.tables import slices, verdict_table
from sinks.cards import length

TITLE = "Performance on paper"


def performance_page(facts: Facts, written: datetime) -> str:
    """Return the page of some facts, written at a time (UTC)."""
    foot = f"Written by Leadline at {written:%Y-%m-%d %H:%M:%S} UTC. Paper only: no order was ever sent to a venue."
    return page(TITLE, head(facts), sections(facts), foot)


def numbers(facts: Facts) -> dict[str, Any]:
    """Return the numbers of the page for a program, as plain values: those of `leadline.performance`."""
    return {
        "run": None if facts.run is None else facts.run._asdict(),
        "runs": [run._asdict() for run in facts.runs],
        "signals": facts.n_signals,
        "left_out": sum(not outcome.entered for outcome in facts.outcomes),
        "evidence": evidence(performance(facts.outcomes), facts.run is not None and facts.run.simulated),
        "all": plain(performance(facts.outcomes)),
        "by_verdict": {name: plain(p) for name, p in by(facts.outcomes, lambda o: o.verdict).items()},
        "by_setup": {name: plain(p) for name, p in by(facts.outcomes, lambda o: o.setup).items()},
        "by_symbol": {name: plain(p) for name, p in by(facts.outcomes, lambda o: o.symbol).items()},
        "by_hour": {f"{hour:02d}": plain(p) for hour, p in by(facts.outcomes, lambda o: o.hour).items()},
        "account": _curve(facts),
        "costs": None if facts.costs is None else facts.costs._asdict(),
        "advice": [one._asdict() for one in facts.advised],
    }


def _curve(facts: Facts) -> dict[str, float] | None:
    if facts.start is None:
        return None
    curve = equity_curve(facts.outcomes, facts.start[1])
    return {"max_drawdown": curve.max_drawdown, "drawdown_seconds": curve.drawdown_ns * 1e-9}


def plain(value: Any) -> Any:
    """Return a named tuple as a dict, and so on within."""
    return {name: plain(part) for name, part in value._asdict().items()} if hasattr(value, "_asdict") else value


def sections(facts: Facts) -> Iterator[Section]:
    """Give the parts of the page for which there are facts."""
    if facts.run is None:
        return
    if facts.outcomes:
        yield from _of_outcomes(facts, facts.run)
    if any(one.mean_saved_bps is not None for one in facts.advised):
        yield Section("advice", "What advice saved", chart("advice", drivers.advice(facts.advised)), ADVICE)
    if facts.episodes:
        yield _episodes(facts)


def _of_outcomes(facts: Facts, run: Run) -> Iterator[Section]:
    of, money = facts.outcomes, unit(run)
    yield Section("verdicts", "Outcomes by verdict", verdict_table(of, money) + slices(of, money), VERDICTS)
    yield _account(facts, money)
    yield Section("setups", "How signals of each setup ended", chart("setups", charts.setups(of)), SETUPS)
    if not any(outcome.entered for outcome in of):
        return
    yield Section("r", "Result of each signal in R", chart("r", charts.r_histogram(of)), R)
    yield Section("win-rate", "Win rate so far against break-even", chart("win-rate", charts.win_rate(of)), WIN_RATE)
    if facts.scored:
        yield Section("score", "HFT score against outcome", chart("score", drivers.score(facts.scored)), SCORE)
    if facts.costs:
        yield Section("costs", "Where the result went", chart("costs", drivers.costs(facts.costs)), COSTS)


def _account(facts: Facts, money: str) -> Section:
    if not any(outcome.on_account for outcome in facts.outcomes):
        body = "<p>The account is untouched: no tradable signal has been entered and ended.</p>"
        return Section("account", "The paper account", body, UNTOUCHED)
    if facts.start is None:
        body = "<p>Not every run went on with the account of the one before it: --run shows the account of one.</p>"
        return Section("account", "The paper account", body, UNTOUCHED)
    made = charts.equity(facts.outcomes, facts.start, money)
    curve = equity_curve(facts.outcomes, facts.start[1])
    told = (
        f"<p>Deepest fall {100 * curve.max_drawdown:.2f} % of the peak; longest time below a peak "
        f"{length(curve.drawdown_ns * 1e-9)}.</p>"
    )
    return Section("account", "The paper account", told + chart("account", made), ACCOUNT)


def _episodes(facts: Facts) -> Section:
    parts = []
    for n, (episode, quotes) in enumerate(facts.episodes, 1):
        made = chart(f"signal-{n}", episodes.episode_chart(episode, quotes))
        parts.append(f"<div><h3>{escape(episodes.episode_title(episode))}</h3>{made}</div>")
    return Section("signals", "The last signals", f'<div class="pairs">{"".join(parts)}</div>', EPISODES)


VERDICTS = (
    "Signals that were entered and ended by themselves, after fees, with 95 % bounds; a mean counts each once, money "
    "by its size. Break-even is the mean win rate of those that could break even. Those not tradable never touched the "
    "account. Among many groups some look good by chance."
)
ACCOUNT = "Equity after each closed tradable trade; not what open trades were worth, so the true fall may be deeper."
UNTOUCHED = "Only tradable signals move the account."
R = (
    "R is what a planned stop-out loses, costs included; below -1 R an exit cost more than planned. The mean is of all "
    "verdicts and does not tell how the next signal ends."
)
WIN_RATE = (
    "Wins so far over signals so far, against the mean win rate needed by those that could break even: the others "
    "needed more than every win. While break-even lies inside the band, the sample does not tell the two apart."
)
SETUPS = (
    "Signals of every verdict by the reason of their exit, and how many of those won after fees: a target can lose. "
    "Unfilled, end of tape and abandoned ones are in no win rate."
)
SCORE = (
    "Mean result and its 95 % interval in equal groups: deciles from fifty outcomes on, else groups of five or more. "
    "What went together in this sample, not what caused it; no difference is tested."
)
COSTS = (
    "All entered signals by notional, tradable or not. Slippage is inside gross; nobody trades at the mid, so the "
    "first bar is no result that could be had."
)
ADVICE = (
    "Road taken minus road not taken, by the same broker, with the 95 % interval (hollow: fewer than four known). One "
    "that includes zero shows neither help nor harm."
)
EPISODES = (
    "Bid, ask and mid each second, gaps without a verified book; triangle: average entry (up for a buy), cross: "
    "average exit. Examples of what happened, not evidence."
)
