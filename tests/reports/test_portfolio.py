"""The portfolio: every symbol side by side, what is open in its own market, and how symbols move together."""

import json
from itertools import count

from plotly.offline import get_plotlyjs

from leadline.settings import Settings
from leadline.times import HOUR_NS
from reports import portfolio_facts
from reports.portfolio import render as render_all
from tests.leadline.analysis.histories import walk
from tests.reports.reported import BARS, END, NOW, RULES, UNTIL, Needs
from tests.sinks.analysis_stores import imported
from tests.sinks.lake_rows import row
from tests.sinks.stores import put


def test_a_portfolio_tells_each_symbol_what_is_missing_and_how_they_move(store):
    found = portfolio_facts.read(store, END, UNTIL, RULES)
    text, html = render_all(found, "md", NOW), render_all(found, "html", NOW)
    for one in found.known:
        assert f"| {one.analysis.symbol} | {one.analysis.score:.1f} | {one.analysis.bias} |" in text
    assert "no bar of XRP/USD is closed by" in text
    assert "<code>leadline history import FILE</code>" in html and "`" not in html.replace(get_plotlyjs(), "")
    assert "the store has no live paper account by then" in text
    (pair,) = found.correlations
    assert (pair.first, pair.second, pair.n_days) == ("BTC/USD", "ETH/USD", 90)
    assert abs(pair.value) < 0.5  # two walks that know nothing of each other
    needs = Needs(html)
    assert (needs.fetched, "://" in html.replace(get_plotlyjs(), "")) == ([], False)
    assert {"chart-scores", "chart-correlation"} <= set(needs.ids)
    assert json.loads(render_all(found, "json", NOW))["missing"][0]["symbol"] == "XRP/USD"


def test_open_risk_is_that_of_live_paper_trades_alone(tmp_path):
    imported(tmp_path, BARS)
    ts, run, stored = END - 10**9, {"run_id": "live", "tape_id": "t"}, count(END)
    open_one = {"entry_price": 100.0, "stop": 98.0, "size_base": 3.0, "verdict": "tradable", "account_model": True}
    simulated = {"mode": "simulator", "venue": "simulator"}
    for rows in (
        [row("runs", started_at=ts, ended_at=None, **run)],
        [row("trade_marks", ts=ts, trade_id=f"a{n}", **(open_one | run | world))
         for n, world in enumerate(({}, simulated, {"verdict": "filtered"}, {"account_model": False}))],
        [row("signals", ts=ts, signal_id="x", risk_quote=10.0, size_base=4.0, **run)],
        [row("account", ts=ts, open_risk_quote=8.0, equity_quote=1000.0, n_open=1, drawdown=0.02, latched=True, **run)],
        [row("account", ts=ts + 1000, open_risk_quote=99.0, **run, **simulated)],
    ):  # fmt: skip
        put(tmp_path, rows, next(stored))
    found = portfolio_facts.read(tmp_path, END, UNTIL, RULES)
    assert found.open == {"BTC/USD": (1, 7.5)}  # 3 of the 4 that the signal planned are filled
    assert found.account.latched
    text = render_all(found, "md", NOW)
    assert "Open: 1 trade, 7.50 at risk with fees, 0.8 % of 1,000.00" in text
    assert "| 1 | 7.50 |" in text
    assert "the kill switch is on" in text
    assert portfolio_facts.read(tmp_path, END - HOUR_NS, UNTIL, RULES).account is None


def test_a_simulated_market_is_told_with_its_own_account_and_no_other(tmp_path):
    imported(tmp_path, BARS, venue="simulator", tape_id="t", mode="live")
    rules = Settings.model_validate({"ultimate_analyzer": {"symbols": ["BTC/USD"]}, "feed": {"venue": "simulator"}})
    none = render_all(portfolio_facts.read(tmp_path, END, UNTIL, rules), "md", NOW)
    assert "the store has no paper account of this simulated market by then" in none
    ts, own = END - 10**9, {"run_id": "t", "tape_id": "t", "venue": "simulator", "mode": "live"}
    for n, (equity, of) in enumerate(((900.0, own), (1.0, own | {"tape_id": "u"}), (2.0, own | {"mode": "replay"}),
                                      (3.0, {"run_id": "real", "venue": "kraken"}))):  # fmt: skip
        account = row("account", ts=ts, open_risk_quote=0.0, equity_quote=equity, n_open=0, drawdown=0.0, latched=False)
        put(tmp_path, [account._replace(values=account.values | of)], END + n)
    text = render_all(portfolio_facts.read(tmp_path, END, UNTIL, rules), "md", NOW)
    assert "Open: 0 trades, 0.00 at risk with fees, 0.0 % of 900.00" in text
    assert "| 0 | 0.00 |" in text
    assert "SIMULATED MARKET" in text


def test_a_symbol_goes_wholly_with_itself_and_against_its_opposite():
    days = walk(3, 200, minutes=1440)
    opposite = type(days).of(days.open_ns, *(1e9 / column for column in (days.open, days.low, days.high, days.close)),
                             days.volume)  # fmt: skip
    found = portfolio_facts.correlations({"A/USD": days, "B/USD": days, "C/USD": opposite})
    assert [round(one.value, 2) for one in found] == [1.0, -1.0, -1.0]
    few = portfolio_facts.correlations({"A/USD": days.part(0, 15), "B/USD": days})
    assert (few[0].value, few[0].n_days) == (None, 14)
