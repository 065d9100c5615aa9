"""The real command, killed -9 at chosen records and resumed: `python -m tests.flows.killed FOLDER RECORD...`.

Each life is a fork of a process that has its imports behind it, so twenty cost little more than the replay. A
life is killed a moment after its source has read its record: in a stage, in a sink or in a snapshot.
Half of them snapshot at each batch, and go on where they were; the others each second, so that what was stored
is computed again. The last life is left to end.
"""

import os
import random
import runpy
import signal
import sys
from threading import Timer
from typing import Any

import duckdb  # noqa: F401  imported once for all lives, as the rest here
import pyarrow.parquet  # noqa: F401

import flows.scalp  # noqa: F401
from sources.replay import ReplayPartition

MOMENT_S = 0.05


def live(folder: str, snapshot_s: int, record: int | None, delay_s: float) -> int:
    """Run the command to its end or death; return how it ended, as `os.waitpid` says it."""
    pid = os.fork()
    if pid == 0:
        if record is not None:
            die_at(record, delay_s)
        sys.argv = ["bytewax.run", "flows.scalp", "-r", folder, "-s", str(snapshot_s), "-b", "0"]
        try:
            runpy.run_module("bytewax.run", run_name="__main__", alter_sys=True)
        except SystemExit as e:
            os._exit(int(e.code or 0))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def die_at(record: int, delay_s: float) -> None:
    """Let this process be killed soon after its source has read a record."""
    read, clock = ReplayPartition._next, Timer(delay_s, os.kill, (os.getpid(), signal.SIGKILL))

    def reads(self: ReplayPartition) -> list[Any]:
        batch = read(self)
        if batch and batch[-1].seq >= record and not clock.is_alive():
            clock.start()
        return batch

    ReplayPartition._next = reads  # type: ignore[method-assign]


def main(folder: str, *told: str) -> None:
    dice, kills = random.Random(20), 0
    for record in map(int, told):
        kills += os.WTERMSIG(live(folder, dice.randrange(2), record, dice.uniform(0, MOMENT_S))) == signal.SIGKILL
    ended = live(folder, 1, None, 0)
    print(kills)
    sys.exit(os.waitstatus_to_exitcode(ended))


if __name__ == "__main__":
    main(*sys.argv[1:])
