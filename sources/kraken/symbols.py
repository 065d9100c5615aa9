"""Symbols: a likely name for one that the venue does not list."""

import difflib
from collections.abc import Collection

OLD_NAMES = {"XBT": "BTC", "XDG": "DOGE"}  # REST and v1 names of what v2 calls otherwise


def suggestion(symbol: str, known: Collection[str]) -> str | None:
    """Return the listed symbol that was probably meant.

    >>> suggestion("XBT/USD", ["BTC/USD", "ETH/USD"])
    'BTC/USD'
    """
    renamed = new_name(symbol)
    if renamed in known:
        return renamed
    base, _, quote = renamed.partition("/")
    other_quote = {"USDT": "USD", "USD": "USDT"}.get(quote)
    if other_quote and f"{base}/{other_quote}" in known:
        return f"{base}/{other_quote}"
    near = difflib.get_close_matches(renamed, list(known), n=1, cutoff=0.75)
    return near[0] if near else None


def new_name(symbol: str) -> str:
    """Return how v2 calls what REST and v1 call by an old name.

    >>> new_name("xbt-usd"), new_name("ETH/USD")
    ('BTC/USD', 'ETH/USD')
    """
    base, _, quote = symbol.upper().replace("-", "/").partition("/")
    return f"{OLD_NAMES.get(base, base)}/{OLD_NAMES.get(quote, quote)}"


def refused_line(symbol: str, error: str, known: Collection[str], setting: str = "feed.symbols") -> str:
    """Return one line about a symbol that the venue refuses, whether or not it has told us its list."""
    if known:
        return unknown_line(symbol, known, setting)
    meant = new_name(symbol)
    help_ = f"; did you mean {meant}?" if meant != symbol else ""
    return f"Kraken refused {symbol}: {error}{help_} (skipped; change {setting})"


def unknown_line(symbol: str, known: Collection[str], setting: str = "feed.symbols") -> str:
    """Return one line about a symbol that the venue does not list."""
    meant = suggestion(symbol, known)
    help_ = f"did you mean {meant}?" if meant else "it lists no similar one"
    return f"Kraken does not list {symbol}: {help_} (skipped; change {setting})"
