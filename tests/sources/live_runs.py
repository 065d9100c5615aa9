"""Runs of the live source against a server on loopback, driven by hand: batch by batch, until something holds."""

import time
from pathlib import Path

from flows.stages import book_stage
from leadline import records
from leadline.moment import Moment, Row
from leadline.records import Record, Start
from operators.book import BookStage
from operators.decode import decode_records
from sources import stopping
from sources.counters import FeedCounters
from sources.kraken import wire
from sources.kraken.stream import StreamSettings
from sources.live import LivePartition, LivePosition
from sources.live_plan import LivePlan
from sources.resyncs import ResyncQueue

PATIENCE_S = 120.0  # for what never comes; a test that passes does not wait for it


def plan(url, tapes: Path, symbols=("BTC/USD", "XRP/USD"), *, tape_id="t", stream=None, **changes) -> LivePlan:
    stream = StreamSettings(url, list(symbols), 10, PATIENCE_S, PATIENCE_S, 1 << 20)._replace(**(stream or {}))
    start = Start(
        tape_id=tape_id, run_id=tape_id, version="0", line="main", mode="live", venue="kraken", symbols=list(symbols),
        config_hash="c", decision={}, depth=stream.depth,
    )  # fmt: skip
    settings = {"batch": 64, "recoverable": False, "rest_url": None, "segment_bytes": 1 << 20, "segment_seconds": 1e9}
    return LivePlan(stream=stream, start=start, tapes=tapes, **settings | changes)


class Run:
    """One partition and what it emitted, with the book stage behind it and its wishes on their way back."""

    def __init__(self, of: LivePlan, resume: LivePosition | None = None, stage: BookStage | None = None) -> None:
        self.counters, self.resyncs = FeedCounters(), ResyncQueue()
        self.partition = LivePartition(of, self.counters, self.resyncs, resume)
        self.stage = stage or book_stage()
        self.records: list[Record] = []
        self.health: list[tuple[str, str, str]] = []  # (symbol, state, reason) of books
        self.rows: list[Row] = []  # all that the book stage emitted
        self.ended = False

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *error: object) -> None:
        self.partition.close()

    def step(self) -> list[Record]:
        """Take one batch."""
        try:
            items = self.partition.next_batch()
        except StopIteration:
            self.ended = True
            return []
        found = [record for _, batch in items for record in batch]
        self.records += found
        moments = decode_records(found, wire.decode)
        self.stage.process(moments)
        for m in moments:
            self._rows(m)
        return found

    def _rows(self, m: Moment) -> None:
        self.rows += m.rows or ()
        for table, values in m.rows or ():
            if table == "resync":
                self.resyncs.put(values["seq"], values["symbol"], values["reason"])
            if table == "feed_health" and values["channel"] == "book":
                self.health.append((values["symbol"], values["state"], values["reason"]))

    def until(self, holds) -> None:
        """Take batches until `holds()`; it must come to hold."""
        give_up = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < give_up and not self.ended, self.health[-9:]
            self.step()

    def drain(self) -> None:
        """Take batches to the end."""
        self.until(lambda: self.step() is None or self.ended) if not self.ended else None

    def stop(self) -> None:
        """End it as a person does who asks for it."""
        stopping.ask()
        while not self.ended:
            self.step()
        self.partition.close()
        stopping.clear()

    def kinds(self) -> list[str]:
        return [records.KIND_NAMES[r.kind] for r in self.records]

    def of(self, kind: int) -> list[Record]:
        return [r for r in self.records if r.kind == kind]

    def verified(self, *symbols: str) -> bool:
        """Return whether these books are verified now."""
        return all(self.stage.trust[s, "book"].state == "verified" for s in symbols if s in self.stage.books)

    def listening(self, *symbols: str) -> None:
        """Go on until these books are verified."""
        self.until(lambda: self.stage.books and self.verified(*symbols))
