"""The portfolio's risk: every plan that is offered counts, and what is open counts as it was then."""

import json
from datetime import UTC, datetime

import pytest

from leadline.settings import Settings
from reports import portfolio_facts
from reports.portfolio import render
from tests.leadline.analysis.histories import end_ns, walk
from tests.sinks.analysis_stores import imported
from tests.sinks.lake_rows import row
from tests.sinks.stores import put

SEEDS = (1, 4, 6)  # histories whose swing and position setups are both tradable
HISTORIES = {f"S{seed}/USD": walk(seed, 24 * 1000, drift=0.02) for seed in SEEDS}
END = end_ns(HISTORIES["S1/USD"])
RULES = Settings.model_validate({"ultimate_analyzer": {"symbols": list(HISTORIES)}})
NOW = datetime(2026, 8, 2, tzinfo=UTC)


def told(folder, symbols=tuple(HISTORIES), at_ns=END):
    """Return a portfolio in Markdown and as numbers."""
    rules = Settings.model_validate({"ultimate_analyzer": {"symbols": list(symbols)}})
    found = portfolio_facts.read(folder, at_ns, at_ns + 3600 * 10**9, rules)
    return render(found, "md", NOW), json.loads(render(found, "json", NOW))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    for symbol, bars in HISTORIES.items():
        imported(folder, bars, symbol)
    return folder


def test_planned_risk_is_that_of_every_horizon_and_says_what_breaks_the_cap(store):
    text, found = told(store)
    offered = [profile["setup"] for one in found["symbols"] for profile in one["profiles"]
               if (profile["setup"] or {}).get("verdict") == "tradable"]  # fmt: skip
    assert {plan["horizon"] for plan in offered} == {"swing", "position"}
    assert "6 tradable setups, 800.00 at risk if all were entered, 8.0 % of 10,000.00" in text
    assert "OVER THE CAP: with what is open that is 8.0 %, and 5 % is allowed. All of them fit at 62 %" in text
    for plan in offered:
        assert f"{plan['size_quote']:,.2f} | 133.33 | 1.3 % | {0.625 * plan['size_quote']:,.2f} |" in text
    assert found["planned"] == {
        "n": 6,
        "risk_quote": pytest.approx(800),
        "cap_quote": 500,
        "fitting": pytest.approx(0.625),
    }


def test_plans_within_the_cap_keep_their_sizes(store):
    text, found = told(store, ["S1/USD"])
    assert "2 tradable setups, 266.67 at risk" in text
    assert "OVER THE CAP" not in text
    assert found["planned"]["fitting"] == 1.0


def test_what_is_open_already_leaves_less_room_for_plans(tmp_path):
    imported(tmp_path, HISTORIES["S1/USD"], "S1/USD")
    put(tmp_path, [row("account", ts=END - 10**9, open_risk_quote=400.0, equity_quote=10_000.0, n_open=1, drawdown=0.0,
                       latched=False, tape_id="t")], END)  # fmt: skip
    text, found = told(tmp_path, ["S1/USD"])
    assert "OVER THE CAP: with what is open that is 6.7 %" in text
    assert found["planned"]["fitting"] == pytest.approx(100 / 266.67, rel=1e-3)
