"""Words and marks of a frame. Colour never says anything that a word or a sign does not say, too."""

from rich.text import Text

CLASSES = {  # a word and its style
    "STRONG_BUY": ("STRONG buy", "bold green"), "MODERATE_BUY": ("buy", "green"), "NEUTRAL": ("neutral", ""),
    "MODERATE_SELL": ("sell", "red"), "STRONG_SELL": ("STRONG sell", "bold red"),
}  # fmt: skip
TRUST = {"verified": "verified", "unverified": "NOT YET", "stale": "STALE", "desync": "WRONG"}
STATES = {
    "untrusted": "no verified book", "warming_up": "warming up", "partial": "candle partial",
    "idle": "no setup armed", "armed": "setup armed", "open": "signal open", "cooldown": "cooling down",
}  # fmt: skip
ENDED = {"flow_exit": "flow turned", "end_of_tape": "end of tape"}  # others are one word already


def signed(value: float | None, form: str, suffix: str = "") -> Text:
    """Return a number with its sign, coloured by it.

    >>> signed(0.314, ".2f", " R").plain, signed(None, ".2f").plain
    ('+0.31 R', '-')
    """
    if value is None:
        return Text("-", style="dim")
    return Text(f"{value:+{form}}{suffix}", style="green" if value > 0 else "red" if value < 0 else "")


def age(seconds: float) -> str:
    """Return how long, in one unit; a clock that is ahead gives 0.

    >>> [age(s) for s in (0.42, 31, 400, 9000, 300_000)]
    ['0.4s', '31s', '6m', '2h', '3d']
    """
    seconds = max(seconds, 0.0)
    if seconds < 10:
        return f"{seconds:.1f}s"
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= unit:
            return f"{seconds // unit:.0f}{name}"
    return f"{seconds:.0f}s"
