"""Level3 frames: what the venue wrote, exactly, and what is refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.events import Ack, Ignored, OrderChange, OrderMessage, Rejected
from sources.kraken import wire, wire_exact

UPDATE = (
    b'{"channel":"level3","type":"update","data":[{"symbol":"BTC/USD","checksum":2143854316,"bids":[],'
    b'"asks":[{"event":"delete","order_id":"OOZP53-FUXQT-BM3262","limit_price":75623.0,"order_qty":0.99200222,'
    b'"timestamp":"2026-09-15T23:41:47.461426256Z"},{"event":"add","order_id":"O6ZQNQ-BXL4E-5WGINO",'
    b'"limit_price":75624.1,"order_qty":0.50000000,"timestamp":"2026-09-15T23:41:47.461500001Z"}],'
    b'"timestamp":"2026-09-15T23:41:47.461653910Z"}]}'
)
SNAPSHOT = (
    b'{"channel":"level3","type":"snapshot","data":[{"symbol":"REQ/USD","checksum":281817320,"bids":['
    b'{"order_id":"O6ZQNQ-BXL4E-5WGINO","limit_price":0.5629,"order_qty":111.56125344,'
    b'"timestamp":"2023-10-06T17:35:00.279389650Z"}],"asks":[],"timestamp":"2023-10-06T18:20:56.507266Z"}]}'
)
AT_NS = 1_789_515_707_461_653_910


def only(side: bytes, frame: bytes = UPDATE) -> bytes:
    """Return the update with this text as its asks."""
    head, _, rest = frame.partition(b'"asks":[')
    return head + b'"asks":[' + side + rest[rest.index(b'],"timestamp"') :]


def order(**fields) -> bytes:
    known = {"event": "add", "order_id": "A", "limit_price": 1.0, "order_qty": 2.0,
             "timestamp": "2026-09-15T23:41:47.000000001Z"}  # fmt: skip
    return msgspec.json.encode({k: v for k, v in (known | fields).items() if v is not None})


def test_an_update_is_read_as_the_venue_wrote_it():
    message = wire.decode(UPDATE)
    assert isinstance(message, OrderMessage)
    assert (message.symbol, message.checksum, message.snapshot, message.event_ns) == (
        "BTC/USD",
        2143854316,
        False,
        AT_NS,
    )
    gone, new = message.asks
    assert (gone.id, gone.event) == ("OOZP53-FUXQT-BM3262", "delete")
    assert new == OrderChange("O6ZQNQ-BXL4E-5WGINO", 75624.1, 0.5, "add", "2026-09-15T23:41:47.461500001Z",
                              AT_NS - 153_909)  # fmt: skip


def test_the_orders_of_a_snapshot_are_added():
    message = wire.decode(SNAPSHOT)
    assert message.snapshot
    assert [(o.id, o.price, o.qty, o.event) for o in message.bids] == [
        ("O6ZQNQ-BXL4E-5WGINO", 0.5629, 111.56125344, "add")
    ]
    assert message.bids[0].time_ns % 10**9 == 279_389_650
    assert message.event_ns % 10**9 == 507_266_000  # written with microseconds


def test_spaces_and_another_order_of_keys_change_nothing():
    assert wire.decode(msgspec.json.format(UPDATE, indent=1)) == wire.decode(UPDATE)
    swapped = UPDATE.replace(b'"channel":"level3","type":"update"', b'"type":"update","channel":"level3"')
    assert wire.decode(swapped) == wire.decode(UPDATE)


def test_a_frame_may_speak_of_several_symbols_or_of_none():
    tree = msgspec.json.decode(UPDATE)
    both = msgspec.json.encode(tree | {"data": [*tree["data"], *msgspec.json.decode(SNAPSHOT)["data"]]})
    assert wire.decode(both).reason == "wrong_type"  # an update without events is not an update
    twice = wire.decode(msgspec.json.encode(tree | {"data": tree["data"] * 2}))
    assert [m.checksum for m in twice] == [2143854316] * 2
    assert wire.decode(b'{"channel":"level3","type":"update","data":[]}') == Ignored("level3")


@pytest.mark.parametrize(
    "given",
    [{"event": "delete", "order_qty": None}, {"event": "delete", "timestamp": None, "limit_price": None},
     {"event": "modify", "timestamp": None}, {"timestamp": "2026-09-15T23:41:47Z"}, {"new_field": 1}],
    ids=str,
)  # fmt: skip
def test_what_a_change_does_not_need_may_be_missing(given):
    message = wire.decode(only(order(**given)))
    assert isinstance(message, OrderMessage)
    assert message.asks[0].id == "A"


@pytest.mark.parametrize(
    "given",
    [{"event": None}, {"event": "replace"}, {"order_id": None}, {"order_id": ""}, {"order_id": 7}, {"timestamp": None},
     {"timestamp": "yesterday"}, {"timestamp": "2026-09-15T23:41:47.46142625xZ"}, {"limit_price": "1.0"},
     {"order_qty": "2.0"}, {"order_qty": None}, {"order_qty": -1.0}, {"event": "modify", "order_qty": None}],
    ids=str,
)  # fmt: skip
def test_a_change_that_does_not_say_what_happened_is_refused_by_name(given):
    frame = only(order(**given))
    rejected = wire.decode(frame)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.symbol, rejected.channel) == ("wrong_type", "BTC/USD", "level3")


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"type":"update"', b'"type":"news"'), (b'"checksum":2143854316', b'"checksum":"x"'), (b'"bids":[],', b""),
     (b'"bids":[]', b'"bids":{}'), (b".461653910Z", b".461653910")],
)  # fmt: skip
def test_a_message_of_another_shape_is_refused_by_name(old, new):
    rejected = wire.decode(UPDATE.replace(old, new))
    assert (rejected.reason, rejected.symbol, rejected.channel) == ("wrong_type", "BTC/USD", "level3")


@given(st.integers(0, len(UPDATE) - 1), st.binary(max_size=3))
def test_a_damaged_frame_never_raises(at, noise):
    wire.decode(UPDATE[:at] + noise + UPDATE[at + 1 :])
    wire.decode(UPDATE[:at])


def test_answers_of_the_level3_channel_are_read():
    ack = wire.decode(
        b'{"method":"subscribe","result":{"channel":"level3","depth":100,"snapshot":true,"symbol":"BTC/USD"},'
        b'"success":true,"time_in":"2026-09-15T23:41:47.461653910Z","time_out":"2026-09-15T23:41:47.461753910Z"}'
    )
    assert ack == Ack("subscribe", True, "level3", "BTC/USD", depth=100)
    refused = wire.decode(
        b'{"error":"ESession:Invalid session","method":"subscribe","success":false,"symbol":"BTC/USD","req_id":3}'
    )
    assert (refused.success, refused.error, refused.req_id) == (False, "ESession:Invalid session", 3)


def test_exact_numbers_and_precision_are_read_from_the_text():
    frame = only(order(limit_price=0.5) + b"," + order(event="delete", order_qty=None)).replace(
        b'"order_qty":2.0', b'"order_qty":123456789012.00000001'
    )
    ((symbol, bids, asks),) = wire_exact.exact_levels(frame)
    assert (symbol, bids) == ("BTC/USD", [])
    assert [(str(price), str(qty)) for price, qty in asks] == [("0.5", "123456789012.00000001"), ("1.0", "0")]
    assert wire_exact.snapshot_precision(SNAPSHOT, "REQ/USD") == (4, 8)
    assert wire_exact.snapshot_precision(SNAPSHOT, "BTC/USD") == (0, 0)
