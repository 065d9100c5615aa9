"""The market: first come first served, never crossed, and a null that is one."""

from itertools import pairwise
from statistics import correlation, fmean

import pytest

from leadline.microstructure import imbalance
from leadline.moment import BookView
from leadline.times import SECOND_NS
from simulator.chance import dice, shuffled
from simulator.market import Market
from simulator.orders import OrderSide
from simulator.profiles import profile

START_NS = 1_767_571_200_000_000_000
LEVELS = 10


def seen(market):
    """Return the best ten levels as the line would have them."""
    bids, asks = market.bids, market.asks
    bid_keys, ask_keys = bids.keys[-LEVELS:], asks.keys[-LEVELS:]
    return BookView(
        market.instrument, bid_keys, [bids.levels[k].size for k in bid_keys],
        ask_keys, [asks.levels[k].size for k in ask_keys], True, True, None,
    )  # fmt: skip


def sampled(predictability, hours, seed=3, every_s=10, symbol="BTC/USD"):
    """Return (I, mid) of a market at every so many seconds."""
    market = Market(symbol, seed, START_NS, predictability)
    samples = []
    for at in range(START_NS + every_s * SECOND_NS, START_NS + int(hours * 3600) * SECOND_NS, every_s * SECOND_NS):
        while market.now_ns < at:
            market.step()
        samples.append((imbalance(seen(market), 5.0), market.bids.keys[-1] - market.asks.keys[-1]))
    return samples


def foresight(samples):
    """Return the correlation of I with the change of mid until the next sample."""
    changes = [after[1] - before[1] for before, after in pairwise(samples)]
    return correlation([pressure for pressure, _ in samples[:-1]], changes)


def test_a_taker_fills_the_oldest_order_of_the_best_level_first():
    asks = OrderSide(-1)
    asks.add(-101, 1, 5, 10)
    asks.add(-102, 2, 5, 11)
    asks.add(-101, 3, 5, 12)
    assert [(f.key, f.size, f.maker_id) for f in asks.take(12, -102)] == [(-101, 5, 1), (-101, 5, 3), (-102, 2, 2)]
    assert asks.best().size == 3
    asks.check()


def test_a_taker_stops_at_his_limit():
    bids = OrderSide(1)
    bids.add(100, 1, 5, 10)
    bids.add(99, 2, 5, 10)
    assert [f.maker_id for f in bids.take(50, 100)] == [1]
    assert bids.keys == [99]


@pytest.mark.parametrize("symbol", ["BTC/USD", "XRP/USDT", "NEW/EUR"])
def test_a_market_keeps_its_own_rules_at_every_step(symbol):
    market = Market(symbol, 7, START_NS, 1.0)
    before_ns, last_trade = market.now_ns, None
    for _ in range(3000):
        market.step()
        assert market.now_ns > before_ns
        before_ns = market.now_ns
        assert market.bids.keys[-1] < -market.asks.keys[-1]
        assert min(len(market.bids.keys), len(market.asks.keys)) >= 30
        for trade in market.trades:
            assert last_trade is None or trade.trade_id == last_trade + 1
            last_trade = trade.trade_id
    market.bids.check()
    market.asks.check()
    assert last_trade is not None


@pytest.mark.parametrize("symbol", ["BTC/USD", "ETH/USD", "XRP/USD", "SOL/USDT", "DOGE/USD", "NEW/EUR"])
def test_the_touch_is_tight(symbol):
    market = Market(symbol, 5, START_NS, 0.5)
    spreads = []
    for _ in range(4000):
        market.step()
        bid, ask = market.bids.keys[-1], -market.asks.keys[-1]
        spreads.append(2e4 * (ask - bid) / (ask + bid))
    spreads.sort()
    assert spreads[len(spreads) // 20] >= 0.1 and spreads[-len(spreads) // 20] <= 3.0


def test_the_book_foretells_nothing_at_predictability_zero():
    """Four hours of four markets: the correlation's deviation by chance alone is 0.026."""
    found = [foresight(sampled(0.0, 1.0, seed=seed)) for seed in range(1, 5)]
    assert abs(fmean(found)) < 0.08


def test_the_book_leads_the_price_at_predictability_one():
    assert foresight(sampled(1.0, 1.0)) > 0.25


def test_the_price_at_predictability_zero_does_not_hear_the_book():
    """Another stream of pressure, the same stream of jumps: the value goes the same way."""
    one, other = Market("BTC/USD", 7, START_NS, 0.0), Market("BTC/USD", 7, START_NS, 0.0)
    other.value._noise_draw = dice("another")
    for _ in range(2000):
        one.value.advance(one.value.now_ns + 100_000_000)
        other.value.advance(other.value.now_ns + 100_000_000)
        assert one.value.price == other.value.price
    assert one.value.pressure != other.value.pressure


def test_pressure_shows_in_the_book_on_both_sides_for_seconds():
    pressures = [pressure for pressure, _ in sampled(0.5, 0.5, every_s=1)]
    assert sum(1 for x in pressures if x > 4) > 50 and sum(1 for x in pressures if x < -4) > 50
    assert correlation(pressures[:-2], pressures[2:]) > 0.5


def test_profiles_of_unknown_symbols_are_sensible():
    assert profile("BTC/USDT").instrument.price_precision == profile("BTC/USD").instrument.price_precision == 1
    assert profile("XRP/USD").instrument.price_precision == 5
    plain = profile("NEW/EUR")
    assert plain.instrument.origin == "simulator" and plain.start_units > 1000 * plain.spread_units


def test_a_shuffle_keeps_every_item():
    assert sorted(shuffled(dice(1), list(range(10)))) == list(range(10))
