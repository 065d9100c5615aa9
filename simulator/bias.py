"""A bias for a simulated market: as if an analysis had been made as it opened.

Nothing was analysed: the label is the user's wish, and levels lie at fixed distances from the opening price,
so that what a bias does can be tried. A bearish one is the mirror image of a bullish one. Its setup has no
cost: that follows from the fees of whoever watches, and a market is the same for all of them.
"""

from typing import Any

from leadline.bias import BIAS_NUMBER, Bias
from leadline.instrument import Instrument
from leadline.times import HOUR_NS

KEY_LEVEL = -80.0  # distances from the opening price, in bps; positive is along the bias
ZONE, STOP, TARGET = (-20.0, -5.0), -60.0, 120.0
BREAK = 40.0  # either way
LASTS_S = 4 * 3600.0
GRACE_NS = HOUR_NS  # a bias outlives the market


def bias_payload(
    instrument: Instrument, label: Bias, open_units: float, as_of_ns: int, until_ns: int
) -> dict[str, Any]:
    """Return the payload of the bias record; a neutral bias has no setup."""
    number = BIAS_NUMBER[label]
    side = -1 if number < 0 else 1

    def price(bps: float) -> float:
        return instrument.price(round(open_units * (1.0 + 1e-4 * side * bps)))

    low, high = sorted(map(price, ZONE))
    setup = {
        "horizon": "scalp", "side": "buy" if side > 0 else "sell", "entry_low": low, "entry_high": high,
        "stop": price(STOP), "targets": [{"price": price(TARGET)}], "lasts_high_seconds": LASTS_S,
    }  # fmt: skip
    levels = [{"side": "up" if side * bps > 0 else "down", "level": price(bps)} for bps in (BREAK, -BREAK)]
    return {
        "id": f"sim-{instrument.symbol}-{label}", "symbol": instrument.symbol, "venue": "simulator",
        "as_of": as_of_ns, "valid_until": until_ns + GRACE_NS, "bias": label, "key_level": price(KEY_LEVEL),
        "breakouts": levels, "setups": [setup] if number else [],
        "made_up": True,
    }  # fmt: skip
