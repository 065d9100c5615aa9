"""The paper stage: verdicts, paper trades, the account and its limits; last of the line that decides.

A proposal of the signals stage becomes a signal here, sized under the account's limits, and three
paper trades, one a fill model, which are followed from book to book to their end. What the
account learns at one moment holds for the next, so all that depends on it is in this stage.
"""

from typing import Any

import msgspec

from leadline import moment as kinds
from leadline import records
from leadline.advice import NO_TRADE, Road, Unknown
from leadline.calibration import Calibration
from leadline.moment import BookView, Moment
from leadline.paper import FILL_MODELS, NO_OUTCOME, PaperTrade
from leadline.paper_result import Result, result
from leadline.proposals import Cooling, Dropped, Proposal, Scenario
from leadline.records import Start
from leadline.risk import Position, daily_limit
from leadline.settings import Decision
from operators import paper_rows, signal_rows
from operators.accounts import AccountDesk
from operators.advice import AdviceDesk
from operators.judging import judge, plan_of
from operators.live_trades import SHADOW, LiveTrades
from operators.paper_counts import PaperCounts
from operators.positions import PositionDesk
from operators.protection import ProtectionDesk, order_ns
from operators.roads import roads

SECOND_NS = 1_000_000_000
MARK_NS = 5 * SECOND_NS


class PaperStage:
    """Paper trades and the account of a line; see `operators.line` for how a stage is driven."""

    def __init__(self) -> None:
        self.start: Start | None = None
        self.decision = Decision()
        self.desk = AccountDesk()
        self.calibration = Calibration()
        self.live = LiveTrades()
        self.protection = ProtectionDesk(self.live)
        self.advice = AdviceDesk()
        self.positions = PositionDesk(self.live)
        self.counts = PaperCounts()
        self.cooldown: dict[str, int] = {}  # of the signals stage, for the mirror
        self.next_mark_ns = 0
        self.changed = False  # since the account's mirror was last told

    def telemetry(self) -> dict[str, Any]:
        """Return the signals and trades since the last call, and what the account is worth."""
        return self.counts.telemetry(self.desk.account)

    def finish(self) -> list[Moment]:
        """Nothing to say at the end: the run's row was made of the moment the book stage sent."""
        return []

    def process(self, moments: list[Moment]) -> None:
        """Judge proposals, follow trades; emit signals, paper_trades, advice, account and runs rows."""
        live, declared, book, trades = self.live.of, self.positions.of, kinds.BOOK, kinds.TRADES
        for m in moments:
            kind = m.kind
            if m.book_lost:
                self._lost(m)
            if kind == book:
                if m.symbol in live and m.view is not None:
                    self._book(m, m.symbol, m.view)
                if m.symbol in declared and m.view is not None and m.hft is not None:
                    looked = self.positions.look(m, m.view, m.hft, self.advice, self.decision)
                    self.changed = looked or self.changed
            elif kind == trades:
                if m.symbol in live and not m.event.snapshot:
                    self._changes(m, self.live.prints(m.symbol, m.event.trades, m.clock_ns))
            elif kind in _HANDLERS:
                _HANDLERS[kind](self, m)
            if m.proposals is not None:
                self._proposals(m, m.proposals)
            if self.changed:
                self._mirror(m)

    # -- proposals

    def _proposals(self, m: Moment, proposals: list[Proposal | Scenario | Cooling | Dropped]) -> None:
        for proposal in proposals:
            if isinstance(proposal, Dropped):
                self.advice.took(m, proposal.candidate_id, NO_TRADE)
            elif isinstance(proposal, Cooling):
                self.cooldown, self.changed = proposal.until_ns, True
            elif isinstance(proposal, Scenario):
                self._scenario(m, proposal)
            elif proposal.kind == "fire":
                self._signal(m, proposal)
            else:
                self._shadow(m, proposal, self.advice.against_entry(m, proposal))

    def _signal(self, m: Moment, p: Proposal) -> None:
        assert self.start is not None
        self.desk.roll(m)
        judged = judge(m, self.start, p, self.desk.account, self.calibration, self.decision)
        row = signal_rows.signal_row(m, self.start, p, judged, self.decision)
        self.counts.signal(row)
        m.emit("signals", row | {"_mono_ns": m.mono_ns, "_wall_ns": m.wall_ns})
        signal_id, verdict = judged.signal_id, judged.verdict
        plan = plan_of(m, p, signal_id, verdict, judged.size, row["confidence"], self.decision)
        for model in FILL_MODELS:
            self.live.open(PaperTrade(plan, model), p.view)
        trade_id = f"{signal_id}:{self.decision.paper.fill_model}"
        if judged.size_modifier != 1.0:  # before the account holds the trade
            self._shadow(m, p, self.advice.size(m, p, judged.size_modifier, signal_id, trade_id))
        if verdict == "tradable":
            self.desk.account.positions[trade_id] = Position(p.candidate.symbol, row["risk_quote"], row["size_quote"])
        self.protection.begin(signal_id)
        self.advice.fired(p.candidate.candidate_id, signal_id, trade_id)
        self.changed = True

    def _shadow(self, m: Moment, p: Proposal, advice_id: str) -> None:
        """Open a road not taken: the proposal entered now, its size not modified."""
        assert self.start is not None
        plain = judge(m, self.start, p, self.desk.account, self.calibration, self.decision, modified=False)
        plan = plan_of(m, p, advice_id, SHADOW, plain.size, 0.0, self.decision)
        shadow = PaperTrade(plan, self.decision.paper.fill_model)
        self.advice.plays(advice_id, shadow)
        self.live.open(shadow, p.view)
        self.changed = True

    def _scenario(self, m: Moment, s: Scenario) -> None:
        """Give swing advice and play both of its roads."""
        instrument = s.view.instrument
        for trade in self.advice.of_roads(
            m, s.kind, s.action, instrument.symbol, s.detail, roads(m, s, self.decision),
            price=instrument.price(s.price), until=s.until_ns, verdict=s.verdict,
        ):  # fmt: skip
            self.live.open(trade, s.view)
        self.changed = True

    # -- what is open

    def _book(self, m: Moment, symbol: str, view: BookView) -> None:
        self._changes(m, self.live.book(symbol, view, m.clock_ns))
        if self.desk.account.positions:
            self.desk.value(self.live.of.get(symbol, ()))
            self._latch(m)
        if m.hft is not None and symbol in self.live.of and self.decision.advice.stop_protection:
            self.changed = self.protection.look(m, symbol, self.advice, self.decision) or self.changed

    def _changes(self, m: Moment, changed: list[PaperTrade]) -> None:
        for trade in changed:
            self.changed = True
            if trade.exit_reason is not None:
                self._closed(m, trade)

    def _lost(self, m: Moment) -> None:
        for symbol in m.book_lost:
            self.positions.interrupted(symbol)
            self.protection.interrupted(symbol)
            self.changed = self.live.lost(symbol) or self.changed

    # -- what ends

    def _closed(self, m: Moment, trade: PaperTrade) -> None:
        money = result(trade, self.decision.fees)
        road: Road | Unknown = Road(money.pnl_quote, money.entry_quote)
        if trade.exit_reason == "end_of_tape" or trade.exit_reason == "abandoned":
            road = trade.exit_reason
        if trade.plan.verdict == SHADOW:
            self.advice.other(m, trade.plan.signal_id, road)
            self.advice.took(m, trade.trade_id, road)
            return
        self._outcome(m, trade, money)
        self.advice.took(m, trade.trade_id, road)

    def _outcome(self, m: Moment, trade: PaperTrade, money: Result) -> None:
        """Take in what became of a signal in one fill model; the account's is the one it was entered in."""
        own = trade.trade_id in self.desk.account.positions
        equity_after = self.desk.settle(m, trade.trade_id, money.pnl_quote) if own else None
        self._store(m, trade, money, equity_after)
        if trade.model == self.decision.paper.fill_model:
            self.protection.end(trade.plan.signal_id)
            if trade.exit_reason not in NO_OUTCOME:
                self._learn(m, trade.plan.setup, trade.plan.strength, money.pnl_quote > 0)
        if own:
            self._latch(m)

    def _store(self, m: Moment, trade: PaperTrade, money: Result, equity_after: float | None) -> None:
        assert self.start is not None
        model = self.decision.paper.fill_model
        row = paper_rows.trade_row(m, trade, money, model, equity_after, self.start.config_hash)
        self.counts.trade(row)
        m.emit("paper_trades", row)

    def _learn(self, m: Moment, setup: str, strength: float, won: bool) -> None:
        assert self.start is not None
        self.calibration.observe(setup, strength, won)
        row = self.calibration.row(setup, self.decision.paper.calibration_outcomes)
        if row is not None:
            m.emit("calibrations", row | {"ts": m.clock_ns, "config_hash": self.start.config_hash})

    # -- the account

    def _latch(self, m: Moment) -> None:
        """Stop trading if the day has lost its limit: what is open leaves, nothing new is tradable."""
        if not self.desk.latch(m):
            return
        for trade in self.live.all():
            if trade.plan.verdict == "tradable":
                trade.leave("kill", order_ns(m, self.decision))
        self.changed = True

    def _tick(self, m: Moment) -> None:
        self.changed = self.desk.roll(m) or self.changed
        if m.clock_ns >= self.next_mark_ns:
            self.next_mark_ns = m.clock_ns - m.clock_ns % MARK_NS + MARK_NS
            model = self.decision.paper.fill_model
            for trade in self.live.all():
                self.changed = True  # its excursions, for the mirror
                if trade.plan.verdict != SHADOW:
                    m.emit("trade_marks", paper_rows.mark_row(m, trade, result(trade, self.decision.fees), model))

    def _command(self, m: Moment) -> None:
        self.changed = self.desk.command(m, self.positions.obey) or self.changed

    # -- beginning and end

    def _begin(self, m: Moment) -> None:
        """Begin a run: with the account of its start record, and what an earlier run left open."""
        start: Start = m.event
        adopted = [msgspec.convert(trade, PaperTrade, str_keys=True) for trade in start.open_trades]
        advice, ids = AdviceDesk(start), {trade.trade_id for trade in adopted}
        known = ids | {shadow.trade_id for shadow in advice.shadows()}
        self._abandon(m, [trade for trade in self.live.drop(lambda _: True) if trade.trade_id not in known])
        self.advice.give_up(m, "abandoned", advice.pending)
        self.start, self.decision = start, Decision.model_validate(start.decision)
        self.advice, self.counts, self.next_mark_ns = advice, PaperCounts(), 0
        self.desk.begin(m, start, self.decision, ids)
        self.calibration, self.cooldown = Calibration.from_json(start.calibration), dict(start.cooldown)
        self._adopt(m, adopted, start.symbols)
        self.positions.begin(start)
        self.changed = True

    def _adopt(self, m: Moment, trades: list[PaperTrade], symbols: list[str]) -> None:
        """Go on with an earlier run's trades and the shadows of its advice, where the symbol is followed."""
        self.advice.go_on(m, {trade.trade_id for trade in trades})
        for trade in [*trades, *self.advice.shadows()]:
            trade.outage = True
            self.live.adopt(trade)
        self.protection.go_on(trades, self.advice)
        self._abandon(m, self.live.drop(lambda trade: trade.plan.symbol not in symbols))

    def _abandon(self, m: Moment, trades: list[PaperTrade]) -> None:
        """Give up trades whose state was not recovered, or whose symbol is followed no more."""
        for trade in trades:
            trade.close("abandoned", m.clock_ns)
            self._closed(m, trade)

    def _end(self, m: Moment) -> None:
        """End the tape: what is open is valued where it is. A run that was stopped leaves it to the next."""
        self.changed = True
        if (m.event or {}).get("reason") == "stopped":
            return
        for trade in self.live.drop(lambda _: True):
            trade.close("end_of_tape", m.clock_ns)
            self._closed(m, trade)
        self.advice.give_up(m, "end_of_tape")

    def _stopped(self, m: Moment) -> None:
        m.emit("runs", m.event | {"ended_at": m.clock_ns, "ts": m.clock_ns} | self.counts.run(self.desk.account))

    def _mirror(self, m: Moment) -> None:
        """Tell the mirror what a run that starts without this state would have to know."""
        self.changed = False
        trades = [msgspec.to_builtins(t, str_keys=True) for t in self.live.all() if t.plan.verdict != SHADOW]
        advice = [msgspec.to_builtins(one, str_keys=True) for one in self.advice.pending.values()]
        m.emit("risk_state", {"ts": m.clock_ns, "config_hash": self.desk.config_hash, "open_trades": trades,
                              "advice": advice, "symbols": self.positions.symbols, "cooldown": self.cooldown,
                              "positions": msgspec.to_builtins(self.positions.all()),
                              "account": msgspec.to_builtins(self.desk.account),
                              "max_daily_loss": daily_limit(self.decision),
                              "calibration": self.calibration.to_json()})  # fmt: skip


_HANDLERS = {
    records.TICK: PaperStage._tick, records.START: PaperStage._begin, records.COMMAND: PaperStage._command,
    records.END: PaperStage._end, kinds.STOPPED: PaperStage._stopped,
}  # fmt: skip
