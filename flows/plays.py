"""Plays: one tape under several variants, each in a process of its own, and what came of it."""

import gc
import os
import signal
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flows.offline import play, recorded, simulated
from leadline import records
from leadline.comparison import Key
from leadline.errors import LeadlineError, TapeError
from leadline.performance import Outcome
from leadline.records import Record
from leadline.settings import Settings
from sinks.outcomes import of_row
from sources.tape_reader import end_of

if TYPE_CHECKING:
    from simulator.tape import TapeSpec

STEPS = 200  # of a progress bar

Told = Callable[[int, float], None]  # the number of a play, and how much of it is done, 0 to 1


@dataclass(frozen=True)
class Market:
    """What is played: a tape's folder, or a simulated market as `settings` decide on it."""

    name: str
    simulated: bool  # whether its prices are
    settings: Settings = field(default_factory=Settings)
    folder: Path | None = None
    spec: "TapeSpec | None" = None


class Job(NamedTuple):
    """A market under some deciding settings that go over its own."""

    market: Market
    changes: dict[str, Any]


class Played(NamedTuple):
    """What came of a job, in the fill model of its account."""

    outcomes: dict[Key, Outcome]
    signals: int
    signals_hash: str
    damage: list[str]  # what of the tape could not be read
    biases: int  # bias records on the tape


def play_all(jobs: Sequence[Job], told: Told = lambda number, done: None, at_once: int | None = None) -> list[Played]:
    """Return what came of each job; as many are played at once as there are cores."""
    context, at_once = get_context("spawn"), at_once or cores()
    found: dict[int, Played] = {}
    running: dict[Connection, tuple[int, SpawnProcess]] = {}
    waiting = iter(enumerate(jobs))
    try:
        while len(found) < len(jobs):
            while len(running) < at_once and (job := next(waiting, None)) is not None:
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(job[1], theirs), daemon=True)
                process.start()
                theirs.close()
                running[ours] = (job[0], process)
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                number, process = running[ready]
                message = _message(ready, process)
                if isinstance(message, Played):
                    found[number] = message
                    del running[ready]
                    process.join()
                else:
                    told(number, message)
    finally:
        for _, process in running.values():
            process.terminate()
    return [found[number] for number in range(len(jobs))]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _message(ready: Connection, process: SpawnProcess) -> "Played | float":
    try:
        message: Played | float | LeadlineError = ready.recv()
    except EOFError:
        process.join()
        killed = (process.exitcode or 0) < 0
        why = "it was killed: is there memory enough?" if killed else "a fault of ours, printed above"
        raise TapeError(f"a play of the tape broke off (exit code {process.exitcode}): {why}") from None
    if isinstance(message, LeadlineError):
        raise message
    return message


def _work(job: Job, told: Connection) -> None:
    """Play a job in this process; tell how far it is, then what came of it, or why it cannot be played."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who ends us
    gc.set_threshold(50_000, 50, 100)  # what is new dies with its batch
    try:
        told.send(played(job, told.send))
    except LeadlineError as e:
        told.send(e)
    except BrokenPipeError:
        pass  # nobody wants it any more


def played(job: Job, told: Callable[[float], None] = lambda done: None) -> Played:
    """Play a job here; `told` hears how much of it is done."""
    market, outcomes, run = job.market, dict[Key, Outcome](), dict[str, Any]()
    source = recorded(market.folder) if market.folder is not None else None
    biases = 0

    def heard(whole: Iterable[Record]) -> Iterator[Record]:
        nonlocal biases
        for record in whole:
            biases += record.kind == records.BIAS
            yield record

    given = source if source is not None else simulated(_spec(market), market.settings)
    for row in play(heard(given), job.changes, _progress(market, told)):
        if row.table == "paper_trades" and row.values["account_model"]:
            outcomes[key(row.values, outcomes)] = of_row(row.values)
        elif row.table == "runs":
            run = row.values
    return Played(outcomes, run["signals"], run["signals_hash"], [] if source is None else source.damage, biases)


def _spec(market: Market) -> "TapeSpec":
    assert market.spec is not None, "a market is a folder or a spec"
    return market.spec


def key(values: dict[str, Any], known: Container[Key] = ()) -> Key:
    """Return what pairs a trade with another variant's: a symbol arms a setup on one side once at a time.

    Where that time stood still (a receipt clock set back) another nanosecond tells the next one apart,
    so that none is lost.
    """
    armed_ns = values["armed_at"]
    while (found := (values["symbol"], values["setup"], values["side"], armed_ns)) in known:
        armed_ns += 1
    return found


def _progress(market: Market, told: Callable[[float], None]) -> Callable[[Record], None]:
    """Return what tells the part done of a market, a few hundred times at most."""
    spec, length = market.spec, 0 if market.folder is None else end_of(market.folder)
    steps = 0

    def tell(record: Record) -> None:
        nonlocal steps
        part = record.seq / length if spec is None else (record.wall_ns - spec.start_ns) / (spec.end_ns - spec.start_ns)
        if int(part * STEPS) > steps:
            steps = int(part * STEPS)
            told(min(1.0, part))

    return tell
