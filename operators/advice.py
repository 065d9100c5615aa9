"""The advice desk: gives advice its row, waits for both of its roads, and tells what it saved.

Kept by the paper stage and recovered with it. A road whose outcome cannot be known (the tape
ended, the state was lost) leaves the advice without a figure.
"""

from typing import Any

import msgspec

from leadline.advice import NO_TRADE, Kind, Road, StopAction, saved_bps
from leadline.moment import Moment
from leadline.paper import PaperTrade
from leadline.proposals import Proposal
from leadline.records import Start
from leadline.signals import signal_id


class Pending(msgspec.Struct):
    """Advice whose roads are not both known yet."""

    kind: Kind
    row: dict[str, Any]
    awaits: str | None  # the trade or candidate that is the road taken; None once it is known
    taken: Road | None = None
    other: Road | None = None


class AdviceDesk:
    """Advice by id, in the order in which it was given."""

    def __init__(self, start: Start | None = None) -> None:
        self.start = start
        self.pending: dict[str, Pending] = {}

    # -- giving; each returns the advice's id, under which its road not taken is to be played

    def against_entry(self, m: Moment, p: Proposal) -> str:
        """Advise against entering now: never ("skip"), or not until the conflict is over ("wait")."""
        candidate, skip = p.candidate, p.kind == "skip"
        way = "long" if candidate.side > 0 else "short"
        return self._give(
            m, "false_breakout" if skip else "entry_timing", p.kind, candidate.symbol, None, candidate.candidate_id,
            f"score {p.reading.score:+.0f} against the {way}" if skip else f"{p.alignment.kind}, score "
            f"{p.reading.score:+.0f}, bias {p.bias}", None if skip else candidate.candidate_id,
        )  # fmt: skip

    def size(self, m: Moment, p: Proposal, modifier: float, signal: str, trade_id: str) -> str:
        """Tell that a signal's size was modified."""
        return self._give(
            m, "size_modifier", f"x{modifier:g}", p.candidate.symbol, signal, p.candidate.candidate_id,
            p.alignment.kind, trade_id,
        )  # fmt: skip

    def stop(self, m: Moment, trade: PaperTrade, action: StopAction, push: float) -> str:
        """Advise what to do before the stop of an open trade."""
        return self._give(
            m, "stop_protection", action, trade.plan.symbol, trade.plan.signal_id, None,
            f"the book pushes {push:+.0f} on the trade's side", trade.trade_id,
        )  # fmt: skip

    def _give(
        self, m: Moment, kind: Kind, action: str, symbol: str, signal: str | None, candidate: str | None, detail: str,
        awaits: str | None,
    ) -> str:  # fmt: skip
        assert self.start is not None
        of = f"{signal or candidate}|{action}"
        advice_id = signal_id(self.start.tape_id, self.start.config_hash, m.seq, of, kind)
        row = {
            "advice_id": advice_id, "ts": m.clock_ns, "symbol": symbol, "kind": kind, "signal_id": signal,
            "candidate_id": candidate, "action": action, "detail": detail, "saved_bps": None, "resolved_at": None,
            "tape_seq": m.seq, "config_hash": self.start.config_hash,
        }  # fmt: skip
        m.emit("advice", dict(row))
        self.pending[advice_id] = Pending(kind, row, awaits, NO_TRADE if awaits is None else None)
        return advice_id

    # -- what the roads came to

    def fired(self, candidate: str, signal: str, trade_id: str) -> None:
        """Let advice that awaited a candidate await the trade that it became."""
        for pending in self.pending.values():
            if pending.awaits == candidate:
                pending.awaits = trade_id
                pending.row["signal_id"] = signal

    def took(self, m: Moment, awaited: str, road: Road | None) -> None:
        """Say what the road taken came to; None if that cannot be known."""
        for advice_id, pending in list(self.pending.items()):
            if pending.awaits == awaited:
                pending.awaits, pending.taken = None, road
                self._resolve(m, advice_id, known=road is not None)

    def other(self, m: Moment, advice_id: str, road: Road | None) -> None:
        """Say what the road not taken came to."""
        pending = self.pending.get(advice_id)
        if pending is not None:
            pending.other = road
            self._resolve(m, advice_id, known=road is not None)

    def _resolve(self, m: Moment, advice_id: str, known: bool) -> None:
        pending = self.pending[advice_id]
        if not known:
            del self.pending[advice_id]
        elif pending.taken is not None and pending.other is not None:
            del self.pending[advice_id]
            saved = saved_bps(pending.kind, pending.taken, pending.other)
            m.emit("advice", pending.row | {"saved_bps": saved, "resolved_at": m.clock_ns})
