"""The signals stage: has candidates armed at closes, and fires them.

What fires is a proposal on the moment: prices and strength, without size and verdict, which are
the paper stage's. Its state is the desks of candidates, biases and scenarios, and which signals are
open. Everything it knows of a symbol came with the moments before this one.
"""

from typing import Any

import msgspec

from leadline import moment as kinds
from leadline import records, setups, signals
from leadline.advice import is_false_breakout
from leadline.bias_record import BiasRecord
from leadline.candidates import Blocked, Candidate, OpenSignal
from leadline.hft import Reading
from leadline.hybrid import refusal
from leadline.moment import Bar, BookView, ClosedBars, Moment
from leadline.paper import PaperTrade
from leadline.proposals import Cooling, Proposal, ProposalKind
from leadline.records import Start
from leadline.settings import Decision
from leadline.times import MS_NS, SECOND_NS
from operators.biases import BiasDesk
from operators.candidates import CandidateDesk
from operators.feature_rows import feature_row
from operators.proposing import alignment_of, proposal
from operators.scenarios import ScenarioDesk
from operators.status import StatusLine


class SignalStage:
    """Candidates of a line, and what fires; see `operators.line` for how a stage is driven."""

    def __init__(self) -> None:
        self.start: Start | None = None
        self.decision = Decision()
        self.candidates = CandidateDesk()
        self.blocked = Blocked()
        self.filtered = Blocked()  # by those signals that the bias kept out, as if they had been given
        self.cooldown_ns = 0
        self.views: dict[str, tuple[BookView, Reading]] = {}  # newest verified book and reading
        self.view_ns: dict[str, int] = {}
        self.biases, self.scenarios = BiasDesk(), ScenarioDesk()
        self.bars: dict[str, Bar] = {}  # the newest closed one by symbol
        self.status = StatusLine()

    def telemetry(self) -> dict[str, Any]:
        """Nothing is counted here: signals are counted where they get their verdict."""
        return {}

    def process(self, moments: list[Moment]) -> None:
        """Arm, fire, expire; emit candidates and status rows, and propose signals."""
        book, tick = kinds.BOOK, records.TICK
        for m in moments:
            kind, symbol, view, reading = m.kind, m.symbol or "", m.view, m.hft
            if m.book_lost:
                self._lost(m)
            if view is not None and reading is not None:
                self.views[symbol] = (view, reading)
                self.view_ns[symbol] = m.clock_ns
            elif view is not None:
                self._unscored(m, symbol)
            if m.closed is not None:  # on what this moment itself says of the books
                self._closed(m, m.closed)
            if kind == book:
                if view is not None and reading is not None:
                    self._message(m, symbol, view, reading)
            elif kind == tick:
                self._tick(m)
            elif kind == records.START:
                self._begin(m.event)
            elif kind == records.BIAS and m.event is not None:
                self.biases.take(m, m.event, self.decision.hybrid_mode)

    def finish(self) -> list[Moment]:
        """Nothing to say at the end."""
        return []

    def _begin(self, start: Start) -> None:
        self.start = start
        self.decision = Decision.model_validate(start.decision)
        self.candidates = CandidateDesk(start)
        self.blocked, self.filtered = Blocked(cooldown_until_ns=dict(start.cooldown)), Blocked()
        self.cooldown_ns = round(self.decision.risk.cooldown_seconds * SECOND_NS)
        self.views = {}
        self.biases, self.scenarios = BiasDesk(), ScenarioDesk()
        self.bars = {}
        self.status = StatusLine(start.symbols)
        for trade in start.open_trades:  # of the run before
            plan = msgspec.convert(trade, PaperTrade, str_keys=True).plan
            self.blocked.open[plan.symbol] = OpenSignal(
                plan.signal_id, plan.symbol, plan.side, plan.stop, plan.target, plan.expires_ns
            )

    # -- arming

    def _closed(self, m: Moment, closed: list[ClosedBars]) -> None:
        for bars in closed:
            self.status.closed(bars)
            self.bars[bars.symbol] = bars.bars[-1]
            if bars.ready and bars.symbol in self.candidates.of:
                self._arm(m, bars)

    def _arm(self, m: Moment, bars: ClosedBars) -> None:
        """Arm; where the book is not asked a candidate fires at once, if the book is fresh."""
        known = self.views.get(bars.symbol)
        spread = known[1].spread_bps * 1e-4 * bars.bars[-1].candle.close if known else 0.0
        for candidate in self.candidates.arm(m, bars, spread, self.decision):
            if known is None or self.decision.scalping_engine.hft_integration:
                continue
            age_s = (m.clock_ns - self.view_ns[bars.symbol]) * 1e-9 + known[1].age_s
            if age_s <= self.decision.hft.max_latency_seconds:
                self._fire(m, candidate, *known)

    # -- firing

    def _unscored(self, m: Moment, symbol: str) -> None:
        """Take a verified book with an empty side: nothing can be scored or fired on it."""
        self.views.pop(symbol, None)
        self.scenarios.interrupted(symbol)
        self.candidates.unscored(symbol, m.clock_ns)

    def _message(self, m: Moment, symbol: str, view: BookView, reading: Reading) -> None:
        for blocked in (self.blocked, self.filtered):
            if symbol in blocked.open:
                blocked.watch(symbol, view, m.clock_ns, self.cooldown_ns)
                self._cooling(m, blocked is self.blocked and symbol not in blocked.open)
        if self.biases.of and self.decision.scalping_engine.hft_integration:
            bias = self.biases.now(symbol, m.clock_ns)
            self.scenarios.look(m, view, reading, bias, self.bars.get(symbol), self.decision)
        waiting = self.candidates.of[symbol]
        if waiting:
            self._observe(m, waiting, view, reading)

    def _observe(self, m: Moment, waiting: dict[str, Candidate], view: BookView, reading: Reading) -> None:
        rules = self.decision
        fresh = reading.age_s <= rules.hft.max_latency_seconds
        hold_ns = rules.setups.hold_ms * MS_NS
        asks_book = rules.scalping_engine.hft_integration
        for name in setups.SETUPS:
            candidate = waiting.get(name)
            if candidate is None:
                continue
            if m.clock_ns >= candidate.expires_ns:
                self.candidates.expire(m, candidate)
            elif asks_book and fresh and is_false_breakout(name, candidate.side * reading.score, rules.advice):
                self._propose(m, "skip", candidate, view, reading)
                self.candidates.end(m, candidate, "filtered", "false_breakout")
            elif candidate.observe(reading.score if fresh else None, m.clock_ns, hold_ns) or (fresh and not asks_book):
                self._fire(m, candidate, view, reading)

    def _fire(self, m: Moment, candidate: Candidate, view: BookView, reading: Reading) -> None:
        reason = self.blocked.reason(candidate.symbol, m.clock_ns)
        bias = self.biases.now(candidate.symbol, m.clock_ns)
        if reason is not None:
            self.candidates.end(m, candidate, "filtered", reason)
        elif (why := refusal(candidate.side, _mid(view), bias, self.decision.hybrid_mode)) is not None:
            self._filter(m, candidate, view, reading, why)
        elif self.decision.advice.entry_timing and self._conflict(candidate, reading, bias):
            if not candidate.waited:
                candidate.waited = True
                self._propose(m, "wait", candidate, view, reading)
        else:
            self._signal(m, candidate, view, reading)

    def _conflict(self, candidate: Candidate, reading: Reading, bias: BiasRecord | None) -> bool:
        return alignment_of(candidate, reading, bias, self.decision).kind == "STRONG_CONFLICT"

    def _signal(self, m: Moment, candidate: Candidate, view: BookView, reading: Reading) -> None:
        self.candidates.end(m, candidate, "fired", "")
        self._open(m, self.blocked, self._propose(m, "fire", candidate, view, reading))
        rules = self.decision.hft
        m.emit("features", feature_row(candidate.symbol, m.clock_ns, view, reading, rules, m.seq, reading.age_s))

    def _filter(self, m: Moment, candidate: Candidate, view: BookView, reading: Reading, why: str) -> None:
        """Keep a signal out; its road is wanted only where it would have been given."""
        if self.filtered.reason(candidate.symbol, m.clock_ns) is None:
            self._open(m, self.filtered, self._propose(m, "filter", candidate, view, reading))
        self.candidates.end(m, candidate, "filtered", why)

    def _open(self, m: Moment, blocked: Blocked, p: Proposal) -> None:
        symbol, setup, side = p.candidate.symbol, p.candidate.setup, p.candidate.side
        expires_ns = m.clock_ns + round(self.decision.setups.expiry_seconds * SECOND_NS)
        assert self.start is not None
        signal_id = signals.signal_id(self.start.tape_id, self.start.config_hash, m.seq, symbol, setup)
        blocked.open[symbol] = OpenSignal(signal_id, symbol, side, p.at.stop, p.at.target, expires_ns)

    def _propose(
        self, m: Moment, kind: ProposalKind, candidate: Candidate, view: BookView, reading: Reading
    ) -> Proposal:
        bias = self.biases.now(candidate.symbol, m.clock_ns)
        proposed = proposal(kind, candidate, view, reading, bias, self.decision)
        m.proposals = [*(m.proposals or ()), proposed]
        return proposed

    # -- what is open, and what is over

    def _lost(self, m: Moment) -> None:
        for symbol in m.book_lost:
            self.views.pop(symbol, None)
            self.scenarios.interrupted(symbol)
            self.candidates.lost(m, symbol)

    def _tick(self, m: Moment) -> None:
        n_open = len(self.blocked.open)
        self.blocked.tick(m.clock_ns, self.cooldown_ns)
        self._cooling(m, len(self.blocked.open) < n_open)
        self.filtered.tick(m.clock_ns, self.cooldown_ns)
        self.candidates.tick(m)
        self.biases.tick(m)
        self.status.tick(m, self)

    def _cooling(self, m: Moment, closed: bool) -> None:
        """Tell the mirror of a signal that has closed, so that a restart does not forget its cooldown."""
        if closed:
            m.proposals = [*(m.proposals or ()), Cooling(dict(self.blocked.cooldown_until_ns))]


def _mid(view: BookView) -> float:
    return (view.bid_keys[-1] - view.ask_keys[-1]) / 2 / view.instrument.price_scale
