"""The summary of a day, out of a store."""

from leadline.times import HOUR_NS
from sinks.alerts.alert import Alert
from sinks.alerts.day_summary import DaySummary
from tests.sinks.lake_rows import T0, row
from tests.sinks.stores import new_lake, stored

DAY = Alert("daily_summary:2025-11-24", "daily_summary", (), T0, None, "info", "2025-11-24 (UTC)", "")
TOMORROW = 12 * HOUR_NS


def trade(i, pnl, ts=T0, **given):
    values = {"trade_id": f"t{i}", "signal_id": f"s{i}", "exit_ts": ts, "ts": ts, "pnl_quote": pnl, "on_account": True,
              "account_model": True, "gross_quote": pnl + 1.0, "fees_quote": 1.0, "entry_ts": ts}  # fmt: skip
    return row("paper_trades", i, **values | given)


def test_it_tells_what_was_won_signalled_and_lost_of_this_day_and_this_market(tmp_path):
    rows = [
        trade(1, 12.5), trade(2, -4.0), trade(3, 99.0, ts=T0 + TOMORROW), trade(4, 99.0, venue="simulator"),
        trade(5, 99.0, on_account=False),
        row("signals", 1, verdict="tradable"), row("signals", 2, verdict="filtered"),
        row("feed_health", 1, channel="book", state="desync"), row("feed_health", 2, channel="trade", state="stale"),
        row("account", 1, event="trade", equity_quote=10_008.5, drawdown=0.004, n_open=1, latched=False),
        row("features", 1),
    ]  # fmt: skip
    told = DaySummary(stored(tmp_path, rows), "live", "kraken")(DAY)
    assert told.title == "2025-11-24 (UTC): +8.50 on paper"
    assert told.body.splitlines() == [
        "trades 2, 1 won (50 %): net +8.50, gross +10.50, fees 2.00",
        "signals 2, tradable 1",
        "paper equity 10,008.50, 0.40 % below its peak, 1 open",
        "books found wrong 1, gone stale 0",
    ]


def test_a_replay_tells_of_its_tape_whichever_its_venue(tmp_path):
    data_dir = stored(tmp_path, [row("signals", 1, mode="replay", venue="simulator")])
    assert "signals 1," in DaySummary(data_dir, "replay", None)(DAY).body


def test_a_day_without_anything_is_told_as_one(tmp_path):
    told = DaySummary(new_lake(tmp_path), "live", "kraken")(DAY)
    assert told.title == DAY.title
    assert told.body.splitlines() == [
        "no trade on the account ended", "signals 0, tradable 0", "books found wrong 0, gone stale 0",
        "no sample of a verified book is kept of it: nothing ran, or nothing was to be trusted",
    ]  # fmt: skip


def test_a_latched_switch_is_in_it(tmp_path):
    rows = [row("account", 1, event="latch", equity_quote=9_700.0, drawdown=0.03, n_open=0, latched=True)]
    assert DaySummary(stored(tmp_path, rows), "live", "kraken")(DAY).body.splitlines()[3] == "KILL SWITCH latched"


def test_a_store_that_cannot_be_read_is_said_and_stops_nothing(tmp_path):
    assert "cannot be read" in DaySummary(tmp_path, "live", "kraken")(DAY).body


def test_any_other_alert_passes_as_it_is(tmp_path):
    other = DAY._replace(rule="signal")
    assert DaySummary(tmp_path, "live", "kraken")(other) is other
