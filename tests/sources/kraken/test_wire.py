"""The codec takes whatever a socket can deliver, and real frames exactly."""

import gzip

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.events import (
    REJECT_REASONS,
    Ack,
    BookMessage,
    Heartbeat,
    Ignored,
    Instruments,
    PriceLevel,
    Rejected,
    Status,
    Trades,
)
from sources.kraken import wire, wire_exact
from sources.kraken.timestamps import timestamp_ns

UPDATE = (
    b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],'
    b'"asks":[{"price":63005.0,"qty":2.08665551}],"checksum":2532652056,"timestamp":"2026-08-01T02:53:53.646219Z"}]}'
)
TRADE = (
    b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":77120.0,"qty":0.00048389,'
    b'"ord_type":"limit","trade_id":105702534,"timestamp":"2026-08-22T17:30:53.355059Z"},'
    b'{"symbol":"ETH/USD","side":"sell","price":3000.5,"qty":1.5,"ord_type":"market","trade_id":7,'
    b'"timestamp":"2026-08-22T17:30:53Z"}]}'
)


class Raw(msgspec.Struct):
    rx_ns: int
    frame: msgspec.Raw


def frames(path):
    with gzip.open(path) as lines:
        return [bytes(msgspec.json.decode(line, type=Raw).frame) for line in lines]


def test_an_update_is_read_as_the_venue_wrote_it():
    assert wire.decode(UPDATE) == BookMessage(
        "BTC/USD",
        [],
        [PriceLevel(63005.0, 2.08665551)],
        2532652056,
        1785552833646219000,
        False,
        "2026-08-01T02:53:53.646219Z",
    )


def test_spaces_and_another_order_of_keys_change_nothing():
    spaced = msgspec.json.format(UPDATE, indent=1)
    assert wire.decode(spaced) == wire.decode(UPDATE)


def test_trades_of_several_symbols_come_apart_in_order():
    first, second = wire.decode(TRADE)
    assert isinstance(first, Trades) and first.symbol == "BTC/USD" and first.trades[0].side == "buy"
    assert isinstance(second, Trades) and second.trades[0].event_ns % 1_000_000_000 == 0


def test_a_frame_with_two_books_gives_two_messages():
    both = UPDATE.replace(b'"data":[', b'"data":[' + UPDATE[UPDATE.index(b'{"symbol"') : -2] + b",")
    assert [type(event) for event in wire.decode(both)] == [BookMessage, BookMessage]


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (b'{"channel":"heartbeat"}', Heartbeat),
        (b'{"method":"pong","req_id":101,"time_in":"x","time_out":"y"}', Heartbeat),
        (b'{"channel":"ticker","type":"update","data":[]}', Ignored),
        (b'{"channel":"status","type":"update","data":[{"system":"maintenance","connection_id":806193442143087786}]}',
         Status),
    ],
)  # fmt: skip
def test_other_channels_are_known(frame, kind):
    assert type(wire.decode(frame)) is kind


def test_acks_and_error_shapes_are_told_apart():
    ack = wire.decode(b'{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,'
                      b'"symbol":"BTC/USD"},"success":true,"req_id":1}')  # fmt: skip
    assert ack == Ack("subscribe", True, "book", "BTC/USD", None, 1, 10)
    error = wire.decode(b'{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,'
                        b'"symbol":"XBT/USD"}')  # fmt: skip
    assert isinstance(error, Ack) and not error.success and error.symbol == "XBT/USD"


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"not json", "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b"", "invalid_json"),
        (UPDATE[:-5], "invalid_json"),
        (b"[1,2]", "wrong_type"),
        (UPDATE.replace(b"63005.0", b'"63005.0"'), "wrong_type"),
        (UPDATE.replace(b"2026-08-01T", b"yesterday T"), "wrong_type"),
        (UPDATE.replace(b'"update"', b'"upd"').replace(b'{"channel"', b'{ "channel"'), "wrong_type"),
        (TRADE.replace(b'"buy"', b'"hold"'), "wrong_type"),
        (b'{"channel":"weather","data":[]}', "unknown_channel"),
        (b"{}", "unknown_channel"),
        (b'{"method":"dance","success":false,"error":"no"}', "error_reply"),
    ],
)
def test_what_cannot_be_taken_says_why(frame, reason):
    event = wire.decode(frame)
    assert isinstance(event, Rejected) and event.reason == reason and event.frame == frame


def test_a_reject_names_its_symbol_where_the_frame_still_tells():
    event = wire.decode(UPDATE.replace(b"63005.0", b"null"))
    assert isinstance(event, Rejected) and (event.symbol, event.channel) == ("BTC/USD", "book")


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(frame):
    event = wire.decode(frame)
    assert not isinstance(event, Rejected) or event.reason in REJECT_REASONS


@given(st.data())
def test_no_damage_to_a_real_frame_makes_it_raise(data):
    frame = bytearray(data.draw(st.sampled_from([UPDATE, TRADE])))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    for event in [wire.decode(bytes(frame))]:
        assert isinstance(event, list) or event is not None


@given(st.integers(0, 2**33), st.integers(0, 999_999_999))
def test_times_are_exact_to_the_nanosecond(seconds, ns):
    from datetime import UTC, datetime

    head = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert timestamp_ns(f"{head}.{ns:09d}Z") == seconds * 1_000_000_000 + ns


def test_exact_levels_keep_numbers_that_no_float_can_carry():
    frame = UPDATE.replace(b"2.08665551", b"123456789012345.00000001")
    ((symbol, bids, asks),) = wire_exact.exact_levels(frame)
    assert (symbol, bids, str(asks[0][1])) == ("BTC/USD", [], "123456789012345.00000001")


def test_the_precision_of_a_snapshot_is_its_longest_number(recordings):
    for name in ("l2", "sample"):
        snapshot = next(f for f in frames(recordings / f"kraken_v2_book/crossbook_kraken_btcusd_{name}.ndjson.gz")
                        if b'"snapshot","data"' in f)  # fmt: skip
        assert wire_exact.snapshot_precision(snapshot, "BTC/USD") == (1, 8)


def test_every_recorded_frame_is_understood(recordings):
    for path in sorted((recordings / "kraken_v2_book").glob("*.ndjson.gz")):
        assert not any(isinstance(wire.decode(frame), Rejected) for frame in frames(path))


def test_the_whole_instrument_snapshot_parses_with_its_steps(recordings):
    frame = gzip.decompress((recordings / "kraken_v2_docs/instrument_snapshot_2023.json.gz").read_bytes())
    event = wire.decode(frame)
    assert isinstance(event, Instruments) and len(event.pairs) == 683
    bitcoin = event.pairs["BTC/USD"]
    assert (bitcoin.price_precision, bitcoin.qty_precision, bitcoin.tick_units, bitcoin.lot_units) == (1, 8, 1, 1)


def test_a_frame_cut_short_still_tells_whose_it_was():
    event = wire.decode(UPDATE[:120])
    assert isinstance(event, Rejected) and event.reason == "invalid_json"
    assert (event.channel, event.symbol) == ("book", "BTC/USD")


def test_a_book_message_is_a_snapshot_or_an_update():
    event = wire.decode(UPDATE.replace(b"update", b"upsert"))
    assert isinstance(event, Rejected) and (event.reason, event.symbol) == ("wrong_type", "BTC/USD")


def test_what_a_frame_says_of_itself_beside_its_type_changes_nothing():
    sneaky = UPDATE.replace(b'"bids"', b'"snapshot":true,"bids"')
    event = wire.decode(sneaky)
    assert isinstance(event, BookMessage) and not event.snapshot
