"""Rows of the paper account: of events at one record none is lost."""

from leadline.moment import Moment
from leadline.records import TICK
from leadline.settings import Decision
from operators.accounts import AccountDesk
from tests.operators.moments import BTC, ETH, at, start
from tests.sinks.stores import look, stored

OF = {"mode": "live", "venue": "kraken", "run_id": "run", "tape_id": "tape"}


def test_of_two_trades_that_end_at_one_record_both_are_in_the_view(tmp_path):
    desk, m = AccountDesk(), Moment(7, TICK, 1, at(1), at(1), b"", None, None)
    m.clock_ns = at(1)
    desk.begin(m, start(BTC, ETH), Decision(), set())
    desk.settle(m, "one", -20.65)
    desk.settle(m, "two", -14.11)
    rows = [row._replace(values=row.values | OF) for row in m.rows]
    store = stored(tmp_path, rows)
    found = look(store, "SELECT event, trade_id, equity_quote FROM account ORDER BY stored_at")
    assert found == [("start", None, 10_000.0), ("trade", "one", 9_979.35), ("trade", "two", 9_979.35 - 14.11)]
