"""Open trades: those of the newest run of a mode, also where it repeats what another run stored."""

from pathlib import Path

from cli.watching.stored import Store
from leadline.moment import Row
from sinks import catalog
from tests.sinks.lake_rows import row
from tests.sinks.stores import put, stored

LATER = 1_900_000_000_000_000_000


def ran(run_id: str, at: int, **given) -> list[Row]:
    """Return a run that goes on, with a trade that is open and one that has ended, of a tape that may be another's."""
    of = {"run_id": run_id, "mode": "replay"}
    marks = [row("trade_marks", second, trade_id=trade_id, account_model=True, **of)
             for trade_id, second in (("ended", 0), ("open", 0), ("open", 5))]  # fmt: skip
    over = row("paper_trades", 2, trade_id="ended", account_model=True, exit_reason="stop", **of)
    return [row("runs", at, exit_reason=None, **of, ended_at=None, **given), *marks, over]


def open_of(folder: Path) -> list[tuple[str, str]]:
    with catalog.connect(folder) as connection:
        return connection.execute("SELECT run_id, trade_id FROM open_trades ORDER BY ALL").fetchall()


def test_what_a_killed_run_left_open_is_gone_once_the_next_one_began(tmp_path):
    killed = ran("killed", 0)
    assert open_of(stored(tmp_path, killed)) == [("killed", "open")]
    put(tmp_path, [row("runs", 9, run_id="next", mode="replay", ended_at=None)], LATER)
    assert open_of(tmp_path) == []


def test_a_trade_without_a_mark_for_long_is_not_open(tmp_path):
    late = row("trade_marks", 60, trade_id="newer", run_id="run", mode="replay", account_model=True)
    assert open_of(stored(tmp_path, [*ran("run", 0), late])) == [("run", "newer")]


def test_a_market_that_runs_a_second_time_has_open_trades_again(tmp_path):
    first = ran("first", 0)
    first = [*first, row("paper_trades", 30, trade_id="open", run_id="first", mode="replay", account_model=True)]
    stored(tmp_path, first)
    for n, one in enumerate(ran("second", 1)):
        put(tmp_path, [one], LATER + n * 1_000_000)
    assert open_of(tmp_path) == [("second", "open")]
    store = Store(tmp_path)
    looked = store.look(books=False)
    store.close()
    assert looked.run["run_id"] == "second"
    assert len(looked.open_trades) == 1
