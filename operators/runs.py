"""Run counts: what a run saw, for its `runs` row, the summary and the metrics.

Plain numbers kept by the book stage and recovered with it. Nothing here decides anything.
"""

from typing import Any

from leadline import moment as kinds
from leadline.records import Start

_CHANNELS = {
    kinds.TRADES: "trade", kinds.INSTRUMENTS: "instrument", kinds.ACK: "reply", kinds.STATUS: "status",
    kinds.HEARTBEAT: "heartbeat", kinds.IGNORED: "other", kinds.REJECTED: "rejected",
}  # fmt: skip
MAX_LATENCIES = 200  # sampled a second


class RunCounts:
    """Counters of one run, and what has happened since the last telemetry."""

    def __init__(self, start: Start | None = None, now_ns: int = 0) -> None:
        self.start = start
        self.started_ns = now_ns
        self.frames = 0
        self.book_verified = 0
        self.book_mismatched = 0
        self.resyncs = 0
        self.rejected = 0
        self.gaps = 0
        self.connections = 0
        self.exit_reason: str | None = None
        self._reset()

    def _reset(self) -> None:
        self._verified: dict[str, int] = {}
        self._channels: dict[int, int] = {}
        self._books: dict[tuple[str, str], int] = {}
        self._resyncs: dict[tuple[str, str], int] = {}
        self._rejects: dict[str, int] = {}
        self._latencies: list[float] = []

    def frame(self, kind: int) -> None:
        """Count a frame that is not of the book channel."""
        self.frames += 1
        self._channels[kind] = self._channels.get(kind, 0) + 1

    def verified(self, symbol: str) -> None:
        """Count a book message whose checksum matched: the hot path."""
        self.frames += 1
        self.book_verified += 1
        self._verified[symbol] = self._verified.get(symbol, 0) + 1

    def book(self, symbol: str, result: str) -> None:
        """Count any other outcome of a book message."""
        if result != "duplicate":  # which is applied, and counted as verified or mismatched as well
            self.frames += 1
        self.book_mismatched += result == "mismatched"
        key = (symbol, result)
        self._books[key] = self._books.get(key, 0) + 1

    def resync(self, symbol: str, reason: str) -> None:
        """Count a wish for a fresh snapshot."""
        self.resyncs += 1
        key = (symbol, reason)
        self._resyncs[key] = self._resyncs.get(key, 0) + 1

    def reject(self, reason: str) -> None:
        """Count an input that was refused."""
        self.rejected += 1
        self._rejects[reason] = self._rejects.get(reason, 0) + 1

    def latency(self, lag_ns: int) -> None:
        """Keep some of the feed latencies."""
        if len(self._latencies) < MAX_LATENCIES:
            self._latencies.append(lag_ns * 1e-9)

    def telemetry(self, now_ns: int, stage: Any) -> dict[str, Any]:
        """Return what happened since the last call, as the metrics sink takes it."""
        venue = self.start.venue if self.start else ""
        books = {(symbol, "verified"): n for symbol, n in self._verified.items()} | self._books
        channels = {(venue, _CHANNELS[kind]): n for kind, n in self._channels.items()}
        n_books = sum(self._verified.values()) + sum(n for (_, r), n in self._books.items() if r != "duplicate")
        channels[venue, "book"] = n_books
        found = {
            "frames": channels, "book_updates": books, "resyncs": self._resyncs, "rejected": self._rejects,
            "feed_latency": self._latencies, "trust": {key: trust.state for key, trust in stage.trust.items()},
            "book_age": {s.symbol: (now_ns - s.changed_ns) * 1e-9 for s in stage.books.values() if s.changed_ns},
        }  # fmt: skip
        self._reset()
        return found

    def started(self) -> dict[str, Any]:
        """Return the runs row of the beginning."""
        start = self.start
        return {
            "ts": self.started_ns, "feed": start.venue if start else "", "started_at": self.started_ns,
            "ended_at": None, "config_hash": start.config_hash if start else "", "tape_id": start.tape_id if start else
            "", "version": start.version if start else "", "symbols": start.symbols if start else [],
        }  # fmt: skip

    def summary(self, exit_reason: str) -> dict[str, Any]:
        """Return the counts for the runs row of the end."""
        return self.started() | {
            "frames": self.frames, "book_verified": self.book_verified, "book_mismatched": self.book_mismatched,
            "resyncs": self.resyncs, "rejected": self.rejected, "gaps": self.gaps, "connections": self.connections,
            "exit_reason": self.exit_reason or exit_reason,
        }  # fmt: skip
