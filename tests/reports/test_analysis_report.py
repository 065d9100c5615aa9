"""The analysis reports: they say what the analysis holds, say what is missing, and need nothing but themselves."""

import json
import re

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from cli.main import main
from leadline.analysis import Bars, plain
from leadline.analysis.as_of import as_of_ns, written
from leadline.times import HOUR_NS
from reports import analysis_facts, portfolio_facts
from reports.analysis import render
from reports.analysis_blocks import blocks
from reports.blocks import price
from reports.portfolio import render as render_all
from reports.prompt import prompt
from reports.track_record import KNOWN_NS
from tests.reports.reported import BARS, END, NOW, RULES, UNTIL, Needs
from tests.sinks.analysis_stores import imported


@pytest.fixture(scope="module")
def facts(store):
    return analysis_facts.read(store, "BTC/USD", END, UNTIL, RULES)


@pytest.fixture(scope="module")
def without_book(store):
    return analysis_facts.read(store, "ETH/USD", END, UNTIL, RULES)


def test_the_page_needs_nothing_else_and_has_every_part_and_picture(facts):
    html = render(facts, "html", NOW)
    needs = Needs(html)
    assert needs.fetched == []
    assert "://" not in html.replace(get_plotlyjs(), "")
    assert {"chart-market", "chart-breakdown", "chart-indicators"} <= set(needs.ids)
    assert {block.name for block in blocks(facts)} - {"summary"} <= set(needs.ids)


def test_a_narrow_window_is_told_what_is_beyond_its_edge(facts):
    page = render(facts, "html", NOW)
    hint = page.index(">Wider than this window: scroll it sideways to the plans and the volume profile.<")
    assert page.index('<section id="market">') < hint < page.index('id="chart-market"')


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


def test_page_and_prompt_say_what_each_profiles_score_was_worth_once_that_could_be_known(store, facts):
    later = analysis_facts.read(store, "BTC/USD", KNOWN_NS, KNOWN_NS + 3600 * 10**9, RULES)
    for known, at in ((True, later), (False, facts)):
        for page in (render(at, "md", NOW), render(at, "html", NOW), prompt(at)):
            for profile in ("swing", "position", "scalping"):
                assert (f"Track record: {profile} scores of BTC/USD" in page) == known
            assert ("2015 to 2022" in page) == ("rank correlation" in page) == known
            assert "been shown to predict" not in page
        if not known:  # what all horizons share is said once, besides the summary
            assert render(at, "md", NOW).count("Track record: none") == 2


def test_the_price_is_dated_and_the_confidence_has_its_base_rate_everywhere(facts, store):
    pages = [render(facts, "md", NOW), render(facts, "html", NOW), prompt(facts)]
    for page in pages:
        assert f"(1h close of {written(END)}, 0 min old)" in page
        assert f"% of walks without direction are called {facts.analysis.confidence}, too" in page
    together = render_all(portfolio_facts.read(store, END, UNTIL, RULES), "md", NOW)
    assert f"| {price(facts.analysis.price)}, 0 min old |" in together
    shown = re.findall(r"walks without direction are called (\w+), too", together)
    assert set(shown) == {one.analysis.confidence for one in portfolio_facts.read(store, END, UNTIL, RULES).known}


def test_a_market_of_which_nothing_is_heard_any_more_has_a_report_without_a_score(store):
    later = END + 12 * 24 * HOUR_NS
    dead = analysis_facts.read(store, "BTC/USD", later, later + HOUR_NS, RULES)
    for page in (render(dead, "md", NOW), render(dead, "html", NOW), prompt(dead)):
        assert f"Score: none: the newest close of any timeframe is of {written(END)}, 12 days old; swing needs" in page
        assert f"(1h close of {written(END)}, 12 days old)" in page
        assert "walks without direction" not in page
    together = render_all(portfolio_facts.read(store, later, later + HOUR_NS, RULES), "html", NOW)
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
