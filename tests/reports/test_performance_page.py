"""The performance page: what it says of a run, which run that is, and that it needs nothing but itself."""

import json
import os
import shutil
from datetime import datetime
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs

from cli.main import main
from leadline.errors import StoreError
from leadline.moment import Row
from leadline.performance import evidence, performance
from reports import facts, scope
from reports.head import head
from reports.performance import performance_page, plain
from tests.reports.performance_rows import STORED, performance_rows, under
from tests.sinks.lake_rows import row
from tests.sinks.stores import new_lake, put, stored

WRITTEN = datetime(2026, 8, 2)
CHARTS = ("account", "r", "win-rate", "setups", "score", "costs", "advice", "signal-1")


@pytest.fixture(scope="module")
def rows():
    return performance_rows()


@pytest.fixture(scope="module")
def store(rows, tmp_path_factory):
    return stored(tmp_path_factory.mktemp("store"), rows)


@pytest.fixture(scope="module")
def found(store):
    return facts.read(store)


@pytest.fixture(scope="module")
def html(found):
    return performance_page(found, WRITTEN)


class Tags(HTMLParser):
    """The attributes and the ids of a page, its scripts' text left out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: set[str] = set()
        self.feed(html.replace(get_plotlyjs(), ""))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


# -- the page


def test_the_page_needs_nothing_but_itself(html):
    tags = Tags(html)
    assert not {"link", "img", "iframe", "base"} & tags.tags
    assert not [name for name, _ in tags.attributes if name in ("src", "href", "srcset", "data")]
    assert html.count(get_plotlyjs()) == 1
    assert "default-src 'none'" in html
    assert "@import" not in html.replace(get_plotlyjs(), "") and "url(" not in html.replace(get_plotlyjs(), "")


def test_the_page_has_every_chart_each_with_a_caption(html):
    ids = {value for name, value in Tags(html).attributes if name == "id"}
    assert {f"chart-{name}" for name in CHARTS} <= ids
    assert html.count('<p class="caption">') == html.count("<section id=")


def test_the_page_tells_the_counts_and_what_they_show(found, html):
    assert f"All signals: {evidence(performance(found.outcomes), simulated=False)}" in html
    for part in (">0 of 1<", ">0 % (0 to 79)<", ">(too few)<", "net, USD", "-64.63",
                 "payoff ratio", "-1.82, -0.09", "Deepest fall 0.65 % of the peak; longest time below a peak",
                 "Live market; paper trades", "It is the only run in the store", "stop, -1.94 R"):  # fmt: skip
        assert part in html, part
    assert "SIMULATED" not in html


def test_the_same_facts_give_the_same_page(store, html):
    assert performance_page(facts.read(store), WRITTEN) == html


def test_what_the_store_holds_is_text_on_the_page(rows, tmp_path):
    bad = "<script>alert(1)</script>"
    data_dir = stored(tmp_path, [Row(r.table, r.values | {"setup": bad} if "setup" in r.values else r.values)
                                 for r in under(bad, rows)])  # fmt: skip
    page = performance_page(facts.read(data_dir), WRITTEN)
    assert bad not in page and "&lt;script&gt;alert(1)" in page


def test_a_run_without_outcomes_says_so_and_draws_nothing(rows, tmp_path):
    page = performance_page(facts.read(stored(tmp_path, [r for r in rows if r.table == "runs"])), WRITTEN)
    assert "0 signals so far. No signal has been followed to its outcome yet: nothing is shown." in page
    assert 'id="chart-' not in page


def test_an_empty_store_says_so(tmp_path):
    page = performance_page(facts.read(new_lake(tmp_path)), WRITTEN)
    assert "The store holds no run yet" in page and "<section" not in page


def test_signals_that_were_never_filled_are_counted_and_judged_by_nothing(rows, tmp_path):
    never = {"exit_reason": "unfilled", "entry_ts": None, "entry_price": None, "on_account": False, "r_multiple": None,
             "pnl_quote": 0.0, "pnl_bps": None}  # fmt: skip
    made = [Row(r.table, r.values | never) if r.table == "paper_trades" else r for r in rows]
    page = performance_page(facts.read(stored(tmp_path, made)), WRITTEN)
    assert "1 left out of every rate" in page and "account is untouched" in page and ">0 of 0<" in page
    assert 'id="chart-setups"' in page and 'id="chart-r"' not in page


# -- which run


def test_the_newest_run_of_the_most_real_mode_is_chosen(tmp_path):
    data_dir = new_lake(tmp_path)
    for n, (name, mode) in enumerate((("old", "live"), ("new", "live"), ("again", "replay"), ("made", "simulator"))):
        put(data_dir, [row("runs", n, run_id=name, mode=mode)], STORED + n * 10**9)
    known = scope.runs(data_dir)

    def name(*asked) -> str:
        return scope.chosen(known, *asked).run_id

    assert (name(), name("replay"), name("simulator"), name(None, "old")) == ("new", "again", "made", "old")
    assert name("live", "old") == "old"
    assert scope.chosen([run for run in known if run.mode != "live"]).run_id == "again"
    for asked, told in (((None, "x"), "no run 'x'"), (("replay", "old"), "'old' is a live run")):
        with pytest.raises(StoreError, match=told):
            scope.chosen(known, *asked)
    with pytest.raises(StoreError, match="no simulator run in the store; it has 2 live runs, 1 replay run"):
        scope.chosen([run for run in known if run.mode != "simulator"], "simulator")


def test_a_replay_shows_its_own_rows_although_the_live_run_wrote_the_same_ids(rows, tmp_path):
    data_dir = new_lake(tmp_path)
    worse = [Row(r.table, r.values | {"pnl_quote": -99.0}) if r.table == "paper_trades" else r for r in rows]
    for n, made in enumerate((under("first", rows), under("again", worse, mode="replay"))):
        stored(data_dir, made, STORED + n * 10**9)
    live, replay = facts.read(data_dir), facts.read(data_dir, mode="replay")
    assert (live.run.run_id, replay.run.run_id) == ("first", "again")
    assert [o.pnl_quote for o in replay.outcomes] == [-99.0] != [o.pnl_quote for o in live.outcomes]
    assert len(live.outcomes) == len(live.episodes) == 1


def test_a_simulated_world_is_named_and_never_mixed_with_a_live_one(rows, tmp_path):
    data_dir = stored(tmp_path, under("real", rows))
    stored(data_dir, under("made", rows, mode="simulator", venue="simulator"), STORED + 10**9)
    assert facts.read(data_dir).run.run_id == "real"
    made = facts.read(data_dir, mode="simulator")
    told = head(made)
    assert "SIMULATED MARKET" in told and "says nothing about a real one" in told and "0 of 1 won" in told
    assert "the store holds 1 live run, 1 simulator run" in told


# -- the command


def test_the_command_writes_the_page_and_prints_where(store, capsys):
    assert main(["report", "performance", "--data-dir", str(store)]) == 0
    path = store / "reports" / "performance.html"
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_text().startswith("<!doctype html>")
    assert [p.name for p in path.parent.iterdir()] == ["performance.html"]


def test_json_is_what_performance_says_and_writes_no_page(rows, tmp_path, capsys):
    store = stored(tmp_path, rows)
    found = facts.read(store)
    assert main(["report", "performance", "--data-dir", str(store), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    p = performance(found.outcomes)
    assert told["all"] == plain(p) and told["all"]["expectancy_r"] == p.expectancy_r._asdict()
    assert told["by_verdict"] == {"tradable": plain(p)} and told["evidence"] == evidence(p, simulated=False)
    assert told["run"]["run_id"] == found.run.run_id
    assert [run["run_id"] for run in told["runs"]] == [found.run.run_id]
    assert not (store / "reports").exists()


def test_a_wish_that_cannot_be_met_is_one_line(store, tmp_path, capsys):
    asked = ["report", "performance", "--data-dir", str(store)]
    for more, told in ((["--run", "x"], "no run 'x'"), (["--config", "x"], "of configuration 'x'"),
                       (["--out", str(tmp_path / "no" / "x.html")], "does not exist"),
                       (["--data-dir", str(tmp_path / "none")], "there is no store in")):  # fmt: skip
        assert main([*asked, *more]) == 1
        out, err = capsys.readouterr()
        assert out == "" and told in err and err.count(os.linesep) == 1


@pytest.mark.parametrize("table", ["advice", "runs"])
def test_a_store_of_an_older_version_is_one_line(tmp_path, rows, capsys, table):
    data = stored(tmp_path, rows)
    shutil.rmtree(data / "lake" / table)
    assert main(["report", "performance", "--data-dir", str(data), "--out", str(tmp_path / "page.html")]) == 1
    err = capsys.readouterr().err
    assert "`leadline catalog refresh` brings it up to date" in err and err.count("\n") == 1
