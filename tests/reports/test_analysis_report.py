"""The analysis reports: they say what the analysis holds, say what is missing, and need nothing but themselves."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import count

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from cli.main import main
from leadline.analysis import Bars, plain
from leadline.analysis.as_of import as_of_ns, written
from leadline.settings import Settings
from reports import analysis_facts, portfolio_facts
from reports.analysis import render
from reports.analysis_blocks import blocks
from reports.blocks import price
from reports.portfolio import render as render_all
from reports.prompt import prompt
from tests.leadline.analysis.histories import end_ns, walk
from tests.sinks.analysis_stores import imported, observed
from tests.sinks.lake_rows import row
from tests.sinks.stores import put

BARS, OTHER = walk(11, 24 * 400, drift=0.05), walk(12, 24 * 400, drift=-0.05)
END = end_ns(BARS)
UNTIL = END + 3600 * 10**9
RULES = Settings.model_validate({"ultimate_analyzer": {"symbols": ["BTC/USD", "ETH/USD", "XRP/USD"]}})
NOW = datetime(2026, 8, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Two symbols with a history; of the first there is a fresh reading of the order book."""
    folder = tmp_path_factory.mktemp("store")
    imported(folder, BARS)
    imported(folder, OTHER, "ETH/USD")
    observed(folder, END - 4 * 10**9, hft_score=-73.2, hft_class="STRONG_SELL", confidence="HIGH", imbalance=-6.1,
             imbalance_ema=-5.4)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def facts(store):
    return analysis_facts.read(store, "BTC/USD", END, UNTIL, RULES)


@pytest.fixture(scope="module")
def without_book(store):
    return analysis_facts.read(store, "ETH/USD", END, UNTIL, RULES)


class Needs(HTMLParser):
    """Collects what a page would fetch, and the ids in it."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.ids = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.fetched += [value for name, value in attrs if name in ("src", "href")]
        self.ids += [value for name, value in attrs if name == "id"]


def test_the_page_needs_nothing_else_and_has_every_part_and_picture(facts):
    html = render(facts, "html", NOW)
    needs = Needs(html)
    assert needs.fetched == []
    assert "://" not in html.replace(get_plotlyjs(), "")
    assert {"chart-market", "chart-breakdown", "chart-indicators"} <= set(needs.ids)
    assert {block.name for block in blocks(facts)} - {"summary"} <= set(needs.ids)


def test_the_market_is_drawn_with_its_volume_key_level_and_plan(facts):
    html = render(facts, "html", NOW)
    plan = facts.chosen.setup
    assert plan is not None
    for said in ("candlestick", "POC ", "VAH ", "VAL ", "key level ", "swing stop ", "swing target 1 ",
                 f"swing {plan.side} "):  # fmt: skip
        assert said in html


def test_markdown_says_the_score_the_bias_and_every_setup(facts):
    text, found = render(facts, "md", NOW), facts.analysis
    assert f"Score: {found.score:.1f} of 100" in text
    assert f"Bias: {found.bias}, until " in text
    assert all(one.setup_reason in text for one in found.profiles if one.setup is None)
    assert all(line in text for one in found.profiles for line in one.missing)
    rows = [line.count("|") for line in text.splitlines() if line.startswith("| ")]
    assert min(rows) >= 3


def test_json_is_the_analysis_itself(facts):
    found = json.loads(render(facts, "json", NOW))
    assert {name: found[name] for name in plain(facts.analysis)} == json.loads(json.dumps(plain(facts.analysis)))
    assert found["hft"]["bid_orders"] == 19


def test_the_order_book_is_told_as_the_guide_has_it(facts):
    text = render(facts, "md", NOW)
    aligned = facts.chosen.alignment
    for line in (
        "- Signal: STRONG_SELL (-73/100)", "- Confidence: HIGH | Duration: 2-8 min | 4 s old",
        "- L3 imbalance: -6.1 (EMA: -5.4)", "- Bid/ask ratio: 0.164 (19 bids / 116 asks)",
        f"- Alignment: {aligned.kind} with {facts.analysis.bias}", f"- Advice: {aligned.advice}",
    ):  # fmt: skip
        assert line in text


def test_an_order_book_that_is_missing_says_why(without_book):
    assert "- Missing: no stored reading of the order book" in render(without_book, "md", NOW)
    assert json.loads(render(without_book, "json", NOW))["hft"] is None


def test_too_little_history_still_makes_a_report(tmp_path):
    imported(tmp_path, BARS.part(0, 24 * 3))
    few = analysis_facts.read(tmp_path, "BTC/USD", int(BARS.open_ns[24 * 3]), UNTIL, RULES)
    html, text = render(few, "html", NOW), render(few, "md", NOW)
    assert "Score: none: the history is too short or too old" in text
    assert "60 are needed" in text
    assert "Score: none" in html


def test_page_and_prompt_say_what_each_profiles_score_was_worth(facts):
    for page in (render(facts, "md", NOW), render(facts, "html", NOW), prompt(facts)):
        for profile in ("swing", "position", "scalping"):
            assert f"Track record: {profile} scores of BTC/USD, 2015 to 2022" in page
        assert "been shown to predict" not in page


def test_the_price_is_dated_and_the_confidence_has_its_base_rate_everywhere(facts, store):
    pages = [render(facts, "md", NOW), render(facts, "html", NOW), prompt(facts)]
    for page in pages:
        assert f"(1h close of {written(END)}, 0 min old)" in page
        assert f"% of walks without direction are called {facts.analysis.confidence}, too" in page
    together = render_all(portfolio_facts.read(store, END, UNTIL, RULES), "md", NOW)
    assert f"| {price(facts.analysis.price)}, 0 min old |" in together
    assert "38 % of walks without direction are called HIGH, too" in together


def test_a_market_of_which_nothing_is_heard_any_more_has_a_report_without_a_score(store):
    later = END + 12 * 24 * 3600 * 10**9
    dead = analysis_facts.read(store, "BTC/USD", later, later + 3600 * 10**9, RULES)
    for page in (render(dead, "md", NOW), render(dead, "html", NOW), prompt(dead)):
        assert f"Score: none: the newest close of any timeframe is of {written(END)}, 12 days old; swing needs" in page
        assert f"(1h close of {written(END)}, 12 days old)" in page
        assert "walks without direction" not in page
    together = render_all(portfolio_facts.read(store, later, later + 3600 * 10**9, RULES), "html", NOW)
    assert "12 days old" in together


@pytest.mark.parametrize(("origin", "said"), [("archive", 1), ("rest", 2)])
def test_bars_that_lack_parts_are_told_and_are_missing_unless_they_may_have_been_quiet(tmp_path, origin, said):
    there = np.arange(len(BARS)) % 24 != 5  # an hour of each day is not there
    some = Bars.of(*(getattr(BARS, name)[there] for name in ("open_ns", "open", "high", "low", "close", "volume")))
    imported(tmp_path, some, origin=origin)
    found = analysis_facts.read(tmp_path, "BTC/USD", END, UNTIL, RULES)
    text, html, told = render(found, "md", NOW), render(found, "html", NOW), prompt(found)
    (days,) = (one for one in found.chosen.timeframes if one.timeframe == "1d")
    assert days.bars_with_gaps == 0  # 23 of 24 are more than 95 %
    (fours,) = (one for one in found.chosen.timeframes if one.timeframe == "4h")
    line = f"4h: {fours.bars_with_gaps} of 400 bars lack more than 5 % of their parts (the worst is made of 3 of 4)"
    assert [page.count(line) for page in (text, html, told)] == 3 * [said]
    assert ("an archive" in text) == (origin == "archive")
    assert json.loads(render(found, "json", NOW))["profiles"][0]["timeframes"][0]["bars_with_gaps"] in (66, 67)


def test_the_prompt_holds_every_fact_of_the_report_and_no_other(facts):
    text, report = prompt(facts), render(facts, "md", NOW)
    body = text[text.index("## Summary") :]
    assert body.strip() in report
    head = set(re.findall(r"\d[\d.,:]*", text[: text.index("## Summary")]))
    assert head <= {"100", "0", "50", *re.findall(r"\d[\d.,:]*", report)}
    assert prompt(facts) == text


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
    assert portfolio_facts.read(tmp_path, END - 3600 * 10**9, UNTIL, RULES).account is None


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


AT = "2021-01-01T00:00Z"


def test_the_command_writes_what_was_asked_for_and_prints_where(store, here, capsys):
    given = ["--as-of", AT, "--data-dir", str(store), "--out", str(here / "new"), "--format", "md,json"]
    assert main(["report", "analysis", "xbt-usd", *given]) == 0  # a symbol as a person writes it
    written = [here / "new" / f"analysis-BTC-USD-20210101T0000.{form}" for form in ("md", "json")]
    assert capsys.readouterr().out.split() == [str(path) for path in written]
    assert json.loads(written[1].read_text())["as_of_ns"] == as_of_ns(AT)
    assert sorted((here / "new").iterdir()) == sorted(written)


def test_json_alone_goes_to_a_program_and_no_file_is_written(store, here, capsys):
    assert main(["report", "portfolio", "--as-of", AT, "--data-dir", str(store), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["missing"]) == 3  # the default symbols are in USDT
    assert not (store / "reports").exists()


def test_the_prompt_is_printed(store, here, capsys):
    assert main(["report", "prompt", "eth/usd", "--as-of", AT, "--data-dir", str(store)]) == 0
    assert capsys.readouterr().out.startswith("# Facts about ETH/USD as of 2021-01-01 00:00 UTC\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["XRP/USD", "--as-of", AT], "leadline: no bar of XRP/USD is closed by 2021-01-01 00:00 UTC: the store has"),
        (["bitcoin", "--as-of", AT], "leadline: 'bitcoin' is no symbol: write base/quote"),
        (["BTC/USD", "--as-of", "soon"], "leadline: ultimate_analyzer.as_of is 'soon'; give a time such as"),
        (["BTC/USD", "--as-of", "2200-01-01"], "in the future"),
    ],
)
def test_what_cannot_be_reported_is_one_line(store, here, capsys, arguments, said):
    assert main(["report", "analysis", *arguments, "--data-dir", str(store)]) == 1
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
