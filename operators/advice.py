"""The advice desk: gives advice its row, waits for both of its roads, and tells what it saved.

Kept by the paper stage and recovered with it; a run that starts without that state has it from
its start record. A road whose outcome cannot be known (the tape ended, the state was lost) leaves
the advice without a figure, and says why.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from leadline.advice import NO_TRADE, Kind, OpenAdvice, Road, StopAction, Unknown, saved_bps
from leadline.moment import Moment
from leadline.paper import PaperTrade
from leadline.proposals import Proposal
from leadline.records import Start
from leadline.shown import shown_level
from leadline.signals import signal_id
from operators.roads import Roads, named


class AdviceDesk:
    """Advice by id, in the order in which it was given."""

    def __init__(self, start: Start | None = None) -> None:
        self.start = start
        given = [] if start is None else [msgspec.convert(one, OpenAdvice, str_keys=True) for one in start.advice]
        self.pending: dict[str, OpenAdvice] = {one.row["advice_id"]: one for one in given}

    # -- giving; each returns the advice's id, under which its road not taken is to be played

    def against_entry(self, m: Moment, p: Proposal) -> str:
        """Advise against entering now: never, or not until the conflict is over ("wait")."""
        candidate, wait = p.candidate, p.kind == "wait"
        way, score = "long" if candidate.side > 0 else "short", f"score {p.reading.score:+.0f}"
        kind: Kind = "entry_timing"
        detail = f"{p.alignment.kind}, {score}, bias {p.bias}"
        if p.kind == "skip":
            kind, detail = "false_breakout", f"{score} against the {way}"
        elif p.kind == "filter":
            kind, detail = "bias_filter", f"a {way} under {p.bias}{_level(p)}"
        return self._give(
            m, kind, "wait" if wait else "skip", candidate.symbol, None, candidate.candidate_id, detail,
            candidate.candidate_id if wait else None,
        )  # fmt: skip

    def size(self, m: Moment, p: Proposal, modifier: float, signal: str, trade_id: str) -> str:
        """Tell that a signal's size was modified."""
        return self._give(
            m, "size_modifier", f"x{modifier:g}", p.candidate.symbol, signal, p.candidate.candidate_id,
            p.alignment.kind, trade_id,
        )  # fmt: skip

    def stop(self, m: Moment, trade: PaperTrade, action: StopAction, push: float) -> str:
        """Advise what to do before the stop of an open paper trade; its words say whose: a person may hold one, too."""
        plan = trade.plan
        of = f"paper {'long' if plan.side > 0 else 'short'} of {plan.setup}, {plan.verdict}".replace("_", " ")
        return self._give(
            m, "stop_protection", action, plan.symbol, plan.signal_id, None,
            f"{of}: the book pushes {push:+.0f} its way", trade.trade_id,
        )  # fmt: skip

    def of_roads(
        self, m: Moment, kind: Kind, action: str, symbol: str, detail: str, roads: Roads, **said: Any
    ) -> list[PaperTrade]:
        """Give advice whose roads are both ours to play; return their trades. A road without one comes to nothing."""
        about = said.get("position_id") or f"{symbol}|{said['price']:.10g}"
        advice_id = self._give(m, kind, action, symbol, None, None, detail, None, about, said)
        pending = self.pending[advice_id]
        pending.own, pending.shadow = named(roads[0], f"{advice_id}:taken"), named(roads[1], advice_id)
        if pending.own is not None:
            pending.awaits, pending.taken = pending.own.trade_id, None
        if pending.shadow is None:
            pending.other = NO_TRADE
        return [trade for trade in roads if trade is not None]

    def _give(
        self, m: Moment, kind: Kind, action: str, symbol: str, signal: str | None, candidate: str | None, detail: str,
        awaits: str | None, about: str = "", said: Mapping[str, Any] = {},
    ) -> str:  # fmt: skip
        assert self.start is not None
        of = f"{signal or candidate or about}|{action}"
        advice_id = signal_id(self.start.tape_id, self.start.config_hash, m.seq, of, kind)
        row = {
            "advice_id": advice_id, "ts": m.clock_ns, "symbol": symbol, "kind": kind, "signal_id": signal,
            "candidate_id": candidate, "action": action, "detail": detail, "saved_bps": None, "unknown": None,
            "resolved_at": None, "tape_seq": m.seq, "config_hash": self.start.config_hash, **said,
        }  # fmt: skip
        m.emit("advice", dict(row))
        self.pending[advice_id] = OpenAdvice(kind, row, awaits, NO_TRADE if awaits is None else None)
        return advice_id

    def plays(self, advice_id: str, shadow: PaperTrade) -> None:
        """Take note of the trade that plays its road not taken."""
        self.pending[advice_id].shadow = shadow

    # -- what is open

    def shadows(self) -> list[PaperTrade]:
        """Return the open trades that play roads, taken and not."""
        return [one for p in self.pending.values() for one in (p.shadow, p.own) if one is not None]

    def held(self, trade_id: str) -> bool:
        """Whether a trade was told to hold its stop."""
        return any(p.awaits == trade_id and p.row["action"] == "hold" for p in self.pending.values())

    def give_up(self, m: Moment, why: Unknown, keep: Iterable[str] = ()) -> None:
        """Close what is open without a figure, all but the ids to keep."""
        for advice_id in [one for one in self.pending if one not in set(keep)]:
            self._resolve(m, advice_id, why)

    def go_on(self, m: Moment, trade_ids: set[str]) -> None:
        """Keep what a new run can follow: what awaits no more than these trades. Candidates are forgotten."""
        known = {None, *trade_ids}
        self.give_up(m, "abandoned", [one for one, p in self.pending.items() if p.own or p.awaits in known])

    # -- what the roads came to

    def fired(self, candidate: str, signal: str, trade_id: str) -> None:
        """Let advice that awaited a candidate await the trade that it became."""
        for pending in self.pending.values():
            if pending.awaits == candidate:
                pending.awaits = trade_id
                pending.row["signal_id"] = signal

    def took(self, m: Moment, awaited: str, road: Road | Unknown) -> None:
        """Say what the road taken came to, or why that cannot be known."""
        for advice_id, pending in list(self.pending.items()):
            if pending.awaits == awaited:
                pending.awaits = pending.own = None
                if isinstance(road, Road):
                    pending.taken = road
                    self._compare(m, advice_id)
                else:
                    self._resolve(m, advice_id, road)

    def other(self, m: Moment, advice_id: str, road: Road | Unknown) -> None:
        """Say what the road not taken came to, or why that cannot be known."""
        pending = self.pending.get(advice_id)
        if pending is None:
            return
        pending.shadow = None
        if isinstance(road, Road):
            pending.other = road
            self._compare(m, advice_id)
        else:
            self._resolve(m, advice_id, road)

    def _compare(self, m: Moment, advice_id: str) -> None:
        pending = self.pending[advice_id]
        if pending.taken is not None and pending.other is not None:
            self._resolve(m, advice_id, None, saved_bps(pending.kind, pending.taken, pending.other))

    def _resolve(self, m: Moment, advice_id: str, unknown: Unknown | None, saved: float | None = None) -> None:
        row = self.pending.pop(advice_id).row
        m.emit("advice", row | {"saved_bps": saved, "unknown": unknown, "resolved_at": m.clock_ns})


def _level(p: Proposal) -> str:
    """Return where the mid is and where the key level, if there is one."""
    if p.in_force is None or p.in_force.key_level is None:
        return ""
    instrument = p.view.instrument
    mid = (p.view.bid_keys[-1] - p.view.ask_keys[-1]) / 2 / instrument.price_scale
    return f", mid {mid:,.8g}, key level {shown_level(p.in_force.key_level, instrument.price_precision)}"
