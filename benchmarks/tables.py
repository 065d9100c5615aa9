"""What the benchmarks share: timing by the best of several rounds, a market to time on, tables."""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from flows.starting import imported_start, start_record
from leadline import records
from leadline.records import Record
from leadline.settings import Settings
from simulator.tape import TapeSpec, chunks
from sources.imported import import_frames
from sources.tape_reader import TapeReader

ROUNDS = 7


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    table = Table()
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right")
    for row in rows:
        table.add_row(*(f"{value:,.2f}" if isinstance(value, float) else str(value) for value in row))
    console = Console(width=110)
    console.print(title, highlight=False)
    console.print(table)


def machine() -> str:
    """Return what this is measured on, in a line."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return f"{model}, {platform.system()}, CPython {platform.python_version()}"


def best_us(jobs: dict[str, Callable[[], object]], n: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the microseconds a message of each job: the best round, the jobs taking turns.

    Taking turns, a change of the machine's speed hits all of them; the best round is the one
    least disturbed.
    """
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(rounds):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            best[name] = min(best[name], (time.perf_counter() - started) / n * 1e6)
    return best


def market(hours: float = 0.15, symbols: tuple[str, ...] = ("BTC/USD",)) -> list[Record]:
    """Return the records of a simulated market, start record included."""
    spec = TapeSpec(seed=7, hours=hours, symbols=symbols)
    start = start_record(Settings(), spec.tape_id, "benchmark")
    start.symbols = list(symbols)
    first = Record(0, records.START, 0, spec.start_ns, 0, msgspec.json.encode(start))
    return [first, *(record for record, _ in records.decode(b"".join(chunks(spec)), 0, 1))]


def recorded() -> list[Record]:
    """Return the recorded BTC/USD session as records, none where the recordings are not to be had."""
    folder = Path(os.environ.get("LEADLINE_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
    file = folder / "kraken_v2_book" / "crossbook_kraken_btcusd_sample.ndjson.gz"
    if not file.is_file():
        return []
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "tape"
        import_frames([file], out, imported_start(Settings()), progress=False)
        return list(TapeReader(out))
