"""Names of archive files: which symbol and timeframe they hold, as Kraken names them.

`XBTUSD_60.csv` is an OHLCVT file: the pair and minutes. `XBTUSD.csv` holds trades.
"""

import re
from typing import NamedTuple

from leadline.errors import StoreError
from leadline.history import BY_MINUTES, CALENDAR, SPANS_NS
from sources.kraken.symbols import new_name

QUOTES = (
    "USDT", "USDC", "USDG", "USDQ", "USDR", "PYUSD", "RLUSD", "DAI", "EURC", "EURR", "EURT", "EURQ", "UST",
    "USD", "EUR", "GBP", "JPY", "CAD", "CHF", "AUD", "AED", "XBT", "BTC", "ETH", "SOL", "DOT", "BNB", "POL",
)  # fmt: skip
IMPORTED = tuple(name for name in SPANS_NS if name not in CALENDAR)
_FILE = re.compile(r"^([A-Za-z0-9.]+?)(?:_(\d+))?\.(?:csv|txt)(?:\.gz)?$", re.I)
_OLD = re.compile(r"^X([A-Z0-9]{3})[XZ]([A-Z]{3})$")  # XXBTZUSD, XETHXXBT
_SYMBOL = re.compile(r"^[A-Z0-9.]{1,15}/[A-Z0-9.]{1,15}$")


class Named(NamedTuple):
    """What a file's name says; None where it says nothing."""

    symbol: str | None
    minutes: int | None


def named(name: str) -> Named:
    """Return what a file's name says of its content.

    >>> named("XBTUSD_60.csv"), named("ETHUSDT.csv.gz"), named("my trades.csv")
    (Named(symbol='BTC/USD', minutes=60), Named(symbol='ETH/USDT', minutes=None), Named(symbol=None, minutes=None))
    """
    match = _FILE.match(name)
    if match is None:
        return Named(None, None)
    return Named(symbol_of(match[1].upper()), None if match[2] is None else int(match[2]))


def symbol_of(pair: str) -> str | None:
    """Return the symbol of a pair that is written in one word; None where its quote is none we know.

    >>> symbol_of("XBTUSDT"), symbol_of("XETHZEUR"), symbol_of("XDGUSD"), symbol_of("README")
    ('BTC/USDT', 'ETH/EUR', 'DOGE/USD', None)
    """
    old = _OLD.match(pair)
    if old is not None:
        return new_name(f"{old[1]}/{old[2]}")
    for quote in sorted(QUOTES, key=len, reverse=True):
        if pair.endswith(quote) and len(pair) > len(quote):
            return new_name(f"{pair.removesuffix(quote)}/{quote}")
    return None


def checked_symbol(text: str) -> str:
    """Return a symbol as a person wrote it, by the name that is used here; raises StoreError.

    >>> checked_symbol("xbt-usd"), checked_symbol("XBTUSD")
    ('BTC/USD', 'BTC/USD')
    """
    plain = text.upper().replace("-", "/")
    symbol = new_name(plain) if "/" in plain else symbol_of(plain)
    if symbol is None or not _SYMBOL.match(symbol):
        raise StoreError(f"{text!r} is no symbol: write base/quote, such as BTC/USD")
    return symbol


def checked_timeframe(text: str) -> str:
    """Return a timeframe that can be imported; raises StoreError.

    >>> checked_timeframe("1h"), checked_timeframe("60")
    ('1h', '1h')
    """
    name = BY_MINUTES.get(int(text), text) if text.isascii() and text.isdigit() else text
    if name in CALENDAR:
        raise StoreError(f"{name} bars are not kept: weeks and months are rolled up from days and finer bars")
    if name not in IMPORTED:
        raise StoreError(f"{text!r} is no timeframe: use one of {', '.join(IMPORTED)}")
    return name
