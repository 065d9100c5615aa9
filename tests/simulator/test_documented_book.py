"""The book of Kraken's checksum guide, and what a subscriber of it is told of single steps."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.instrument import exact_units
from simulator.chance import dice
from simulator.frames import BookChannel, BookText, decimal_text
from simulator.market import Market
from simulator.regimes import schedule
from simulator.tape import START_NS

ASKS = (
    "45285.2x0.00100000 45286.4x1.54571953 45286.6x1.54571109 45289.6x1.54560911 45290.2x0.15890660 "
    "45291.8x1.54553491 45294.7x0.04454749 45296.1x0.35380000 45297.5x0.09945542 45299.5x0.18772827"
)
BIDS = (
    "45283.5x0.10000000 45283.4x1.54582015 45282.1x0.10000000 45281.0x0.10000000 45280.3x1.54592586 "
    "45279.0x0.07990000 45277.6x0.03310103 45277.5x0.30000000 45277.3x1.54602737 45276.6x0.15445238"
)
CHECKSUM = 3310070434


@pytest.fixture
def market():
    """Return a market whose book is the guide's."""
    market = Market("BTC/USD", 1, START_NS)
    for side, text in ((market.bids, BIDS), (market.asks, ASKS)):
        side.cancel_worst(len(side.keys))
        for number, level in enumerate(text.split()):
            price, qty = level.split("x")
            side.add(side.sign * exact_units(price, 1), number, exact_units(qty, 8), number)
    return market


def told(market, channel):
    """Return the bids of the update of a step, None where there was none."""
    channel.text.follow()
    frame = channel.update("now")
    market.bids.forget()
    market.asks.forget()
    return None if frame is None else json.loads(frame)["data"][0]["bids"]


def subscribed(market, depth):
    """Return a channel whose subscriber has the book as it is."""
    channel = BookChannel(BookText(market), depth)
    channel.snapshot("now")
    market.bids.forget()
    market.asks.forget()
    return channel


def test_the_documented_book_has_the_documented_checksum(market):
    text = BookText(market)
    assert text.checksum == CHECKSUM
    frame = BookChannel(text, 10).snapshot("now")
    assert '{"price":45281.0,"qty":0.10000000}' in frame and f'"checksum":{CHECKSUM},' in frame


def test_a_level_pushed_out_comes_back_when_there_is_room_again(market):
    channel = subscribed(market, 10)
    market.bids.add(452_836, 99, 5, 99)
    assert told(market, channel) == [{"price": 45283.6, "qty": 5e-08}]
    market.bids.cancel_level(452_836)
    assert told(market, channel) == [{"price": 45283.6, "qty": 0.0}, {"price": 45276.6, "qty": 0.15445238}]
    assert channel.text.checksum == CHECKSUM


def test_a_step_below_the_depth_is_not_told(market):
    channel = subscribed(market, 10)
    market.bids.add(400_000, 99, 5, 99)
    assert told(market, channel) is None and not channel.text.top_changed


def test_a_level_that_came_and_went_within_a_step_is_not_told(market):
    channel = subscribed(market, 25)
    market.bids.add(452_837, 99, 5, 99)
    market.bids.cancel_level(452_837)
    assert told(market, channel) is None


def test_a_step_that_leaves_a_size_as_it_was_is_not_told(market):
    channel = subscribed(market, 25)
    market.bids.add(452_835, 99, 5, 99)
    market.bids.cancel_newest(market.bids.levels[452_835])
    assert told(market, channel) is None


@given(st.integers(0, 10**14), st.integers(0, 10))
def test_decimals_are_as_many_as_the_precision_and_exact(units, precision):
    text = decimal_text(units, precision)
    assert exact_units(text, precision) == units
    assert len(text.partition(".")[2]) == precision


@pytest.mark.parametrize("seed", range(5))
def test_regimes_take_both_directions_within_eight_hours(seed):
    found, minutes = set(), 0.0
    segments = schedule(dice(seed, "BTC/USD", "regimes"))
    while minutes < 8 * 60:
        segment = next(segments)
        minutes += segment.minutes
        found.add((segment.kind, segment.side))
    for kind in ("breakout", "trend", "shock", "reversion", "pullback", "recovery"):
        assert {(kind, 1), (kind, -1)} <= found
    assert {("calm", 0), ("squeeze", 0)} <= found
