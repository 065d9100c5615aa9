"""Tapes for tests: the simulated market, written to a folder as a live source would."""

from pathlib import Path

import msgspec

from flows.starting import start_record
from leadline import records
from leadline.settings import Settings
from simulator.tape import TapeSpec, chunks
from sources.tape_writer import TapeWriter

SPEC = TapeSpec(seed=8, hours=3.5, symbols=("BTC/USD",))  # five signals, all three setups, after 140 minutes of warm-up


def simulated(folder: Path, spec: TapeSpec = SPEC, settings: Settings | None = None) -> Path:
    """Write a simulated tape and return its folder."""
    start = start_record(settings or Settings(), spec.tape_id, "test")
    start.symbols = list(spec.symbols)
    if spec.level == "L3":
        start.level, start.depth = spec.level, spec.subscribed_depth
    tape = folder / spec.tape_id
    writer = TapeWriter(tape, spec.tape_id, segment_bytes=8 << 20, segment_seconds=1e9)
    begin = records.encode(records.START, 0, spec.start_ns, 0, msgspec.json.encode(start))
    rest, seq = b"", 1
    writer.append([begin])
    for chunk in chunks(spec):
        data, offset, batch = rest + chunk, 0, []
        try:
            for record, end in records.decode(data, 0, seq):
                batch.append(data[offset:end])
                offset, seq = end, record.seq + 1
        except records.DamagedRecord as e:
            assert e.truncated
        writer.append(batch)
        rest = data[offset:]
    assert not rest
    writer.close()
    return tape
