"""The embedded market, as `make run` plays it, is the same wherever it runs."""

import pytest

from tests.golden.default_market import golden, measured


@pytest.fixture(scope="module")
def found():
    return measured()


def test_the_default_market_gives_its_golden_signals(found):
    assert found == golden()


def test_every_setup_fires_on_both_sides(found):
    assert {(setup, side) for _, setup, side, _, _ in found["signals"]} == {
        (setup, side) for setup in ("squeeze_breakout", "ema_pullback", "vwap_reversion") for side in ("buy", "sell")
    }


def test_every_book_message_is_verified_and_nothing_pays_the_entry_tiers_fees(found):
    ((_, _, _, verified, mismatched, resyncs, signals, _, trades, _, equity),) = found["run"]
    assert verified > 500_000
    assert (mismatched, resyncs) == (0, 0)
    assert (trades, equity) == (signals, 10_000.0)  # each is followed, and none touches the account
    assert {verdict for *_, verdict, _ in found["signals"]} == {"not_tradable"}
