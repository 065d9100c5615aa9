"""The head of the performance page: which runs it is of, and what their outcomes do and do not show."""

from collections.abc import Sequence

from leadline.performance import evidence, performance
from leadline.several import several
from reports.facts import Facts
from reports.page import paragraphs, table
from reports.scope import Run, counted

EMPTY = "The store holds no run yet: there is nothing to show. Run the flow first (`leadline run`)."


def head(facts: Facts) -> str:
    """Return the head as HTML."""
    if facts.run is None:
        return paragraphs([EMPTY], "evidence")
    return (
        paragraphs([world(facts.run)], "world")
        + paragraphs(evidences(facts, facts.run), "evidence")
        + paragraphs([*doubts(facts), about(facts), others(facts)], "dim")
        + (listed(facts.runs) if len(facts.runs) > 1 else "")
    )


def world(run: Run) -> str:
    """Return which market this was."""
    if run.simulated:
        return "SIMULATED MARKET: nothing here says anything about a real one."
    return (
        "Real market, recorded and replayed; trades on paper." if run.mode == "replay" else "Live market; paper trades."
    )


def evidences(facts: Facts, run: Run) -> list[str]:
    """Return what the outcomes show: of all signals, and of the tradable ones where they are not all."""
    if not facts.outcomes:
        return [f"{_signals(facts)}. {evidence(performance([]), run.simulated)}"]
    found = [f"All signals: {evidence(performance(facts.outcomes), run.simulated)}"]
    tradable = [outcome for outcome in facts.outcomes if outcome.verdict == "tradable"]
    if not tradable:
        found.append("No tradable signal has ended: the account is untouched.")
    elif len(tradable) < len(facts.outcomes):
        found.append(f"Tradable signals alone: {evidence(performance(tradable), simulated=False)}")
    return found


def doubts(facts: Facts) -> list[str]:
    """Return what the numbers leave out or rest on."""
    left_out = sum(not outcome.entered for outcome in facts.outcomes)
    waiting = facts.n_signals - len(facts.outcomes)
    told = {
        "left out of every rate: never filled, or open at the end": left_out,
        "without an outcome so far": waiting,
        "lost the book while open, and left at the first verified one": facts.n_outage,
        "with a fill below the ten levels that the checksum vouches for": facts.n_deep,
    }
    lines = [f"{n} {what}" for what, n in told.items() if n > 0]
    return [f"{_signals(facts)}; " + "; ".join(lines) + "."] if lines and facts.outcomes else []


def _signals(facts: Facts) -> str:
    return f"{several(facts.n_signals, 'signal')} so far"


FORM = "%Y-%m-%d %H:%M:%S"


def about(facts: Facts) -> str:
    """Return what identifies the run, or the runs."""
    run, n = facts.run, len(facts.runs)
    assert run is not None
    named = f"Run {run.run_id}" if n == 1 else f"{n} runs of one configuration, joined"
    return (
        f"{named}, {run.mode}, {', '.join(run.symbols)}, from {run.started_at:{FORM}} {_ended(run)}; "
        f"settings {run.config_hash}, version {', '.join(dict.fromkeys(one.version for one in facts.runs))}."
    )


def _ended(run: Run) -> str:
    return "not ended (it runs, or was killed)" if run.ended_at is None else f"to {run.ended_at:{FORM}} UTC"


def listed(runs: Sequence[Run]) -> str:
    """Return which runs they are, folded away."""
    rows = [[run.run_id, f"{run.started_at:{FORM}}", _ended(run), ", ".join(run.symbols), run.version,
             run.exit_reason or "-"] for run in runs]  # fmt: skip
    names = ["run", "from, UTC", "", "symbols", "version", "why it ended"]
    return f"<details><summary>the {len(runs)} runs</summary>{table(names, rows)}</details>"


def others(facts: Facts) -> str:
    """Return what else the store holds, and how to see it."""
    if len(facts.known) < 2:
        return "It is the only run in the store."
    mixed = "No other run is mixed into it"
    if len(facts.runs) > 1:
        mixed = "No other configuration, mode or market is mixed into it, and what several runs tell is counted once"
    return (
        f"{mixed}; the store holds {', '.join(counted(facts.known))}. Choose another with --run or --mode, all of a "
        "configuration with --config."
    )


def unit(run: Run) -> str:
    """Return the currency of the money: that of the symbols, where they agree."""
    quotes = {symbol.partition("/")[2] for symbol in run.symbols}
    return quotes.pop() if len(quotes) == 1 else "quote"
