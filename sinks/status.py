"""The status line: why there is no signal now, in one line, no more often than a reader bears.

Made of `status` rows, which the line sends once a minute of its tape for each symbol, and of
changes of trust, which come at once.
"""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from sinks import cards

Values = Mapping[str, Any]

SOON_SECONDS = 1.0  # after something changed in kind
LATER_SECONDS = 60.0  # while only its details change
HURRIED_SECONDS = 5.0  # the least between two lines where the tape outruns the clock


class StatusBoard:
    """What is known of each symbol, and when it was last said."""

    def __init__(self, hurried: bool = False) -> None:
        self._hurried = hurried
        self._status: dict[str, tuple[str, str]] = {}  # symbol -> state, detail
        self._trouble: dict[tuple[str, str], str] = {}  # (symbol, channel) -> words
        self._tape_ns = 0
        self._said: tuple[Any, str] = ((), "")
        self._said_at = float("-inf")

    def status(self, row: Values) -> None:
        """Take in a status row."""
        self._tape_ns = row["ts"]
        self._status[row["symbol"]] = (row["state"], row["detail"])

    def health(self, row: Values) -> None:
        """Take in a change of trust."""
        self._tape_ns = row["ts"]
        key = (row["symbol"], row["channel"])
        if row["state"] == "verified":
            self._trouble.pop(key, None)
            if row["channel"] == "book" and self._status.get(row["symbol"], ("",))[0] == "untrusted":
                self._status[row["symbol"]] = ("verified", "book only just verified")  # until the next status says more
        else:
            self._trouble[key] = f"{row['channel']} {row['state']} ({row['reason']})"

    def line(self, now: float) -> Text | None:
        """Return the line, if it is new and it is time to say it; `now` in seconds of any clock."""
        kind, text = self._kind(), self._text()
        if not self._status or text == self._said[1]:
            return None
        wait = HURRIED_SECONDS if self._hurried else SOON_SECONDS if kind != self._said[0] else LATER_SECONDS
        if now - self._said_at < wait:
            return None
        self._said, self._said_at = (kind, text), now
        return Text(f"{cards.clock(self._tape_ns)} no signal now: {text}", style="dim")

    def _kind(self) -> tuple[Any, ...]:
        return (*((symbol, state) for symbol, (state, _) in self._status.items()), *self._trouble.items())

    def _text(self) -> str:
        return " · ".join(f"{symbol} {self._of(symbol, detail)}" for symbol, (_, detail) in self._status.items())

    def _of(self, symbol: str, detail: str) -> str:
        troubles = [words for (s, channel), words in self._trouble.items() if s == symbol and channel == "book"]
        return troubles[0] if troubles else detail
