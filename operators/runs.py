"""Run counts: what a run saw, for its `runs` row, the summary and the metrics.

Plain numbers kept by the book stage and recovered with it. Nothing here decides anything.
"""

from typing import Any

from leadline import moment as kinds
from leadline.records import Start
from leadline.symbol_book import SymbolBook
from leadline.trust import TrustBoard

_CHANNELS = {
    kinds.TRADES: "trade", kinds.INSTRUMENTS: "instrument", kinds.ACK: "reply", kinds.STATUS: "status",
    kinds.HEARTBEAT: "heartbeat", kinds.IGNORED: "other", kinds.REJECTED: "rejected",
}  # fmt: skip
EVERY_LATENCY, MAX_LATENCIES = 8, 200  # one message in eight is sampled, 200 a second at most


class RunCounts:
    """Counters of one run, and what has happened since the last telemetry."""

    def __init__(self, start: Start | None = None, now_ns: int = 0) -> None:
        self.start = start
        self.started_ns = now_ns
        self.lags_ns: list[int] = []  # receipt minus event time of the book messages since the last telemetry
        self.duplicates: dict[str, int] = {}  # verified, but not newer than the message before
        self.frames = 0
        self.book_mismatched = 0
        self.resyncs = 0
        self.rejected = 0
        self.gaps = 0
        self.connections = 0
        self.exit_reason: str | None = None
        self._sent: dict[str, int] = {}  # verified messages by symbol, as last told to the metrics
        self._reset()

    def _reset(self) -> None:
        self._channels: dict[int, int] = {}
        self._books: dict[tuple[str, str], int] = {}
        self._resyncs: dict[tuple[str, str], int] = {}
        self._rejects: dict[str, int] = {}
        self.lags_ns.clear()

    def frame(self, kind: int) -> None:
        """Count a frame that is not of the book channel."""
        self.frames += 1
        self._channels[kind] = self._channels.get(kind, 0) + 1

    def book(self, symbol: str, result: str) -> None:
        """Count a book message that was not verified, by what became of it."""
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

    def telemetry(self, now_ns: int, trust: TrustBoard, books: dict[str, SymbolBook]) -> dict[str, Any]:
        """Return what happened since the last call, as the metrics sink takes it."""
        venue = self.start.venue if self.start else ""
        books_from = "level3" if self.start and self.start.level == "L3" else "book"
        verified = {(s.symbol, "verified"): s.n_verified - self._sent.get(s.symbol, 0) for s in books.values()}
        self._sent = {s.symbol: s.n_verified for s in books.values()}
        channels = {(venue, _CHANNELS[kind]): n for kind, n in self._channels.items()}
        n_books = 0
        for n in (*verified.values(), *self._books.values()):
            n_books += n
        channels[venue, books_from] = n_books
        step = max(EVERY_LATENCY, len(self.lags_ns) // MAX_LATENCIES)
        found = {
            "frames": channels, "book_updates": verified | self._books, "resyncs": self._resyncs,
            "rejected": self._rejects, "feed_latency": [lag * 1e-9 for lag in self.lags_ns[::step]],
            "trust": {key: state.state for key, state in trust.items()},
            "book_age": {s.symbol: (now_ns - s.last_change_ns) * 1e-9 for s in books.values() if s.last_change_ns},
        }  # fmt: skip
        if self.start is not None:
            found["run"] = (self.start.mode, self.start.venue, self.started_ns * 1e-9)
        self._reset()
        return found

    def started(self) -> dict[str, Any]:
        """Return the runs row of the beginning."""
        start = self.start
        return {
            "ts": self.started_ns, "feed": start.venue if start else "", "started_at": self.started_ns,
            "ended_at": None, "config_hash": start.config_hash if start else "", "tape_id": start.tape_id if start else
            "", "version": start.version if start else "", "symbols": start.symbols if start else [],
            "goes_by_bias": start.decision.get("hybrid_mode", {}).get("bias") if start else None,
        }  # fmt: skip

    def summary(self, exit_reason: str, books: dict[str, SymbolBook]) -> dict[str, Any]:
        """Return the counts for the runs row of the end."""
        verified = {s.symbol: s.n_verified for s in books.values()}
        n_verified = sum(verified.values())
        return self.started() | {
            "frames": self.frames + n_verified, "book_verified": n_verified, "book_mismatched": self.book_mismatched,
            "resyncs": self.resyncs, "rejected": self.rejected, "gaps": self.gaps, "connections": self.connections,
            "exit_reason": self.exit_reason or exit_reason,
        }  # fmt: skip
