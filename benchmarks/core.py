"""The core's cost a message, stage by stage, against the typical bot in the same run.

Both read the same frames of one simulated symbol. The core does everything it does in a live
run but for the engine and the store.
"""

from collections.abc import Callable

from benchmarks.tables import best_us, machine, market, recorded, show
from benchmarks.typical_bot import TypicalBot
from flows.stages import STAGES
from leadline import records
from leadline.records import Record
from operators.decode import decode_records
from operators.line import Stage
from sources.kraken import wire

BATCH = 64
STEPS = (  # up to and with this one
    "decode", "+ book and checksum", "+ candles", "+ features and score", "+ setups", "+ paper account: the full step",
)  # fmt: skip


def stages(n: int) -> list[Stage]:
    """Return the first `n` stages of the line, new."""
    return [build() for _, build in STAGES[:n]]


def line(tape: list[Record], n: int) -> Callable[[], object]:
    """Return the job of sending a tape down the first `n` stages."""

    def run() -> object:
        chain = stages(n)
        for at in range(0, len(tape), BATCH):
            moments = decode_records(tape[at : at + BATCH], wire.decode)
            for stage in chain:
                stage.process(moments)
        return chain

    return run


def main() -> None:
    """Print the tables."""
    measure("simulated BTC/USD", market())
    tape = recorded()
    if tape:
        measure("recorded BTC/USD", tape)


def measure(what: str, tape: list[Record]) -> None:
    """Print the table of one session."""
    frames = [r.payload for r in tape if r.kind == records.FRAME]
    n_books = sum(frame.startswith(b'{"channel":"book"') for frame in frames)

    def bot() -> TypicalBot:
        typical = TypicalBot(25)
        for frame in frames:
            typical.step(frame)
        assert typical.verified == n_books
        return typical

    jobs = {step: line(tape, n) for n, step in enumerate(STEPS)} | {"typical bot": bot}
    best = best_us(jobs, len(frames))
    full = best[STEPS[-1]]
    rows = [(name, us, best["typical bot"] / us) for name, us in best.items()]
    title = f"Core, us a message ({what}, {len(frames):,} frames; {machine()})"
    show(title, ["up to and with", "us", "typical bot / this"], rows)
    print(f"full step {full:.1f} us, {best['typical bot'] / full:.1f} times faster than the typical bot")


if __name__ == "__main__":
    main()
