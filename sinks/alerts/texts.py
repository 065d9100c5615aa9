"""Texts: what a person reads on a telephone, the most important first.

That it is on paper comes first, then the side and the symbol, then whether it is proven, then the three
prices: a title is read by itself, and must not invite. Every amount says what it is of. Prices are in
quote currency. Rows of anything but a real market say so in the title.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from leadline.times import DAY_NS, utc
from sinks import cards
from sinks.alerts.trust_watch import Loss, Return
from sinks.risk_file import RESET

Values = Mapping[str, Any]
Text = tuple[str, str]  # title, body


def mark(mode: str, venue: str) -> str:
    """Return what goes before a title where it is not of a real market, as it is now.

    >>> mark("live", "kraken"), mark("live", "simulator"), mark("replay", "kraken")
    ('', '[SIMULATED] ', '[REPLAY] ')
    """
    return "[REPLAY] " if mode == "replay" else "[SIMULATED] " if venue == "simulator" else ""


def signal(row: Values) -> Text:
    """Return the text of a tradable signal: what to pay, when it is wrong, what it costs, what it returns."""
    base, _, quote = row["symbol"].partition("/")
    buy = row["side"] == "buy"
    sign = 1 if buy else -1
    lines = (
        f"at market, best {'ask' if buy else 'bid'} {cards.price(row['entry'])} {quote}",
        f"stop {cards.price(row['stop'])} ({-sign * row['stop_bps']:+.1f} bps) · "
        f"target {cards.price(row['target'])} ({sign * row['target_bps']:+.1f} bps)",
        f"size {cards.amount(row['size_base'])} {base} = {row['size_quote']:,.2f} {quote}, "
        f"{row['risk_quote']:,.2f} {quote} at risk",
        f"cost {row['cost_bps']:.1f} bps · net R:R {cards.number(row.get('net_rr'), '.2f')} · "
        f"break-even {cards.percent(row.get('breakeven_win_rate'))}",
        cards.why(row),
        f"HFT {row['hft_score']:+.0f} {cards.words(row['hft_class'])} · leave by {cards.clock(row['expires_at'])} UTC",
        f"{cards.clock(row['ts'])} UTC, paper only",
    )
    known = "proven" if row.get("proven") else "unproven"
    title = f"PAPER {row['side'].upper()} {row['symbol']}: {known}, {cards.words(row['setup'])}"
    return title, "\n".join(lines)


def kill_switch(row: Values) -> Text:
    """Return the text of a kill switch that latched, is latched at a start, or was cleared."""
    money = f"paper equity {row['marked_quote']:,.2f}, the day lost {100 * row['day_loss']:.2f} %"
    if row["event"] == "reset":
        rest = "a day that has lost its limit takes no more signals before 00:00 UTC"
        return "kill switch cleared", f"{money}\n{rest}\n{cards.stamp(row['ts'])} UTC"
    title = "KILL SWITCH latched" if row["event"] == "latch" else "KILL SWITCH still latched at the start"
    return title, f"{row['latch_reason']}\n{money}\nnothing is tradable until `{RESET}`\n{cards.stamp(row['ts'])} UTC"


def lost(losses: Sequence[Loss], now_ns: int) -> Text:
    """Return the text of books that are not verified."""
    lines = [
        f"{one.symbol}: {cards.words(one.reason)}, since {cards.clock(one.since_ns)} UTC "
        f"({cards.length((now_ns - one.since_ns) * 1e-9)})"
        for one in losses
    ]
    return f"book lost: {_names([one.symbol for one in losses])}", "\n".join(
        [*lines, "nothing of it scores or signals until its book is verified; open trades wait"]
    )


def regained(returns: Sequence[Return]) -> Text:
    """Return the text of books that are verified again."""
    lines = [
        f"{one.symbol}: verified since {cards.clock(one.back_ns)} UTC"
        + ("" if one.lost_ns is None else f", lost at {cards.clock(one.lost_ns)}")
        for one in returns
    ]
    return f"book back: {_names([one.symbol for one in returns])}", "\n".join(lines)


def heartbeat(now_ns: int, verified: bool) -> Text:
    """Return the text of a sign of life."""
    return "leadline is alive", f"{cards.stamp(now_ns)} UTC, books: {'verified' if verified else 'not all verified'}"


def day_name(day: int) -> str:
    """Return a day, counted from the epoch, as text.

    >>> day_name(20416)
    '2025-11-24'
    """
    return f"{utc(day * DAY_NS):%Y-%m-%d}"


def day_of(name: str) -> int:
    """Return the day that `day_name` names.

    >>> day_of("2025-11-24")
    20416
    """
    return (date.fromisoformat(name) - date(1970, 1, 1)).days


def _names(symbols: Sequence[str], most: int = 4) -> str:
    """Return a few names, and how many more there are.

    >>> _names(["A/B", "C/D"]), _names(list("abcdef"))
    ('A/B, C/D', 'a, b, c, d and 2 more')
    """
    more = len(symbols) - most
    return ", ".join(symbols[:most]) + (f" and {more} more" if more > 0 else "")
