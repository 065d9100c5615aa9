"""Plays: what goes wrong in another process is said in this one."""

import os

import pytest

from flows import plays
from flows.plays import Job, Market, key, play_all
from leadline.errors import TapeError
from simulator.tape import TapeSpec

SPEC = TapeSpec(hours=0.02, symbols=("BTC/USD",), density=0.1)


def test_an_error_of_a_play_is_ours(tmp_path):
    with pytest.raises(TapeError, match="holds no tape"):
        play_all([Job(Market("none", False, folder=tmp_path), {})])


def test_no_outcome_takes_the_place_of_another():
    row = {"symbol": "A/USD", "setup": "ema_pullback", "side": "buy", "armed_at": 5}
    assert key(row) == ("A/USD", "ema_pullback", "buy", 5)
    assert len({key(row), key(row, {key(row)}), key(row | {"side": "sell"}), key(row | {"setup": "x"})}) == 4


class Breaks(Market):
    """A market whose play ends without a word."""

    def __setstate__(self, state):
        os._exit(9)


def test_a_play_that_breaks_off_is_an_error():
    with pytest.raises(TapeError, match=r"broke off \(exit code 9\)"):
        play_all([Job(Breaks("gone", True, spec=SPEC), {})])


@pytest.mark.parametrize(("bias", "n"), [(None, 0), ("WEAK_BEARISH", 1)])
def test_a_play_tells_how_many_biases_were_on_the_tape(bias, n):
    spec = TapeSpec(hours=0.02, symbols=("BTC/USD",), density=0.1, bias=bias)
    assert plays.played(Job(Market("", True, spec=spec), {})).biases == n


def test_each_play_is_told_of_and_answers_in_its_place():
    markets = [Market(f"{n}", True, spec=TapeSpec(seed=n, hours=0.02, symbols=("BTC/USD",))) for n in range(3)]
    told = []
    found = play_all([Job(market, {}) for market in markets], lambda number, done: told.append((number, done)))
    assert [(one.signals, one.damage) for one in found] == [(0, [])] * 3
    assert {number for number, _ in told} == {0, 1, 2}
    assert all(0 < done <= 1 for _, done in told)
    assert plays.cores() >= 1
