"""Feature rows: one symbol at one instant, as the store keeps it.

Sampled by the hft stage, and written once more by the signals stage in the moment of a signal;
that one has no flows, since their windows belong to the stage before and have moved on.
"""

from typing import Any

from leadline import hft, microstructure
from leadline.checksum import LEVELS
from leadline.hft import Reading
from leadline.microstructure import FlowWindow
from leadline.moment import BookView
from leadline.order_rates import KINDS, OrderRates
from leadline.queues import largest_order
from leadline.settings import Hft
from leadline.times import SECOND_NS

WINDOWS_NS = (SECOND_NS, 5 * SECOND_NS, 10 * SECOND_NS)
ORDER_FLOW = ("order_flow_1s", "order_flow_5s", "order_flow_10s")
TRADE_FLOW = ("trade_flow_1s", "trade_flow_5s", "trade_flow_10s")
RATES = tuple(f"{side}_{kind}_rate_{s}s" for side in ("bid", "ask") for kind in KINDS for s in (1, 5, 10))


def feature_row(
    symbol: str, now: int, view: BookView, reading: Reading, rules: Hft, seq: int, age_s: float
) -> dict[str, Any]:
    """Return a symbol's features but for the flows; neither side of the view is empty. Orders are Level 3's only."""
    at = microstructure.touch(view)
    assert at is not None
    parts = hft.components(reading, rules)
    price_scale, qty_scale = view.instrument.price_scale, view.instrument.qty_scale
    row = {
        "ts": now, "symbol": symbol, "data_level": "L2" if view.bid_orders is None else "L3",
        "best_bid": at.bid_key / price_scale, "best_bid_size": at.bid_size / qty_scale,
        "best_ask": -at.ask_key / price_scale, "best_ask_size": at.ask_size / qty_scale,
        "mid": microstructure.mid_units(at) / price_scale, "spread_bps": reading.spread_bps,
        "microprice": microstructure.microprice_units(at) / price_scale,
        "depth_imbalance": microstructure.depth_imbalance(view),
        "imbalance": reading.imbalance, "imbalance_ema": reading.imbalance_ema,
        "bid_orders": reading.bid_orders, "ask_orders": reading.ask_orders,
        "hft_score": reading.score, "hft_score_linear": parts.linear,
        "score_imbalance": parts.score_imbalance, "score_ratio": parts.score_ratio,
        "spread_quality": parts.spread_quality,
        "hft_class": hft.hft_class(reading.score, rules.thresholds),
        "confidence": hft.confidence(reading.score, reading.spread_bps, parts.score_ratio is not None,
                                     age_s, rules),
        "age_s": age_s, "alerts": hft.alerts(reading, age_s, rules),
        "event_ts": view.event_ns, "trust": "verified", "tape_seq": seq,
    }  # fmt: skip
    if view.queues is not None:
        row.update(order_columns(view))
    return row


def order_columns(view: BookView) -> dict[str, float | None]:
    """Return how the orders of the best ten levels compare; sizes in base currency. Neither side is empty."""
    assert view.queues is not None
    bid_orders, ask_orders = view.bid_orders or 0, view.ask_orders or 0
    bid_size, ask_size = sum(view.bid_sizes[-LEVELS:]), sum(view.ask_sizes[-LEVELS:])  # integers: exact
    scale = view.instrument.qty_scale
    return {
        "order_ratio": bid_orders / ask_orders,
        "mean_bid_order": bid_size / (bid_orders * scale), "mean_ask_order": ask_size / (ask_orders * scale),
        "largest_bid_share": largest_order(view.queues.bids) / bid_size,
        "largest_ask_share": largest_order(view.queues.asks) / ask_size,
    }  # fmt: skip


def rate_columns(rates: OrderRates, now: int) -> dict[str, float | None]:
    """Return how often orders came, went and traded on each side, in orders a second."""
    return dict(zip(RATES, rates.bids.rates(now, WINDOWS_NS) + rates.asks.rates(now, WINDOWS_NS), strict=True))


def flow_columns(order_flow: FlowWindow, trade_flow: FlowWindow, now: int, scale: int) -> dict[str, float | None]:
    """Return both flows over the last 1, 5 and 10 seconds, in base currency; None until the window was seen whole."""
    found: dict[str, float | None] = {}
    for names, window in ((ORDER_FLOW, order_flow), (TRADE_FLOW, trade_flow)):
        for name, total in zip(names, window.totals_over(now, WINDOWS_NS), strict=True):
            found[name] = None if total is None else total / scale
    return found
