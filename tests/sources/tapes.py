"""Small tapes for the tests of the sources."""

from pathlib import Path

import msgspec

from leadline import records
from leadline.records import Record, Start
from leadline.times import MS_NS
from sources.tape_writer import TapeWriter

T0 = 1_767_571_200_000_000_000


def start(run_id: str = "r1") -> Start:
    return Start(
        tape_id="t1", run_id=run_id, version="0", line="main", mode="live", venue="kraken", symbols=["BTC/USD"],
        config_hash="c", decision={},
    )  # fmt: skip


def encoded(n: int) -> list[bytes]:
    """Return a start record, n frames a tenth of a second apart, an end."""
    walls = [T0 + i * 100 * MS_NS for i in range(n)]
    frames = [records.encode(records.FRAME, 1, wall, wall, b"frame %d" % i) for i, wall in enumerate(walls)]
    begin = records.encode_json(records.START, 0, T0, T0, start())
    return [begin, *frames, records.encode_json(records.END, 0, walls[-1], walls[-1], {"reason": "stopped"})]


def write(folder: Path, found: list[bytes], per_segment: int = 1000) -> Path:
    writer = TapeWriter(folder, "t1", segment_bytes=1, segment_seconds=1e9)
    for i in range(0, len(found), per_segment):
        writer.append(found[i : i + per_segment])
    writer.close()
    return folder


def play(partition, most: int = 10**9) -> tuple[list[list[Record]], bool]:
    """Return the batches of a source's partition, at most so many, and whether it came to its end."""
    batches: list[list[Record]] = []
    while len(batches) < most:
        try:
            items = partition.next_batch()
        except StopIteration:
            return batches, True
        batches += [batch for _, batch in items]
    return batches, False


def flat(batches: list[list[Record]]) -> list[Record]:
    return [record for batch in batches for record in batch]


def run_id(record: Record) -> str:
    return msgspec.json.decode(record.payload, type=Start).run_id
