"""The order-by-order book on a simulated market's level3 frames: checksums, queues, and the levels of `book`."""

from collections import Counter

import pytest

from leadline.l3_book import QueueBook
from leadline.order_rates import OrderRates
from leadline.times import HOUR_NS
from simulator.frames import BookText
from simulator.frames_l3 import OrdersChannel, OrdersText
from simulator.market import Market
from sources.kraken import wire
from tests.leadline.books import level_checksum
from tests.leadline.naive_orders import best_first

START_NS = 1_767_571_200_000_000_000


def queues(side, depth):
    """Return (price, size) of the orders of the best levels of a side of the market, in queue order."""
    best = side.keys[: -depth - 1 : -1]
    return [[[key * side.sign, order.size] for order in side.levels[key].orders.values()] for key in best]


@pytest.mark.parametrize(("symbol", "depth", "n_steps"), [("BTC/USD", 10, 12_000), ("XRP/USD", 10, 2000),
                                                         ("BTC/USD", 100, 2000), ("ETH/USD", 1000, 500)])  # fmt: skip
def test_every_message_verifies_and_gives_the_queues_and_the_levels_of_the_market(symbol, depth, n_steps):
    market = Market(symbol, 5, START_NS, 0.5)
    levels = BookText(market)
    text = OrdersText(levels)
    channel, book, n_updates = OrdersChannel(text, depth), QueueBook(market.instrument, depth), 0
    book.load(wire.decode(channel.snapshot().encode()))
    for step in range(n_steps):
        market.step()
        levels.follow()
        text.follow(market.now_ns)
        update = channel.update()
        if update is None:
            continue
        message = wire.decode(update.encode())
        book.apply(message)
        n_updates += 1
        assert book.checksum == message.checksum
        if step % 50 == 0:
            book.check()
            assert level_checksum(book) == levels.checksum
            for mine, theirs in ((book.bids, market.bids), (book.asks, market.asks)):
                assert [[order[1:3] for order in queue] for queue in best_first(mine)] == queues(theirs, depth)
    assert n_updates > n_steps // 4


def filled_wholly(market):
    """Return how many orders the newest step filled to the last, as the market itself knows."""
    taken = Counter()
    for trade in market.trades:
        taken[trade.maker_id] += trade.size_units
    sides = (market.bids, market.asks)
    gone = [(side, order, before) for side in sides for order, before in side.changed.items() if before]
    return sum(not side.stands(order) and taken[order.id] == before for side, order, before in gone)


def test_the_orders_that_trades_explain_are_those_that_the_market_filled():
    market = Market("BTC/USD", 5, START_NS, 0.5)
    levels = BookText(market)
    text = OrdersText(levels)
    channel, book, rates = OrdersChannel(text, 10), QueueBook(market.instrument, 10), OrderRates()
    book.load(wire.decode(channel.snapshot().encode()))
    n_filled = n_gone = 0
    for step in range(4000):
        market.step()
        levels.follow()
        text.follow(market.now_ns)
        n_filled += filled_wholly(market)
        update = channel.update()
        if step % 2:  # the connections take turns to be first
            _trade(rates, market)
        if update is not None:
            book.apply(wire.decode(update.encode()))
            rates.take(market.now_ns, book.bids.activity, book.asks.activity)
        if not step % 2:
            _trade(rates, market)
        n_gone += sum(loss.whole for side in (book.bids, book.asks) for loss in side.activity.lost if update)
        rates.trim(market.now_ns, HOUR_NS)
    n_found = sum(side._totals[-1][2] for side in (rates.bids, rates.asks))
    # half of an order may trade before it is told at all: then its other half, taken back, has the size of that trade
    assert abs(n_found - n_filled) <= 0.01 * n_filled and n_gone > 4 * n_filled > 1000


def _trade(rates, market):
    for trade in market.trades:
        rates.trade(market.now_ns, trade.side == "buy", trade.price_units, trade.size_units)
