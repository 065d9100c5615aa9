"""The order-by-order book on a simulated market's level3 frames: checksums, queues, and the levels of `book`."""

import pytest

from leadline.l3_book import QueueBook
from simulator.frames import BookText
from simulator.frames_l3 import OrdersChannel, OrdersText
from simulator.market import Market
from sources.kraken import wire
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
            assert book.level_checksum() == levels.checksum
            for mine, theirs in ((book.bids, market.bids), (book.asks, market.asks)):
                assert [[order[1:3] for order in queue] for queue in best_first(mine)] == queues(theirs, depth)
    assert n_updates > n_steps // 4
