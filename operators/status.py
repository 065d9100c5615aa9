"""Status: why there is no signal now, in words, once a minute of the tape for each symbol."""

from typing import TYPE_CHECKING

from leadline.bars import warm_up
from leadline.moment import ClosedBars, Moment
from leadline.times import MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from operators.signals import SignalStage

EVERY_NS = MINUTE_NS


class StatusLine:
    """What is known of each symbol for the line that says why nothing is signalled."""

    def __init__(self, symbols: list[str] | None = None) -> None:
        self.n_candles = dict.fromkeys(symbols or [], 0)
        self.partial: set[str] = set()
        self.next_ns = 0

    def closed(self, bars: ClosedBars) -> None:
        """Take note of a close."""
        self.n_candles[bars.symbol] = bars.n_candles
        (self.partial.add if bars.bars[-1].candle.partial else self.partial.discard)(bars.symbol)

    def tick(self, m: Moment, stage: "SignalStage") -> None:
        """Emit one status row a symbol when a minute has passed."""
        if m.clock_ns < self.next_ns:
            return
        self.next_ns = m.clock_ns - m.clock_ns % EVERY_NS + EVERY_NS
        for symbol in stage.candidates.of:
            state, detail = self._of(symbol, m.clock_ns, stage)
            bias = stage.biases.now(symbol, m.clock_ns)
            if bias is not None:
                detail += f"; bias {bias.bias}"
            m.emit("status", {"ts": m.clock_ns, "symbol": symbol, "state": state, "detail": detail})

    def _of(self, symbol: str, now_ns: int, stage: "SignalStage") -> tuple[str, str]:
        if symbol not in stage.views:
            return "untrusted", "no verified book"
        needed = warm_up(stage.decision.indicators)
        if self.n_candles[symbol] < needed:
            return "warming_up", f"warming up {self.n_candles[symbol]}/{needed} candles"
        if symbol in stage.blocked.open:
            left = (stage.blocked.open[symbol].expires_ns - now_ns) // SECOND_NS
            return "open", f"its last signal, tradable or not, is followed for {left} s more at most"
        if stage.blocked.reason(symbol, now_ns) == "cooldown":
            return "cooldown", "cooling down after the last signal"
        waiting = list(stage.candidates.of[symbol].values())
        if waiting:
            one = waiting[0]
            score = stage.views[symbol][1].score
            return "armed", (
                f"{one.setup} {'long' if one.side > 0 else 'short'} armed: score {score:+.0f}, "
                f"needs {one.side * one.theta:+.0f}"
            )
        if symbol in self.partial:
            return "partial", "the last candle is incomplete"
        return "idle", "no setup armed"
