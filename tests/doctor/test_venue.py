"""What the venue says is held against what is configured: its state, time, symbols and fees."""

import msgspec
import pytest

from doctor.checkup import check_up
from tests.doctor.healthy import SYMBOLS, write_tape
from tests.doctor.looking import names, only
from tests.ports import free_port


def test_a_venue_that_does_not_answer_is_found_and_what_hangs_on_it_is_not_claimed(healthy):
    port = free_port()
    healthy.write(feed={"rest_url": f"http://127.0.0.1:{port}", "url": f"ws://127.0.0.1:{port}"})
    found = {finding.name: finding.severity for _, finding in check_up(healthy.system())}
    wanted = {"rest_unreachable": "error", "websocket_unreachable": "error", "key_refused": "warning"}
    assert found == wanted | {"clock_skew": "unchecked", "symbol_unknown": "unchecked"}


def test_an_unknown_rest_address_is_found(healthy):
    healthy.write(feed={"rest_url": None, "level": "L2"})
    healthy.recovery = healthy.folder / "none"
    assert ("warning", "rest_unknown") in names(healthy)


@pytest.mark.parametrize("seconds", [-3600, 90])
def test_a_wrong_clock_is_found(healthy, seconds):
    real = healthy.clock_ns
    healthy.clock_ns = lambda: real() + seconds * 10**9
    found = [one.finding for one in check_up(healthy.system())]
    assert [(f.severity, f.name) for f in found] == [("error", "clock_skew")]
    assert ("ahead of" if seconds > 0 else "behind") in found[0].what


def test_a_venue_in_maintenance_is_found(healthy, terms):
    terms.closed_until_s = float("inf")
    assert ("warning", "venue_not_online") in names(healthy)


def test_a_symbol_that_the_venue_does_not_list_is_found_with_what_was_meant(healthy):
    healthy.write(feed={"symbols": ["BTC/USD", "ETH/USDT"]})
    healthy.recovery = healthy.folder / "none"
    found = only(healthy)
    assert (found.severity, found.name) == ("error", "symbol_unknown") and "did you mean ETH/USD?" in found.fix


def test_a_symbol_that_does_not_trade_is_found(healthy, terms):
    terms.pair_status = {"ETH/USD": "cancel_only"}
    assert names(healthy) == {("warning", "symbol_not_online")}


def test_other_digits_than_the_tape_s_are_found(healthy, exchange):
    instrument = exchange.venue.floors["BTC/USD"].market.instrument
    changed = msgspec.structs.replace(instrument, price_precision=instrument.price_precision + 1)
    newest = healthy.tape.with_name("20261102T000000Z-bbbbbb")
    exchange.venue.floors["BTC/USD"].market.instrument = changed
    try:
        write_tape(newest, SYMBOLS, exchange)
    finally:
        exchange.venue.floors["BTC/USD"].market.instrument = instrument
    assert names(healthy) == {("warning", "precision_changed")}


def test_fees_that_the_venue_has_changed_are_found(healthy, terms):
    terms.taker = [(0, 0.45), *terms.taker[1:]]
    found = only(healthy)
    assert (found.severity, found.name) == ("warning", "fee_drift")
    assert "kraken_spot_10k- is 25/40, the venue asks 25/45 bps for BTC/USD, ETH/USD" in found.what


def test_fees_that_a_person_set_are_left_alone(healthy, terms):
    terms.taker = [(0, 0.45), *terms.taker[1:]]
    healthy.write(fees={"taker_bps": 45.0})
    healthy.recovery = healthy.folder / "none"
    assert names(healthy) == set()


def test_another_tier_than_the_account_s_is_found_where_the_key_may_ask(healthy, terms, key):
    terms.volume, key.more = 60_000.0, ("query-funds",)
    found = only(healthy)
    assert found.name == "fee_tier" and "25/40, this account pays 14/24" in found.what
