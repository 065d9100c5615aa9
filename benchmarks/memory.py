"""Memory over millions of messages: resident size of the real flow while it plays a long market.

`python -m benchmarks.memory 5` plays five million messages (the default is one, for a quick look).
"""

import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.tables import machine, show
from tests.flows.processes import environment, finish, start

PER_HOUR = 100_000  # messages of three symbols, about
SAMPLES = 10


def main(millions: float = 1.0) -> None:
    """Print the table."""
    hours = millions * 1e6 / PER_HOUR
    with tempfile.TemporaryDirectory() as name:
        process = start(environment(Path(name), feed__hours=hours, metrics__port=0))
        child, sizes, started = psutil.Process(process.pid), [], time.monotonic()
        while process.poll() is None:
            try:
                sizes.append((time.monotonic() - started, child.memory_info().rss / 1e6))
            except psutil.NoSuchProcess:
                break
            time.sleep(0.5)
        finish(process)
    kept = sizes[len(sizes) // 5 :: max(1, len(sizes) // SAMPLES)]
    show(f"Memory, {millions:g} million messages ({machine()})", ["at s", "resident MB"], kept)
    growth = kept[-1][1] - kept[0][1]
    played = millions * (kept[-1][0] - kept[0][0]) / sizes[-1][0]
    print(f"{growth:+.1f} MB over the last {played:.1f} million messages: {growth / played:+.2f} MB a million")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
