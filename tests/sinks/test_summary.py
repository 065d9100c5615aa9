"""The summary of a run: of a resumed one it says that its parts are not the whole."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sinks.summary import Tally, summary
from tests.sinks.lake_rows import row


@pytest.mark.parametrize("whole", [True, False])
def test_a_resumed_run_says_that_its_outcomes_are_those_since(whole):
    tally, out = Tally(), StringIO()
    begun = [row("runs", exit_reason=None)] if whole else []
    ended = row("runs", exit_reason="stopped", started_at=0, ended_at=10**9)
    for one in (*begun, row("signals"), ended):
        tally.add(one)
    console = Console(file=out, width=200)
    for part in summary(tally, tally.ended(), 1.0, Path("data")):
        console.print(part)
    assert ("The run was resumed" in out.getvalue()) is not whole
