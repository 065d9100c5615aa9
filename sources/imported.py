"""Importing recorded frames: makes a tape of `{"rx_ns", "frame"}` lines.

The files are read twice: once for what the start record must say, once to write. The tape gets what
the live source would have put there: a start, a connection for each of the recording's, a tick at
every whole second, an end. Its id comes from the files' content, so importing twice gives one tape.
Times in ns; wall clocks since the epoch, UTC.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from leadline import records
from leadline.errors import TapeError
from leadline.records import Start
from leadline.times import HOUR_NS, SECOND_NS
from sources.frame_files import LATEST_NS, Advance, Fault, Frame, read
from sources.import_survey import ImportReport, Survey
from sources.tape import segments
from sources.tape_writer import TapeWriter

MakeStart = Callable[[str, list[str], int], Start]  # tape id, symbols, depth

LONGEST_HOLE_NS = HOUR_NS  # a longer one gets one tick, as after a stall of a live run
BATCH = 1000
SEGMENT_BYTES = 64 << 20


def import_frames(
    files: Sequence[Path], out_dir: Path, make_start: MakeStart, *, progress: bool = True
) -> ImportReport:
    """Make the tape `out_dir` of recorded frames; raises TapeError where there is nothing to import or no room."""
    if segments(out_dir):
        raise TapeError(f"{out_dir} holds a tape already: name another folder, or delete that one first")
    report = ImportReport(out_dir)
    with _progress(files, progress) as advance:
        survey = Survey()
        for item in _frames(files, survey.see, advance):
            survey.take(item, report)
        survey.finish(files, report)
        with _unfinished(out_dir) as folder:
            writer = TapeWriter(folder, report.tape_id, segment_bytes=SEGMENT_BYTES, segment_seconds=float("inf"))
            try:
                _write(writer, _encoded(files, make_start, report, advance))
            finally:
                writer.close()
    return report


def _frames(files: Sequence[Path], see: Callable[[bytes], None], advance: Advance) -> Iterator[Frame | Fault]:
    for path in files:
        yield from read(path, see, advance)


def _encoded(files: Sequence[Path], make_start: MakeStart, report: ImportReport, advance: Advance) -> Iterator[bytes]:
    """Yield the tape's records; the line's clock never goes back, though a recorder's may."""
    clock_ns = -1
    connections = Connections(files[0].name)
    for item in _frames(files, lambda line: None, advance):
        if isinstance(item, Fault):
            continue
        wall_ns = item.rx_ns + report.shift_ns
        if not 0 <= wall_ns < LATEST_NS:
            report.n_faults += 1
            continue
        if report.first_ns is None:
            report.first_ns = clock_ns = wall_ns
            start = make_start(report.tape_id, report.symbols, report.depth)
            yield records.encode_json(records.START, 0, wall_ns, item.rx_ns, start)
        for tick_ns in ticks(clock_ns, wall_ns):
            yield records.encode(records.TICK, 0, tick_ns, tick_ns - report.shift_ns)
        yield from connections.before(item, wall_ns)
        yield records.encode(records.FRAME, connections.conn, wall_ns, item.rx_ns, item.payload)
        report.frames += 1
        clock_ns = max(clock_ns, wall_ns)
    report.last_ns, report.connections = clock_ns, connections.conn
    reason = {"reason": "end_of_import"}
    yield records.encode_json(records.END, 0, clock_ns, clock_ns - report.shift_ns, reason)


def ticks(clock_ns: int, wall_ns: int) -> range:
    """Return the whole seconds behind `clock_ns` up to `wall_ns`; of a long hole the last one only.

    >>> list(ticks(1_500_000_000, 3_000_000_000))
    [2000000000, 3000000000]
    """
    last_ns = wall_ns - wall_ns % SECOND_NS
    if wall_ns - clock_ns > LONGEST_HOLE_NS:
        return range(last_ns, last_ns + 1, SECOND_NS)
    return range(clock_ns - clock_ns % SECOND_NS + SECOND_NS, last_ns + 1, SECOND_NS)


class _Status(msgspec.Struct):
    connection_id: int | None = None


class _StatusFrame(msgspec.Struct):
    channel: str
    data: list[_Status]


_decode_status = msgspec.json.Decoder(_StatusFrame).decode


class Connections:
    """Finds where the recorder connected anew: Kraken's first word is a status with the connection's id."""

    def __init__(self, name: str) -> None:
        self._opened = {"venue": "kraken", "url": f"import:{name}"}
        self._id: int | None = None
        self.conn = 0

    def before(self, frame: Frame, wall_ns: int) -> list[bytes]:
        """Return the records that belong in front of a frame."""
        found = self._status(frame.payload)
        new = found is not None and self._id is not None and found != self._id
        self._id = found if found is not None else self._id
        if self.conn and not new:
            return []
        lost = [(records.DISCONNECTED, self.conn, {"reason": "recorder connected anew"})] if new else []
        self.conn += 1
        opened = (records.CONNECTED, self.conn, self._opened)
        return [
            records.encode_json(kind, conn, wall_ns, frame.rx_ns, payload) for kind, conn, payload in (*lost, opened)
        ]

    def _status(self, payload: bytes) -> int | None:
        if b'"connection_id"' not in payload:
            return None
        try:
            frame = _decode_status(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        return frame.data[0].connection_id if frame.channel == "status" and frame.data else None


def _write(writer: TapeWriter, encoded: Iterator[bytes]) -> None:
    batch: list[bytes] = []
    for record in encoded:
        batch.append(record)
        if len(batch) >= BATCH:
            writer.append(batch)
            batch = []
    writer.append(batch)


@contextmanager
def _unfinished(out_dir: Path) -> Iterator[Path]:
    """Give a folder that becomes `out_dir` when all went well, and goes when it did not."""
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.", dir=out_dir.parent))
    except OSError as e:
        raise TapeError(f"cannot write to {out_dir.parent}: {e.strerror}; name another folder") from e
    try:
        yield folder
        folder.chmod(0o755)
        folder.rename(out_dir)
    except OSError as e:
        raise TapeError(f"cannot make {out_dir}: {e.strerror}; name a folder that is not there yet") from e
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _progress(files: Sequence[Path], wanted: bool) -> Iterator[Advance]:
    """Give what takes the bytes read so far; a bar where someone looks on."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console()
    size = sum(path.stat().st_size for path in files if path.is_file())
    with Progress(console=console, transient=True, disable=not (wanted and console.is_terminal)) as bar:
        task, before = bar.add_task("importing", total=2 * size), [0]

        def advance(position: int) -> None:
            bar.update(task, advance=position - before[0] if position >= before[0] else position)
            before[0] = position

        yield advance
