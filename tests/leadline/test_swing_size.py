"""The size that an entry zone's card shows: what the account's limits leave, and a reason where they leave nothing."""

import pytest

from leadline.instrument import Instrument
from leadline.moment import BookView
from leadline.risk import Account, Position
from leadline.settings import Decision
from leadline.swing_size import swing_size

FREE = {"fees": {"maker_bps": 0, "taker_bps": 0}}
BTC = Instrument("BTC/USD", 2, 3, qty_min=0.001)


def size(account, fraction=0.01, instrument=BTC, lots=1_000_000, **rules):
    """Return the size of a long from 100 with its stop at 90, on a book of one level a side."""
    view = BookView(instrument, [9_999], [lots], [-10_000], [lots], True, True, 0)
    return swing_size(view, 1, 9_000, 12_000, fraction, account, Decision.model_validate({**FREE, **rules}))


def holding(risk_quote, notional_quote, equity=10_000.0):
    """Return an account with an open trade."""
    account = Account.fresh(equity)
    account.positions["t"] = Position("ETH/USD", risk_quote, notional_quote)
    return account


def test_a_planned_stop_out_costs_the_fraction_of_equity():
    found = size(Account.fresh(10_000.0))
    assert (found.size_base, found.size_quote, found.notes) == (10.0, 1_000.0, ())
    assert found.risk_quote == pytest.approx(100.0)


def test_the_notional_cap_counts_what_is_open():
    found = size(holding(0.0, 9_500.0))
    assert (found.size_quote, found.notes) == (500.0, ("held to the notional cap",))


def test_what_is_left_of_the_cap_on_open_risk_holds_it():
    found = size(holding(450.0, 0.0))
    assert found.risk_quote == pytest.approx(50.0) and found.notes == ("held to the cap on open risk",)


def test_a_thin_book_holds_it_to_what_can_be_filled():
    found = size(Account.fresh(10_000.0), lots=2_000)
    assert (found.size_base, found.notes) == (2.0, ("held to what the book can fill",))


def test_a_spent_budget_gives_no_size_and_says_why():
    assert size(holding(500.0, 0.0)).why == "it would be below the venue's minimum; held to the cap on open risk"
    assert "notional cap" in size(holding(0.0, 10_000.0)).why
    small = Instrument("BTC/USD", 2, 3, qty_min=50.0)
    assert size(Account.fresh(10_000.0), instrument=small).why == "it would be below the venue's minimum"


def test_nothing_is_to_be_entered_while_the_kill_switch_is_latched_or_the_day_is_spent():
    latched, spent = Account.fresh(10_000.0), Account.fresh(10_000.0)
    latched.latched, spent.spent_day = True, spent.day
    assert size(latched).words("BTC/USD") == "no size: the kill switch is latched"
    assert "not before 00:00 UTC" in size(spent).words("BTC/USD")
