"""The bias in force: a report finds its own, and says which one the scalper goes by."""

import json
from datetime import UTC, datetime

import pytest

from leadline.settings import Settings
from leadline.times import HOUR_NS
from reports import analysis_facts, portfolio_facts
from reports.analysis import render
from reports.portfolio import render as render_all
from reports.prompt import prompt
from tests.leadline.analysis.histories import end_ns, walk
from tests.sinks.analysis_stores import imported
from tests.sinks.lake_rows import row
from tests.sinks.stores import put

BARS = walk(11, 24 * 100, drift=0.05)
END, HOUR = end_ns(BARS), HOUR_NS
NOW = datetime(2026, 8, 2, tzinfo=UTC)
RULES = {"ultimate_analyzer": {"symbols": ["BTC/USD"]}}


def held(hours, bias="WEAK_BEARISH", lasts=5, **given):
    """Return the row of a bias that was stored some hours before the end."""
    as_of = END - hours * HOUR
    return row("bias", as_of=as_of, valid_until=as_of + lasts * HOUR, bias=bias, score=35.2, key_level=51_234.5,
               confidence="LOW", tape_id=None, **given)  # fmt: skip


@pytest.fixture
def told(tmp_path):
    """Return what a report of the end says of a store with some biases: facts, and the lines about bias."""

    def of(*rows, at_ns=END, **rules):
        imported(tmp_path, BARS)
        for n, one in enumerate(rows):
            put(tmp_path, [one], END + n)
        facts = analysis_facts.read(
            tmp_path, "BTC/USD", at_ns, at_ns + HOUR, Settings.model_validate({**RULES, **rules})
        )
        return facts, [line for line in render(facts, "md", NOW).splitlines() if line.startswith("- Bias")]

    return of


def test_a_report_says_that_its_own_bias_is_not_the_one_in_force(told, tmp_path):
    facts, (own, in_force) = told(held(3, "NEUTRAL"), held(2))
    assert facts.analysis.bias == "STRONG_BULLISH"
    assert own.endswith("; found for this report, not handed to the scalper")
    assert in_force == (
        "- Bias in force: WEAK_BEARISH, score 35.2, key level 51,234.50, until 2020-04-10 03:00 UTC; found by the "
        "analysis of 2020-04-09 22:00 UTC, stored, and handed to the scalper"
    )
    assert in_force[2:] in render(facts, "html", NOW)
    assert in_force in prompt(facts)
    assert json.loads(render(facts, "json", NOW))["in_force"]["bias"] == "WEAK_BEARISH"
    everything = portfolio_facts.read(tmp_path, END, END + HOUR, facts.rules)
    assert "| STRONG_BULLISH | WEAK_BEARISH of 2020-04-09 22:00 UTC |" in render_all(everything, "md", NOW)


@pytest.mark.parametrize(
    "other",
    [
        held(6),  # over
        held(-1),  # later than the report
        held(2, mode="history"),  # of a time that was asked for: nobody was given it
        held(2, venue="simulator", mode="simulator"),
        held(2, symbol="ETH/USD"),
    ],
)
def test_what_the_scalper_does_not_go_by_is_not_in_force(told, other):
    assert (
        told(other)[1][1] == "- Bias in force: none; no analysis was stored and handed to the scalper that holds then"
    )


def test_an_analysis_that_was_stored_is_in_force_itself(told):
    own, in_force = told(held(0))[1]
    assert "not handed" not in own
    assert in_force.endswith("; found by this analysis, stored, and handed to the scalper")


def test_a_simulated_exchanges_bias_is_in_force_whatever_tape_its_history_is_of(tmp_path):
    given = {"venue": "simulator", "mode": "simulator"}
    imported(tmp_path, BARS, tape_id="run", **given)
    put(tmp_path, [row("bias", **held(2, **given).values | {"tape_id": "past"})], END)
    rules = Settings.model_validate({**RULES, "feed": {"venue": "simulator"}})
    assert analysis_facts.read(tmp_path, "BTC/USD", END, END + HOUR, rules).in_force.bias == "WEAK_BEARISH"


def test_settings_that_keep_a_bias_out_of_force_are_named(told):
    assert told(held(2), hybrid_mode={"bias": False})[1][1].endswith("none, since hybrid_mode.bias is false")
    first = told(held(2), hybrid_mode={"morning_bias_update": False})[1][1]
    assert first.endswith("; one before it that is not over yet goes first")
