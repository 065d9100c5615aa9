"""Candidates: armed setups waiting for the order book to agree, and signals that are open.

All times are ns of the tape's clock. Nothing here knows a row or an engine.
"""

import msgspec

from leadline.moment import Bar, BookView
from leadline.setups import SetupName


class Candidate(msgspec.Struct):
    """One armed setup of one symbol."""

    candidate_id: str
    symbol: str
    setup: SetupName
    side: int
    theta: float
    armed_ns: int
    expires_ns: int
    bar: Bar  # the newest bar when it armed
    technical: int  # the sum of signs then
    hold_ns: int | None = None  # since when the score has held
    held: int = 0  # over how many messages
    waited: bool = False  # it would have fired, and was advised to wait

    def observe(self, score: float | None, now_ns: int, hold_ns: int) -> bool:
        """Take the score at one verified message; return whether the candidate fires.

        The score must have stood on the candidate's side at `theta` or beyond for `hold_ns`
        over at least two messages: a level, not a crossing. None is no valid score.
        """
        if score is None or self.side * score < self.theta:
            self.hold_ns, self.held = None, 0
            return False
        self.held += 1
        if self.hold_ns is None:
            self.hold_ns = now_ns
            return False
        return now_ns - self.hold_ns >= hold_ns and self.held >= 2


class OpenSignal(msgspec.Struct):
    """A signal until its stop, target or expiry is touched."""

    signal_id: str
    symbol: str
    side: int
    stop: int  # price units
    target: int
    expires_ns: int

    def closed_by(self, view: BookView) -> str | None:
        """Return what this book would close it by; the stop counts where both could."""
        touch = view.bid_keys[-1] if self.side > 0 else -view.ask_keys[-1]
        if self.side * (touch - self.stop) <= 0:
            return "stop"
        if self.side * (touch - self.target) >= 0:
            return "target"
        return None


class Blocked(msgspec.Struct):
    """Which symbols may not give a signal now."""

    open: dict[str, OpenSignal] = msgspec.field(default_factory=dict)
    cooldown_until_ns: dict[str, int] = msgspec.field(default_factory=dict)

    def reason(self, symbol: str, now_ns: int) -> str | None:
        """Return why this symbol may not signal, or None."""
        if symbol in self.open:
            return "symbol_open"
        return "cooldown" if now_ns < self.cooldown_until_ns.get(symbol, 0) else None

    def watch(self, symbol: str, view: BookView, now_ns: int, cooldown_ns: int) -> None:
        """Close a symbol's signal, if it has one that this book or the time closes, and start its cooldown."""
        signal = self.open.get(symbol)
        if signal is None:
            return
        if now_ns >= signal.expires_ns or (view.bid_keys and view.ask_keys and signal.closed_by(view)):
            self.close(symbol, now_ns, cooldown_ns)

    def tick(self, now_ns: int, cooldown_ns: int) -> None:
        """Close what is over."""
        for symbol, signal in list(self.open.items()):
            if now_ns >= signal.expires_ns:
                self.close(symbol, now_ns, cooldown_ns)

    def close(self, symbol: str, now_ns: int, cooldown_ns: int) -> None:
        """Close a symbol's signal and start its cooldown."""
        del self.open[symbol]
        self.cooldown_until_ns[symbol] = now_ns + cooldown_ns
