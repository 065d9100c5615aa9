"""The policy: what is told, when, and what is held; all of it by the tape's clock."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.moment import Row
from leadline.settings import Alerts
from leadline.times import SECOND_NS
from sinks.alerts.alert import HELD, Told
from sinks.alerts.gate import QuietHours
from sinks.alerts.policy import Policy
from tests.sinks.alerts.some_rows import BTC, ETH, OF, account, at, begun, clock, health, policy, rules, signal, told
from tests.sinks.lake_rows import T0
from tests.sinks.signal_values import IMPOSSIBLE

HOUR = 3600


def held_by(of, **settings):
    """Return a policy and the list that what it holds goes to."""
    held = []
    return Policy(Alerts(**settings), of, held=lambda rule, reason: held.append((rule, reason))), held


# -- signals


def test_a_tradable_signal_is_told_with_all_that_a_tired_trader_needs():
    (alert,) = told(policy(), signal(0, "s1"))
    assert (alert.alert_id, alert.rule, alert.symbols) == ("signal:s1", "signal", (BTC,))
    assert alert.title == "PAPER BUY BTC/USD: unproven, squeeze breakout"
    assert alert.body.splitlines() == [
        "at market, best ask 43,512.3 USD",
        "stop 43,403.5 (-25.0 bps) · target 43,729.9 (+50.0 bps)",
        "size 0.0123 BTC = 535.20 USD, 5.61 USD at risk",
        "cost 12.0 bps · net R:R 1.08 · break-even 48 %",
        "unproven: prior 33 % < break-even 48 %",
        "HFT +63 STRONG BUY · leave by 16:15:00 UTC",
        "16:00:00 UTC, paper only",
    ]


def test_a_short_is_the_mirror_of_a_long():
    (alert,) = told(policy(), signal(0, "s1", side="sell"))
    assert alert.title.startswith("PAPER SELL BTC/USD")
    assert "at market, best bid" in alert.body and "(+25.0 bps)" in alert.body and "(-50.0 bps)" in alert.body


def test_a_title_says_what_is_proven_and_what_is_not():
    titles = [told(policy(), signal(0, "s1", proven=proven))[0].title for proven in (True, False, None)]
    assert [title.split(": ")[1].split(", ")[0] for title in titles] == ["proven", "unproven", "unproven"]


def test_only_tradable_signals_are_told():
    verdict = {"verdict": IMPOSSIBLE["verdict"], "reasons": IMPOSSIBLE["reasons"]}
    assert told(policy(), signal(0, "s1", **verdict)) == []


def test_a_signal_is_of_no_use_after_its_minute_nor_after_its_own_end():
    assert told(policy(), signal(0, "s1"))[0].until_ns == at(60)
    assert told(policy(), signal(0, "s1", expires_at=at(5)))[0].until_ns == at(5)


@pytest.mark.parametrize(
    ("mode", "venue", "mark"), [("live", "simulator", "[SIMULATED] "), ("replay", "kraken", "[REPLAY] ")]
)
def test_what_is_not_of_a_real_market_now_says_so(mode, venue, mark):
    (alert,) = told(policy(), signal(0, "s1", mode=mode, venue=venue))
    assert alert.title.startswith(mark + "PAPER BUY")
    assert (alert.until_ns is None) == (mode != "live")  # a replay's clock is not ours


def test_one_signal_is_told_once():
    of, held = held_by([], cooldown_seconds=0)
    assert len(told(of, signal(0, "s1"), signal(0, "s1"))) == 1
    assert held == [("signal", "duplicate")]


def test_the_next_signal_of_a_symbol_waits_for_its_cooldown_and_another_symbol_does_not():
    of, held = held_by([])
    alerts = told(of, signal(0, "a"), signal(299, "b"), signal(299, "c", ETH), signal(300, "d"))
    assert [alert.alert_id for alert in alerts] == ["signal:a", "signal:c", "signal:d"]
    assert held == [("signal", "cooldown")]


def test_no_more_are_told_in_an_hour_than_allowed():
    of, held = held_by([], cooldown_seconds=0, max_per_hour=2)
    alerts = told(of, *(signal(s, str(s)) for s in (0, 1, 2, HOUR - 1, HOUR)))
    assert [alert.alert_id for alert in alerts] == ["signal:0", "signal:1", f"signal:{HOUR}"]
    assert held == [("signal", "rate_cap")] * 2


def test_many_signals_do_not_silence_a_lost_book_nor_many_losses_a_signal():
    of, _ = held_by([], cooldown_seconds=0, max_per_hour=2, trust_seconds=0)
    alerts = told(of, begun(), signal(1, "a"), signal(2, "b"), health(3, BTC, "verified"), signal(4, "c"))
    assert rules(alerts) == ["trust_lost", "signal", "signal", "trust_regained"]


def test_a_state_that_the_cap_holds_is_counted_once_and_told_when_it_may_be():
    of, held = held_by([], cooldown_seconds=0, max_per_hour=1, trust_seconds=0)
    rows = [health(s, BTC, *state) for s in (0, 20) for state in (("desync", "crossed"), ("verified",))]
    assert rules(told(of, *rows[:3], *(clock(s) for s in range(21, 30)))) == ["trust_lost", "trust_regained"]
    assert held == [("trust_lost", "rate_cap")]
    assert rules(told(of, clock(HOUR))) == ["trust_lost"]


@given(st.lists(st.tuples(st.integers(0, 3 * HOUR), st.sampled_from([BTC, ETH])), max_size=40), st.integers(1, 5))
def test_whatever_comes_the_cap_and_the_cooldown_hold_and_all_is_accounted_for(signals, most):
    of, held = held_by([], max_per_hour=most)
    rows = [signal(s, f"{i}", symbol) for i, (s, symbol) in enumerate(sorted(signals))]
    alerts = told(of, *rows)
    assert len(alerts) + len(held) == len(rows)
    for alert in alerts:
        assert sum(alert.ts - HOUR * SECOND_NS < other.ts <= alert.ts for other in alerts) <= most
        before = [other.ts for other in alerts if other.symbols == alert.symbols and other.ts < alert.ts]
        assert all(alert.ts - ts >= 300 * SECOND_NS for ts in before)


@given(st.lists(st.tuples(st.integers(0, 2 * HOUR), st.sampled_from([BTC, ETH])), max_size=30), st.integers(0, 30))
def test_a_run_that_resumes_anywhere_tells_nothing_twice_and_leaves_nothing_out(signals, cut):
    rows = [signal(s, f"{i}", symbol) for i, (s, symbol) in enumerate(sorted(signals))]
    whole = told(policy(), *rows)
    before = told(policy(), *rows[:cut])
    past = [Told(a.alert_id, a.rule, a.symbols, a.ts) for a in before]
    after = told(Policy(Alerts(), past), *rows[max(0, cut - 10) :])  # the snapshot is older than the crash
    assert before + after == whole


def test_each_rule_can_be_switched_off():
    off = policy(signals=False, kill_switch=False, trust=False, daily_summary=False)
    rows = (begun(), signal(0, "s"), account(1, "latch", True), clock(60), clock(30 * HOUR))
    assert told(off, *rows) == []


# -- quiet hours


def test_quiet_hours_hold_signals_and_let_the_kill_switch_through():
    of, held = held_by([], quiet_from="15:00", quiet_until="17:00")  # T0 is 16:00 UTC
    assert rules(told(of, signal(0, "s"), account(1, "latch", True))) == ["kill_switch"]
    assert held == [("signal", "quiet_hours")]


def test_a_book_lost_in_quiet_hours_and_not_back_is_told_when_they_end():
    of = policy(quiet_from="15:00", quiet_until="17:00")
    assert told(of, begun(), clock(60), clock(HOUR - 1)) == []
    assert rules(told(of, clock(HOUR))) == ["trust_lost"]


@pytest.mark.parametrize(
    ("hours", "zone", "quiet"),
    [(("22:00", "07:00"), "UTC", False), (("16:00", "16:01"), "UTC", True), (("15:59", "16:00"), "UTC", False),
     (("17:00", "18:00"), "Europe/Zurich", True), (("23:00", "16:30"), "UTC", True)],
)  # fmt: skip
def test_quiet_hours_are_of_their_zone_and_may_span_midnight(hours, zone, quiet):
    settings = Alerts(quiet_from=hours[0], quiet_until=hours[1])
    assert QuietHours(settings, UTC if zone == "UTC" else ZoneInfo(zone)).holds(T0) is quiet


@pytest.mark.parametrize("hours", [{"quiet_from": "22:00"}, {"quiet_from": "22:00", "quiet_until": "22:00"}])
def test_half_a_span_of_quiet_hours_is_refused(hours):
    with pytest.raises(ValueError, match="two different times of day, or both null"):
        Alerts(**hours)


# -- the kill switch


def test_a_latch_is_told_with_its_reason_and_the_way_out():
    (alert,) = told(policy(), account(0, "latch", True))
    assert (alert.title, alert.kind, alert.symbols) == ("KILL SWITCH latched", "failure", ())
    assert alert.body.splitlines()[:2] == ["the day lost 3.05 %", "paper equity 9,695.00, the day lost 3.05 %"]
    assert "leadline risk reset --reason" in alert.body


def test_a_latch_is_never_held_back():
    of = policy(max_per_hour=1, quiet_from="15:00", quiet_until="17:00")
    rows = [account(i, event, event == "latch", seq=i) for i, event in enumerate(("latch", "reset", "latch", "reset"))]
    assert rules(told(of, *rows)) == ["kill_switch"] * 4


def test_a_run_that_begins_latched_says_so_and_one_that_does_not_is_silent():
    assert "still latched" in told(policy(), account(0, "start", True))[0].title
    assert told(policy(), account(0, "start", False), account(1, "trade", False), account(2, "day", False)) == []


def test_a_run_that_begins_latched_again_and_again_says_so_once_a_day():
    past = []
    for i in range(30):
        found = told(Policy(Alerts(), past), account(i, "start", True, seq=1, tape_id=f"tape {i}"))
        past += [Told(a.alert_id, a.rule, a.symbols, a.ts) for a in found]
    assert len(past) == 1
    assert "kill_switch" in rules(told(Policy(Alerts(), past), account(9 * HOUR, "start", True)))
    another = account(40, "start", True, latch_reason="the day lost 4.00 %")
    assert len(told(Policy(Alerts(), past), another)) == 1


def test_a_reset_of_a_switch_that_was_not_latched_is_no_news():
    assert told(policy(), account(0, "start", False), account(1, "reset", False)) == []
    assert told(policy(), account(1, "reset", False))[0].title == "kill switch cleared"  # nothing is known before it


# -- trust


def test_a_book_that_is_back_within_seconds_is_nobodys_concern():
    rows = (
        begun(),
        health(1, BTC, "verified"),
        health(10, BTC, "desync", "crossed"),
        clock(39),
        health(39, BTC, "verified"),
    )
    assert told(policy(), *rows, clock(100)) == []


def test_a_loss_that_lasts_is_told_once_and_so_is_its_end():
    of = policy()
    lost = told(
        of,
        begun(),
        health(1, BTC, "verified"),
        health(10, BTC, "stale", "disconnected"),
        clock(39),
        clock(40),
        clock(50),
    )
    assert rules(lost) == ["trust_lost"]
    assert (lost[0].ts, lost[0].title) == (at(40), "book lost: BTC/USD")
    assert lost[0].body.startswith("BTC/USD: disconnected, since 16:00:10 UTC (30 s)")
    back = told(of, health(70, BTC, "verified"), clock(71))
    assert rules(back) == ["trust_regained"]
    assert back[0].body == "BTC/USD: verified since 16:01:10 UTC, lost at 16:00:10"


def test_books_lost_together_are_one_alert():
    of = policy()
    (alert,) = told(of, begun(symbols=(BTC, ETH)), clock(30))
    assert alert.symbols == (BTC, ETH) and alert.title == "book lost: BTC/USD, ETH/USD"
    rows = (health(40, BTC, "verified"), health(41, ETH, "verified"))
    assert [alert.symbols for alert in told(of, *rows)] == [(BTC,), (ETH,)]


def test_a_book_that_is_lost_again_and_again_is_told_at_its_cooldown_if_it_is_still_lost():
    of = policy(trust_seconds=0)
    rows = [health(s, BTC, *state) for s in range(0, 280, 10) for state in (("desync", "crossed"), ("verified",))]
    assert rules(told(of, *rows)) == ["trust_lost", "trust_regained"]
    assert told(of, health(290, BTC, "desync", "crossed"), clock(299)) == []
    assert rules(told(of, clock(300))) == ["trust_lost"]


def test_a_loss_that_waits_for_its_cooldown_is_counted_once_and_holds_up_no_other():
    of, held = held_by([], trust_seconds=0)
    lost = ("desync", "crossed")
    assert rules(told(of, health(0, BTC, *lost), health(10, BTC, "verified"))) == ["trust_lost", "trust_regained"]
    assert told(of, health(20, BTC, *lost), *(clock(s) for s in range(20, 60))) == []
    assert held == [("trust_lost", "cooldown")]
    assert [alert.symbols for alert in told(of, health(60, ETH, *lost))] == [(ETH,)]
    assert told(of, health(70, BTC, "verified"), health(80, BTC, *lost), clock(90)) == []
    assert held == [("trust_lost", "cooldown")] * 2
    assert [alert.symbols for alert in told(of, clock(300))] == [(BTC,)]
    assert len(held) == 2


def test_the_trade_channel_is_not_watched():
    assert told(policy(trust_seconds=0), health(0, BTC, "desync", "trade_gap", channel="trade"), clock(99)) == []


def test_a_resumed_run_knows_from_the_line_which_books_are_lost():
    of = policy()
    assert told(of, clock(0, BTC_USD="stale", ETH_USD="verified"), clock(29)) == []
    assert [alert.symbols for alert in told(of, clock(30))] == [(BTC,)]


def test_a_loss_told_before_a_restart_is_not_told_again_and_its_end_is():
    past = [Told("trust_lost:x", "trust_lost", (BTC,), at(0))]
    of = Policy(Alerts(), past)
    assert told(of, begun(1000), clock(1050, BTC_USD="unverified")) == []
    (back,) = told(of, health(1060, BTC, "verified"))
    assert back.body == "BTC/USD: verified since 16:17:40 UTC"
    of = Policy(Alerts(), past)  # nor is it forgotten where the row of its end was before the snapshot
    assert rules(told(of, clock(5, BTC_USD="verified"))) == ["trust_regained"]


def test_a_book_that_was_verified_before_its_loss_was_told_is_not_back_for_that():
    of = Policy(Alerts(), [Told("trust_lost:x", "trust_lost", (BTC,), at(100))])
    assert told(of, health(80, BTC, "verified"), clock(90, BTC_USD="verified")) == []  # what a resumed run repeats
    assert rules(told(of, health(120, BTC, "stale", "disconnected"), health(130, BTC, "verified"))) == [
        "trust_regained"
    ]


def test_a_repeated_loss_is_done_with_even_without_a_cooldown():
    rows = (begun(), clock(30), health(31, BTC, "verified"))
    first = told(policy(cooldown_seconds=0), *rows)
    past = [Told(a.alert_id, a.rule, a.symbols, a.ts) for a in first]
    assert told(Policy(Alerts(cooldown_seconds=0), past), *rows, clock(40)) == []


# -- days and signs of life


def test_a_day_is_summed_up_a_minute_after_its_end():
    of = policy()
    assert told(of, clock(0), clock(8 * HOUR + 59)) == []
    (alert,) = told(of, clock(8 * HOUR + 60), clock(8 * HOUR + 61))
    assert (alert.alert_id, alert.title, alert.body) == ("daily_summary:2025-11-24", "2025-11-24 (UTC)", "")


def test_a_summary_waits_for_the_end_of_quiet_hours():
    of = policy(quiet_from="22:00", quiet_until="07:00")
    assert told(of, clock(0), clock(9 * HOUR), clock(15 * HOUR - 1)) == []
    assert rules(told(of, clock(15 * HOUR))) == ["daily_summary"]


def test_a_run_that_was_down_at_midnight_still_sums_up_the_day():
    past = [Told("signal:x", "signal", (BTC,), at(0))]
    assert rules(told(Policy(Alerts(), past), clock(10 * HOUR))) == ["daily_summary"]
    past.append(Told("daily_summary:2025-11-24", "daily_summary", (), at(8 * HOUR + 60)))
    assert told(Policy(Alerts(), past), clock(10 * HOUR)) == []


def test_a_run_that_was_away_for_days_sums_up_each_of_them_but_no_more_than_a_week():
    past = [Told("daily_summary:2025-11-22", "daily_summary", (), at(-16 * HOUR + 60))]
    of = Policy(Alerts(), past)
    days = [alert.alert_id.partition(":")[2] for alert in told(of, clock(10 * HOUR), clock(11 * HOUR))]
    assert days == ["2025-11-23", "2025-11-24"]
    days = [alert.alert_id.partition(":")[2] for alert in told(of, clock(20 * 24 * HOUR))]
    assert days == [f"2025-12-{day:02}" for day in range(7, 14)]


def test_a_kill_between_two_summaries_leaves_the_second_to_tell():
    past = [Told("daily_summary:2025-11-23", "daily_summary", (), at(10 * HOUR))]  # the 24th was told with it, and lost
    assert [alert.alert_id for alert in told(Policy(Alerts(), past), clock(11 * HOUR))] == ["daily_summary:2025-11-24"]


@pytest.mark.parametrize(("rule", "second"), [("signal", 8 * HOUR + 10), ("kill_switch", 11 * HOUR)])
def test_an_alert_after_midnight_is_no_summary(rule, second):
    past = [Told("signal:x", "signal", (BTC,), at(0)), Told(f"{rule}:y", rule, (), at(second))]
    of = Policy(Alerts(quiet_from="23:00", quiet_until="07:00"), past)
    assert told(of, clock(second + 30)) == []
    assert rules(told(of, clock(15 * HOUR))) == ["daily_summary"]


def test_a_sign_of_life_goes_out_while_the_line_moves_and_only_where_someone_waits_for_it():
    of = Policy(Alerts(heartbeat_seconds=60), beats=True)
    beats = [alert for s in range(0, 181, 5) for alert in told(of, clock(s, BTC_USD="verified"))]
    assert [(alert.rule, alert.ts) for alert in beats] == [("heartbeat", at(s)) for s in (60, 120, 180)]
    assert "books: verified" in beats[0].body
    assert told(policy(), clock(0), clock(999)) == []


def test_a_run_that_ends_before_its_first_sign_of_life_gives_none_however_often_it_is_started():
    for start in range(0, 600, 30):
        of = Policy(Alerts(heartbeat_seconds=60), beats=True, begun_ns=at(start))
        assert told(of, *(clock(s, BTC_USD="verified") for s in range(start, start + 30, 5))) == []


def test_the_rows_of_before_a_restart_are_no_sign_of_life():
    of = Policy(Alerts(heartbeat_seconds=60), beats=True, begun_ns=at(1000))
    assert told(of, *(clock(s, BTC_USD="verified") for s in range(0, 1060, 5))) == []
    assert [alert.ts for alert in told(of, clock(1060))] == [at(1060)]


def test_rows_of_other_tables_cost_nothing_and_say_nothing():
    assert told(policy(), Row("features", {"ts": 1, "symbol": BTC} | OF), Row("telemetry", {"stages": {}})) == []


def test_the_reasons_are_a_closed_set():
    assert set(HELD) == {"duplicate", "quiet_hours", "cooldown", "rate_cap"}
