"""How fast connections are tried again."""

import itertools
import random

from sources.kraken.backoff import BUDGET, WINDOW_S, Backoff


def tries(backoff, until, lives=0.0):
    now, times = 0.0, []
    while True:
        now += backoff.delay(now)
        if now >= until:
            return times
        backoff.attempt(now)
        times.append(now)
        now += lives + 0.001
        backoff.lived(lives)


def test_a_random_drop_is_tried_again_at_once_then_ever_slower():
    times = tries(Backoff(random.Random(1)), 300.0)
    waits = [b - a for a, b in itertools.pairwise(times)]
    assert all(wait < 0.01 for wait in waits[:3])
    assert all(0.5 <= wait <= 60.1 for wait in waits[4:])
    assert waits[-1] > 15


def test_an_endless_outage_stays_inside_the_budget():
    times = tries(Backoff(random.Random(2)), 3 * WINDOW_S)
    assert max(sum(1 for t in times if a <= t < a + WINDOW_S) for a in times) <= BUDGET


def test_connections_that_live_a_little_each_stay_inside_the_budget_and_are_retried_at_once():
    times = tries(Backoff(random.Random(3)), WINDOW_S, lives=11.0)
    assert 54 <= len(times) <= BUDGET


def test_flapping_connections_never_reach_the_ban():
    times = tries(Backoff(random.Random(4)), 3 * WINDOW_S, lives=1.0)
    assert max(sum(1 for t in times if a <= t < a + WINDOW_S) for a in times) <= BUDGET


def test_after_maintenance_no_faster_than_once_in_five_seconds():
    backoff = Backoff(random.Random(5))
    backoff.maintenance = True
    assert backoff.delay(0.0) >= 5.0
