"""Every fault of the exchange is found for its reason, silences the symbol it struck alone, and heals by itself."""

import pytest

from simulator.exchange import Exchange
from simulator.faults import Fault
from tests.flows.live import Live

SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD")
STRUCK = "ETH/USD"
BOOK_FAULTS = {  # fault -> reasons by which it may be found
    "drop": {"checksum_mismatch"},
    "corrupt": {"checksum_mismatch"},
    "reorder": {"reordered", "checksum_mismatch"},  # the frame that came too early already does not match
    "cross": {"crossed"},
    "freeze": {"frozen"},
    "silence": {"silent", "frozen"},
}
CONNECTION_FAULTS = ("disconnect", "maintenance")


@pytest.fixture(scope="module")
def exchange():
    with Exchange(SYMBOLS, seed=3, rate=4.0) as running:
        yield running


@pytest.fixture(scope="module")
def live(exchange, tmp_path_factory):
    settings = {"feed__symbols": ",".join(SYMBOLS), "hft__sample_seconds": 0, "feed__depth": 10}
    with Live(tmp_path_factory.mktemp("live"), exchange.url, **settings) as run:
        run.verified(*SYMBOLS)
        yield run


@pytest.mark.parametrize("kind", BOOK_FAULTS)
def test_a_fault_of_one_book_is_found_and_heals_and_leaves_the_others_alone(exchange, live, kind):
    before = {symbol: len(live.health(symbol)) for symbol in SYMBOLS}
    # one lost frame may be made good by the next, which tells the same level's whole quantity
    exchange.inject(Fault(kind, STRUCK, count=6 if kind == "drop" else 1))
    live.until(lambda: len(live.health(STRUCK)) > before[STRUCK], f"{kind} found")
    live.until(lambda: live.health(STRUCK)[-1] == ("verified", ""), f"{kind} healed")
    states = live.health(STRUCK)[before[STRUCK] :]
    assert states[0][1] in BOOK_FAULTS[kind]
    assert all(len(live.health(symbol)) == before[symbol] for symbol in SYMBOLS if symbol != STRUCK)


def test_a_duplicate_is_counted_and_harmless(exchange, live):
    before = {symbol: len(live.health(symbol)) for symbol in SYMBOLS}
    sent = exchange.n_sent
    exchange.inject(Fault("duplicate", STRUCK, count=3))
    live.until(lambda: exchange.n_sent > sent + 100, "more frames")
    assert {symbol: len(live.health(symbol)) for symbol in SYMBOLS} == before


@pytest.mark.parametrize(("kind", "reason"), [("garbage", "invalid_json"), ("giant", "too_large")])
def test_a_frame_that_cannot_be_taken_is_stored_as_a_reject_and_the_flow_goes_on(exchange, live, kind, reason):
    before = {symbol: len(live.health(symbol)) for symbol in SYMBOLS}
    exchange.inject(Fault(kind, STRUCK))
    query = f"SELECT count(*) FROM rejects WHERE reason = '{reason}'"
    live.until(lambda: live.rows(query)[0][0] > 0, f"a reject: {reason}")
    assert {symbol: len(live.health(symbol)) for symbol in SYMBOLS} == before


@pytest.mark.parametrize("kind", CONNECTION_FAULTS)
def test_a_lost_connection_marks_every_book_and_is_made_anew(exchange, live, kind):
    before = {symbol: len(live.health(symbol)) for symbol in SYMBOLS}
    exchange.inject(Fault(kind))
    for symbol in SYMBOLS:
        live.until(lambda s=symbol: len(live.health(s)) > before[s], f"{kind} found for {symbol}")
        assert live.health(symbol)[before[symbol]] == ("stale", "disconnected")
    live.verified(*SYMBOLS)


def test_nothing_was_scored_while_a_book_was_not_trusted(live):
    seconds, code, _, err = live.stop()
    assert (code, seconds < 2.0) == (0, True), err
    scored = live.rows(
        """
        WITH spells AS (
            SELECT symbol, state, tape_seq AS begin,
                   lead(tape_seq) OVER (PARTITION BY symbol ORDER BY ts, tape_seq, stored_at) AS finish
            FROM feed_health WHERE channel = 'book' AND symbol != '*'
        )
        SELECT count(*), count(*) FILTER (spells.state != 'verified') FROM features
        JOIN spells ON features.symbol = spells.symbol AND features.tape_seq >= begin
             AND (finish IS NULL OR features.tape_seq < finish)
        """
    )
    ((in_all, untrusted),) = scored
    assert in_all > 500
    assert untrusted == 0
    ((verified, signals),) = live.rows("SELECT book_verified, signals FROM runs WHERE ended_at IS NOT NULL")
    assert verified >= in_all
    assert signals == 0
