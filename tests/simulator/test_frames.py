"""Frames: what a subscriber of any depth is told is the market, to the digit."""

import json
from datetime import datetime

import pytest

from leadline.checksum import book_checksum
from simulator.frames import BookChannel, BookText, decimal_text, trade_text, trades_frame
from simulator.market import Market
from simulator.stamps import Stamps
from sources.kraken.timestamps import timestamp_ns
from tests.simulator.naive_book import NaiveBook, parsed

START_NS = 1_767_571_200_000_000_000
STEPS = 2500


def levels(side, n):
    """Return (price units, size units) of a side's best levels."""
    return [(key * side.sign, side.levels[key].size) for key in side.keys[: -n - 1 : -1]]


def text_levels(side, n, instrument):
    return {
        decimal_text(price, instrument.price_precision): decimal_text(size, instrument.qty_precision)
        for price, size in levels(side, n)
    }


@pytest.mark.parametrize("depth", [10, 25, 100])
@pytest.mark.parametrize("symbol", ["BTC/USD", "XRP/USD"])
def test_a_naive_subscriber_of_any_depth_has_the_market_after_every_message(depth, symbol):
    market = Market(symbol, 11, START_NS, 1.0)
    text, stamps = BookText(market), Stamps()
    channel, book = BookChannel(text, depth), NaiveBook(depth)
    book.apply(channel.snapshot(stamps.text(market.now_ns)))
    n_updates = 0
    for step in range(STEPS):
        market.step()
        text.follow()
        update = channel.update(stamps.text(market.now_ns))
        if update is not None:
            book.apply(update)
            n_updates += 1
        if step % 50 == 0 or update is None:
            assert book.bids == text_levels(market.bids, depth, market.instrument)
            assert book.asks == text_levels(market.asks, depth, market.instrument)
    assert n_updates > STEPS // 2


def test_a_subscriber_who_comes_late_is_told_the_same_as_one_who_was_there():
    market = Market("ETH/USD", 11, START_NS, 0.5)
    text, stamps = BookText(market), Stamps()
    early, late = BookChannel(text, 25), BookChannel(text, 25)
    for step in range(1000):
        market.step()
        text.follow()
        stamp = stamps.text(market.now_ns)
        update = early.update(stamp)
        if step > 500:
            assert late.update(stamp) == update
        elif step == 500:
            assert len(parsed(late.snapshot(stamp))["data"][0]["bids"]) == 25


def test_the_checksum_kept_step_by_step_is_the_plain_one():
    market = Market("BTC/USD", 2, START_NS, 0.5)
    text = BookText(market)
    for _ in range(STEPS):
        market.step()
        text.follow()
        assert text.checksum == book_checksum(levels(market.asks, 10), levels(market.bids, 10))


def test_levels_pushed_out_of_the_depth_are_not_mentioned():
    market = Market("BTC/USD", 4, START_NS, 1.0)
    text, stamps = BookText(market), Stamps()
    channel = BookChannel(text, 10)
    for _ in range(STEPS):
        before = {side.sign: set(side.keys[-10:]) for side in (market.bids, market.asks)}
        market.step()
        text.follow()
        update = channel.update(stamps.text(market.now_ns))
        if update is None:
            continue
        (data,) = json.loads(update)["data"]
        for side, entries in ((market.bids, data["bids"]), (market.asks, data["asks"])):
            now, then = set(side.keys[-10:]), before[side.sign]
            for entry in entries:
                key = side.sign * round(entry["price"] * market.instrument.price_scale)
                assert key in now if entry["qty"] else key in then and key not in side.levels


def test_numbers_have_all_their_decimals_and_frames_begin_as_the_venue_begins_them():
    market = Market("BTC/USD", 7, START_NS, 0.5)
    snapshot = BookChannel(BookText(market), 25).snapshot(Stamps().text(START_NS))
    assert snapshot.startswith('{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",')
    (data,) = parsed(snapshot)["data"]
    for level in (*data["bids"], *data["asks"]):
        assert len(level["price"].partition(".")[2]) == 1 and len(level["qty"].partition(".")[2]) == 8
    assert data["timestamp"] == "2026-01-05T00:00:00.000000Z"


def test_trades_are_written_as_the_venue_writes_them():
    market = Market("XRP/USD", 7, START_NS, 0.5)
    while not market.trades:
        market.step()
    stamp = Stamps().text(market.now_ns)
    frame = trades_frame([trade_text(trade, market.instrument, stamp) for trade in market.trades])
    assert frame.startswith('{"channel":"trade","type":"update","data":[{"symbol":"XRP/USD","side":')
    first = json.loads(frame)["data"][0]
    assert list(first) == ["symbol", "side", "price", "qty", "ord_type", "trade_id", "timestamp"]
    assert first["side"] in ("buy", "sell") and first["ord_type"] in ("limit", "market")


def test_stamps_are_the_time_to_the_microsecond():
    stamps = Stamps()
    for ns in (START_NS, START_NS + 999_999_000, START_NS + 1_000_000_000, START_NS + 86_400_000_000_000):
        text = stamps.text(ns)
        assert timestamp_ns(text) == ns
        assert datetime.fromisoformat(text).microsecond * 1000 == ns % 1_000_000_000
