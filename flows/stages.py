"""The stages of the line in their order, for every flow that runs it: with the engine, and offline.

A step id is part of the recovery store's format: renaming one is a CHANGELOG entry.
"""

from collections.abc import Callable

from operators.book import BookStage
from operators.candles import CandleStage
from operators.hft import HftStage
from operators.line import Stage
from operators.paper import PaperStage
from operators.signals import SignalStage
from sources.kraken import wire_exact


def book_stage() -> BookStage:
    """Return the first stage, which keeps the books as Kraken sends them."""
    return BookStage(wire_exact.exact_levels, wire_exact.snapshot_precision)


STAGES: tuple[tuple[str, Callable[[], Stage]], ...] = (
    ("book", book_stage),
    ("candles", CandleStage),
    ("hft", HftStage),
    ("signals", SignalStage),
    ("paper", PaperStage),
)
