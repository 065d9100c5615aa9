"""Latency: when what happens is received. Times in ns."""

from simulator.chance import Draw

LATENCY_NS, JITTER_NS = 20_000_000, 40_000_000  # from the event to its receipt: at least, and what chance adds


class Line:
    """A connection's way from the venue to us: nothing on it overtakes what is before it."""

    __slots__ = ("_draw", "received_ns")

    def __init__(self, draw: Draw, start_ns: int) -> None:
        self._draw = draw
        self.received_ns = start_ns

    def receipt(self, event_ns: int) -> int:
        """Return when the newest event is received."""
        received_ns = event_ns + LATENCY_NS + int(self._draw() * JITTER_NS)
        if received_ns > self.received_ns:
            self.received_ns = received_ns
        return self.received_ns
