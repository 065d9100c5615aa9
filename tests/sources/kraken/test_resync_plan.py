"""When one symbol's book is asked for anew."""

from sources.kraken.resync import ESCALATIONS, ResyncPlan


def asked(plan, times, reason="checksum_mismatch", answered=True):
    found = []
    for now in times:
        plan.request("A/B", reason, now)
        if plan.due(now):
            found.append(now)
            if answered:
                plan.snapshot("A/B", now)
    return found


def test_the_first_wish_is_granted_at_once_and_the_next_ones_ever_later():
    assert asked(ResyncPlan(), [float(t) for t in range(46)]) == [0.0, 2.0, 6.0, 14.0, 29.0, 44.0]


def test_a_long_quiet_time_is_forgiving():
    assert asked(ResyncPlan(), [0.0, 1.0, 2.0, 400.0, 401.0, 402.0]) == [0.0, 2.0, 400.0, 402.0]


def test_a_book_that_was_right_for_longer_than_the_wait_is_asked_for_at_once():
    assert asked(ResyncPlan(), [0.0, 3.0, 6.0, 9.0, 12.0]) == [0.0, 3.0, 6.0, 9.0, 12.0]


def test_a_quiet_market_waits_ever_longer_and_a_fault_in_it_does_not():
    plan = ResyncPlan()
    times = asked(plan, [float(t) for t in range(0, 1000, 11)], reason="silent")
    assert times[-1] - times[-2] > 250.0
    plan.request("A/B", "silent", times[-1] + 11.0)
    assert plan.due(times[-1] + 12.0) == []
    plan.request("A/B", "checksum_mismatch", times[-1] + 20.0)
    assert plan.due(times[-1] + 20.0) == ["A/B"]


def test_three_that_did_not_help_within_a_minute_end_the_connection_twice_and_no_more():
    escalations = {}
    ended = 0
    for _ in range(5):
        plan = ResyncPlan(escalations)
        asked(plan, [0.1 * t for t in range(300)])
        ended += plan.hopeless(30.0)
    assert ended == ESCALATIONS


def test_silence_alone_never_ends_a_connection():
    plan = ResyncPlan()
    asked(plan, [float(t) for t in range(0, 600, 11)], reason="silent")
    assert not plan.hopeless(600.0)


def test_one_symbol_waits_for_itself_alone():
    plan = ResyncPlan()
    plan.request("A/B", "crossed", 0.0)
    plan.due(0.0)
    plan.request("C/D", "crossed", 0.1)
    assert plan.due(0.1) == ["C/D"]


def test_faults_that_a_snapshot_mended_for_a_while_never_end_a_connection():
    plan = ResyncPlan()
    asked(plan, [2.0 * t for t in range(30)])
    assert not plan.hopeless(60.0)
