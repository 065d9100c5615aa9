"""Trust: whether what we hold of a symbol's channel may be acted upon, and if not, why.

Only `verified` may score or signal. The state is kept per (symbol, channel): a fault in one
never touches another. States and reasons are closed sets.

    unverified  nothing has been checked yet
    verified    the newest message matched the venue's checksum (book), or is contiguous (trade)
    desync      what we hold is known to be wrong; a fresh snapshot is asked for
    stale       it may be right, but it is old
"""

from typing import Literal, NamedTuple

from leadline.times import SECOND_NS

State = Literal["unverified", "verified", "desync", "stale"]
Channel = Literal["book", "trade"]

STATES: tuple[State, ...] = ("unverified", "verified", "desync", "stale")
REASONS = (
    "awaiting_snapshot", "checksum_mismatch", "crossed", "silent", "frozen", "disconnected",
    "rejected_frame", "clock_skew", "reordered", "trade_gap",
)  # fmt: skip
LEVEL3_REASONS = (  # why there is no level3: instead of disconnected, or of the other level at the start
    "no_key", "invalid_key", "invalid_signature", "invalid_nonce", "nonce_not_kept", "clock_skew", "permission_denied",
    "rate_limited", "unreachable", "token_invalid", "token_expired", "token_revoked", "counter_exceeded",
    "too_many_symbols", "refused",
)  # fmt: skip


class Trust(NamedTuple):
    """A state with its reason; the reason of `verified` is empty."""

    state: State
    reason: str


VERIFIED = Trust("verified", "")
AWAITING = Trust("unverified", "awaiting_snapshot")
DISCONNECTED = Trust("stale", "disconnected")


class TrustBoard:
    """The trust of every (symbol, channel) of a line."""

    def __init__(self, symbols: list[str]) -> None:
        self._states: dict[tuple[str, str], Trust] = {(s, c): AWAITING for s in symbols for c in ("book", "trade")}

    def __getitem__(self, key: tuple[str, str]) -> Trust:
        return self._states[key]

    def set(self, symbol: str, channel: Channel, trust: Trust) -> bool:
        """Set a state; return whether it changed."""
        key = (symbol, channel)
        if self._states[key] == trust:
            return False
        self._states[key] = trust
        return True

    def items(self) -> list[tuple[tuple[str, str], Trust]]:
        """Return every ((symbol, channel), trust), in configured order."""
        return list(self._states.items())


class ClockOffset:
    """The usual difference between our receipt and the venue's time on one connection, in ns.

    The running minimum of (receipt - event time): clocks differ by half a second in real
    recordings. A fall by more than a second is believed only when three events in a row say
    so, and then what was learned before is void.
    """

    __slots__ = ("_suspects", "offset_ns")

    FALL_NS = SECOND_NS
    PATIENCE = 3

    def __init__(self) -> None:
        self.offset_ns: int | None = None
        self._suspects: list[int] = []

    def reset(self) -> None:
        """Begin anew: another connection may have another clock."""
        self.offset_ns = None
        self._suspects.clear()

    def observe(self, lag_ns: int) -> int:
        """Take one (receipt - event time); return how much later than usual it came, >= 0."""
        offset = self.offset_ns
        if offset is None:
            self.offset_ns = lag_ns
            return 0
        if lag_ns >= offset:
            if self._suspects:
                self._suspects.clear()
            return lag_ns - offset
        if offset - lag_ns <= self.FALL_NS:
            self._suspects.clear()
            self.offset_ns = lag_ns
            return 0
        self._suspects.append(lag_ns)
        if len(self._suspects) == self.PATIENCE:
            self.offset_ns = min(self._suspects)
            self._suspects.clear()
        return 0

    @property
    def skewed(self) -> bool:
        """Whether the clocks differ by more than a second."""
        return self.offset_ns is not None and abs(self.offset_ns) > self.FALL_NS
