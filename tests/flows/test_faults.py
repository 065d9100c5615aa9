"""Every fault of the exchange is found for its reason, silences the symbol it struck alone, and heals by itself."""

import pytest

from leadline import records
from simulator.exchange import Exchange
from simulator.faults import Fault
from sources.tape import resolve
from sources.tape_reader import TapeReader
from tests.flows.live import Live
from tests.flows.naive_trust import found_on

SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD", "SOL/USD")
DEPTH = 10
SILENT_S = 10.1  # the longest that a book which stands still is believed, and a little more
SOON_S = 60.0  # a quiet machine takes less than half a second
MAINTENANCE_S = 5.0  # no faster after a maintenance


@pytest.fixture(scope="module")
def exchange():
    with Exchange(SYMBOLS, seed=3, rate=4.0) as running:
        yield running


@pytest.fixture(scope="module")
def live(exchange, tmp_path_factory):
    settings = {"feed__symbols": ",".join(SYMBOLS), "hft__sample_seconds": 0, "feed__depth": DEPTH}
    with Live(tmp_path_factory.mktemp("live"), exchange.url, **settings) as run:
        run.verified(*SYMBOLS)
        yield run


class Watch:
    """What became of every book since the watch began."""

    def __init__(self, live):
        self._live = live
        self._before = {symbol: len(live.health(symbol)) for symbol in SYMBOLS}

    def since(self, symbol):
        return self._live.health(symbol)[self._before[symbol] :]

    def healed(self, symbol, *reasons):
        """Wait until a symbol was struck and is verified again; it must have been struck for one of these reasons."""
        self._live.until(lambda: self.since(symbol)[-1:] == [("verified", "")], f"{symbol} healed of {reasons}")
        assert self.since(symbol)[0][1] in reasons

    def only(self, *struck):
        assert {symbol for symbol in SYMBOLS if self.since(symbol)} == set(struck)


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        # few lost frames may be made good by the next, which tells the same level's whole quantity
        (Fault("drop", "BTC/USD", count=20), {"checksum_mismatch"}),
        (Fault("corrupt", "ETH/USD"), {"checksum_mismatch"}),
        (Fault("reorder", "XRP/USD"), {"reordered", "checksum_mismatch"}),  # the early one already may not match
        (Fault("cross", "SOL/USD"), {"crossed"}),
        (Fault("garbage", "BTC/USD", text="wrong_type"), {"rejected_frame"}),
    ],
    ids=["drop", "corrupt", "reorder", "cross", "garbage"],
)
def test_a_fault_of_one_book_is_found_and_heals_and_leaves_the_others_alone(exchange, live, fault, reasons):
    watch = Watch(live)
    exchange.inject(fault)
    live.until(lambda: watch.since(fault.symbol) and not exchange.board.active, f"{fault.kind} found, and spent")
    watch.healed(fault.symbol, *reasons)
    watch.only(fault.symbol)


def test_silence_and_freezes_are_found_and_heal_and_leave_the_others_alone(exchange, live):
    watch = Watch(live)
    exchange.inject(Fault("silence", "ETH/USD"))
    exchange.inject(Fault("freeze", "XRP/USD"))
    exchange.inject(Fault("freeze", "SOL/USD", resend=True))
    watch.healed("XRP/USD", "frozen")
    watch.healed("SOL/USD", "frozen")
    watch.healed("ETH/USD", "silent", "frozen")
    watch.only("ETH/USD", "XRP/USD", "SOL/USD")


def test_a_duplicate_is_counted_and_harmless(exchange, live):
    watch, sent = Watch(live), exchange.n_sent
    exchange.inject(Fault("duplicate", "ETH/USD", count=3))
    live.until(lambda: exchange.n_sent > sent + 100, "more frames")
    watch.only()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("garbage", "ETH/USD", text="not_an_object"), "wrong_type"),
        (Fault("garbage", "ETH/USD", text="unknown_channel"), "unknown_channel"),
        (Fault("garbage", "ETH/USD", text="\x00\xff{"), "invalid_json"),
        (Fault("giant", "ETH/USD"), "too_large"),
    ],
    ids=["not an object", "unknown channel", "no JSON", "giant"],
)
def test_a_frame_that_cannot_be_taken_is_stored_as_a_reject_and_the_flow_goes_on(exchange, live, fault, reason):
    watch = Watch(live)
    query = f"SELECT count(*) FROM rejects WHERE reason = '{reason}'"
    ((before,),) = live.rows(query)
    exchange.inject(fault)
    live.until(lambda: live.rows(query)[0][0] == before + 1, f"a reject: {reason}")
    watch.only()


def test_a_connection_that_stands_still_for_a_while_loses_nothing(exchange, live):
    watch, sent = Watch(live), exchange.n_sent
    exchange.inject(Fault("stall", seconds=2.0))
    live.until(lambda: exchange.n_sent > sent + 400, "more frames")
    watch.only()


@pytest.mark.parametrize("kind", ["disconnect", "maintenance"])
def test_a_lost_connection_marks_every_book_and_is_made_anew(exchange, live, kind):
    watch = Watch(live)
    exchange.inject(Fault(kind))
    for symbol in SYMBOLS:
        watch.healed(symbol, "disconnected")
        assert watch.since(symbol)[0] == ("stale", "disconnected")


@pytest.fixture(scope="module")
def tape(live):
    """Return the records of the run, which ends here."""
    seconds, code, _, err = live.stop()
    assert (code, seconds < SOON_S) == (0, True), err
    return list(TapeReader(resolve(live.folder / "data")))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_each_fault_was_found_by_the_first_message_that_shows_it(live, tape, symbol):
    told = live.rows(
        f"SELECT tape_seq, reason FROM feed_health WHERE symbol = '{symbol}' AND state = 'desync' AND channel = 'book' "
        "ORDER BY tape_seq"
    )
    assert told == found_on(tape, symbol, DEPTH).faults
    assert told


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_nothing_but_verified_messages_was_scored(live, tape, symbol):
    scored = {seq for (seq,) in live.rows(f"SELECT tape_seq FROM features WHERE symbol = '{symbol}'")}
    assert len(scored) > 100
    assert scored <= found_on(tape, symbol, DEPTH).verified
    ((between,),) = live.rows(
        f"""
        WITH spells AS (
            SELECT state, tape_seq AS begin,
                   lead(tape_seq) OVER (ORDER BY ts, tape_seq, stored_at) AS finish
            FROM feed_health WHERE channel = 'book' AND symbol = '{symbol}'
        )
        SELECT count(*) FROM features JOIN spells ON tape_seq >= begin AND tape_seq < finish
        WHERE symbol = '{symbol}' AND spells.state != 'verified'
        """
    )
    assert between == 0


@pytest.mark.parametrize("symbol", ["ETH/USD", "XRP/USD", "SOL/USD"])
def test_a_book_that_stood_still_was_found_at_the_first_tick_behind_its_limit(live, tape, symbol):
    ((found,),) = live.rows(
        f"SELECT epoch_ns(min(ts)) FROM feed_health WHERE symbol = '{symbol}' AND reason IN ('silent', 'frozen')"
    )
    times = {record.seq: record.wall_ns for record in tape}
    scored = live.rows(f"SELECT max(tape_seq) FROM features WHERE symbol = '{symbol}' AND epoch_ns(ts) < {found}")
    over = times[scored[0][0]] + round(SILENT_S * 1e9)
    assert found <= next(record.wall_ns for record in tape if record.kind == records.TICK and record.wall_ns >= over)


def test_a_maintenance_is_not_knocked_at(tape):
    opened = [record.wall_ns for record in tape if record.kind == records.CONNECTED]
    assert len(opened) == 3  # at first, after the lost connection, after the maintenance
    lost = [record.wall_ns for record in tape if record.kind == records.DISCONNECTED]
    assert (opened[2] - lost[1]) * 1e-9 >= MAINTENANCE_S
