"""The flow's throughput: the real command replaying a tape, everything switched on, one core for the line.

The store, the metrics and the console are those of a real run. Start-up is not counted: the
run's own summary says how long it took from its first record.
"""

import re
import tempfile
from pathlib import Path

from benchmarks.tables import machine, show
from simulator.tape import TapeSpec
from tests.flows import tapes
from tests.flows.processes import environment, run

BATCHES = (1, 64, 512)
RUNS = 2


def rate(out: str) -> tuple[int, float]:
    """Return (frames, frames a second) of a run's summary."""
    found = re.search(r"frames +([\d,]+) in ([\d.]+) s of wall time: ([\d,]+) a second", out)
    assert found, out
    return int(found[1].replace(",", "")), float(found[3].replace(",", ""))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tape = tapes.simulated(folder, TapeSpec(seed=7, hours=0.5))
        rows = []
        for batch in BATCHES:
            settings = {"feed__source": "replay", "feed__tape": tape, "feed__batch": batch, "metrics__port": 0}
            rates = [rate(run(environment(_made(folder / f"{batch}.{i}"), **settings))) for i in range(RUNS)]
            rows.append((batch, rates[0][0], max(r for _, r in rates)))
        show(f"Flow, replay of three symbols ({machine()})", ["batch", "frames", "best frames a second"], rows)


if __name__ == "__main__":
    main()
