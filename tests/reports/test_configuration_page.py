"""The performance page of all runs of a configuration: which they are, each outcome once, their account."""

from datetime import datetime

import pytest

from leadline.errors import StoreError
from leadline.moment import Row
from leadline.performance import performance
from leadline.times import DAY_NS
from reports import facts
from reports.performance import performance_page, plain
from sinks import catalog
from tests.reports.performance_rows import STORED, performance_rows, under
from tests.sinks.stores import new_lake, stored

WRITTEN = datetime(2026, 8, 2)


@pytest.fixture(scope="module")
def rows():
    return performance_rows()


def later(rows, name, **given):
    """Return the rows as a run of another tape, of another market: its signals and trades are others."""
    ids = ("signal_id", "candidate_id", "trade_id", "advice_id")
    made = under(name, rows, tape_id=name, **given)
    for row in made:
        row.values.update({key: f"{name}-{row.values[key]}" for key in ids if row.values.get(key)})
        row.values.update({"mid": -1.0} if row.table == "features" else {})
    return made


def otherwise(rows):
    """Return the rows as another configuration would have made them."""
    return [Row(r.table, r.values | {"config_hash": "0" * 12}) if "config_hash" in r.values else r for r in rows]


@pytest.fixture
def five(rows, tmp_path):
    """Three live runs of one configuration, of which the last repeats the second; a replay; another configuration."""
    made = (under("one", rows), later(rows, "two"), under("again", later(rows, "two")),
            later(rows, "replayed", mode="replay"), otherwise(later(rows, "other")))  # fmt: skip
    data_dir = new_lake(tmp_path)
    for n, part in enumerate(made):
        stored(data_dir, part, STORED + n * 10**9)
    return data_dir, rows[0].values["config_hash"]


def test_all_runs_of_a_configuration_are_joined_and_what_two_tell_is_counted_once(five):
    data_dir, config = five
    found = facts.read(data_dir, config=config)
    assert [run.run_id for run in found.runs] == ["again", "two", "one"]
    assert (len(found.outcomes), found.n_signals, found.advised[0].n) == (2, 2, 2)
    with catalog.connect(data_dir) as store:
        live = "mode = 'live' AND config_hash = ?"
        (n,) = store.execute(f"SELECT sum(n) FROM win_rates WHERE {live}", [config]).fetchone()
    assert performance(found.outcomes).n == n
    page = performance_page(found, WRITTEN)
    for part in ("3 runs of one configuration, joined, live, BTC/USD", f"settings {config}", "again</th>", "one</th>",
                 "No other configuration, mode or market"):  # fmt: skip
        assert part in page, part
    assert "other" not in plain(found.run)["run_id"] and "replayed</th>" not in page
    assert [run.run_id for run in facts.read(data_dir, "replay", config=config).runs] == ["replayed"]
    alone = facts.read(data_dir, run_id="one").episodes[0][1]
    mids = sorted((len(quotes), {quote.mid for quote in quotes} == {-1.0}) for _, quotes in found.episodes)
    assert mids == [(len(alone), False), (len(alone), True)] and alone  # of one tape each, each sample once
    assert facts.read(data_dir).runs == [facts.read(data_dir).run]


def test_a_configuration_is_named_as_it_begins_and_one_that_is_not_there_is_one_line(five):
    data_dir, config = five
    assert facts.read(data_dir, config=config[:4]) == facts.read(data_dir, config=config)
    for asked, told in (("x", "of configuration 'x'; the newest there are 000000000000, "), ("", "several")):
        with pytest.raises(StoreError, match=told):
            facts.read(data_dir, config=asked)


def test_accounts_are_joined_where_each_run_went_on_with_the_one_before(rows, tmp_path):
    (began,) = [r.values["equity_quote"] for r in rows if r.table == "account" and r.values["event"] == "start"]
    (left,) = [r.values["equity_quote"] for r in rows if r.table == "account" and r.values["event"] == "trade"]
    day, times = DAY_NS, ("ts", "armed_at", "entry_ts", "exit_ts", "started_at", "ended_at", "expires_at")

    def put_off(part, days, shift):
        return [Row(r.table, r.values | {t: r.values[t] + days * day for t in times if r.values.get(t)}
                    | ({"equity_quote": r.values["equity_quote"] + shift} if r.table == "account" else {}))
                for r in part]  # fmt: skip

    for name, shift, days in (("went on", left - began, 1), ("anew", 0.0, 1), ("beside it", 0.0, 0)):
        data_dir = stored(tmp_path / name, under("one", rows))
        stored(data_dir, put_off(later(rows, "two"), days, shift), STORED + 10**9)
        found = facts.read(data_dir, config=rows[0].values["config_hash"])
        assert len(found.outcomes) == 2
        assert (found.start is None) == (name != "went on")
        told = "Deepest fall" if name == "went on" else "Not every run went on with the account"
        assert told in performance_page(found, WRITTEN)
