"""Symbols: known to the venue, trading there, and written with the digits that the newest tape has."""

from collections.abc import Iterator
from itertools import islice

from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from doctor.venue import Venue
from leadline import records
from leadline.errors import TapeError
from leadline.events import Instruments
from leadline.instrument import Instrument
from sources import tape
from sources.kraken import wire
from sources.kraken.symbols import suggestion
from sources.tape_reader import TapeReader

BEGINNING = 1000  # records of a tape in which its instruments are found


def listed(system: System, venue: Venue) -> Iterator[Finding]:
    """Each symbol must be one of the venue's, and online."""
    known = venue.pairs.answer
    if known is None:
        yield unchecked("symbol_unknown", f"the venue's pairs cannot be had: {venue.pairs.failure}")
        return
    for symbol, setting in _wanted(system).items():
        pair = known.get(symbol)
        if pair is None:
            meant = suggestion(symbol, known)
            fix = f"did you mean {meant}? Change {setting}" if meant else f"change {setting}"
            severe = error if symbol in system.settings.symbols() else warning  # history may be imported
            yield severe("symbol_unknown", f"Kraken does not list {symbol}", fix)
        elif pair.status != "online":
            fix = f"wait, or take it out of {setting}"
            yield warning("symbol_not_online", f"{symbol} is {pair.status} at the venue", fix)


def _wanted(system: System) -> dict[str, str]:
    """Return the symbols that are asked for, and the setting that asks for each."""
    settings = system.settings
    setting = "feed.symbols" if settings.feed.symbols else "scalping_engine.symbols"
    analyzer = settings.ultimate_analyzer
    analysed = analyzer.symbols if analyzer.enabled else []
    return dict.fromkeys(analysed, "ultimate_analyzer.symbols") | dict.fromkeys(settings.symbols(), setting)


def precision(system: System, venue: Venue) -> Iterator[Finding]:
    """Digits that changed since the newest tape make old prices and sizes of other steps."""
    known = venue.pairs.answer or {}
    for symbol, instrument in _instruments(system).items():
        pair = known.get(symbol)
        if pair is None or symbol not in system.settings.symbols():
            continue
        was = (instrument.price_precision, instrument.qty_precision)
        now = (pair.price_precision, pair.qty_precision)
        if was != now:
            yield warning(
                "precision_changed",
                f"{symbol} has {now[0]} digits of price and {now[1]} of size, the newest tape {was[0]} and {was[1]}",
                "begin the next run without -r, or with a new folder",
            )  # fmt: skip


def _instruments(system: System) -> dict[str, Instrument]:
    """Return the instruments that the newest tape begins with, none where it does not tell."""
    folders = tape.tapes(system.data_dir / "tape")
    if not folders:
        return {}
    try:
        for record in islice(TapeReader(folders[-1]), BEGINNING):
            if record.kind == records.FRAME and b'"instrument"' in record.payload[:100]:
                event = wire.decode(record.payload)
                if isinstance(event, Instruments) and event.snapshot:
                    return dict(event.pairs)
    except TapeError:
        return {}  # the tape's own check tells
    return {}


CHECKS = (listed, precision)
