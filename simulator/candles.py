"""Candles of the exchange's REST twin: a made-up past (`simulator.past`), then what the market really did.

Rows are Kraken's OHLC rows: [time s, open, high, low, close, vwap, volume,
count], prices and volume as text.
"""

from collections.abc import Iterator

from leadline.instrument import Instrument
from leadline.times import MINUTE_NS
from simulator.frames import decimal_text
from simulator.past import ROWS, PastBar
from simulator.profiles import Profile

VOLUME = 50  # of a minute, in usual sizes of a level; the market's own is about this

Row = list[int | str]


class Minute:
    """One minute's prices in price units, volume in size units."""

    __slots__ = ("close", "count", "high", "low", "open", "turnover", "volume")

    def __init__(self, price: int) -> None:
        self.open = self.high = self.low = self.close = price
        self.volume = self.turnover = self.count = 0

    def add(self, price: int, size: int) -> None:
        """Take one trade."""
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.volume += size
        self.turnover += price * size
        self.count += 1

    def join(self, later: "Minute") -> None:
        """Take a later candle into this one; one without trades adds nothing to one that has some."""
        if not self.count:
            self.open, self.high, self.low = later.open, later.high, later.low
        elif later.count:
            self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close = later.close
        self.volume, self.turnover = self.volume + later.volume, self.turnover + later.turnover
        self.count += later.count

    def row(self, open_s: int, instrument: Instrument) -> Row:
        """Return the minute as REST writes it."""
        digits = instrument.price_precision
        prices = [decimal_text(units, digits) for units in (self.open, self.high, self.low, self.close)]
        vwap = decimal_text(self.turnover // self.volume, digits) if self.volume else "0.0"
        return [open_s, *prices, vwap, decimal_text(self.volume, instrument.qty_precision), self.count]


class MinuteRows:
    """A symbol's candles, the past and the present."""

    def __init__(self, profile: Profile, past: list[PastBar]) -> None:
        self._instrument = profile.instrument
        self._usual_size = profile.size_units * VOLUME // 300
        self._past = past
        self._minutes: dict[int, Minute] = {}

    def add(self, stamp_ns: int, price_units: int, size_units: int) -> None:
        """Take one trade of the market."""
        open_s = stamp_ns // MINUTE_NS * 60
        minute = self._minutes.get(open_s)
        if minute is None:
            minute = self._minutes[open_s] = Minute(price_units)
        minute.add(price_units, size_units)

    def rows(self, now_ns: int, minutes: int = 1) -> list[Row]:
        """Return up to 720 closed candles and the running one, oldest first, empty ones filled."""
        rows: dict[int, Minute] = {}
        for open_s, minute in self._all(now_ns, minutes):
            at = open_s - open_s % (60 * minutes)
            if at in rows:
                rows[at].join(minute)
            elif rows or at == open_s:  # a candle whose beginning is not known is none
                rows[at] = minute
        return [rows[at].row(at, self._instrument) for at in list(rows)[-ROWS - 1 :]]

    def _all(self, now_ns: int, minutes: int) -> Iterator[tuple[int, Minute]]:
        for bar in self._past:
            if bar.minutes <= minutes:
                yield bar.open_s, self._past_bar(bar)
        close = round(self._past[-1].close * self._instrument.price_scale)
        for open_s in range(self._past[-1].open_s + 60, now_ns // MINUTE_NS * 60 + 60, 60):
            minute = Minute(close)
            known = self._minutes.get(open_s)
            if known is not None:
                minute.join(known)
            close = minute.close
            yield open_s, minute

    def _past_bar(self, bar: PastBar) -> Minute:
        made = Minute(round(bar.open * self._instrument.price_scale))
        if bar.high > bar.low:
            share = 50 + bar.open_s // 60 * 7919 % 101  # of the usual volume, in percent: bars differ
            for price in (bar.high, bar.low, bar.close):
                made.add(round(price * self._instrument.price_scale), bar.minutes * share * self._usual_size)
        return made
