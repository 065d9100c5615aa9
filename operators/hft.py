"""The hft stage: scores every verified book message and samples the features.

Keeps, per symbol, the touch before (for order flow), the imbalance's EMA and the flow windows.
A symbol whose book was lost scores nothing until it is verified again; its flow windows start
anew then, and are None until they have been seen whole. On a Level 3 line it counts orders, too.
"""

from math import exp
from typing import Any

from leadline import hft, records
from leadline import moment as kinds
from leadline.hft import Reading
from leadline.microstructure import FlowWindow, queue_change, weighted_depth
from leadline.moment import BookView, Moment
from leadline.order_rates import OrderRates
from leadline.records import Start
from leadline.settings import Decision, Hft
from leadline.times import SECOND_NS
from operators.feature_rows import feature_row, flow_columns, rate_columns

KEEP_NS = 11 * SECOND_NS


class SymbolFlow:
    """What the stage remembers of one symbol."""

    def __init__(self, symbol: str, level: str = "L2") -> None:
        self.symbol = symbol
        self.touch: tuple[int, int, int, int] | None = None  # None: no verified book before this one
        self.view: BookView | None = None  # the newest verified one
        self.weighted_bid = 0.0  # W of each side in the newest verified book
        self.weighted_ask = 0.0
        self.imbalance = 0.0
        self.ema: float | None = None
        self.ema_ns = 0
        self.receipt_ns = 0  # tape clock of the newest verified message
        self.age_ns = 0
        self.seq = 0
        self.reading: Reading | None = None
        self.order_flow = FlowWindow()
        self.trade_flow = FlowWindow()
        self.trade_id: int | None = None  # the newest
        self.rates = OrderRates() if level == "L3" else None

    def restart_trades(self, at_ns: int | None) -> None:
        """Forget the trades: some were missed. None: and none come now."""
        self.trade_flow.restart(at_ns)
        if self.rates is not None:
            self.rates.restart_trades(at_ns)

    def forget_book(self) -> None:
        """Forget the book, and what it did until now."""
        self.touch = self.reading = None
        self.order_flow.restart(None)
        if self.rates is not None:
            self.rates.restart_orders(None)


class HftStage:
    """Scores of all symbols of a line; see `operators.line` for how a stage is driven."""

    def __init__(self) -> None:
        self.flows: dict[str, SymbolFlow] = {}
        self.rules: Hft = Decision().hft
        self.sample_ns = SECOND_NS
        self.next_sample_ns = 0
        self.lambda_bps = 5.0
        self.tau_ns = 1e10

    def finish(self) -> list[Moment]:
        """Nothing to say at the end."""
        return []

    def telemetry(self) -> dict[str, Any]:
        """Return the newest scores and their classes, for the metrics: together, since they are shown so."""
        scores = {s: f.reading.score for s, f in self.flows.items() if f.reading is not None}
        edges = self.rules.thresholds
        return {"hft_score": scores, "hft_class": {s: hft.hft_class(score, edges) for s, score in scores.items()}}

    def process(self, moments: list[Moment]) -> None:
        """Fill in `hft` where `view` is set, and emit feature rows at ticks."""
        book, trades, tick, first_other = kinds.BOOK, kinds.TRADES, records.TICK, kinds.INSTRUMENTS
        for m in moments:
            if m.book_lost:
                self._lost(m)
            kind = m.kind
            if kind == book:
                if m.view is not None:
                    self._score(m, m.view)
            elif kind == trades:
                self._trades(m)
            elif kind == tick:
                self._tick(m)
            elif kind < first_other:
                self._other(m)

    def _score(self, m: Moment, view: BookView) -> None:
        flow = self.flows[m.symbol or ""]
        bid_keys, ask_keys, bid_sizes, ask_sizes = view.bid_keys, view.ask_keys, view.bid_sizes, view.ask_sizes
        if not bid_keys or not ask_keys:
            flow.forget_book()
            return
        now = m.clock_ns
        before = flow.touch
        bid_key, ask_key = bid_keys[-1], ask_keys[-1]
        at = (bid_key, bid_sizes[-1], ask_key, ask_sizes[-1])
        if before is None:
            flow.order_flow.restart(now)
            self._weigh(flow, view, True, True)
        else:
            if view.bids_changed or view.asks_changed:
                moved = bid_key - ask_key != before[0] - before[2]
                self._weigh(flow, view, moved or view.bids_changed, moved or view.asks_changed)
            if at != before:
                change = queue_change(before[0], before[1], bid_key, at[1])
                change -= queue_change(before[2], before[3], ask_key, at[3])
                if change:
                    flow.order_flow.add(now, change)
        if flow.rates is not None and view.queues is not None:
            if before is None:
                flow.rates.restart_orders(now)
            else:
                flow.rates.take(now, view.queues.bid_activity, view.queues.ask_activity)
        flow.touch, flow.view = at, view
        event_ns = view.event_ns or now
        imbalance, ema = flow.imbalance, flow.ema
        if ema is None:
            ema = imbalance
            flow.ema_ns = event_ns
        elif event_ns > flow.ema_ns:
            ema += (1.0 - exp((flow.ema_ns - event_ns) / self.tau_ns)) * (imbalance - ema)
            flow.ema_ns = event_ns
        else:  # a new book may come from a venue whose clock was set back
            flow.ema_ns = event_ns
        flow.ema = ema
        flow.receipt_ns, flow.age_ns, flow.seq = now, m.age_ns, m.seq
        spread = -2e4 * (bid_key + ask_key) / (bid_key - ask_key)
        bid_orders, ask_orders = view.bid_orders, view.ask_orders
        score = hft.score(imbalance, ema, bid_orders, ask_orders, spread, self.rules)
        m.hft = flow.reading = Reading(score, imbalance, ema, spread, bid_orders, ask_orders, m.age_ns * 1e-9)
        if self.sample_ns == 0 and flow.reading.age_s <= self.rules.signal_decay_seconds:
            m.emit("features", self._row(flow, now, flow.reading, view, flow.reading.age_s))

    def _weigh(self, flow: SymbolFlow, view: BookView, bids: bool, asks: bool) -> None:
        """Bring the imbalance up to date, weighing again only the sides that changed."""
        scale = -1e4 / ((view.bid_keys[-1] - view.ask_keys[-1]) * self.lambda_bps)
        if bids:
            flow.weighted_bid = weighted_depth(view.bid_keys, view.bid_sizes, scale)
        if asks:
            flow.weighted_ask = weighted_depth(view.ask_keys, view.ask_sizes, scale)
        bid, ask = flow.weighted_bid, flow.weighted_ask
        flow.imbalance = 10.0 * ((bid - ask) / (bid + ask))

    def _trades(self, m: Moment) -> None:
        flow = self.flows.get(m.symbol or "")
        if flow is None or m.event.snapshot:
            return
        if flow.view is None:  # nobody has said yet what a size unit is
            flow.restart_trades(None)
            return
        price_scale, scale = flow.view.instrument.price_scale, flow.view.instrument.qty_scale
        if flow.trade_flow.since_ns is None:
            flow.restart_trades(m.clock_ns)
        for trade in m.event.trades:
            last = flow.trade_id
            if last is not None and trade.trade_id <= last:
                continue  # a repeated frame
            if last is not None and trade.trade_id > last + 1:
                flow.restart_trades(m.clock_ns)
            flow.trade_id = trade.trade_id
            size = round(trade.qty * scale)
            flow.trade_flow.add(m.clock_ns, size if trade.side == "buy" else -size)
            if flow.rates is not None:
                flow.rates.trade(m.clock_ns, trade.side == "buy", round(trade.price * price_scale), size)

    def _tick(self, m: Moment) -> None:
        now = m.clock_ns
        for flow in self.flows.values():
            flow.order_flow.trim(now, KEEP_NS)
            flow.trade_flow.trim(now, KEEP_NS)
            if flow.rates is not None:
                flow.rates.trim(now, KEEP_NS)
        if self.sample_ns == 0 or now < self.next_sample_ns:
            return
        self.next_sample_ns = now - now % self.sample_ns + self.sample_ns
        for flow in self.flows.values():
            if flow.touch is None or flow.reading is None or flow.view is None:
                continue
            age_s = (now - flow.receipt_ns + flow.age_ns) * 1e-9
            if age_s > self.rules.signal_decay_seconds:
                continue
            reading = flow.reading
            m.emit("features", self._row(flow, now, reading, flow.view, age_s))

    def _other(self, m: Moment) -> None:
        if m.kind == records.START:
            start: Start = m.event
            decision = Decision.model_validate(start.decision)
            self.rules = decision.hft
            self.lambda_bps = self.rules.imbalance_lambda_bps
            self.tau_ns = self.rules.imbalance_ema_seconds * SECOND_NS
            self.sample_ns = self.rules.sample_seconds * SECOND_NS
            self.flows = {symbol: SymbolFlow(symbol, start.level) for symbol in start.symbols}
        elif m.kind in (records.CONNECTED, records.DISCONNECTED, records.GAP):
            for flow in self.flows.values():
                if "book" in m.channels:
                    flow.forget_book()
                if "trade" not in m.channels:
                    continue
                flow.restart_trades(m.clock_ns if m.kind == records.CONNECTED else None)
                flow.trade_id = None

    def _lost(self, m: Moment) -> None:
        for symbol in m.book_lost:
            self.flows[symbol].forget_book()

    def _row(self, flow: SymbolFlow, now: int, reading: Reading, view: BookView, age_s: float) -> dict[str, Any]:
        row = feature_row(flow.symbol, now, view, reading, self.rules, flow.seq, age_s)
        row.update(flow_columns(flow.order_flow, flow.trade_flow, now, view.instrument.qty_scale))
        if flow.rates is not None:
            row.update(rate_columns(flow.rates, now))
        return row
