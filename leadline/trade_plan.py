"""The plan of a paper trade: what its signal or advice decided, which nothing changes afterwards."""

import msgspec


class TradePlan(msgspec.Struct, frozen=True):
    """What a signal tells its trades to do, in price and size units; times are ns of the tape's clock."""

    signal_id: str
    symbol: str
    setup: str
    side: int
    verdict: str
    entry: int
    stop: int
    target: int
    size: int
    mid2: int  # twice the mid when it was decided
    arrives_ns: int  # when its order is at the exchange
    gives_up_ns: int  # when a resting entry is taken back
    expires_ns: int
    price_scale: int
    qty_scale: int
    loss_bps: float  # L: what a planned stop-out loses
    strength: float
    confidence: float
    breakeven_win_rate: float | None
    hft_score: float
    armed_ns: int
