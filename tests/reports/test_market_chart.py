"""The market's chart: every horizon's plan, every node, and labels that do not cover one another."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.settings import Settings
from leadline.times import HOUR_NS
from reports import analysis_facts
from reports.labels import LINE, spread
from reports.market_chart import HEIGHT, market
from tests.leadline.analysis.histories import end_ns, walk
from tests.sinks.analysis_stores import imported

BARS = walk(1, 24 * 1000, drift=0.02)  # its swing and position setups are both tradable
END = end_ns(BARS)


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    folder = imported(tmp_path_factory.mktemp("store"), BARS)
    return analysis_facts.read(folder, "BTC/USD", END, END + HOUR_NS, Settings())


@pytest.fixture(scope="module")
def made(facts):
    return market(facts)


def labels(made, axis):
    return [one for one in made.layout.annotations if one.xref == f"{axis} domain"]


def test_every_horizons_setup_is_drawn_with_its_stop_entry_and_targets(facts, made):
    plans = [one.setup for one in facts.analysis.profiles if one.setup is not None]
    assert {plan.horizon for plan in plans} == {"swing", "position"}
    said = " ".join(one.text for one in labels(made, "x"))
    lines = [shape.y0 for shape in made.layout.shapes if shape.type == "line"]
    zones = [(shape.y0, shape.y1) for shape in made.layout.shapes if shape.type == "rect"]
    for plan in plans:
        assert {plan.stop, *(target.price for target in plan.targets)} <= set(lines)
        assert (plan.entry_low, plan.entry_high) in zones
        for name in ("stop", plan.side, *(f"target {n}" for n in range(1, len(plan.targets) + 1))):
            assert f"{plan.horizon} {name} " in said


def test_the_plans_stand_side_by_side_right_of_the_last_bar(facts, made):
    plans = [one.setup for one in facts.analysis.profiles if one.setup is not None]
    boxes = [next((s.x0, s.x1) for s in made.layout.shapes if s.type == "rect" and (s.y0, s.y1) ==
                  (plan.entry_low, plan.entry_high)) for plan in plans]  # fmt: skip
    assert made.data[0].x[-1] < boxes[0][0] < boxes[0][1] < boxes[1][0] < boxes[1][1] < made.layout.xaxis.range[1]


def test_every_node_of_the_profile_is_marked_and_the_high_ones_named(facts, made):
    profile = facts.chosen.volume_profile
    marked = {trace.name: list(trace.y) for trace in made.data if (trace.name or "").endswith("-volume node")}
    assert marked == {"high-volume node": list(profile.high_nodes), "low-volume node": list(profile.low_nodes)}
    assert profile.high_nodes and profile.low_nodes
    low, high = made.layout.yaxis.range
    shown = [node for node in profile.high_nodes if low <= node <= high and node != profile.poc]
    assert sum(one.text.startswith("HVN ") for one in labels(made, "x2")) == len(shown)


@pytest.mark.parametrize("axis", ["x", "x2"])
def test_no_label_covers_another(made, axis):
    low, high = made.layout.yaxis.range
    pixel = (high - low) / (HEIGHT - 92)
    at = [one.y / pixel - one.ay for one in labels(made, axis)]
    assert len(at) > 3
    assert min(b - a for a, b in pairwise(at)) >= LINE - 1e-6


VALUES = st.lists(st.floats(0, 100), max_size=12).map(sorted)


@given(VALUES, st.floats(0.1, 8))
def test_labels_keep_their_order_and_distance_and_the_margin_where_there_is_room(values, gap):
    placed = spread(values, gap, 0.0, 100.0)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(placed))
    if (len(values) - 1) * gap <= 100:
        assert all(-1e-9 <= place <= 100 + 1e-9 for place in placed)


@given(VALUES, st.floats(0.1, 8))
def test_labels_with_room_stay_where_they_are_and_mirrored_ones_move_the_other_way(values, gap):
    if all(b - a >= gap for a, b in pairwise(values)):
        assert spread(values, gap, 0.0, 100.0) == pytest.approx(values)
    if (len(values) - 1) * gap <= 100:
        mirrored = spread([100 - value for value in reversed(values)], gap, 0.0, 100.0)
        assert [100 - place for place in reversed(mirrored)] == pytest.approx(spread(values, gap, 0.0, 100.0))
