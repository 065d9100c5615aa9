"""Frames: a market as Kraken's websocket v2 writes it.

Numbers have exactly as many decimals as the instrument's precision says, zeros kept; the
checksum is made of the same digits. A subscriber keeps the best `depth`
levels of each side and cuts the rest himself, so levels pushed out of his depth are not
mentioned, and levels that come into it from below are.
"""

import zlib
from bisect import bisect_left

from leadline.checksum import LEVELS, level_digits
from leadline.instrument import Instrument
from simulator.market import Market, MarketTrade
from simulator.orders import Level, OrderSide

BOTTOM = -(1 << 62)  # below every key: where a side has fewer levels than the depth


def decimal_text(units: int, precision: int) -> str:
    """Return units as a number with all its decimals.

    >>> decimal_text(452852, 1), decimal_text(100000, 8), decimal_text(7, 0)
    ('45285.2', '0.00100000', '7')
    """
    if not precision:
        return str(units)
    digits = str(units).zfill(precision + 1)
    return f"{digits[:-precision]}.{digits[-precision:]}"


def lowest_within(keys: list[int], depth: int) -> int:
    """Return the key of the worst level within a depth, of keys with the best last."""
    return keys[-depth] if len(keys) >= depth else BOTTOM


def book_text(head: str, bids: list[str], asks: list[str], checksum: int, stamp: str) -> str:
    """Return an update whose text up to the bids is `head`."""
    return f'{head}{",".join(bids)}],"asks":[{",".join(asks)}],"checksum":{checksum},"timestamp":"{stamp}"}}]}}'


class SideText:
    """One side of a market as text, level by level, made anew only where something changed."""

    __slots__ = ("_point", "_price_precision", "_zero", "side", "tenth", "top")

    def __init__(self, side: OrderSide, instrument: Instrument) -> None:
        self.side = side
        self._price_precision = instrument.price_precision
        self._point = -instrument.qty_precision  # where the decimal point goes
        self._zero = decimal_text(0, instrument.qty_precision) + "}"
        self.tenth = BOTTOM  # key of the tenth best level
        self.top = ""  # the checksummed digits of the best ten levels

    def level(self, level: Level) -> str:
        """Return a level as JSON."""
        return level.text or self._render(level)

    def _render(self, level: Level) -> str:
        digits = str(level.size)
        level.digits = (level.price_digits or self._render_price(level)) + digits
        point = self._point
        if len(digits) <= -point:
            digits = digits.zfill(1 - point)
        level.text = text = f"{level.head}{digits[:point]}.{digits[point:]}}}" if point else f"{level.head}{digits}}}"
        return text

    def _render_price(self, level: Level) -> str:
        price = level.key * self.side.sign
        level.head = f'{{"price":{decimal_text(price, self._price_precision)},"qty":'
        level.price_digits = digits = str(price)
        return digits

    def gone(self, key: int) -> str:
        """Return the removal of a level that this step dropped as JSON."""
        level = self.side.dropped[key]
        if not level.head:
            self._render_price(level)
        return level.head + self._zero

    def follow(self) -> bool:
        """Take in the newest step; return whether it touched the best ten levels, as they were or are."""
        tenth, levels, changed = self.tenth, self.side.levels, False
        for key in self.side.touched:
            if key >= tenth:
                changed = True
                if key in levels:
                    self._render(levels[key])
        if not changed:
            return False
        best = self.side.keys[: -LEVELS - 1 : -1]
        parts = [levels[key].digits for key in best]
        if "" in parts:
            parts = [levels[key].digits or self._digits(levels[key]) for key in best]
        self.top = "".join(parts)
        self.tenth = best[-1] if len(best) == LEVELS else BOTTOM
        return True

    def _digits(self, level: Level) -> str:
        self._render(level)
        return level.digits


class BookText:
    """A market's book as text, shared by all who are subscribed to it, at whatever depth.

    `follow` must be called once after every step of the market.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.bids = SideText(market.bids, market.instrument)
        self.asks = SideText(market.asks, market.instrument)
        self.top_changed = True  # whether the newest step touched the best ten levels
        self.checksum = 0
        self.head = f'{{"channel":"book","type":"update","data":[{{"symbol":"{market.symbol}","bids":['
        self.follow()

    def follow(self) -> None:
        """Take in the market's newest step."""
        changed = self.bids.follow()
        self.top_changed = self.asks.follow() or changed
        if self.top_changed:
            self.checksum = zlib.crc32((self.asks.top + self.bids.top).encode())

    def crossed_checksum(self, bid_units: int, size_units: int) -> int:
        """Return the checksum of this book with one more bid, better than all others."""
        side = self.market.bids
        rest = [side.levels[key] for key in side.keys[:-LEVELS:-1]]
        bids = [level_digits(bid_units, size_units), *(level_digits(level.key, level.size) for level in rest)]
        return zlib.crc32((self.asks.top + "".join(bids)).encode())

    def frame(self, bids: list[str], asks: list[str], stamp: str) -> str:
        """Return a whole update."""
        return book_text(self.head, bids, asks, self.checksum, stamp)


class DepthSide:
    """What a subscriber of some depth sees of one side."""

    __slots__ = ("_bound", "_depth", "_text")

    def __init__(self, text: SideText, depth: int) -> None:
        self._text = text
        self._depth = depth
        self._bound = lowest_within(text.side.keys, depth)

    def snapshot(self) -> list[str]:
        """Return all levels within the depth, best first."""
        side = self._text.side
        self._bound = lowest_within(side.keys, self._depth)
        return [self._text.level(side.levels[key]) for key in side.keys[: -self._depth - 1 : -1]]

    def update(self) -> list[str]:
        """Return what the newest step changed within the depth."""
        text = self._text
        side = text.side
        touched, keys, before = side.touched, side.keys, self._bound
        if not touched:
            return []
        bound = lowest_within(keys, self._depth)
        found: list[str] = []
        levels = side.levels
        for key, size_before in touched.items():
            if key >= bound:
                level = levels.get(key)
                if level is None:
                    if size_before and key >= before:
                        found.append(text.gone(key))
                elif level.size != size_before or key < before:
                    found.append(level.text or text.level(level))
        if bound != before:
            self._bound = bound
            if bound < before:
                self._add_entering(bound, before, found)
        return found

    def _add_entering(self, bound: int, before: int, found: list[str]) -> None:
        """Add the levels that came into the depth from below, but for those that this step touched."""
        side = self._text.side
        keys = side.keys
        entering = keys[bisect_left(keys, bound) : bisect_left(keys, before)]
        found.extend(self._text.level(side.levels[key]) for key in entering if key not in side.touched)


class BookChannel:
    """The book messages of one subscriber."""

    def __init__(self, text: BookText, depth: int) -> None:
        self.text = text
        self.depth = depth
        self._bids = DepthSide(text.bids, depth)
        self._asks = DepthSide(text.asks, depth)

    def snapshot(self, stamp: str) -> str:
        """Return the book as it is now."""
        update = self.text.frame(self._bids.snapshot(), self._asks.snapshot(), stamp)
        return update.replace("update", "snapshot", 1)

    def update(self, stamp: str) -> str | None:
        """Return the newest step's message, None where this depth saw nothing of it."""
        bids, asks = self._bids.update(), self._asks.update()
        if not bids and not asks:
            return None
        return self.text.frame(bids, asks, stamp)


def trade_text(trade: MarketTrade, instrument: Instrument, stamp: str) -> str:
    """Return one trade as JSON."""
    price = decimal_text(trade.price_units, instrument.price_precision)
    qty = decimal_text(trade.size_units, instrument.qty_precision)
    return (
        f'{{"symbol":"{instrument.symbol}","side":"{trade.side}","price":{price},"qty":{qty},'
        f'"ord_type":"{trade.ord_type}","trade_id":{trade.trade_id},"timestamp":"{stamp}"}}'
    )


def trades_frame(trades: list[str], kind: str = "update") -> str:
    """Return a message of these trades."""
    return f'{{"channel":"trade","type":"{kind}","data":[{",".join(trades)}]}}'
