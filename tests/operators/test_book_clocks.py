"""The clocks of the book stage: the tape's, the venue's, and how late a message is."""

import pytest

from flows.stages import book_stage
from leadline import records
from leadline.moment import BOOK
from leadline.times import SECOND_NS
from tests.operators.books import busy, opened, played, scored
from tests.operators.moments import BTC, Tape, at, play, rows


def test_the_tapes_clock_never_goes_back():
    tape = opened().at(5).book(BTC, [(99, 2)])
    tape.now_ns = at(3)
    tape.book(BTC, [(99, 3)], event_ns=at(5.1))
    clocks = [m.clock_ns for m in played(tape)]
    assert clocks == sorted(clocks)
    assert clocks[-1] == at(5)


def test_the_age_of_a_message_is_its_lateness_beyond_the_connections_usual():
    tape = opened(lag_s=0.5)
    tape.at(2).book(BTC, [(99, 2)]).at(3).book(BTC, [(99, 3)], event_ns=at(2.2))
    ages = [m.age_ns / SECOND_NS for m in played(tape) if m.kind == BOOK]
    assert ages == [0.0, 0.0, 0.3]


def test_venue_time_is_the_clock_minus_the_connections_offset_and_never_goes_back():
    moments = played(busy(opened(lag_s=0.5), [2, 3]))
    assert [(m.clock_ns - m.venue_ns) / SECOND_NS for m in moments if m.kind == BOOK][1:] == [0.5, 0.5]
    venue = [m.venue_ns for m in moments]
    assert venue == sorted(venue)


def test_a_clock_that_is_behind_the_venues_is_corrected_as_well():
    moments = played(busy(opened(lag_s=-0.45), [2, 3]))
    assert moments[-1].venue_ns - moments[-1].clock_ns == 0.45 * SECOND_NS
    assert {m.age_ns for m in moments} == {0}


def fallen(n: int) -> Tape:
    """Return a tape whose lag is 5 s, and 0.5 s for its last n messages."""
    tape = busy(opened(lag_s=5.0), [2, 3, 4, 5, 6])
    tape.lag_ns = SECOND_NS // 2
    return busy(tape, [6 + 0.1 * k for k in range(1, n + 1)])


@pytest.mark.parametrize(("n", "offset_s"), [(1, 5.0), (2, 5.0), (3, 0.5)])
def test_a_fall_of_the_offset_by_more_than_a_second_needs_three_in_a_row(n, offset_s):
    stage = book_stage()
    moments = play([stage], fallen(n).records)
    assert stage.feeds.public.offset_ns == offset_s * SECOND_NS
    assert all(m.view for m in moments if m.kind == BOOK)  # clocks alone void no book


def test_a_new_connection_learns_its_clock_anew():
    tape = busy(opened(lag_s=0.5), [2])
    tape.lag_ns = 20 * SECOND_NS
    tape.at(30).open().at(31).snapshot(BTC, [(99, 1)], [(101, 1)])
    moments = played(tape)
    assert moments[-1].age_ns == 0


def test_venue_time_does_not_run_ahead_while_a_new_connection_has_not_told_its_clock():
    tape = busy(opened(lag_s=20.0), range(2, 30)).at(31).json(records.DISCONNECTED, {"reason": "reset"}).open().at(35)
    moments = played(tape)
    assert moments[-1].clock_ns - moments[-1].venue_ns == 20 * SECOND_NS


@pytest.mark.parametrize(("lag_s", "said"), [(0.9, 0), (1.5, 1), (-1.5, 1)])
def test_clocks_that_differ_by_more_than_a_second_are_reported_once_and_void_nothing(lag_s, said):
    moments = played(busy(opened(lag_s=lag_s), range(2, 8)))
    skews = [r for r in rows(moments, "feed_health") if r["reason"] == "clock_skew"]
    assert len(skews) == said
    assert scored(moments) == [True] * 7
