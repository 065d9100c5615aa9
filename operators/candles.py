"""The candle stage: trades become candles, indicators and technical bias.

On the line between the book and the HFT score. Reads a moment's kind, event and `venue_ns`;
fills in `closed`, one ClosedBars for each minute that a symbol closed, symbols in configured
order, and emits one `candles` row for every closed candle of 1, 5 and 15 minutes. History
makes rows too, with origin "history"; what it fills in `closed` is never ready: the past arms nothing.
Of a live run the trades of a whole minute are one more row when it closes: a simulated or replayed
market's are on its tape.

State: a CandleBuilder and a BarSeries for each symbol of the start record. Symbols never touch
each other: what closes a minute is the clock, not whose record it was.
"""

from typing import Any

from leadline import records
from leadline.bars import BarSeries, RolledBar
from leadline.candles import CandleBuilder
from leadline.events import Trade, Trades
from leadline.moment import ACK, BOOK, REJECTED, TRADES, Bar, ClosedBars, Moment
from leadline.settings import Decision, Indicators

STALL_NS = 10_000_000_000  # the tape ticks every second: after this much silence nobody was listening
NEVER_NS = 1 << 62
TRADE_CHANNEL = "trade"
HISTORY_INTERVAL_S = 60
EDGES = (records.START, records.CONNECTED, records.DISCONNECTED, records.GAP, REJECTED)

MINUTE_COLUMNS = {  # of one-minute rows only: column and field of Bar
    "rsi": "rsi", "atr": "atr", "session_vwap": "vwap", "session_sigma": "vwap_sigma",
    "session_bars": "session_bars", "bb_upper": "bb_upper", "bb_middle": "bb_middle",
    "bb_lower": "bb_lower", "squeezed": "squeezed", "relative_volume": "relative_volume",
}  # fmt: skip


def candle_row(symbol: str, bar: Bar | RolledBar, origin: str) -> dict[str, Any]:
    """Return the `candles` row of a bar; what a longer timeframe does not have is None."""
    candle = bar.candle
    minute = bar if isinstance(bar, Bar) else None
    row = {
        "symbol": symbol, "timeframe": "1m" if isinstance(bar, Bar) else bar.timeframe, "open_time": candle.open_ns,
        "open": candle.open, "high": candle.high, "low": candle.low, "close": candle.close,
        "volume": candle.volume, "vwap": candle.vwap, "n_trades": candle.n_trades,
        "filled": candle.filled, "partial": candle.partial, "origin": origin,
        "ema_fast": bar.ema_fast, "ema_slow": bar.ema_slow,
    }  # fmt: skip
    for column, field in MINUTE_COLUMNS.items():
        row[column] = getattr(minute, field, None)
    return row


def trades_row(symbol: str, trades: list[Trade]) -> dict[str, Any]:
    """Return one row that stands for the `trades` rows of a minute: the store takes it apart, off the line."""
    many = {
        "ts": [t.event_ns for t in trades], "price": [t.price for t in trades], "size": [t.qty for t in trades],
        "side": [t.side for t in trades], "trade_id": [t.trade_id for t in trades],
    }  # fmt: skip
    return {"ts": trades[-1].event_ns, "symbol": symbol, "origin": "stream", "_many": many}


class CandleStage:
    """Candles of all symbols of the line. Before a start record it does nothing."""

    def __init__(self) -> None:
        self.next_close_ns = NEVER_NS  # venue time at which the next minute closes
        self.builders: dict[str, CandleBuilder] = {}
        self.series: dict[str, BarSeries] = {}
        self._tape_id = ""
        self._periods = Indicators()

    def process(self, moments: list[Moment]) -> None:
        """Take moments in the tape's order and fill in their part."""
        next_close_ns = self.next_close_ns
        for m in moments:
            kind = m.kind
            if kind == BOOK:  # most of them: only time passes
                if m.venue_ns >= next_close_ns:
                    next_close_ns = self._close(m)
            elif kind == TRADES:
                if m.venue_ns >= next_close_ns:
                    next_close_ns = self._close(m)
                self._add(m.event, m.venue_ns)
            else:
                next_close_ns = self._other(m)

    def finish(self) -> list[Moment]:
        """Nothing to say at the end: a candle that is not over is not a candle."""
        return []

    def telemetry(self) -> dict[str, Any]:
        """Return nothing: the metrics ask for no candles."""
        return {}

    def n_candles(self) -> dict[str, int]:
        """Return how many candles of each symbol are known, for "warming up 37 of 140"."""
        return {symbol: len(series.candles) for symbol, series in self.series.items()}

    def faults(self) -> dict[str, dict[str, int]]:
        """Return by symbol how many trades were late, early or duplicates, and how many holes their ids had."""
        return {
            symbol: {"late": b.late, "early": b.early, "duplicates": b.duplicates, "id_gaps": b.id_gaps}
            for symbol, b in self.builders.items()
        }

    def _other(self, m: Moment) -> int:
        if m.kind in EDGES:  # what may have been missed comes before the minutes that it touches close
            self._edge(m)
            return self._close(m)
        if m.venue_ns >= self.next_close_ns:
            self._close(m)
        if m.kind == ACK:
            self._ack(m)
        elif m.kind == records.HISTORY:
            self._load(m)
        return self.next_close_ns

    def _edge(self, m: Moment) -> None:
        if m.kind == records.START:
            self._configure(m.event)
        elif m.kind == records.GAP:
            self._mark_gap(m.venue_ns)
        elif m.kind != REJECTED:
            if TRADE_CHANNEL not in m.channels:
                return
            for builder in self.builders.values():
                builder.lose()
        elif m.event.channel == TRADE_CHANNEL and m.event.symbol in self.builders:
            self.builders[m.event.symbol].mark_gap(m.venue_ns)

    def _configure(self, start: records.Start) -> None:
        """Keep what another start of the same tape built; nothing was heard in between."""
        if start.tape_id != self._tape_id:
            self._tape_id, self.builders, self.series = start.tape_id, {}, {}
        self._periods = Decision.model_validate(start.decision).indicators
        known = self.builders, self.series
        self.builders, self.series = {}, {}
        for symbol in start.symbols:
            self.builders[symbol] = known[0].get(symbol) or CandleBuilder(symbol)
            self.series[symbol] = known[1].get(symbol) or BarSeries(symbol, self._periods)
            self.builders[symbol].lose()
            self.builders[symbol].keep_trades = start.mode == "live"
            self.series[symbol].set_periods(self._periods)

    def _mark_gap(self, venue_ns: int) -> None:
        for builder in self.builders.values():
            builder.mark_gap(venue_ns)

    def _close(self, m: Moment) -> int:
        now = m.venue_ns
        if now - self.next_close_ns > STALL_NS:
            self._mark_gap(now)
        closed: list[ClosedBars] = []
        for symbol, builder in self.builders.items():
            series = self.series[symbol]
            for candle in builder.advance(now):
                closed.append(series.close(candle))
                for bar in series.step:
                    m.emit("candles", candle_row(symbol, bar, "stream"))
            if builder.whole:
                m.emit("trades", trades_row(symbol, builder.whole))
                builder.whole = []
        if closed:
            m.closed = closed
        self.next_close_ns = min((b.next_close_ns for b in self.builders.values()), default=NEVER_NS)
        return self.next_close_ns

    def _add(self, event: Trades, venue_ns: int) -> None:
        builder = self.builders.get(event.symbol)
        if builder is None:
            return
        if not builder.heard:
            builder.hear(venue_ns)
        if event.snapshot:  # what happened before we listened
            return
        for trade in event.trades:
            missing_from = builder.add(trade)
            if missing_from is not None:
                self.series[event.symbol].doubt(missing_from)

    def _ack(self, m: Moment) -> None:
        ack = m.event
        if ack.channel == TRADE_CHANNEL and ack.success and ack.symbol in self.builders:
            builder = self.builders[ack.symbol]
            if ack.method == "subscribe":
                builder.hear(m.venue_ns)
            else:
                builder.lose()

    def _load(self, m: Moment) -> None:
        symbol = m.event.get("symbol")
        if symbol not in self.series or m.event.get("interval_s") != HISTORY_INTERVAL_S:
            return
        builder, series = self.builders[symbol], self.series[symbol]
        before = len(series.candles)
        for bar in series.load(m.event.get("candles") or [], builder.open_ns):
            m.emit("candles", candle_row(symbol, bar, "history"))
        if series.candles:
            builder.price = series.candles[-1].close
        known = series.known()
        if known is not None:
            m.closed = [*(m.closed or []), known]
        if len(series.candles) > before + 1:
            text = f"{len(series.candles)} one-minute candles of history"
            m.emit("notice", {"ts": m.clock_ns, "symbol": symbol, "text": text})
