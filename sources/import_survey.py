"""What an import must know before it writes: the tape's id, its symbols and depth, and the clock's shift.

Times in ns; wall clocks since the epoch, UTC.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leadline.errors import TapeError
from leadline.events import Ack, BookMessage, Event
from leadline.times import DAY_NS
from sources.frame_files import LATEST_NS, Fault, Frame
from sources.kraken import wire

EPOCH_NS = 10**18  # 2001: less is no wall clock
YEAR_NS = 365 * DAY_NS  # a recorder's wall clock is not that far off
DEPTHS = (10, 25, 100, 500, 1000)  # that Kraken offers
FAULTS_KEPT = 100


@dataclass
class ImportReport:
    """What was imported, and what was left out and why (the first hundred of `n_faults`)."""

    folder: Path
    tape_id: str = ""
    symbols: list[str] = field(default_factory=list)
    depth: int = 0
    frames: int = 0
    records: int = 0
    connections: int = 0
    shift_ns: int = 0  # added to every rx_ns
    first_ns: int | None = None
    last_ns: int | None = None
    n_faults: int = 0
    faults: list[Fault] = field(default_factory=list)


class Survey:
    """What the first reading finds out."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._symbols: dict[str, None] = {}  # in order of appearance
        self._depth = 0
        self._levels = 0
        self._first: tuple[int, int] | None = None  # receipt and event time of the first dated book message
        self._frames = 0

    def see(self, line: bytes) -> None:
        """Take a line as it is, for the tape's id."""
        self._digest.update(line)

    def take(self, item: Frame | Fault, report: ImportReport) -> None:
        """Take a line as it was understood."""
        if isinstance(item, Fault):
            report.n_faults += 1
            report.faults += [item] * (len(report.faults) < FAULTS_KEPT)
            return
        self._frames += 1
        if b'"book"' in item.payload:
            events = wire.decode(item.payload)
            for event in events if isinstance(events, list) else [events]:
                self._hear(event, item.rx_ns)

    def _hear(self, event: Event, rx_ns: int) -> None:
        if isinstance(event, Ack) and event.channel == "book":
            self._depth = self._depth or event.depth or 0
        if not isinstance(event, BookMessage):
            return
        self._symbols.setdefault(event.symbol)
        self._levels = max(self._levels, len(event.bids), len(event.asks)) if event.snapshot else self._levels
        if self._first is None and event.event_ns is not None and 0 < event.event_ns < LATEST_NS:
            self._first = (rx_ns, event.event_ns)

    def finish(self, files: Sequence[Path], report: ImportReport) -> None:
        """Enter it all in the report; raises TapeError where there is no market in the files."""
        names = ", ".join(str(path) for path in files)
        if not self._symbols:
            found = f"{self._frames} frames, none of them of a book" if self._frames else "no frame"
            why = f"; {report.faults[0]}" if report.faults else ""
            raise TapeError(f'{found} in {names}{why}: a line is {{"rx_ns": 1785641750295158100, "frame": ...}}')
        report.tape_id = f"imp-{self._digest.hexdigest()[:12]}"
        report.symbols = list(self._symbols)
        report.depth = self._depth or next((d for d in DEPTHS if d >= self._levels), DEPTHS[-1])
        report.shift_ns = shift_ns(*self._first) if self._first is not None else 0


def shift_ns(rx_ns: int, event_ns: int) -> int:
    """Return what makes a receipt time of it: 0 for a wall clock, else the event counts as received at once.

    >>> shift_ns(1_785_641_750_000_000_000, 1_785_641_751_000_000_000)
    0
    >>> shift_ns(201_603_688_723_400, 1_785_552_833_000_000_000) + 201_603_688_723_400
    1785552833000000000
    """
    return 0 if rx_ns >= EPOCH_NS and abs(event_ns - rx_ns) <= YEAR_NS else event_ns - rx_ns
