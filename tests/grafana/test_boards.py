"""The boards as committed: made by the code, whole, and readable without guessing."""

import json
import re

import pytest

from grafana.__main__ import BOARDS, FOLDER
from grafana.asking import ALL, Span, asked, filled, load, panels
from grafana.board import text
from grafana.sdk import JSONEncoder, models

NAMES = list(BOARDS)
ALL_PANELS = [pytest.param(panel, id=f"{name}: {panel['title']}") for name in NAMES for panel in panels(load(name))]


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_board_is_what_the_code_makes(name):
    assert (FOLDER / f"{name}.json").read_text() == text(BOARDS[name]()), "run `python -m grafana` and commit"


def test_no_board_is_left_over():
    assert {path.stem for path in FOLDER.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_board_survives_the_types_of_its_sdk(name):
    board = load(name)
    again = json.loads(json.dumps(models.Dashboard.from_json(board), cls=JSONEncoder))
    assert again == board


def test_boards_have_addresses_of_their_own_and_link_to_each_other():
    boards = [load(name) for name in NAMES]
    assert len({b["uid"] for b in boards}) == len({b["title"] for b in boards}) == len(boards)
    assert all(b["tags"] == ["leadline"] and b["links"][0]["tags"] == ["leadline"] for b in boards)
    assert all(b["refresh"] and b["timezone"] == "utc" and b["description"] for b in boards)


@pytest.mark.parametrize("panel", ALL_PANELS)
def test_a_panel_says_what_it_is_and_in_which_unit(panel):
    assert len(panel["title"]) < 40
    assert panel["description"].endswith((".", "!")) and len(panel["description"]) > 15
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"] and all(t["expr"] and t["legendFormat"] for t in panel["targets"])
    if panel["type"] not in ("stat", "table"):  # which write the legend beside the number, above the column
        assert panel["options"]["legend"]["showLegend"]


@pytest.mark.parametrize("panel", ALL_PANELS)
def test_what_a_panel_shows_as_now_is_asked_of_now(panel):
    of_now = panel["type"] in ("stat", "bargauge", "table")  # of a range, the last point of a dead flow would be shown
    assert all(bool(t.get("instant")) == of_now and bool(t.get("range")) != of_now for t in panel["targets"])


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_titles_of_their_own_and_do_not_overlap(name):
    found = load(name)["panels"]
    titles = [p["title"] for p in found]
    assert len(set(titles)) == len(titles)
    taken = set()
    for panel in found:
        at = panel["gridPos"]
        cells = {(at["x"] + i, at["y"] + j) for i in range(at["w"]) for j in range(at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24
        taken |= cells


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_of_a_query_is_the_boards_own_or_grafanas(name):
    board = load(name)
    own = {v["name"] for v in board["templating"]["list"]}
    assert own <= {*ALL, "datasource"}
    variables = dict.fromkeys(own, "x") | Span(0, 60, 5).windows(1)
    for query in asked(name):
        assert "$" not in filled(query.target["expr"], variables)
        assert query.panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("name", NAMES)
def test_every_selector_is_bound_to_the_chosen_lines_and_symbols(name):
    for query in asked(name):
        for selector in re.findall(r"\bleadline_\w+\{[^}]*\}", query.target["expr"]):
            assert 'instance=~"$instance"' in selector
        assert not re.search(r"\bleadline_\w+(?![\w{])", query.target["expr"])


@pytest.mark.parametrize("name", NAMES)
def test_series_of_two_lines_are_never_called_the_same(name):
    for query in asked(name):
        expr, legend = query.target["expr"], query.target["legendFormat"]
        if not expr.lstrip("(").startswith(
            ("sum", "round(sum", "max", "histogram_quantile")
        ):  # those say themselves what they keep apart
            assert "{{instance}}" in legend or "{{symbol}}" in legend, str(query)


@pytest.mark.parametrize("panel", ALL_PANELS)
def test_no_legend_has_a_last_value_that_would_pass_for_now(panel):
    assert not {"last", "lastNotNull"} & set(panel["options"].get("legend", {}).get("calcs", ()))


@pytest.mark.parametrize("name", NAMES)
def test_every_board_begins_with_whether_it_is_alive_of_a_real_market_and_to_be_trusted(name):
    assert [panel["title"] for panel in panels(load(name))][:3] == ["Line", "Market", "Books not verified"]


def test_whatever_counts_the_results_of_signals_goes_by_the_chosen_verdict():
    for query in asked("scalping"):
        if re.search(r"paper_trades|r_multiple|outcomes|win_rate", query.target["expr"]):
            assert 'verdict=~"$verdict"' in query.target["expr"], str(query)
