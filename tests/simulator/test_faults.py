"""Faults on the outgoing stream, of levels or of orders: each changes it as promised, and nothing else."""

import json
from functools import partial

import pytest

from simulator.faults import Action, Fault, FaultBoard
from simulator.forging import Frame, garbage, giant
from simulator.protocol import BookSubscription, TradeSubscription
from simulator.protocol_l3 import OrdersSubscription
from simulator.tape import START_NS
from simulator.venue import Floor
from tests.simulator.naive_book import NaiveBook, parsed
from tests.simulator.naive_orders import NaiveOrders

N_STEPS = 300


class Stream:
    """One symbol's subscriptions, step by step, through a board of faults."""

    def __init__(self, *faults, channel="book", symbol="BTC/USD", seed=2):
        self.channel = channel
        self.board = FaultBoard()
        for fault in faults:
            self.board.add(fault)
        self.floor = Floor(symbol, seed, START_NS, 0.5)
        self.book, self.trades = self.subscription(), TradeSubscription(self.floor)
        self.true: list[Frame] = []  # as the exchange made them
        self.sent: list[Frame | Action] = []  # as they left
        self.put(self.book.snapshot())

    def subscription(self):
        return (BookSubscription if self.channel == "book" else OrdersSubscription)(self.floor, 100)

    def naive(self):
        return (NaiveBook if self.channel == "book" else NaiveOrders)(100)

    def put(self, frame):
        self.true.append(frame)
        self.sent += self.board.outgoing(frame)

    def resubscribe(self):
        self.book = self.subscription()
        self.put(self.book.snapshot())

    def run(self, n_steps=N_STEPS):
        for _ in range(n_steps):
            self.floor.step(0)
            for subscription in (self.trades, self.book):
                frame = subscription.update()
                if frame is not None:
                    self.put(frame)
        return self

    def books(self):
        return [frame.text for frame in self.sent if isinstance(frame, Frame) and frame.channel == self.channel]

    def first_bad(self):
        """Return which book frame a naive subscriber of what was sent finds wrong first, None: none."""
        book = self.naive()
        for at, text in enumerate(self.books()):
            try:
                book.apply(text)
            except (AssertionError, KeyError):
                return at
        return None

    def changed(self):
        """Return the places at which what was sent departs from the truth."""
        return [at for at, (a, b) in enumerate(zip(self.true, self.sent, strict=False)) if a != b]


@pytest.fixture(params=["book", "level3"])
def streams(request):
    return partial(Stream, channel=request.param)


def test_without_a_fault_the_stream_is_the_truth(streams):
    stream = streams().run()
    assert stream.sent == stream.true and stream.first_bad() is None


def test_a_fault_of_one_symbol_leaves_another_alone(streams):
    stream = streams(Fault("drop", "ETH/USD"), Fault("silence", "ETH/USD"), Fault("corrupt", "ETH/USD")).run()
    assert stream.sent == stream.true


def test_a_dropped_frame_of_the_best_ten_is_found_by_the_next_checksum(streams):
    stream = streams(Fault("drop", "BTC/USD", after=20)).run()
    missing = stream.changed()[0]
    assert stream.true[missing].touches_top and len(stream.sent) == len(stream.true) - 1
    assert stream.sent == stream.true[:missing] + stream.true[missing + 1 :]
    assert stream.first_bad() is not None


def test_a_drop_can_spare_the_best_ten(streams):
    stream = streams(Fault("drop", "BTC/USD", top_ten=False)).run()
    missing = stream.changed()[0]
    assert not stream.true[missing].touches_top and len(stream.sent) == len(stream.true) - 1


@pytest.mark.parametrize(("count", "after"), [(1, 0), (3, 5)])
def test_a_fault_strikes_as_often_as_it_is_told(streams, count, after):
    stream = streams(Fault("drop", count=count, after=after)).run()
    assert len(stream.sent) == len(stream.true) - count
    assert not stream.board.active


def test_a_duplicate_comes_right_behind_its_original(streams):
    stream = streams(Fault("duplicate", after=3)).run()
    at = stream.changed()[0]
    assert stream.sent[at] == stream.sent[at - 1] and stream.sent[at + 1 :] == stream.true[at:]


def test_a_reordered_pair_changes_places(streams):
    stream = streams(Fault("reorder", after=3)).run()
    books, true = stream.books(), [frame.text for frame in stream.true if frame.channel == stream.channel]
    at = next(i for i, (a, b) in enumerate(zip(books, true, strict=True)) if a != b)
    assert [books[at + 1], books[at]] == true[at : at + 2]
    assert books[:at] + books[at + 2 :] == true[:at] + true[at + 2 :]
    stamps = [json.loads(text)["data"][0]["timestamp"] for text in books]
    assert stamps[at + 1] < stamps[at]


def test_a_corrupt_quantity_breaks_the_frames_own_checksum(streams):
    stream = streams(Fault("corrupt", after=10)).run()
    (at,) = stream.changed()
    true, sent = parsed(stream.true[at].text)["data"][0], parsed(stream.sent[at].text)["data"][0]
    assert true["checksum"] == sent["checksum"]
    changed = [(a, b) for side in ("bids", "asks") for a, b in zip(true[side], sent[side], strict=True) if a != b]
    ((was, now),) = changed
    assert [name for name in was if was[name] != now[name]] == ["qty" if stream.channel == "book" else "order_qty"]
    assert stream.books()[stream.first_bad()] == stream.sent[at].text


def test_a_crossed_book_has_a_matching_checksum(streams):
    stream = streams(Fault("cross", after=10)).run()
    (at,) = stream.changed()
    book = stream.naive()
    for frame in stream.sent[: at + 1]:
        if frame.channel == stream.channel:
            book.apply(frame.text)  # asserts the checksum
    bid, ask = book.touch()
    assert bid > ask


def test_silence_swallows_a_subscription_and_ends_with_it(streams):
    stream = streams(Fault("silence", "BTC/USD", after=0)).run(100)
    assert stream.sent == []
    stream.resubscribe()
    stream.run(100)
    assert stream.first_bad() is None and len(stream.books()) > 50
    assert all(frame.channel == stream.channel for frame in stream.sent)  # the trades were not subscribed anew


def test_silence_may_last_for_several_subscriptions(streams):
    stream = streams(Fault("silence", "BTC/USD", count=2)).run(50)
    stream.resubscribe()
    stream.run(50)
    assert stream.books() == []
    stream.resubscribe()
    assert len(stream.books()) == 1


def test_a_frozen_book_stops_while_its_trades_go_on(streams):
    stream = streams(Fault("freeze", after=5)).run()
    assert len(stream.books()) == 5 and stream.first_bad() is None
    n_trades = sum(frame.channel == "trade" for frame in stream.sent)
    assert n_trades == sum(frame.channel == "trade" for frame in stream.true) > 10


def test_a_frozen_book_may_repeat_its_last_frame(streams):
    stream = streams(Fault("freeze", after=5, resend=True)).run()
    books = stream.books()
    assert len(books) > 100 and len(set(books[:5])) == 5 and set(books[5:]) == {books[4]}


def test_a_giant_comes_besides_the_truth_and_is_valid_json(streams):
    stream = streams(Fault("giant", after=2, bytes=100_000)).run(50)
    giants = [frame for frame in stream.sent if len(frame.text) >= 100_000]
    assert len(giants) == 1 and json.loads(giants[0].text)["channel"] == stream.channel
    assert [frame for frame in stream.sent if frame is not giants[0]] == stream.true
    assert len(giant("BTC/USD", 9_000_000)) >= 9_000_000


@pytest.mark.parametrize("name", ["invalid_json", "not_an_object", "wrong_type", "unknown_channel", "anything at all"])
def test_garbage_comes_besides_the_truth(streams, name):
    stream = streams(Fault("garbage", after=2, text=name)).run(50)
    text = garbage("BTC/USD", name, stream.channel)
    assert [frame.text for frame in stream.sent if frame not in stream.true] == [text]
    assert "%s" not in text


@pytest.mark.parametrize("kind", ["stall", "disconnect", "maintenance", "revoke"])
def test_faults_of_the_connection_are_actions(streams, kind):
    stream = streams(Fault(kind, after=4, seconds=0.5)).run(50)
    assert stream.sent[5] == Action(kind, 0.5)
    assert [item for item in stream.sent if isinstance(item, Frame)] == stream.true


@pytest.mark.parametrize(("channel", "strikes"), [("book", True), ("level3", False), ("trade", False)])
def test_a_fault_of_a_channel_leaves_the_others_alone(channel, strikes):
    stream = Stream(Fault("drop", channel=channel)).run(100)
    assert (stream.sent != stream.true) == strikes


def test_garbage_of_level3_is_of_level3():
    assert '"channel":"level3"' in garbage("BTC/USD", "wrong_type", "level3")
    assert '"channel":"level3"' in garbage("BTC/USD", "invalid_json", "level3")
