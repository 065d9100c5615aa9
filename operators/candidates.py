"""The candidate desk: setups that are armed, from the close that arms them to their end.

Kept by the signals stage, which decides whether one fires, and recovered with it. Each end is a row of
`candidates`. A setup of a symbol is armed once at a time.
"""

from collections.abc import Iterator

from leadline import setups, signals
from leadline.candidates import Candidate
from leadline.moment import ClosedBars, Moment
from leadline.proposals import Dropped
from leadline.records import Start
from leadline.settings import Decision, Setups
from leadline.times import SECOND_NS
from operators import signal_rows


class CandidateDesk:
    """The candidates of a line."""

    def __init__(self, start: Start | None = None) -> None:
        self.of: dict[str, dict[str, Candidate]] = {}  # symbol -> setup -> candidate
        self._start = start
        if start is not None:
            self.of = {symbol: {} for symbol in start.symbols}

    def arm(self, m: Moment, bars: ClosedBars, spread: float, rules: Decision) -> Iterator[Candidate]:
        """Arm what a close calls for; yield each candidate that is new before the next one is armed.

        `spread` is that of the newest verified book, in quote; 0 where there is none.
        """
        bar = bars.bars[-1]
        distance = signals.stop_distance(bar.atr or 0.0, bar.candle.close, spread, rules)
        for name, side in setups.armed(bars.bars, distance, rules.setups):
            candidate = self._arm(m, bars, name, side, rules.setups)
            if candidate is not None:
                yield candidate

    def _arm(self, m: Moment, bars: ClosedBars, name: setups.SetupName, side: int, rules: Setups) -> Candidate | None:
        waiting = self.of[bars.symbol]
        old = waiting.get(name)
        expires_ns = m.clock_ns + round(rules.candidate_seconds * SECOND_NS)
        if old is not None and old.side == side:
            old.expires_ns, old.bar, old.technical = expires_ns, bars.bars[-1], bars.technical
            return None
        if old is not None:
            self.end(m, old, "disarmed", "opposite_setup")
        assert self._start is not None
        whose = self._start.tape_id, self._start.config_hash
        candidate_id = signals.signal_id(*whose, m.seq, f"{bars.symbol}|candidate", name)
        candidate = waiting[name] = Candidate(
            candidate_id, bars.symbol, name, side, setups.rule(rules, name).theta, m.clock_ns, expires_ns,
            bars.bars[-1], bars.technical,
        )  # fmt: skip
        return candidate

    def unscored(self, symbol: str, now_ns: int) -> None:
        """Take note that a symbol's book has no score now: what held does not hold on."""
        for candidate in self.of[symbol].values():
            candidate.observe(None, now_ns, 0)

    def lost(self, m: Moment, symbol: str) -> None:
        """Disarm everything of a symbol whose book is trusted no longer."""
        for candidate in list(self.of.get(symbol, {}).values()):
            self.end(m, candidate, "disarmed", "trust_lost")

    def tick(self, m: Moment) -> None:
        """Put away what is over."""
        for waiting in self.of.values():
            for candidate in list(waiting.values()):
                if m.clock_ns >= candidate.expires_ns:
                    self.expire(m, candidate)

    def expire(self, m: Moment, candidate: Candidate) -> None:
        """End a candidate that the book did not agree with in time, or not without a conflict."""
        self.end(m, candidate, "expired", "strong_conflict" if candidate.waited else "")

    def end(self, m: Moment, candidate: Candidate, outcome: str, reason: str) -> None:
        """End a candidate, however it ended."""
        del self.of[candidate.symbol][candidate.setup]
        m.emit("candidates", signal_rows.candidate_row(m, candidate, outcome, reason))
        if candidate.waited and outcome != "fired":
            m.proposals = [*(m.proposals or ()), Dropped(candidate.candidate_id)]
