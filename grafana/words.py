"""Words and colours for numbers that stand for states. The codes are of the boards alone: no metric holds them."""

from collections.abc import Mapping

Word = tuple[str, str]  # text, colour

KILL_SWITCH: dict[int, Word] = {0: ("free", "green"), 1: ("LATCHED", "red")}
LINE: dict[int, Word] = {
    1: ("up", "green"), 0: ("DOWN", "red"), 2: ("STANDS STILL", "red"), 3: ("starting", "orange"),
}  # fmt: skip
MARKET: dict[int, Word] = {2: ("real prices", "green"), 1: ("SIMULATED", "orange"), 0: ("REPLAY", "orange")}

CLASS_NUMBERS = {"STRONG_BUY": 2, "MODERATE_BUY": 1, "NEUTRAL": 0, "MODERATE_SELL": -1, "STRONG_SELL": -2}
CLASSES: dict[int, Word] = {
    2: ("STRONG BUY", "green"), 1: ("buy", "dark-green"), 0: ("neutral", "#6b7280"),
    -1: ("sell", "dark-red"), -2: ("STRONG SELL", "red"),
}  # fmt: skip

TRUST: dict[str, Word] = {
    "verified": ("verified", "green"), "unverified": ("not verified yet", "#6b7280"), "stale": ("STALE", "orange"),
    "desync": ("WRONG, resyncing", "red"),
}  # fmt: skip

SIGNAL_STATES: dict[str, Word] = {
    "untrusted": ("no verified book", "red"), "warming_up": ("warming up", "#6b7280"),
    "partial": ("last candle incomplete", "orange"), "idle": ("no setup armed", "blue"),
    "armed": ("armed", "purple"), "open": ("signal open", "green"), "cooldown": ("cooling down", "light-blue"),
}  # fmt: skip

CONFIDENCE_NUMBERS = {"HIGH": 2, "MEDIUM": 1, "LOW": 0}
CONFIDENCE: dict[int, Word] = {2: ("HIGH", "green"), 1: ("MEDIUM", "blue"), 0: ("LOW", "orange")}

NO_BIAS = 999  # beyond the numbers of a bias, -80 to 80
BIAS: dict[int, Word] = {
    80: ("STRONGLY BULLISH", "green"), 30: ("weakly bullish", "dark-green"), 0: ("neutral", "#6b7280"),
    -30: ("weakly bearish", "dark-red"), -80: ("STRONGLY BEARISH", "red"), NO_BIAS: ("NONE IN FORCE", "orange"),
}  # fmt: skip


def codes(states: Mapping[str, Word]) -> dict[str, int]:
    """Return a number for each state, in order.

    >>> codes(TRUST)["stale"]
    2
    """
    return {state: n for n, state in enumerate(states)}


def numbered(states: Mapping[str, Word]) -> dict[int, Word]:
    """Return the words by those numbers."""
    return dict(enumerate(states.values()))
