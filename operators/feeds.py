"""Feeds: which connection speaks for which channel of the line, and how far its clock is from ours.

A line's books come from one channel: `book` on Level 2, where one public connection has everything,
`level3` on Level 3, which has a connection of its own; trades are the public one's always. A CONNECTED
record says whose it is by its `feed`, `public` where it says nothing.
"""

from typing import Any

from leadline import moment as kinds
from leadline.moment import BOTH
from leadline.trust import ClockOffset


class Feeds:
    """The connections of a line at one level of data."""

    def __init__(self, level: str = "L2") -> None:
        self.split = level == "L3"
        self.channel = "level3" if self.split else "book"  # where the books come from
        self.kind = kinds.ORDERS if self.split else kinds.BOOK  # of the moments that make them
        self.public = ClockOffset()
        self.books = ClockOffset() if self.split else self.public
        self.usual_ns = 0  # what was known before the newest connection: its own until it has told one
        self.skew_reported = False
        self._feeds: dict[int, str] = {}  # of the open connections

    def connected(self, conn: int, says: Any) -> tuple[str, ...]:
        """Begin a connection, whose clock is learned anew; return the channels it speaks for."""
        known = self.offset_ns()
        if known is not None:
            self.usual_ns = known
        feed = self._feeds[conn] = _feed(says) or "public"
        channels = self._channels(feed)
        for channel, offset in (("book", self.books), ("trade", self.public)):
            if channel in channels:
                offset.reset()
                self.skew_reported = False
        return channels

    def disconnected(self, conn: int, says: Any) -> tuple[str, ...]:
        """End a connection; return the channels that it spoke for."""
        opened_as = self._feeds.pop(conn, "public")
        return self._channels(_feed(says) or opened_as)

    def of(self, conn: int) -> str:
        """Return whose an open connection is: public or level3."""
        return self._feeds.get(conn, "public")

    def _channels(self, feed: str) -> tuple[str, ...]:
        if self.split:
            return ("book",) if feed == "level3" else ("trade",)
        return BOTH if feed == "public" else ()

    def offset_ns(self) -> int | None:
        """Return the smallest difference between our receipt and the venue's time, over the connections."""
        known = [o.offset_ns for o in (self.public, self.books) if o.offset_ns is not None]
        return min(known, default=None)

    def newly_skewed(self) -> bool:
        """Return whether a clock differs by more than a second and nobody has said so yet."""
        if self.skew_reported or not (self.public.skewed or (self.split and self.books.skewed)):
            return False
        self.skew_reported = True
        return True


def _feed(says: Any) -> str | None:
    return says.get("feed") if isinstance(says, dict) else None
