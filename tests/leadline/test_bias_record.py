"""What an analysis hands to the line: what is in it, and what is refused."""

import json

import msgspec
import pytest

from leadline.bias_record import BiasRecord, payload, understood

LONG = {
    "horizon": "swing", "side": "buy", "entry_low": 98.0, "entry_high": 99.0, "stop": 97.0,
    "targets": [{"price": 103.0, "reason": "2.0 R"}], "lasts_high_seconds": 3600.0, "notes": [],
}  # fmt: skip
SHORT = LONG | {"side": "sell", "entry_low": 101.0, "entry_high": 102.0, "stop": 103.0, "targets": [{"price": 97.0}]}
ROW = {
    "symbol": "BTC/USD", "venue": "kraken", "as_of": 1_000, "valid_until": 2_000, "bias": "WEAK_BEARISH",
    "key_level": 101.5, "score": 40.0, "breakouts": json.dumps([{"side": "down", "level": 95.0, "distance_atr": 1.0}]),
    "setups": json.dumps([LONG, SHORT]),
}  # fmt: skip


def test_a_row_of_the_store_becomes_the_record_that_the_line_reads():
    found = understood(json.loads(json.dumps(payload(ROW))))
    assert (found.symbol, found.bias, found.number, found.side, found.key_level) == (
        "BTC/USD", "WEAK_BEARISH", -30, -1, 101.5)  # fmt: skip
    assert [(one.sign, one.level) for one in found.breakouts] == [(-1, 95.0)]
    assert [(one.sign, one.better, one.targets[0].price) for one in found.setups] == [
        (1, 98.0, 103.0),
        (-1, 102.0, 97.0),
    ]
    assert len(found.id) == 16


def test_a_setup_carries_what_it_costs_where_somebody_counted():
    costly = LONG | {"verdict": "not_tradable", "cost_bps": 80.04, "net_rr": -0.226}
    found = understood(json.loads(json.dumps(payload(ROW | {"setups": json.dumps([costly, SHORT])}))))
    assert [one.worth for one in found.setups] == [
        "not tradable: costs 80.0 bps, net R:R -0.23", "its cost is not known"]  # fmt: skip
    assert [found.worth(one) for one in found.setups] == [one.worth for one in found.setups]


def test_a_setup_carries_its_confidence_and_a_record_of_before_has_none():
    plan = LONG | {"confidence": "LOW"}
    found = understood(json.loads(json.dumps(payload(ROW | {"setups": json.dumps([plan, SHORT])}))))
    assert [one.confidence for one in found.setups] == ["LOW", None]


def test_a_setup_carries_its_warnings_and_a_record_of_before_has_none():
    plan = LONG | {"warnings": ["resistance at 0.2 R stands in the way: 4h swing high"]}
    found = understood(json.loads(json.dumps(payload(ROW | {"setups": json.dumps([plan, SHORT])}))))
    assert [one.warnings for one in found.setups] == [tuple(plan["warnings"]), ()]


@pytest.mark.parametrize("turned", [False, True])
def test_a_tradable_setup_says_what_it_needs_and_the_prior_of_a_market_without_direction(turned):
    plan = (SHORT if turned else LONG) | {"verdict": "tradable", "cost_bps": 80.0, "net_rr": 1.0}
    (one,) = understood(payload(ROW | {"setups": json.dumps([plan])})).setups
    assert one.prior == 1 / 3  # 2 to the stop, 4 to the target
    assert one.worth == "tradable, unproven: costs 80.0 bps, net R:R 1.00, needs 50% to win, prior 33%"


def test_its_id_follows_from_what_it_says():
    assert payload(ROW)["id"] == payload(ROW | {"score": 1.0, "run_id": "another"})["id"]
    for name, other in {"as_of": 999, "valid_until": 3, "bias": "NEUTRAL", "key_level": None, "setups": "[]"}.items():
        assert payload(ROW | {name: other})["id"] != payload(ROW)["id"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bias": "UP"}, "Invalid enum value 'UP' - at `$.bias`"),
        ({"key_level": -1.0}, "`float` > 0.0 - at `$.key_level`"),
        ({"key_level": "high"}, "at `$.key_level`"),
        ({"key_level": 1e300}, "at `$.key_level`"),
        ({"valid_until": 10**30}, "at `$.valid_until`"),
        ({"as_of": -1}, "at `$.as_of`"),
        ({"symbol": ""}, "at `$.symbol`"),
        ({"valid_until": 1_000}, "it is over before it begins"),
        ({"setups": [LONG | {"stop": 98.5}]}, "the stop must lie behind the whole zone"),
        ({"setups": [SHORT | {"stop": 101.5}]}, "the stop must lie behind the whole zone"),
        ({"setups": [LONG | {"entry_low": 99.5}]}, "a buy setup enters from 99.5 to 99"),
        ({"setups": [LONG | {"targets": [{"price": 99.0}]}]}, "has its target at 99, not beyond its entry"),
        ({"setups": [LONG | {"targets": []}]}, "at `$.setups[0].targets`"),
        ({"setups": [LONG] * 9}, "at `$.setups`"),
    ],
)  # fmt: skip
def test_what_cannot_be_obeyed_is_refused_in_words(changes, said):
    with pytest.raises(ValueError) as refused:
        understood(payload(ROW) | changes)
    assert said in str(refused.value)


@pytest.mark.parametrize("plain", [None, [], "STRONG_BULLISH", {"symbol": "BTC/USD"}])
def test_what_is_no_record_is_refused(plain):
    with pytest.raises(msgspec.ValidationError):
        understood(plain)


def test_a_record_is_a_value_that_can_be_kept():
    assert msgspec.convert(msgspec.to_builtins(understood(payload(ROW))), BiasRecord) == understood(payload(ROW))
