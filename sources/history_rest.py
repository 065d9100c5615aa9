"""History by REST: pages of Kraken's OHLC and Trades, asked for until they are answered.

Kraken gives the newest 720 candles of a timeframe, whatever one asks for, but trades from any time on,
a thousand a request, and about one request a second. What is not answered, because of the rate limit
or because the venue or the way to it is down, is asked again, ever more slowly.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.errors import FeedError
from leadline.history import BY_MINUTES, NO_CANDLES, Candles
from leadline.plausible import no_market_s
from leadline.times import SECOND_NS
from leadline.trade_minutes import TradeRows
from sources.kraken.rest import RestClient, Unanswered, pair_name

TIMEFRAMES = {name: minutes for minutes, name in BY_MINUTES.items() if name != "12h"}  # that OHLC offers, in minutes
WAITS_S = (2.0, 4.0, 8.0, 16.0, 30.0, 60.0, 60.0, 60.0)  # before each next try; then we give up
PAGE = 1000


class Page(NamedTuple):
    """Trades after a cursor, oldest first, and the cursor behind them."""

    trades: TradeRows
    last_ns: int


class HistoryClient:
    """Asks one venue. `tell` gets a line whenever there is a wait."""

    def __init__(
        self, rest: RestClient, sleep: Callable[[float], object] = time.sleep,
        tell: Callable[[str], object] = lambda line: None, waits_s: Sequence[float] = WAITS_S,
    ) -> None:  # fmt: skip
        self._rest = rest
        self._sleep = sleep
        self._tell = tell
        self._waits_s = waits_s

    def candles(self, symbol: str, timeframe: str) -> Candles:
        """Return the newest closed candles, up to 720, oldest first; the running one is left out."""
        query = {"pair": pair_name(symbol), "interval": str(TIMEFRAMES[timeframe])}
        rows = _rows(self._patiently("/0/public/OHLC", query))[:-1]
        if not rows:
            return NO_CANDLES
        try:
            values = np.array([[float(text) for text in row[1:7]] for row in rows]).T
            open_ns = np.array([int(row[0]) for row in rows], np.int64) * SECOND_NS
            n_trades = np.array([int(row[7]) for row in rows], np.int64)
        except (TypeError, ValueError, LookupError, OverflowError) as e:
            raise FeedError(f"OHLC of {symbol} cannot be read ({e}); is this Kraken's REST?") from e
        if not np.isfinite(values).all():
            raise FeedError(f"OHLC of {symbol} holds a value that is not finite; is this Kraken's REST?")
        o, high, low, close, vwap, volume = values
        if no_market_s(np.minimum(np.minimum(o, close), low), np.maximum(np.maximum(o, close), high), volume).any():
            raise FeedError(f"OHLC of {symbol} holds a price or a volume that no market has; is this Kraken's REST?")
        return Candles(open_ns, o, high, low, close, volume, np.where(vwap > 0.0, vwap, np.nan), n_trades)

    def trades(self, symbol: str, from_ns: int) -> Iterator[Page]:
        """Yield every trade from a time on, each once, page by page; ends where there is none yet."""
        since_ns, newest = from_ns - 1, -1
        while True:
            page = self._page(symbol, since_ns)
            fresh = page.trades.where(page.trades.trade_id > newest)
            if len(fresh.ts_ns):
                newest = int(fresh.trade_id[-1])
                yield Page(fresh, page.last_ns)
            if page.last_ns <= since_ns + (not len(fresh.ts_ns)):
                return
            # once more from the last trade's own time, as others may have the same; one that we know is dropped
            since_ns = page.last_ns - 1 if len(fresh.ts_ns) else page.last_ns

    def _page(self, symbol: str, since_ns: int) -> Page:
        query = {"pair": pair_name(symbol), "since": str(since_ns), "count": str(PAGE)}
        result = self._patiently("/0/public/Trades", query)
        try:
            trades = _trades(_rows(result))
            last_ns = int(result["last"])
        except (TypeError, ValueError, LookupError, OverflowError) as e:
            raise FeedError(f"Trades of {symbol} cannot be read ({e}); is this Kraken's REST?") from e
        return Page(trades, last_ns)

    def _patiently(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        for wait_s in self._waits_s:
            try:
                return self._rest.ask(path, query)
            except Unanswered as e:
                self._tell(f"{e}; trying again in {wait_s:g} s")
                self._sleep(wait_s)
        return self._rest.ask(path, query)


def _rows(result: dict[str, Any]) -> list[Any]:
    rows: Any = next((value for key, value in result.items() if key != "last"), [])
    return rows if isinstance(rows, list) else []


def _trades(rows: list[Any]) -> TradeRows:
    """Return [price, volume, time, b|s, l|m, misc, trade id] as columns."""
    if not rows:
        return TradeRows.empty()
    price, size, seconds = (np.array([float(row[k]) for row in rows]) for k in (0, 1, 2))
    if not (np.isfinite(price).all() and np.isfinite(size).all() and all(math.isfinite(s) for s in seconds)):
        raise ValueError("a value is not finite")
    if no_market_s(price, price, size).any():
        raise ValueError("a price or a size that no market has")
    return TradeRows(
        np.rint(seconds * 1e6).astype(np.int64) * 1000, price, size,
        np.array([row[3] == "b" for row in rows], np.int64), np.array([int(row[6]) for row in rows], np.int64),
        np.zeros(len(rows), np.bool_),
    )  # fmt: skip
