"""The portfolio's risk: every plan that is offered counts, and what is open counts as it was then."""

import json
from datetime import UTC, datetime

import pytest

from leadline import records
from leadline.settings import Settings
from leadline.times import HOUR_NS
from reports import portfolio_facts
from reports.portfolio import render
from tests.leadline.analysis.histories import end_ns, walk
from tests.operators import moments
from tests.operators.test_positions import LONG, MIRRORED, declared, quotes
from tests.sinks.analysis_stores import imported
from tests.sinks.lake_rows import row
from tests.sinks.risk_states import items, states, written
from tests.sinks.stores import put

SEEDS = (1, 4, 6)  # histories whose swing and position setups are both tradable
HISTORIES = {f"S{seed}/USD": walk(seed, 24 * 1000, drift=0.02) for seed in SEEDS}
END = end_ns(HISTORIES["S1/USD"])
RULES = Settings.model_validate({"ultimate_analyzer": {"symbols": list(HISTORIES)}})
NOW = datetime(2026, 8, 2, tzinfo=UTC)


def told(folder, symbols=tuple(HISTORIES), at_ns=END):
    """Return a portfolio in Markdown and as numbers."""
    rules = Settings.model_validate({"ultimate_analyzer": {"symbols": list(symbols)}})
    found = portfolio_facts.read(folder, at_ns, at_ns + HOUR_NS, rules)
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
    assert "6 tradable setups, 640.00 at risk if all were entered, 6.4 % of 10,000.00" in text
    assert "OVER THE CAP: with what is open that is 6.4 %, and 5 % is allowed. All of them fit at 78 %" in text
    for plan in offered:
        assert f"{plan['size_quote']:,.2f} | 106.67 | 1.1 % | {0.78125 * plan['size_quote']:,.2f} |" in text
    assert found["planned"] == {
        "n": 6,
        "risk_quote": pytest.approx(640),
        "cap_quote": 500,
        "fitting": pytest.approx(0.78125),
    }


def test_plans_within_the_cap_keep_their_sizes(store):
    text, found = told(store, ["S1/USD"])
    assert "2 tradable setups, 213.33 at risk" in text
    assert "OVER THE CAP" not in text
    assert found["planned"]["fitting"] == 1.0


RUN = {"run_id": "live", "tape_id": "t"}
TRADE = {"symbol": "S1/USD", "verdict": "tradable", "account_model": True, **RUN}


def lived(folder, *rows, began_s=-3600):
    """Put a live run's account and rows into a store; their times are seconds from the end of the history."""
    imported(folder, HISTORIES["S1/USD"], "S1/USD")
    began = row("runs", started_at=at(began_s), ended_at=None, **RUN)
    account = row("account", ts=at(began_s), equity_quote=10_000.0, drawdown=0.0, latched=False, **RUN)
    for n, one in enumerate([began, account, *rows]):
        put(folder, [one], END + n)


def at(seconds):
    return END + seconds * 10**9


def mark(name, ts_s, entered_s, stop=98.0):
    return row("trade_marks", ts=at(ts_s), trade_id=name, signal_id=name, entry_ts=at(entered_s), entry_price=100.0,
               stop=stop, size_base=2.0, **TRADE)  # fmt: skip


def ended(name, entered_s, left_s):
    return row("paper_trades", ts=at(left_s), exit_ts=at(left_s), trade_id=name, signal_id=name, entry_ts=at(entered_s),
               entry_price=100.0, size_base=2.0, **TRADE)  # fmt: skip


def signal(name, entered_s, **given):
    return row("signals", ts=at(entered_s), signal_id=name, size_base=4.0, risk_quote=10.0, stop=98.0, **RUN, **given)


def open_at(folder, seconds):
    return told(folder, ["S1/USD"], at(seconds))[1]["open"].get("S1/USD", {}).get("n", 0)


def test_what_is_open_already_leaves_less_room_for_plans(tmp_path):
    lived(tmp_path, mark("a", -1, -60, stop=-100.0))  # risks 400
    text, found = told(tmp_path, ["S1/USD"])
    assert "Open: 1 trade, 400.00 at risk with fees, 4.0 % of 10,000.00" in text
    assert "OVER THE CAP: with what is open that is 6.1 %" in text
    assert found["planned"]["fitting"] == pytest.approx(100 / 213.33, rel=1e-3)


def test_a_past_time_has_the_trades_that_were_open_then(tmp_path):
    lived(tmp_path, signal("a", -600), mark("a", -598, -600), mark("a", -300, -600), ended("a", -600, -290),
          signal("b", -320), mark("b", -300, -320), mark("b", -200, -320), ended("b", -320, -190))  # fmt: skip
    assert [open_at(tmp_path, s) for s in (-601, -599, -321, -310, -250, -190, 0)] == [0, 1, 1, 2, 1, 0, 0]
    text = told(tmp_path, ["S1/USD"], at(-310))[0]
    assert "Open: 2 trades, 10.00 at risk with fees, 0.1 % of 10,000.00" in text  # half of each plan was filled


def test_a_trade_that_goes_on_is_open_from_its_first_mark_until_a_run_begins_without_it(tmp_path):
    later = row("runs", started_at=at(-100), ended_at=None, **(RUN | {"run_id": "later"}))
    lived(tmp_path, mark("a", -395, -400), mark("a", -200, -400), later)
    assert [open_at(tmp_path, s) for s in (-500, -390, -195, -101, -99, 0)] == [0, 1, 1, 1, 0, 0]


def test_a_trade_without_marks_while_others_have_them_is_open_no_more(tmp_path):
    lived(tmp_path, mark("lost", -300, -310), mark("b", -300, -310), mark("b", -280, -310))
    assert [open_at(tmp_path, s) for s in (-295, -280)] == [2, 1]


# -- declared positions


def declared_in(folder, venue="kraken"):
    """Put the risk file of a live line into a folder: a long and a short of BTC/USD, declared at 1 s and 2 s."""
    script = declared()
    script.at(2).add(records.COMMAND, event={"id": "p2", "command": "position_add", **MIRRORED})
    rows = states(items(script))
    for _, one in rows:
        one.values["venue"] = venue
    return written(folder, rows)


@pytest.fixture(scope="module")
def declared_at():
    """When the first of them is declared, in seconds from the end of the history."""
    return (moments.at(1) - END) // 10**9


def test_declared_positions_are_told_and_opposite_ones_named(tmp_path, declared_at):
    imported(declared_in(tmp_path), HISTORIES["S1/USD"])
    text, found = told(tmp_path, ["BTC/USD"], at(declared_at + 60))
    assert "Declared: 2 positions of unknown size, not in these sums" in text
    assert "BTC/USD is declared long and short at once" in text
    now = found["symbols"][0]["price"]
    for side, stop, result in (("buy", "96.0000", (now - 100) / 4), ("sell", "104.000", (100 - now) / 4)):
        line = f"| BTC/USD {side} | 100.000 | {stop} | - | {now:,.2f} | {result:+.2f} R | - | 2026-08-01 12:00 UTC |"
        assert line in text
    assert [one["id"] for one in found["positions"]] == ["p1", "p2"]


def lived_declared(folder, tables=("positions", "commands", "advice")):
    """Put a line's rows into a store: p1 of 1 s, told to hold at 20 s, closed at 40 s; p2 of 30 s, stopped at 50 s."""
    script = quotes(declared(), 20, 98.5, 60.0, n=1).at(30)
    script.add(records.COMMAND, event={"id": "p2", "command": "position_add", **LONG, "stop": 97.0}).at(40)
    script.add(records.COMMAND, event={"id": "c", "command": "position_close", "position": "p1"})
    found = items(quotes(script, 50, 96.5, 0.0, n=1))
    imported(written(folder, states(found)), HISTORIES["S1/USD"], "S1/USD")
    for n, name in enumerate(tables):
        put(folder, [one for _, one in found if one.table == name], END + n)


def test_of_a_past_time_what_was_declared_then_is_told_whatever_ended_since(tmp_path):
    lived_declared(tmp_path)
    was = {
        0: [],
        1: [("p1", False)],
        25: [("p1", True)],
        35: [("p1", True), ("p2", False)],
        45: [("p2", False)],
        55: [],
    }
    for second, held in was.items():
        text, found = told(tmp_path, ["S1/USD"], moments.at(second))
        assert [(one["id"], one["protection"]["held"]) for one in found["positions"]] == held
        assert "Not told" not in text
    row = "| BTC/USD buy | 100.000 | 96.0000 | - | - | - | hold | 2026-08-01 12:00 UTC |"
    assert row in told(tmp_path, ["S1/USD"], moments.at(25))[0]


def test_a_position_of_before_the_store_kept_them_is_said_not_to_be_told(tmp_path):
    lived_declared(tmp_path, ("commands",))
    assert "Not told: 1 more that an older version declared by then" in told(tmp_path, ["S1/USD"], moments.at(25))[0]
    assert "Not told: 2 more that" in told(tmp_path, ["S1/USD"], moments.at(35))[0]


def test_a_position_that_is_declared_still_is_told_of_a_past_time_without_the_store(tmp_path, declared_at):
    imported(declared_in(tmp_path), HISTORIES["S1/USD"], "S1/USD")
    text, found = told(tmp_path, ["S1/USD"], at(declared_at))
    assert [one["id"] for one in found["positions"]] == ["p1"]
    assert "Not told" not in text


def test_another_markets_positions_are_not_told_and_a_damaged_file_is_named(tmp_path, declared_at):
    imported(declared_in(tmp_path, "simulator"), HISTORIES["S1/USD"], "S1/USD")
    assert told(tmp_path, ["S1/USD"], at(declared_at + 60))[1]["positions"] == []
    (tmp_path / "risk.json").write_text("{")
    assert "cannot use" in told(tmp_path, ["S1/USD"])[0]
