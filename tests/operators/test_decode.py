"""Records become moments: kinds, order and payloads."""

import msgspec
import pytest

from leadline import moment as kinds
from leadline import records
from leadline.events import BookMessage, Rejected, Trades
from leadline.instrument import Instrument
from leadline.records import Record, Start
from operators.decode import decode_records
from sources.kraken import wire
from tests.operators.moments import BTC, ETH, Tape, at, play, slabs, start


def decoded(*given):
    """Decode (kind, payload) pairs."""
    return decode_records([Record(n, kind, 7, 100 + n, 200 + n, payload) for n, (kind, payload) in enumerate(given)],
                          wire.decode)  # fmt: skip


def test_a_moment_keeps_what_its_record_said():
    (m,) = decoded((records.TICK, b""))
    assert (m.seq, m.kind, m.conn, m.wall_ns, m.mono_ns, m.payload, m.event) == (
        0,
        records.TICK,
        7,
        100,
        200,
        b"",
        None,
    )


@pytest.mark.parametrize(
    ("frame", "kind"),
    [(b'{"channel":"heartbeat"}', kinds.HEARTBEAT), (b'{"method":"pong","success":true}', kinds.HEARTBEAT),
     (b'{"channel":"status","type":"update","data":[{"system":"online"}]}', kinds.STATUS),
     (b'{"method":"subscribe","success":true,"result":{"channel":"book","symbol":"BTC/USD"}}', kinds.ACK),
     (b'{"channel":"ticker","type":"update","data":[]}', kinds.IGNORED), (b"nonsense", kinds.REJECTED)],
)  # fmt: skip
def test_a_frame_is_a_moment_of_its_events_kind(frame, kind):
    (m,) = decoded((records.FRAME, frame))
    assert (m.kind, m.payload) == (kind, frame)


def test_book_and_trade_moments_name_their_symbol():
    book, trade = play([], Tape(BTC).book(BTC, [(99, 1)]).trade(BTC, 99).records)[1:]
    assert (book.kind, book.symbol, type(book.event)) == (kinds.BOOK, BTC, BookMessage)
    assert (trade.kind, trade.symbol, type(trade.event)) == (kinds.TRADES, BTC, Trades)


def test_a_frame_that_speaks_of_several_symbols_is_a_moment_for_each_in_its_order():
    tape = Tape(BTC, ETH).trade(BTC, 1).trade(ETH, 2)
    one, two = (r.payload.decode() for r in tape.records[1:])
    both = one.replace("}]}", "}," + two.partition("[")[2])
    moments = decoded((records.FRAME, both.encode()), (records.TICK, b""))
    assert [(m.seq, m.symbol) for m in moments] == [(0, BTC), (0, ETH), (1, None)]


@pytest.mark.parametrize("number", ["1e18", "1e308", "0.0", "-1.0"])
@pytest.mark.parametrize("field", ["price", "qty"])
def test_a_trade_of_an_impossible_price_or_quantity_is_refused(field, number):
    (frame,) = [r.payload.decode() for r in Tape(BTC).trade(BTC, 1001, 2).records[1:]]
    old = {"price": '"price":1001.0', "qty": '"qty":2.000'}[field]
    (m,) = decoded((records.FRAME, frame.replace(old, f'"{field}":{number}').encode()))
    assert (m.kind, m.symbol) == (kinds.REJECTED, BTC)


def test_a_refused_frame_names_the_symbol_it_was_about():
    (m,) = decoded((records.FRAME, b'{"channel":"book","data":[{"symbol":"BTC/USD"}]}'))
    assert isinstance(m.event, Rejected)
    assert m.symbol == BTC


def test_other_records_carry_their_json():
    payload = msgspec.json.encode({BTC: Instrument(BTC, 1, 8)})
    begin, precisions, end, silent_end, lost = decoded(
        (records.START, msgspec.json.encode(start(BTC))), (records.PRECISIONS, payload),
        (records.END, b'{"reason":"end_of_tape"}'), (records.END, b""), (records.DISCONNECTED, b'{"reason":"reset"}'),
    )  # fmt: skip
    assert isinstance(begin.event, Start)
    assert begin.event.symbols == [BTC]
    assert precisions.event == {BTC: Instrument(BTC, 1, 8)}
    assert (end.event, silent_end.event, lost.event) == ({"reason": "end_of_tape"}, None, {"reason": "reset"})


def test_the_cut_of_batches_does_not_matter():
    tape = Tape(BTC).open().at(1).snapshot(BTC, [(99, 1)], [(101, 1)]).trade(BTC, 101).at(3).records
    whole = decode_records(tape, wire.decode)
    for size in (1, 3):
        cut = [m for slab in slabs(tape, range(0, len(tape), size)) for m in decode_records(slab, wire.decode)]
        assert cut == whole
    assert whole[-1].wall_ns == at(3)
