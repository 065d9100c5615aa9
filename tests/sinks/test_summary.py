"""The summary of a run: of a resumed one it says that its parts are not the whole."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sinks.summary import Tally, summary
from tests.sinks.lake_rows import row


def told(*rows, wall_s=1.0):
    tally, out = Tally(), StringIO()
    for one in rows:
        tally.add(one)
    console = Console(file=out, width=200)
    for part in summary(tally, tally.ended(), wall_s, Path("data")):
        console.print(part)
    return out.getvalue()


@pytest.mark.parametrize("whole", [True, False])
def test_a_resumed_run_says_that_its_outcomes_are_those_since(whole):
    begun = [row("runs", exit_reason=None)] if whole else []
    ended = row("runs", exit_reason="stopped", started_at=0, ended_at=10**9)
    assert ("The run was resumed" in told(*begun, row("signals"), ended)) is not whole


@pytest.mark.parametrize(
    ("mode", "reason", "said"),
    [
        ("simulator", "end_of_market", "the simulated market came to its end"),
        ("replay", "end_of_import", "the imported recording came to its end"),
        ("replay", "stopped", "the end of what its run had written by then"),
        ("live", "stopped", "stopped on request"),
    ],
)
def test_how_a_run_ended_is_said_in_words(mode, reason, said):
    assert f" ({mode}), {said} " in told(row("runs", mode=mode, exit_reason=reason))


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (True, "21,000 in 60.0 s of wall time: 350 a second"),
        (False, "21,000; since the run was resumed 3,000 in 60.0 s of wall time: 50 a second"),
    ],
)
def test_frames_a_second_are_those_of_the_process_in_its_own_time(whole, said):
    begun = [row("runs", exit_reason=None)] if whole else []
    seen = [("telemetry", {"frames": {"book": 1000, "trade": 500}})] * 2
    ended = row("runs", exit_reason="stopped", started_at=0, ended_at=10**9, frames=21_000)
    assert said in told(*begun, *seen, ended, wall_s=60.0)
