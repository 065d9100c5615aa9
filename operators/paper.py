"""The paper stage: verdicts, paper trades, the account and its limits; last of the line that decides.

A proposal of the signals stage becomes a signal here, sized under the account's limits, and three
paper trades, one a fill model, which are followed from book to book to their end. What the
account learns at one moment holds for the next, so all that depends on it is in this stage.
"""

from typing import Any

import msgspec

from leadline import moment as kinds
from leadline import records
from leadline.advice import NO_TRADE
from leadline.calibration import Calibration
from leadline.moment import BookView, Moment
from leadline.paper import FILL_MODELS, PaperTrade
from leadline.paper_result import result
from leadline.proposals import Cooling, Dropped, Proposal, Scenario
from leadline.records import Start
from leadline.risk import Position
from leadline.settings import Decision
from leadline.swing_size import swing_size
from leadline.times import SECOND_NS
from operators import paper_rows, signal_rows
from operators.advice import AdviceDesk
from operators.judging import judge, plan_of
from operators.live_trades import SHADOW
from operators.outcomes import Outcomes
from operators.paper_counts import PaperCounts
from operators.roads import roads

MARK_NS = 5 * SECOND_NS
SIZES = ("size_base", "size_quote", "risk_quote", "equity_quote")  # columns of advice to enter a zone


class PaperStage(Outcomes):
    """Paper trades and the account of a line; see `operators.line` for how a stage is driven."""

    def __init__(self) -> None:
        super().__init__()
        self.next_mark_ns = 0

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
        instrument, detail = s.view.instrument, s.detail
        said: dict[str, Any] = {
            "price": instrument.price(s.price), "until": s.until_ns, "verdict": s.verdict,
            "confidence": s.confidence, "reason": s.reason,
        }  # fmt: skip
        if s.risk_fraction is not None:
            size = swing_size(s.view, s.side, s.stop, s.target, s.risk_fraction, self.desk.account, self.decision)
            detail = f"{detail}; {size.words(instrument.symbol)}"
            said |= {name: getattr(size, name) for name in SIZES}
        taken = roads(m, s, self.decision)
        for trade in self.advice.of_roads(m, s.kind, s.action, instrument.symbol, detail, taken, **said):
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

    def _lost(self, m: Moment) -> None:
        for symbol in m.book_lost:
            self.positions.interrupted(symbol)
            self.protection.interrupted(symbol)
            self.changed = self.live.lost(symbol) or self.changed

    # -- the account

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
        self.positions.begin(m, start)
        self.changed = True

    def _adopt(self, m: Moment, trades: list[PaperTrade], symbols: list[str]) -> None:
        """Go on with an earlier run's trades and the shadows of its advice, where the symbol is followed."""
        self.advice.go_on(m, {trade.trade_id for trade in trades})
        for trade in [*trades, *self.advice.shadows()]:
            trade.outage = True
            self.live.adopt(trade)
        self.protection.go_on(trades, self.advice)
        self._abandon(m, self.live.drop(lambda trade: trade.plan.symbol not in symbols))

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


_HANDLERS = {
    records.TICK: PaperStage._tick, records.START: PaperStage._begin, records.COMMAND: PaperStage._command,
    records.END: PaperStage._end, kinds.STOPPED: PaperStage._stopped,
}  # fmt: skip
