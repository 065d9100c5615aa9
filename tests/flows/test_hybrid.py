"""Hybrid on the simulated market: what a day's bias keeps out, and that the tape alone decides."""

from typing import Any

import msgspec
import pytest

from flows.offline import play, simulated
from flows.variants import variants
from leadline.moment import Row
from leadline.settings import Settings
from simulator.tape import TapeSpec

SPEC = TapeSpec(seed=8, hours=3.4, symbols=("BTC/USD",), density=0.1)
FREE = {"hybrid_mode": {"trend_filter": False, "scalp_signal_filtering": False}}
CHEAP = Settings.model_validate({"fees": {"profile": "kraken_futures"}})


def played(bias: Any, changes: dict[str, Any] | None = None) -> list[Row]:
    return list(play(simulated(msgspec.structs.replace(SPEC, bias=bias), CHEAP), changes, run_id="test"))


def of(rows: list[Row], table: str) -> list[dict[str, Any]]:
    return [row.values for row in rows if row.table == table]


@pytest.fixture(scope="module")
def bullish() -> list[Row]:
    return played("STRONG_BULLISH")


@pytest.fixture(scope="module")
def free() -> list[Row]:
    return played("STRONG_BULLISH", FREE)


def test_under_a_bullish_bias_no_short_is_entered_and_no_long_below_the_key_level(bullish, free):
    def kept(rows):
        return [(r["side"], r["mid"] > r["key_level"]) for r in of(rows, "signals")]

    assert set(kept(bullish)) <= {("buy", True)}
    assert set(kept(free)) - {("buy", True)}, "this market gives nothing to filter"
    assert {r["signal_id"] for r in of(bullish, "paper_trades")} == {r["signal_id"] for r in of(bullish, "signals")}


def test_what_was_kept_out_is_stored_with_what_it_would_have_come_to(bullish):
    filtered = [r for r in of(bullish, "candidates") if r["reason"] in ("against_bias", "wrong_side_of_key_level")]
    advised = {r["advice_id"]: r for r in of(bullish, "advice") if r["kind"] == "bias_filter"}
    assert 0 < len(advised) <= len(filtered)
    assert any(r["saved_bps"] is not None for r in advised.values())
    assert {r["candidate_id"] for r in advised.values()} <= {r["candidate_id"] for r in filtered}


def test_the_setting_that_compare_varies_decides(free):
    ((_, on), (_, off)) = variants(["hybrid_mode.trend_filter=true,false"])
    assert on == {"hybrid_mode": {"trend_filter": True}}
    for name in ("trend_filter", "scalp_signal_filtering"):
        assert name in Settings().hybrid_mode.model_dump()
    both = {"hybrid_mode": off["hybrid_mode"] | {"scalp_signal_filtering": False}}
    assert both == FREE
    assert [r["signal_id"] for r in of(free, "signals")]
