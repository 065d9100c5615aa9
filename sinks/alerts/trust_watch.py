"""Which books are not verified, since when and why, and which of them people were told of.

A book that was lost and is verified again within seconds is nobody's concern: only a loss that
lasts is told, and only a book whose loss was told is said to be back.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from leadline.times import SECOND_NS
from sinks.alerts.alert import Told


class Loss(NamedTuple):
    """A book that is not verified."""

    symbol: str
    since_ns: int
    reason: str


class Return(NamedTuple):
    """A book that is verified again."""

    symbol: str
    lost_ns: int | None  # None: in another run
    back_ns: int


class TrustWatch:
    """The books of a line, from `runs` and `feed_health` rows."""

    def __init__(self, patience_s: float, past: Iterable[Told] = ()) -> None:
        self._patience_ns = round(patience_s * SECOND_NS)
        self._lost: dict[str, Loss] = {}
        self._told: dict[str, int | None] = {}  # symbol whose loss was told -> since when it was lost
        self._told_at: dict[str, int] = {}  # of those another run told: a resumed one begins with rows of before
        self._back: dict[str, int] = {}  # of those: since when it is verified again
        for told in sorted(past, key=lambda told: told.ts):
            for symbol in told.symbols:
                if told.rule == "trust_lost":
                    self._told[symbol], self._told_at[symbol] = None, told.ts
                elif told.rule == "trust_regained":
                    self._told.pop(symbol, None)

    def begin(self, symbols: list[str], ns: int) -> None:
        """Take a run's symbols: none of them is verified yet."""
        for symbol in symbols:
            self._lost[symbol] = Loss(symbol, ns, "awaiting_snapshot")

    def health(self, row: Mapping[str, Any]) -> None:
        """Take in a row of `feed_health`."""
        symbol, ns = row["symbol"], row["ts"]
        if row["channel"] != "book":
            return
        if row["state"] == "verified":
            self._lost.pop(symbol, None)
            if self._is_back(symbol, ns):
                self._back[symbol] = ns
            return
        self._back.pop(symbol, None)
        before = self._lost.get(symbol)
        self._lost[symbol] = Loss(symbol, before.since_ns if before else ns, row["reason"])

    def states(self, trust: Mapping[tuple[str, str], str], now_ns: int) -> None:
        """Take the line's own view of all channels: a resumed run repeats no row of before its snapshot."""
        for (symbol, channel), state in trust.items():
            if channel == "book" and (state == "verified") == (symbol in self._lost):
                self.health({"symbol": symbol, "channel": channel, "state": state, "ts": now_ns, "reason": state})
            elif state == "verified" and channel == "book" and self._is_back(symbol, now_ns):
                self._back.setdefault(symbol, now_ns)

    def _is_back(self, symbol: str, ns: int) -> bool:
        return symbol in self._told and ns > self._told_at.get(symbol, 0)

    def losses(self, now_ns: int) -> list[Loss]:
        """Return the losses that have lasted and were not told."""
        return [
            loss
            for loss in self._lost.values()
            if loss.symbol not in self._told and now_ns - loss.since_ns >= self._patience_ns
        ]

    def returns(self) -> list[Return]:
        """Return the books that are back and whose loss was told."""
        return [Return(symbol, self._told[symbol], back) for symbol, back in self._back.items()]

    def told_lost(self, losses: list[Loss]) -> None:
        """Take note that these were told."""
        self._told |= {loss.symbol: loss.since_ns for loss in losses}

    def told_back(self, returns: list[Return]) -> None:
        """Take note that these were told."""
        for one in returns:
            del self._told[one.symbol], self._back[one.symbol]

    def verified(self) -> bool:
        """Return whether no book is known to be lost."""
        return not self._lost
