"""The position desk: positions that a person declared, and the advice about them.

Kept by the paper stage and recovered with it; a run that starts without that state has them from its
start record.
"""

import copy
from typing import Any, Literal

import msgspec

from leadline.hft import Reading
from leadline.moment import BookView, Moment
from leadline.paper import PaperTrade
from leadline.positions import Declared, PositionAction, beside, doubtful, understood
from leadline.records import Start
from leadline.settings import Decision
from leadline.times import DAY_NS
from operators.advice import AdviceDesk
from operators.biases import clock
from operators.live_trades import LiveTrades, order_ns
from operators.roads import Roads, plan_of

MOST = 50  # positions at once
KEPT_NS = 14 * DAY_NS  # how long a kept position is followed; the guide's longest swing


class PositionDesk:
    """Declared positions by symbol, in the order in which they were declared."""

    def __init__(self, live: LiveTrades) -> None:
        self.live = live  # where the roads of their advice are played
        self.symbols: list[str] = []
        self.of: dict[str, list[Declared]] = {}  # a symbol without positions has no entry

    def all(self) -> list[Declared]:
        """Return every position."""
        return [one for some in self.of.values() for one in some]

    def begin(self, m: Moment, start: Start) -> None:
        """Begin a run with the positions of its start record."""
        self.symbols = start.symbols
        self.of.clear()
        for plain in start.positions:
            self._add(m, msgspec.convert(plain, Declared))

    def _add(self, m: Moment, one: Declared) -> None:
        self.of.setdefault(one.of.symbol, []).append(one)
        m.emit("positions", _row(m, one))

    # -- commands; each returns what was done, for the view `commands`

    def obey(self, m: Moment, rules: Decision) -> str | None:
        """Obey a command about positions; None where it is about something else."""
        command = m.event.get("command")
        if command == "position_add":
            return self._declare(m)
        if command == "position_close":
            return self._close(m, str(m.event.get("position")), rules)
        return None

    def _declare(self, m: Moment) -> str:
        try:
            said = understood(m.event)
        except ValueError as e:
            return f"refused: {e}"
        if said.symbol not in self.symbols:
            return f"refused: unknown symbol {said.symbol!r}; this line has {', '.join(self.symbols)}"
        if len(self.all()) >= MOST:
            return f"refused: {MOST} positions are declared already"
        warning = beside([one.of for one in self.all()], said)
        self._add(m, Declared(str(m.event.get("id")), said, m.clock_ns))
        declared = f"declared: {said.symbol} {said.side} from {said.entry:,.10g}, stop {said.stop:,.10g}"
        return f"{declared}; {warning}" if warning else declared

    def _close(self, m: Moment, which: str, rules: Decision) -> str:
        """Close a position by its id, or those of a symbol."""
        closed = [one for one in self.all() if which in (one.id, one.of.symbol)]
        for one in closed:
            self._drop(m, one, "closed")
            for trade in self.live.of.get(one.of.symbol, ()):
                if trade.plan.signal_id in one.kept:
                    trade.leave("flow_exit", order_ns(m, rules))
        if not closed:
            return f"refused: there is no position {which!r}"
        each = ", ".join(f"{one.of.side} from {one.of.entry:,.10g}" for one in closed)
        return f"closed: {len(closed)} of {closed[0].of.symbol} ({each})"

    def _drop(self, m: Moment, one: Declared, why: Literal["closed", "stopped"]) -> None:
        m.emit("positions", _row(m, one) | {"ended_at": m.clock_ns, "end_reason": why})
        rest = [other for other in self.of[one.of.symbol] if other is not one]
        if rest:
            self.of[one.of.symbol] = rest
        else:
            del self.of[one.of.symbol]

    # -- one verified book

    def interrupted(self, symbol: str) -> None:
        """Take note that the book of a symbol could not be read for a while."""
        for one in self.of.get(symbol, ()):
            one.interrupted()

    def look(self, m: Moment, view: BookView, reading: Reading, advice: AdviceDesk, rules: Decision) -> bool:
        """Give the advice that a verified book calls for; return whether anything changed."""
        symbol, changed = view.instrument.symbol, False
        if reading.age_s > rules.hft.max_latency_seconds or not (view.bid_keys and view.ask_keys):
            self.interrupted(symbol)
            return False
        bid, ask = view.bid_keys[-1], -view.ask_keys[-1]
        for one in list(self.of[symbol]):
            touch = (bid if one.of.sign > 0 else ask) / view.instrument.price_scale
            if not one.compared:
                one.compared = changed = True
                self._compare(m, one, touch)
            if one.stopped(touch):
                self._drop(m, one, "stopped")
                text = f"the stop {one.of.stop:,.8g} of the {one.of.side} from {one.of.entry:,.8g} was touched"
                m.emit("notice", {"ts": m.clock_ns, "symbol": symbol, "text": f"{text}: it is declared no more"})
                changed = True
            elif rules.advice.stop_protection:
                action = one.observe(touch, reading.score, m.clock_ns, rules.advice)
                if action is not None:
                    self._advise(m, view, reading, one, touch, action, advice, rules)
                    changed = True
        return changed

    @staticmethod
    def _compare(m: Moment, one: Declared, touch: float) -> None:
        """Warn of a position that hardly fits its market; a stop that is touched has a notice of its own."""
        warning = "" if one.stopped(touch) else doubtful(one.of, touch, "the market's")
        if warning:
            text = f"the {one.of.side} from {one.of.entry:,.8g} that was declared: {warning}"
            m.emit("notice", {"ts": m.clock_ns, "symbol": one.of.symbol, "text": text})

    def _advise(
        self, m: Moment, view: BookView, reading: Reading, one: Declared, touch: float, action: PositionAction,
        advice: AdviceDesk, rules: Decision,
    ) -> None:  # fmt: skip
        said = one.of
        detail = f"{said.side} from {said.entry:,.10g}, stop {said.stop:,.10g}, now {touch:,.10g}"
        detail += f" ({one.result_r(touch):+,.2f} R before fees), score {reading.score:+.0f}"
        if before := one.replaces(action):
            does, what, when_ns = before
            detail += f"; {does} {what} of {clock(when_ns)}"
        one.said_ns[action] = m.clock_ns
        kept, left = _kept_and_left(m, view, one, rules)
        taken: Roads = (left, kept) if action == "exit" else (kept, left)
        told: dict[str, Any] = {"position_id": one.id, "price": said.stop}
        for trade in advice.of_roads(m, "position", action, said.symbol, detail, taken, **told):
            self.live.open(trade, view)
        one.kept.append(kept.plan.signal_id)


def _row(m: Moment, one: Declared) -> dict[str, Any]:
    """Return the row of a position that is declared; each run that goes on with it says so again."""
    plain = {name: getattr(one.of, name) for name in ("symbol", "side", "entry", "stop", "target")}
    return {"position_id": one.id, "ts": one.since_ns, **plain, "ended_at": None, "end_reason": None, "tape_seq": m.seq}


def _kept_and_left(m: Moment, view: BookView, one: Declared, rules: Decision) -> tuple[PaperTrade, PaperTrade]:
    """Return a position that is left to its stop and target (2 R where none was said), and one that leaves now."""
    said, scale = one.of, view.instrument.price_scale
    reward = said.sign * rules.setups.reward_ratio * abs(said.entry - said.stop)
    target = said.entry + reward if said.target is None else said.target
    entry, stop, end = (max(1, round(price * scale)) for price in (said.entry, said.stop, target))
    expires_ns = m.clock_ns + KEPT_NS
    plan = plan_of(m, view, "position", said.sign, entry, stop, end, m.clock_ns, expires_ns, rules)
    kept = PaperTrade(plan, "taker", entry_ns=one.since_ns, filled=plan.size, paid=plan.size * entry)
    left = copy.deepcopy(kept)
    left.leave("flow_exit", plan.arrives_ns)
    return kept, left
