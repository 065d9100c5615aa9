"""Kraken's two published checksum examples, and the digits they are made of."""

import zlib

import pytest

from leadline.book import OrderBook
from leadline.checksum import book_checksum, level_digits
from leadline.instrument import Instrument, exact_units
from tests.leadline.books import message

# "Spot WebSocket v2 book checksum", Kraken's guide: text of price and quantity, best first.
ASKS = """45285.2 0.00100000  45286.4 1.54571953  45286.6 1.54571109  45289.6 1.54560911  45290.2 0.15890660
45291.8 1.54553491  45294.7 0.04454749  45296.1 0.35380000  45297.5 0.09945542  45299.5 0.18772827"""
BIDS = """45283.5 0.10000000  45283.4 1.54582015  45282.1 0.10000000  45281.0 0.10000000  45280.3 1.54592586
45279.0 0.07990000  45277.6 0.03310103  45277.5 0.30000000  45277.3 1.54602737  45276.6 0.15445238"""
PUBLISHED = 3310070434

# "Spot WebSocket v2 level3 checksum", the same guide: orders in queue order, best price first.
ORDER_ASKS = """44939.5 4.52308393  44939.5 0.00111261  44939.5 0.00100000  44939.5 0.01000000  44950.0 0.10334926
44953.0 0.00064537  44955.0 0.00250000  44959.6 0.35630000  44959.6 0.35630000  44960.1 0.00338072
44960.2 0.88967575  44967.0 3.14392283  44978.5 0.06778960  44979.2 0.35630000"""
ORDER_BIDS = """44939.4 0.88968699  44939.4 0.45210000  44939.4 0.10000000  44939.4 0.14296323  44939.4 0.25000000
44939.4 0.10292988  44939.4 0.33880000  44939.4 1.28140860  44937.1 0.03346877  44934.7 0.35630000
44930.2 0.22734299  44930.2 0.01000000  44930.2 0.05550000  44930.2 0.70000000  44930.2 0.15000000
44928.0 0.00105240  44919.6 0.33870000  44919.5 0.07610000  44912.0 0.35630000  44909.7 0.06690000
44901.9 0.00088982"""
PUBLISHED_ORDERS = 1063832831


def pairs(text):
    """Return (price, quantity) texts."""
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


def units(text):
    return [(exact_units(price, 1), exact_units(qty, 8)) for price, qty in pairs(text)]


def test_the_published_book_has_the_published_checksum():
    assert book_checksum(units(ASKS), units(BIDS)) == PUBLISHED


def test_an_order_book_loaded_with_the_published_floats_has_the_published_checksum():
    book = OrderBook(Instrument("BTC/USD", 1, 8), 10)
    floats = ([(float(price), float(qty)) for price, qty in pairs(text)] for text in (BIDS, ASKS))
    book.load(message(*floats, snapshot=True))
    assert book.checksum == PUBLISHED


def test_the_published_orders_have_the_published_checksum():
    text = "".join(level_digits(*order) for side in (ORDER_ASKS, ORDER_BIDS) for order in units(side))
    assert zlib.crc32(text.encode()) == PUBLISHED_ORDERS


def test_digits_have_neither_point_nor_leading_zeros_and_keep_trailing_ones():
    assert level_digits(exact_units("45281.0", 1), exact_units("0.00100000", 8)) == "452810100000"


@pytest.mark.parametrize("depth", [10, 25])
def test_levels_below_the_tenth_do_not_count(depth):
    asks, bids = [(100 + n, 1) for n in range(depth)], [(99 - n, 1) for n in range(depth)]
    assert book_checksum(asks, bids) == book_checksum(asks[:10], bids[:10])


def test_an_empty_book_has_the_checksum_of_no_text():
    assert book_checksum([], []) == 0
    assert OrderBook(Instrument("X/USD", 0, 0), 10).checksum == 0
