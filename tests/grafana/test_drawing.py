"""Drawing: a panel's picture says what the answer says."""

import json
import re

import pytest

from grafana.asking import Series, Span, load, panels
from grafana.figures import NO_DATA, _bands, _between, drawn
from grafana.said import COLOURS, said
from leadline.analysis.ultimate import bias
from leadline.bias import BIAS_NUMBER
from leadline.settings import AnalyzerThresholds

SPAN = Span(1_000.0, 1_060.0, 5.0)


def panel(board, title):
    return next(p for p in panels(load(board)) if p["title"] == title)


def one(value, legend="a", **labels):
    return Series(legend, labels, [(1_000.0, value), (1_005.0, value)])


def test_a_panel_without_an_answer_says_so():
    assert drawn(panel("scalping", "Equity"), [[], []], SPAN) == NO_DATA


def test_a_number_that_stands_for_a_state_is_drawn_as_its_word():
    latched = drawn(panel("scalping", "Kill switch"), [[one(1.0)]], SPAN)
    assert "LATCHED" in latched and "LATCHED" not in drawn(panel("scalping", "Kill switch"), [[one(0.0)]], SPAN)


@pytest.mark.parametrize("seconds, colour", [(0.01, "#1971c2"), (0.3, "#f08c00"), (0.5, "#e03131")])
def test_a_number_has_the_colour_of_its_limit(seconds, colour):
    assert colour in drawn(panel("latency", "Tick to signal, p99"), [[one(seconds)]], SPAN)


def test_buckets_are_drawn_as_what_lies_between_their_bounds():
    cumulative = [one(6.0, "+Inf", le="+Inf"), one(2.0, "-1.0", le="-1.0"), one(5.0, "0.5", le="0.5")]
    assert list(_between(cumulative)) == [("-1.0", 2.0), ("0.5", 3.0), ("+Inf", 1.0)]


def test_a_band_ends_where_the_value_changes_or_is_not_known():
    points = [(0.0, 1.0), (5.0, 1.0), (10.0, 2.0), (30.0, 2.0), (35.0, 2.0)]
    assert list(_bands(points, 5.0)) == [(0.0, 10.0, 1.0), (10.0, 15.0, 2.0), (30.0, 35.0, 2.0)]


def test_a_bar_to_the_left_leaves_room_for_its_number_beside_its_name():
    html = drawn(panel("scalping", "Lower bound minus break-even"), [[one(-0.4), one(-0.3, "b")]], SPAN)
    assert re.search(r'"xaxis":\{[^}]*"range":\[-0.5[0-9]*,0.0\]', html) and "-40.0 %" in html


def test_a_bar_of_a_fixed_scale_is_drawn_against_the_whole_of_it_with_room_for_its_number():
    html = drawn(panel("scalping", "HFT score now"), [[one(-13.0), one(84.0, "b")]], SPAN)
    assert re.search(r'"xaxis":\{[^}]*"range":\[-140[.0]*,140[.0]*\]', html)


def test_curves_are_named_with_their_least_and_greatest_value_in_their_unit_and_not_with_the_last():
    closed = Series("closed", {}, [(1_000.0, 9_999.0), (1_005.0, 10_010.5), (1_010.0, 10_003.25)])
    html = drawn(panel("scalping", "Equity"), [[closed], []], SPAN)
    assert "closed   min 9,999.00 quote   max 10,010.50 quote" in html and "10,003.25 quote" not in html


def test_a_table_joins_its_answers_by_their_labels_and_says_what_is_not_known():
    setups, of = panel("scalping", "Setups"), {"instance": "a", "setup": "ema_pullback", "verdict": "tradable"}
    other = of | {"setup": "vwap_reversion"}
    answers = [[one(0.0, **of), one(7.0, **other)], *([one(-0.25, **other)] for _ in setups["targets"][1:])]
    found = re.findall(r"<tr>(.*?)</tr>", drawn(setups, answers, SPAN))
    cells = [re.sub("<[^>]*>", "|", line).strip("|").split("|") for line in found]
    head, first, second = ([cell for cell in line if cell] for line in cells)
    assert head[:6] == ["line", "setup", "verdict", "ended", "won", "win rate"]
    assert first == ["a", "ema_pullback", "tradable", "0", *"-" * 9]
    assert second[1:4] == ["vwap_reversion", "tradable", "7"]
    assert "-0.25 R" in second and "-25.0 %" in second and 'color:#f08c00">-25.0 %' in found[2]


def test_a_component_without_data_says_so_in_a_word_that_is_no_score():
    data, of = panel("analyzer", "How much data the score had"), {"instance": "a", "symbol": "BTC/USD"}
    html = drawn(data, [[one(share, **of)] for share in (0.45, 0.5, 0.0, 1.0, 1.0)], SPAN)
    assert f'color:{COLOURS["orange"]}">45 %' in html and f'color:{COLOURS["orange"]}">no data' in html
    assert COLOURS["red"] not in html


@pytest.mark.parametrize("score", [0.0, 30.0, 30.1, 45.0, 45.1, 50.0, 54.9, 55.0, 69.9, 70.0, 100.0])
def test_a_score_has_the_colour_of_its_bias(score):
    number = BIAS_NUMBER[bias(2 * (score - 50), AnalyzerThresholds())]
    colour = said(panel("analyzer", "Bias"), number)[1]
    assert said(panel("analyzer", "Score"), score)[1] == colour


def test_a_small_loss_is_drawn_small_and_beneath_one_that_is_the_same():
    html = drawn(panel("scalping", "Drawdown and day's loss"), [[one(1e-4, "a drawdown")], [one(1e-4, "a loss")]], SPAN)
    assert '"range":[0,0.01]' in html and re.findall(r'"width":(\d)', html)[:2] == ["4", "2"]


def test_a_stacked_area_has_no_line_that_a_zero_would_draw_on_the_sum_of_the_others():
    html = drawn(panel("feed_health", "Frames by channel"), [[one(2.0, "book"), one(0.0, "trade")]], SPAN)
    assert html.count('"shape":"linear","width":0}') == 2


def test_counts_are_drawn_as_columns_that_stand_on_each_other():
    html = drawn(panel("scalping", "Signals"), [[one(2.0, "not_tradable"), one(1.0, "tradable")]], SPAN)
    assert html.count('"type":"bar"') >= 2 and '"barmode":"stack"' in html


def test_every_tick_of_a_log_axis_has_its_unit_and_the_promise_is_in_sight():
    html = drawn(panel("latency", "Tick to signal over time"), [[one(0.002)], [], []], SPAN)
    ticks = json.loads(re.search(r'"ticktext":(\[.*?\])', html)[1])
    assert ticks == ["1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s"]


def test_a_band_has_a_key_to_the_colours_that_it_shows():
    html = drawn(panel("scalping", "HFT class"), [[one(2.0, "BTC/USD"), one(-1.0, "ETH/USD")]], SPAN)
    key = re.search('<p class="key">(.*)</p>', html)[1]
    assert re.findall("</i>([^<]+)", key) == ["STRONG BUY", "sell"] and COLOURS["green"] in key


def test_a_panel_that_has_words_for_no_answer_says_those():
    assert "no verified book" in drawn(panel("feed_health", "Oldest book"), [[]], SPAN)


def test_long_times_are_counted_in_hours():
    html = drawn(panel("analyzer", "Time until the first bias lapses"), [[one(19_800.0)]], SPAN)
    assert '"ticksuffix":" h"' in html and '"y":[5.5,5.5]' in html and "5.5 h" in html


def test_a_bar_is_drawn_against_the_whole_of_its_scale():
    assert '"range":[0,100]' in drawn(panel("analyzer", "Score"), [[one(14.0)]], SPAN)
