"""Bias records for tests, and their mirror images."""

import msgspec

from leadline.bias import BIAS_NUMBER
from leadline.bias_record import BiasRecord, understood
from tests.leadline.armed_bars import UPSIDE_DOWN
from tests.operators.moments import BTC, at


def plain(bias="STRONG_BULLISH", key_level=100.0, *, symbol=BTC, as_of=-60.0, valid_until=3600.0, **given):
    """Return a bias record's JSON; times are seconds after noon."""
    return {
        "id": f"{symbol}|{bias}|{key_level}|{as_of}", "symbol": symbol, "venue": "kraken", "as_of": at(as_of),
        "valid_until": at(valid_until), "bias": bias, "key_level": key_level, **given,
    }  # fmt: skip


def record(*given, **more) -> BiasRecord:
    return understood(plain(*given, **more))


def mirrored(one: BiasRecord) -> BiasRecord:
    """Return the bias of the market turned upside down."""
    label = next(name for name, number in BIAS_NUMBER.items() if number == -one.number)
    sides = {"buy": "sell", "sell": "buy", "up": "down", "down": "up"}
    setups = [
        {**msgspec.to_builtins(s), "side": sides[s.side], "entry_low": UPSIDE_DOWN - s.entry_high,
         "entry_high": UPSIDE_DOWN - s.entry_low, "stop": UPSIDE_DOWN - s.stop,
         "targets": [{"price": UPSIDE_DOWN - t.price} for t in s.targets]}
        for s in one.setups
    ]  # fmt: skip
    levels = [{"side": sides[b.side], "level": UPSIDE_DOWN - b.level} for b in one.breakouts]
    changes = {"bias": label, "setups": setups, "breakouts": levels}
    if one.key_level is not None:
        changes["key_level"] = UPSIDE_DOWN - one.key_level
    return understood(msgspec.to_builtins(one) | changes)
