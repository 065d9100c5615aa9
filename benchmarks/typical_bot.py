"""The typical bot: what our core step is compared with, in the same run.

Written as such bots are: the standard library's json, a dict of float prices for each side,
sorted for every message, the checksum from re-formatted text, the same features and the same
score. It keeps no trust, no candles and no candidates, so the comparison is kind to it.
"""

import json
import math
import zlib
from datetime import datetime


class TypicalBot:
    """One symbol's book, features and score from raw frames."""

    def __init__(self, depth: int, price_precision: int = 1, qty_precision: int = 8) -> None:
        self.depth = depth
        self.price_precision = price_precision
        self.qty_precision = qty_precision
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.ema: float | None = None
        self.at = 0.0
        self.touch: tuple[float, float, float, float] | None = None
        self.order_flow = 0.0
        self.verified = 0

    def step(self, frame: bytes) -> float | None:
        """Take one frame; return the score, None when the frame is not of a verified book."""
        message = json.loads(frame)
        if message.get("channel") != "book":
            return None
        data = message["data"][0]
        if message["type"] == "snapshot":
            self.bids, self.asks = {}, {}
        for side, levels in ((self.bids, data["bids"]), (self.asks, data["asks"])):
            for level in levels:
                if level["qty"] == 0:
                    side.pop(level["price"], None)
                else:
                    side[level["price"]] = level["qty"]
        bids = sorted(self.bids.items(), reverse=True)[: self.depth]
        asks = sorted(self.asks.items())[: self.depth]
        self.bids, self.asks = dict(bids), dict(asks)
        if self.checksum(asks, bids) != data["checksum"]:
            return None
        self.verified += 1
        return self.score(bids[:10], asks[:10], datetime.fromisoformat(data["timestamp"]).timestamp())

    def checksum(self, asks: list[tuple[float, float]], bids: list[tuple[float, float]]) -> int:
        """CRC-32 of the best ten levels, from text formatted anew."""
        text = ""
        for price, qty in asks[:10] + bids[:10]:
            for number, precision in ((price, self.price_precision), (qty, self.qty_precision)):
                text += f"{number:.{precision}f}".replace(".", "").lstrip("0")
        return zlib.crc32(text.encode())

    def score(self, bids: list[tuple[float, float]], asks: list[tuple[float, float]], at: float) -> float:
        """Weighted imbalance, its EMA, order flow at the touch and the HFT score."""
        (bid, bid_size), (ask, ask_size) = bids[0], asks[0]
        mid = (bid + ask) / 2
        spread_bps = 1e4 * (ask - bid) / mid
        pull = [sum(q * math.exp(-1e4 * abs(p - mid) / mid / 5.0) for p, q in side) for side in (bids, asks)]
        imbalance = 10 * (pull[0] - pull[1]) / (pull[0] + pull[1])
        if self.touch is not None:
            b, bs, a, as_ = self.touch
            self.order_flow += (bid >= b) * bid_size - (bid <= b) * bs - (ask <= a) * ask_size + (ask >= a) * as_
        self.touch = (bid, bid_size, ask, ask_size)
        alpha = 1 - math.exp(-(at - self.at) / 10.0)
        self.ema = imbalance if self.ema is None else self.ema + alpha * (imbalance - self.ema)
        self.at = at
        momentum = max(-25.0, min(25.0, 20 * (imbalance - self.ema)))
        direction = max(-100.0, min(100.0, 10 * imbalance + momentum))
        return direction * (0.8 + 0.2 * (spread_bps <= 5))
