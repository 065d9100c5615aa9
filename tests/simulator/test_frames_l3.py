"""Frames of level3: a strict subscriber of any depth has the market's queues, and the same levels as `book` says."""

import json

import pytest

from simulator.frames import BookChannel, BookText, decimal_text
from simulator.frames_l3 import OrdersChannel, OrdersText
from simulator.market import Market
from simulator.stamps import Stamps
from tests.simulator.naive_book import NaiveBook
from tests.simulator.naive_orders import NaiveOrders, levels

START_NS = 1_767_571_200_000_000_000
STEPS = 1500
N_EVENTS = 100_000


class Stream:
    """A market and what its subscribers are told of it, step by step."""

    def __init__(self, symbol="BTC/USD", seed=11, predictability=1.0):
        self.market = Market(symbol, seed, START_NS, predictability)
        self.book = BookText(self.market)
        self.orders = OrdersText(self.book)
        self.stamps = Stamps()

    def step(self):
        self.market.step()
        self.book.follow()
        self.orders.follow(self.market.now_ns)

    def updates(self, channel, steps=STEPS):
        """Go on for some steps and yield what a subscriber is told."""
        for _ in range(steps):
            self.step()
            update = channel.update()
            if update is not None:
                yield update

    def subscribe(self, depth):
        channel, naive = OrdersChannel(self.orders, depth), NaiveOrders(depth)
        naive.apply(channel.snapshot())
        return channel, naive


def queues(side, depth, instrument):
    """Return (price, qty) of the orders of the best levels of a side of the market, as text, in queue order."""
    return [
        (
            decimal_text(key * side.sign, instrument.price_precision),
            decimal_text(order.size, instrument.qty_precision),
        )
        for key in side.keys[: -depth - 1 : -1]
        for order in side.levels[key].orders.values()
    ]


@pytest.mark.parametrize("depth", [10, 100, 1000])
@pytest.mark.parametrize("symbol", ["BTC/USD", "XRP/USD"])
def test_a_strict_subscriber_of_any_depth_has_the_queues_after_every_message(depth, symbol):
    stream = Stream(symbol)
    channel, naive = stream.subscribe(depth)
    market, n_updates = stream.market, 0
    for step in range(STEPS if depth == 10 else 400):
        stream.step()
        update = channel.update()
        if update is not None:
            naive.apply(update)
            n_updates += 1
        if step % 20 == 0 or update is None:
            assert [order[:2] for order in naive.bids.values()] == queues(market.bids, depth, market.instrument)
            assert [order[:2] for order in naive.asks.values()] == queues(market.asks, depth, market.instrument)
    assert n_updates > 200


def test_a_hundred_thousand_events_verify_and_give_the_levels_of_book_at_the_same_timestamps():
    stream = Stream(seed=3, predictability=0.5)
    channel, naive = stream.subscribe(10)
    book = BookChannel(stream.book, 10)
    book.snapshot("")
    n_compared = 0
    while naive.n_events < N_EVENTS:
        stream.step()
        update, of_levels = channel.update(), book.update(stream.stamps.text(stream.market.now_ns))
        if update is not None:
            naive.apply(update)
        if of_levels is not None:
            checksum, at = of_levels.rpartition('"checksum":')[2].split(",")
            assert update is not None and at.split('"')[3].replace("Z", "000Z") == stream.orders.stamp
            n_compared += 1
            if n_compared % 16 == 0:
                assert naive.level_checksum() == int(checksum)
    assert n_compared > N_EVENTS // 4 and naive.n_came_back > 1000


@pytest.mark.parametrize("depth", [10, 100])
def test_the_levels_of_the_orders_are_those_of_the_book_at_the_whole_depth(depth):
    stream = Stream("ETH/USD")
    channel, naive = stream.subscribe(depth)
    of_levels, book = BookChannel(stream.book, depth), NaiveBook(depth)
    book.apply(of_levels.snapshot("now"))
    for _ in range(500):
        stream.step()
        for frame, reader in ((channel.update(), naive), (of_levels.update("now"), book)):
            if frame is not None:
                reader.apply(frame)
        assert (levels(naive.bids), levels(naive.asks)) == (book.bids, book.asks)


def test_a_subscriber_who_comes_late_is_told_the_same_as_one_who_was_there():
    stream = Stream("ETH/USD")
    early, _ = stream.subscribe(100)
    for _ in range(300):
        stream.step()
        early.update()
    late, _ = stream.subscribe(100)
    for _ in range(300):
        stream.step()
        assert late.update() == early.update()


def test_levels_that_enter_the_depth_bring_their_orders_and_not_in_queue_order():
    stream = Stream(seed=4)
    channel, naive = stream.subscribe(10)
    n_unordered = 0
    for update in stream.updates(channel):
        data = naive.apply(update)
        for side in (data["bids"], data["asks"]):
            stamps = [x["timestamp"] for x in side if x["event"] == "add"]
            n_unordered += stamps != sorted(stamps)
    assert n_unordered > 20 and naive.n_came_back > 100


def test_the_book_is_never_crossed_after_a_message_though_it_may_be_within_one():
    stream = Stream(seed=5)
    channel, naive = stream.subscribe(10)
    crossed_within = 0
    for update in stream.updates(channel):
        ask_before = naive.touch()[1]
        data = naive.apply(update)
        crossed_within += any(float(x["limit_price"]) >= ask_before for x in data["bids"] if x["event"] == "add")
        bid, ask = naive.touch()
        assert bid < ask
    assert crossed_within > 0


def test_numbers_and_times_are_written_as_the_venue_writes_them():
    stream = Stream()
    text = OrdersChannel(stream.orders, 10).snapshot()
    assert text.startswith('{"channel":"level3","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"order_id":"O')
    (data,) = json.loads(text)["data"]
    assert data["timestamp"] == "2026-01-05T00:00:00.000000000Z"
    for order in (*data["bids"], *data["asks"]):
        assert list(order) == ["order_id", "limit_price", "order_qty", "timestamp"]
        assert [len(part) for part in order["order_id"].split("-")] == [6, 5, 6]
        assert len(order["timestamp"]) == 30 and order["timestamp"] < data["timestamp"]


def test_an_orders_timestamp_is_of_the_step_that_brought_it_and_no_two_of_a_side_are_the_same():
    stream = Stream()
    channel, naive = stream.subscribe(1000)
    for _ in range(400):
        before = stream.orders.stamp
        stream.step()
        update = channel.update()
        data = naive.apply(update) if update else {"bids": [], "asks": []}
        for change in (*data["bids"], *data["asks"]):
            if change["event"] == "delete":
                assert change["timestamp"] == data["timestamp"]
            elif change["event"] == "add":
                assert before < change["timestamp"] <= data["timestamp"]
    for side in (naive.bids, naive.asks):
        assert len({order.timestamp for order in side.values()}) == len(side)
