"""Paper trades for tests: small plans in whole units, books by hand, and the mirror."""

from leadline.paper import FILL_MODELS, PaperTrade
from leadline.resting import Print
from leadline.times import MS_NS, SECOND_NS
from leadline.trade_plan import TradePlan
from tests.leadline.books import MIRROR_AT, mirror, view_of


def plan(
    side=1, entry=10_000, stop=9_900, target=10_200, size=10, verdict="tradable", loss_bps=110.0, **given
) -> TradePlan:
    """Return a plan decided at 0 s, at the exchange after 150 ms, given up after 90 s, over after 900 s."""
    values = {
        "signal_id": "s1", "symbol": "TEST/USD", "setup": "ema_pullback", "side": side, "verdict": verdict,
        "entry": entry, "stop": stop, "target": target, "size": size, "mid2": 2 * entry - side,
        "arrives_ns": 150 * MS_NS, "gives_up_ns": 150 * MS_NS + 90 * SECOND_NS, "expires_ns": 900 * SECOND_NS,
        "price_scale": 1, "qty_scale": 1, "loss_bps": loss_bps, "strength": 50.0, "confidence": 0.4,
        "breakeven_win_rate": 0.48, "hft_score": 50.0 * side, "armed_ns": 0,
    }  # fmt: skip
    return TradePlan(**values | given)


def mirrored(one: TradePlan) -> TradePlan:
    """Return the plan of the other side, as the mirrored book would give it."""
    return plan(
        -one.side, MIRROR_AT - one.entry, MIRROR_AT - one.stop, MIRROR_AT - one.target, one.size,
        loss_bps=one.loss_bps, mid2=2 * MIRROR_AT - one.mid2,
    )  # fmt: skip


class Following:
    """A trade in each fill model, shown the same books and prints."""

    def __init__(self, one: TradePlan | None = None, turned: bool = False) -> None:
        one = one or plan()
        self.turned = turned
        self.trades = {model: PaperTrade(mirrored(one) if turned else one, model) for model in FILL_MODELS}
        self.mid2 = one.mid2

    def __getitem__(self, model: str) -> PaperTrade:
        return self.trades[model]

    def book(self, seconds, bids, asks):
        """Show a verified book of (price, size) pairs."""
        view = view_of(bids, asks)
        view = mirror(view) if self.turned else view
        self.mid2 = view.bid_keys[-1] - view.ask_keys[-1]
        for trade in self.trades.values():
            if trade.exit_reason is None:
                trade.on_book(view, round(seconds * SECOND_NS))
        return self

    def touch(self, seconds, bid, ask=None, size=1000):
        """Show a book of one level a side."""
        return self.book(seconds, [(bid, size)], [(bid + 1 if ask is None else ask, size)])

    def prints(self, seconds, *prices):
        """Show prices at which the market traded."""
        now_ns = round(seconds * SECOND_NS)
        prints = [Print(MIRROR_AT - price if self.turned else price, 1, now_ns) for price in prices]
        for trade in self.trades.values():
            if trade.exit_reason is None:
                trade.on_trades(prints, self.mid2, now_ns)
        return self

    def exits(self):
        """Return how each model ended: (reason, exit notional)."""
        return {m: (t.exit_reason, t.got_taker + t.got_maker) for m, t in self.trades.items()}
