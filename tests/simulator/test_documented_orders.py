"""The orders of Kraken's level3 checksum guide, and what a subscriber of them is told of single steps."""

import json

import pytest

from leadline.instrument import exact_units
from simulator.frames import BookText
from simulator.frames_l3 import OrdersChannel, OrdersText
from simulator.market import Market
from simulator.tape import START_NS
from tests.simulator.naive_orders import NaiveOrders

ASKS = (
    "44939.5x4.52308393 44939.5x0.00111261 44939.5x0.00100000 44939.5x0.01000000 44950.0x0.10334926 "
    "44953.0x0.00064537 44955.0x0.00250000 44959.6x0.35630000 44959.6x0.35630000 44960.1x0.00338072 "
    "44960.2x0.88967575 44967.0x3.14392283 44978.5x0.06778960 44979.2x0.35630000"
)
BIDS = (
    "44939.4x0.88968699 44939.4x0.45210000 44939.4x0.10000000 44939.4x0.14296323 44939.4x0.25000000 "
    "44939.4x0.10292988 44939.4x0.33880000 44939.4x1.28140860 44937.1x0.03346877 44934.7x0.35630000 "
    "44930.2x0.22734299 44930.2x0.01000000 44930.2x0.05550000 44930.2x0.70000000 44930.2x0.15000000 "
    "44928.0x0.00105240 44919.6x0.33870000 44919.5x0.07610000 44912.0x0.35630000 44909.7x0.06690000 "
    "44901.9x0.00088982"
)
CHECKSUM = 1063832831
TOUCH, TENTH, ELEVENTH = 449_394, 449_019, 449_000  # keys of bids; there is no eleventh at first
STEP_NS = 1000


class Told:
    """The guide's market and one strict subscriber of ten levels."""

    def __init__(self):
        self.market = Market("BTC/USD", 1, START_NS)
        self.bids = self.market.bids
        number = 0
        for side, text in ((self.bids, BIDS), (self.market.asks, ASKS)):
            side.cancel_worst(len(side.keys))
            for order in text.split():
                number += 1
                price, qty = order.split("x")
                side.add(side.sign * exact_units(price, 1), number, exact_units(qty, 8), number)
        self.book = BookText(self.market)
        self.orders = OrdersText(self.book)
        self.channel, self.naive = OrdersChannel(self.orders, 10), NaiveOrders(10)
        self.naive.apply(self.channel.snapshot())
        self._forget()
        self.number, self.now_ns = 100, START_NS

    def _forget(self):
        self.bids.forget()
        self.market.asks.forget()

    def add(self, key, size=5):
        self.number += 1
        self.bids.add(key, self.number, size, self.number)

    def step(self):
        """Return (event, price, size units) of what is said of the bids, and the entries; None where nothing is."""
        self.now_ns += STEP_NS
        self.book.follow()
        self.orders.follow(self.now_ns)
        update = self.channel.update()
        self._forget()
        if update is None:
            return None
        self.naive.apply(update)
        self.said = json.loads(update)["data"][0]["bids"]
        return [(x["event"], x["limit_price"], round(x["order_qty"] * 1e8)) for x in self.said]


@pytest.fixture
def told():
    return Told()


def test_the_documented_orders_have_the_documented_checksum(told):
    text = told.channel.snapshot()
    assert f'"checksum":{CHECKSUM},' in text and '"limit_price":44937.1,"order_qty":0.03346877,' in text
    assert len(told.naive.bids) == 21 and len(told.naive.asks) == 14


def test_a_level_pushed_out_is_not_mentioned_and_comes_back_whole_under_the_same_ids(told):
    told.add(ELEVENTH)
    told.add(ELEVENTH)
    assert told.step() is None
    told.bids.cancel_level(TENTH)
    assert told.step() == [("delete", 44901.9, 88982), ("add", 44900.0, 5), ("add", 44900.0, 5)]
    ids = [x["order_id"] for x in told.said[1:]]
    told.add(TOUCH + 1)
    assert told.step() == [("add", 44939.5, 5)]
    told.bids.cancel_level(TOUCH + 1)
    assert told.step() == [("delete", 44939.5, 5), ("add", 44900.0, 5), ("add", 44900.0, 5)]
    assert [x["order_id"] for x in told.said[1:]] == ids == sorted(ids)
    assert told.naive.n_came_back == 2


def test_what_becomes_of_orders_while_they_are_out_of_the_depth_is_told_when_they_are_back(told):
    told.add(ELEVENTH, 7)
    told.add(ELEVENTH, 8)
    told.bids.cancel_level(TENTH)
    told.step()
    stayed, gone = sorted((x["order_id"] for x in told.said[1:]), key=lambda name: told.naive.bids[name].timestamp)
    told.add(TOUCH + 1)
    assert told.step() == [("add", 44939.5, 5)]  # pushes the eleventh out
    told.bids.cancel_newest(told.bids.levels[ELEVENTH])
    told.bids.amend_newest(told.bids.levels[ELEVENTH], 3)
    assert told.step() is None
    told.bids.cancel_level(TOUCH + 1)
    assert told.step() == [("delete", 44939.5, 5), ("add", 44900.0, 3)]
    assert told.said[1]["order_id"] == stayed != gone


def test_a_level_that_dies_in_the_step_that_pushes_it_out_is_not_mentioned(told):
    told.bids.cancel_level(TENTH)
    told.add(TOUCH + 1)
    assert told.step() == [("add", 44939.5, 5)]


def test_a_fill_is_a_modify_that_leaves_the_order_its_place(told):
    before = next(iter(told.naive.bids.values())).timestamp
    told.bids.take(60_000_000, TOUCH)
    assert told.step() == [("modify", 44939.4, 88_968_699 - 60_000_000)]
    assert told.said[0]["timestamp"] == before


def test_a_taker_of_several_orders_deletes_the_filled_and_modifies_the_last(told):
    told.bids.take(88_968_699 + 45_210_000 + 1, TOUCH)
    assert told.step() == [
        ("delete", 44939.4, 88_968_699),
        ("delete", 44939.4, 45_210_000),
        ("modify", 44939.4, 9_999_999),
    ]
    assert told.said[0]["timestamp"] == told.orders.stamp


def test_an_amend_to_less_keeps_the_timestamp_and_one_to_more_renews_it(told):
    level = told.bids.levels[TOUCH]
    before = list(told.naive.bids.values())[7].timestamp
    told.bids.amend_newest(level, 4)
    assert told.step() == [("modify", 44939.4, 4)] and told.said[0]["timestamp"] == before
    told.bids.amend_newest(level, 6)
    assert told.step() == [("modify", 44939.4, 6)] and told.said[0]["timestamp"] > before


def test_an_order_that_came_and_went_within_a_step_is_not_told(told):
    told.add(TOUCH + 1)
    told.bids.cancel_level(TOUCH + 1)
    assert told.step() is None


def test_an_order_changed_twice_within_a_step_is_told_as_it_is_in_the_end(told):
    level = told.bids.levels[TOUCH]
    told.bids.amend_newest(level, 9)
    told.bids.amend_newest(level, 8)
    told.add(TOUCH, 7)
    told.bids.amend_newest(level, 5)
    assert told.step() == [("modify", 44939.4, 8), ("add", 44939.4, 5)]
    told.bids.amend_newest(level, 4)
    told.bids.amend_newest(level, 5)
    assert told.step() is None


def test_an_exchanged_order_is_told_though_its_level_has_the_same_size_as_before(told):
    told.bids.cancel_newest(told.bids.levels[TENTH])
    told.add(TENTH, 88_982)
    assert told.step() == [("delete", 44901.9, 88_982), ("add", 44901.9, 88_982)]
    assert told.book.checksum == told.naive.level_checksum()
