"""A sparse market: fewer messages, the same moves."""

from itertools import pairwise
from math import fsum, log

from leadline.times import MINUTE_NS
from simulator.market import Market
from simulator.tape import START_NS, TapeSpec, chunks

SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD")


def variance(symbol, density, minutes=60):
    """Return the sum of the squared minute returns of a market, and its steps."""
    market = Market(symbol, 7, START_NS, 0.5, density)
    prices = [market.value.price]
    for minute in range(1, minutes + 1):
        while market.now_ns < START_NS + minute * MINUTE_NS:
            market.step()
        prices.append(market.value.price)
    market.check()
    return fsum(log(b / a) ** 2 for a, b in pairwise(prices)), market.n_steps


def test_a_sparse_market_moves_alike_in_fewer_steps():
    usual, sparse = ([variance(symbol, density) for symbol in SYMBOLS] for density in (1.0, 0.1))
    assert 0.7 < fsum(v for v, _ in sparse) / fsum(v for v, _ in usual) < 1.4
    assert 0.08 < sum(n for _, n in sparse) / sum(n for _, n in usual) < 0.12


def test_what_is_as_usual_is_not_part_of_a_tapes_name():
    assert TapeSpec(density=1.0).tape_id == TapeSpec().tape_id != TapeSpec(density=0.5).tape_id


def test_a_sparse_tape_is_the_same_bytes_again():
    spec = TapeSpec(hours=0.1, density=0.1)
    assert b"".join(chunks(spec)) == b"".join(chunks(spec))
