"""The analyzer's step: from a symbol's inputs to rows that the store takes."""

import json

import numpy as np
import pytest

from leadline.analysis import Bars, plain
from leadline.analysis.inputs import Inputs, Missing, World, analysis_hash
from leadline.settings import Settings
from leadline.times import HOUR_NS
from operators.analysis import Run, analysing
from sinks import segments
from sinks.tables import TABLES
from tests.leadline.analysis.histories import end_ns, hourly, walk

BARS = walk(11, 24 * 500, drift=0.05)
END = end_ns(BARS)
RUN = Run("run", Settings(), live=True, valid_until_ns=END + HOUR_NS)


def inputs(bars=BARS, world=None):
    return Inputs("BTC/USD", END, world or World("kraken"), hourly(bars), None)


@pytest.fixture(scope="module")
def analysed():
    return analysing(RUN)(inputs())


def test_a_symbol_gives_one_row_of_each_table_and_the_store_takes_them(analysed):
    assert [row.table for row in analysed.rows] == ["analyses", "bias"]
    for row in analysed.rows:
        table = TABLES[row.table]
        assert segments.arrow_table(table, [row.values], END).num_rows == 1
        assert set(table.names()) - {"stored_at"} == set(row.values)


def test_the_rows_say_what_the_analysis_says(analysed):
    values, bias = (row.values for row in analysed.rows)
    found = analysed.analysis
    assert (values["score"], values["bias"], values["key_level"]) == (found.score, found.bias, found.key_level.price)
    assert (bias["bias"], bias["valid_until"], bias["as_of"]) == (found.bias, RUN.valid_until_ns, END)
    assert json.loads(values["detail"]) == json.loads(json.dumps(plain(found)))
    components = json.loads(values["components"])
    assert sum(one["share"] * (one["score"] or 0) for one in components) / 2 + 50 == pytest.approx(found.score)
    assert values["missing"] == list(found.missing)
    assert [one["horizon"] for one in json.loads(values["setups"])] == [
        one.setup.horizon for one in found.profiles if one.setup
    ]


def test_the_same_inputs_give_the_same_rows(analysed):
    assert analysing(RUN)(inputs()).rows == analysed.rows


def test_too_little_history_is_stored_with_what_is_missing_and_gives_no_bias():
    (row,) = analysing(RUN)(inputs(BARS.part(len(BARS) - 24 * 3, len(BARS)))).rows
    assert (row.table, row.values["score"], row.values["bias"]) == ("analyses", None, "NEUTRAL")
    assert any("60 are needed" in line for line in row.values["missing"])


def test_what_is_missing_is_passed_on_without_rows():
    assert analysing(RUN)(Missing("ETH/USD", "no bar")) == ("ETH/USD", None, "no bar", ())


def test_a_broken_history_is_that_symbols_own_fault():
    broken = Bars.of(BARS.open_ns, BARS.open, BARS.high, np.where(np.arange(len(BARS)) == len(BARS) - 5, 1e9, BARS.low),
                     BARS.close, BARS.volume)  # fmt: skip
    found = analysing(RUN)(Inputs("BTC/USD", END, World("kraken"), {"1h": broken}, None))
    assert (found.analysis, found.rows) == (None, ())
    assert "is impossible" in found.reason


@pytest.mark.parametrize(
    ("world", "live", "mode"),
    [
        (World("kraken"), True, "live"),
        (World("kraken"), False, "history"),
        (World("simulator", "t"), True, "simulator"),
    ],
)
def test_the_mode_says_whether_it_was_made_at_its_time_and_of_which_market(world, live, mode):
    row = analysing(RUN._replace(live=live))(inputs(world=world)).rows[0]
    assert (row.values["mode"], row.values["venue"], row.values["tape_id"]) == (mode, world.venue, world.tape_id)


def test_the_hash_changes_with_what_decides_and_with_nothing_else():
    def of(**given):
        return analysis_hash(Settings.model_validate({"ultimate_analyzer": given}))

    assert of() == of(as_of="2021-01-01", symbols=["ETH/USD"], enabled=False) == analysis_hash(Settings())
    assert of() != of(profile="position")
    assert of() != analysis_hash(Settings.model_validate({"fees": {"profile": "kraken_futures"}}))
