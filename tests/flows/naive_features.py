"""The features of a recording, computed a second time by the simplest means: dicts, decimals and sorting."""

import json
import math
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

LEVELS = 10
LAMBDA_BPS = 5.0  # docs/signals.md section 1

Levels = list[tuple[Decimal, Decimal]]  # best first


class Features(NamedTuple):
    """What a features row must say after one verified message."""

    best_bid: float
    best_ask: float
    mid: float
    spread_bps: float
    imbalance: float
    depth_imbalance: float


def features_of(frames: Sequence[bytes], depth: int) -> Iterator[Features]:
    """Yield the features behind every message whose checksum is that of our own book; a snapshot must come first."""
    sides: dict[str, dict[Decimal, Decimal]] | None = None
    for frame in frames:
        message = json.loads(frame, parse_float=Decimal)
        if message.get("method") in ("subscribe", "unsubscribe"):
            sides = None
        if message.get("channel") != "book":
            continue
        (data,) = message["data"]
        if message["type"] == "snapshot":
            sides = {"bids": {}, "asks": {}}
        if sides is None:
            continue
        bids, asks = (_applied(sides, data, side, depth) for side in ("bids", "asks"))
        assert _checksum(bids, asks) == data["checksum"]
        yield _features(bids, asks)


def _applied(sides: dict[str, dict[Decimal, Decimal]], data: dict, side: str, depth: int) -> Levels:
    for level in data[side]:
        if level["qty"] == 0:
            sides[side].pop(level["price"], None)
        else:
            sides[side][level["price"]] = level["qty"]
    best = sorted(sides[side].items(), reverse=side == "bids")[:depth]
    sides[side] = dict(best)
    return best


def _checksum(bids: Levels, asks: Levels) -> int:
    digits = (f"{number:f}".replace(".", "").lstrip("0") for level in asks[:LEVELS] + bids[:LEVELS] for number in level)
    return zlib.crc32("".join(digits).encode())


def _features(bids: Levels, asks: Levels) -> Features:
    bid, ask = bids[0][0], asks[0][0]
    mid = (bid + ask) / 2
    weighted_bid, weighted_ask = (
        math.fsum(float(size) * math.exp(-float(abs(price - mid) / mid) * 1e4 / LAMBDA_BPS) for price, size in side)
        for side in (bids[:LEVELS], asks[:LEVELS])
    )
    bid_depth, ask_depth = (sum(size for _, size in side[:LEVELS]) for side in (bids, asks))
    return Features(
        float(bid), float(ask), float(mid), float(10_000 * (ask - bid) / mid),
        10 * (weighted_bid - weighted_ask) / (weighted_bid + weighted_ask),
        float((bid_depth - ask_depth) / (bid_depth + ask_depth)),
    )  # fmt: skip
