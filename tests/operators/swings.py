"""What tests of swing scenarios share: a bias with a zone and two breaks, and books that go through them."""

from tests.operators.moments import BTC, rows
from tests.operators.test_bias_in_force import Biased

LONG = {
    "horizon": "swing", "side": "buy", "entry_low": 98.0, "entry_high": 99.0, "stop": 97.0,
    "targets": [{"price": 103.0}], "lasts_high_seconds": 3000.0,
}  # fmt: skip
SIZED = LONG | {"verdict": "tradable", "cost_bps": 80.0, "net_rr": 1.0, "risk_fraction": 0.01}
UP = {"side": "up", "level": 104.0, "reason": "above the range"}
DOWN = {"side": "down", "level": 96.0}


def swing(mirrored=False, **given):
    """Return a script under a bias with a zone from 98 to 99, and with breaks at 96 and 104."""
    script = Biased(BTC, mirrored=mirrored, **given).at(0.5)
    return script.bias(key_level=90.0, setups=[LONG], breakouts=[UP, DOWN]).at(1).book()


def quotes(script, seconds, price, score, n=4):
    """Say the same book once a second: the touch a buyer pays is `price`."""
    for k in range(n):
        script.at(seconds + k).book(bid=price - 0.01, ask=price, score=score)
    return script


def advised(script):
    return [r for r in rows(script.play(), "advice") if r["kind"].startswith("swing") and r["saved_bps"] is None]


def said(script):
    return [(r["kind"], r["action"], r["ts"]) for r in advised(script)]


def known(script):
    return {r["action"]: r["saved_bps"] for r in rows(script.play(), "advice") if r["saved_bps"] is not None}


def through(script, score, price=104.5):
    return quotes(script, 10, price, score)
