"""Analysis: the analyzer's step of a flow, from a symbol's inputs to its rows of `analyses` and `bias`."""

from collections.abc import Callable
from typing import Any, NamedTuple

import bytewax.operators as op
import msgspec
from bytewax.operators import KeyedStream

from leadline.analysis import Analysis
from leadline.analysis.inputs import Inputs, Missing, World, analysis_hash
from leadline.errors import LeadlineError
from leadline.moment import Row
from leadline.settings import Settings


class Run(NamedTuple):
    """What every row of a run says besides its analysis."""

    run_id: str
    rules: Settings
    live: bool  # as of now, not of a time that was asked for
    valid_until_ns: int


class Analysed(NamedTuple):
    """A symbol's analysis, or why there is none."""

    symbol: str
    analysis: Analysis | None
    reason: str
    rows: tuple[Row, ...] = ()


def analyse(step_id: str, up: KeyedStream[Inputs | Missing], run: Run) -> KeyedStream[Analysed]:
    """Analyse each symbol.

    `up`: (symbol, Inputs | Missing) -> (symbol, Analysed), one for one. No state.
    """
    return op.map_value(step_id, up, analysing(run))


def rows(step_id: str, up: KeyedStream[Analysed]) -> KeyedStream[Row]:
    """Take the rows out. `up`: (symbol, Analysed) -> (symbol, Row), none for a symbol without bars."""
    return op.flat_map_value(step_id, up, lambda analysed: analysed.rows)


def analysing(run: Run) -> Callable[[Inputs | Missing], Analysed]:
    """Return the step; a fault in one symbol's history is that symbol's alone."""

    def step(given: Inputs | Missing) -> Analysed:
        if isinstance(given, Missing):
            return Analysed(given.symbol, None, given.reason)
        try:
            analysis = given.analysis(run.rules)
        except LeadlineError as e:
            return Analysed(given.symbol, None, str(e))
        return Analysed(given.symbol, analysis, "", tuple(rows_of(analysis, given, run)))

    return step


def rows_of(analysis: Analysis, inputs: Inputs, run: Run) -> list[Row]:
    """Return the rows of an analysis: always `analyses`; `bias` only where there is a score to have one by."""
    common = _common(analysis, inputs.world, run)
    chosen = analysis.of(analysis.profile)
    setups = text([one.setup for one in analysis.profiles if one.setup is not None])
    book = next((one for one in chosen.components if one.name == "hft_microstructure"), None)
    found = [Row("analyses", {
        **common, "components": text(chosen.components), "setups": setups, "price": analysis.price,
        "hft_score": None if book is None else book.score, "missing": list(analysis.missing), "detail": text(analysis),
    })]  # fmt: skip
    if analysis.score is not None:
        found.append(Row("bias", {
            **common, "valid_until": run.valid_until_ns, "zones": text(chosen.zones),
            "breakouts": text(chosen.breakouts), "setups": setups,
        }))  # fmt: skip
    return found


def _common(analysis: Analysis, world: World, run: Run) -> dict[str, Any]:
    return {
        "as_of": analysis.as_of_ns, "symbol": analysis.symbol, "profile": analysis.profile, "score": analysis.score,
        "bias": analysis.bias, "confidence": analysis.confidence, "key_level": analysis.key_level.price,
        "key_level_reason": analysis.key_level.reason, "config_hash": analysis_hash(run.rules), "run_id": run.run_id,
        "mode": "simulator" if world.simulated else "live" if run.live else "history", "venue": world.venue,
        "tape_id": world.tape_id,
    }  # fmt: skip


def text(value: Any) -> str:
    """Return a value as JSON text, the same for the same value."""
    return msgspec.json.encode(value).decode()
