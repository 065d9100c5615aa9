"""Counters of the source, read by the metrics."""

from dataclasses import dataclass


@dataclass
class FeedCounters:
    """What the live source has done so far; each number is written by one thread, or rarely."""

    reconnects: int = 0  # of every connection
    tape_bytes: int = 0
    queued: int = 0  # frames received and not yet handed to the line
    stalls: int = 0  # times we stopped reading because the line was behind
