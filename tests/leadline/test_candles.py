"""One-minute candles from trades: when they close, what they hold, and when they are partial."""

import pickle
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leadline.candles import GRACE_NS, MAX_CATCH_UP, CandleBuilder
from leadline.events import Trade
from leadline.moment import Candle
from leadline.times import MINUTE_NS, MS_NS, SECOND_NS

NOON_NS = 1_762_776_000 * SECOND_NS


def at(minute: float, seconds: float = 0.0) -> int:
    """Return a time, minutes and seconds past noon."""
    return NOON_NS + int(minute * MINUTE_NS) + int(seconds * SECOND_NS)


def trade(ns: int, trade_id: int, price: float = 10.0, qty: float = 1.0) -> Trade:
    return Trade("buy", price, qty, trade_id, ns)


def closed_at(minute: int) -> int:
    return at(minute + 1) + GRACE_NS


def listening(first_id: int = 1, price: float = 10.0) -> CandleBuilder:
    """Return a builder whose minute -1 was touched by the start and whose minute 0 is the first whole one."""
    builder = CandleBuilder("BTC/USD")
    builder.advance(at(-1, 30))
    builder.add(trade(at(-1, 31), first_id - 1, price))
    assert [candle.partial for candle in builder.advance(closed_at(-1))] == [True]
    return builder


def test_a_candle_is_what_its_trades_say():
    builder = listening()
    for number, (price, qty) in enumerate([(10.0, 1.0), (14.0, 2.0), (8.0, 1.0), (12.0, 4.0)], start=1):
        builder.add(trade(at(0, number), number, price, qty))
    assert builder.advance(closed_at(0)) == [Candle(at(0), 10.0, 14.0, 8.0, 12.0, 8.0, 94.0 / 8.0, 4)]


def test_a_candle_closes_250_ms_past_its_end_and_not_before():
    builder = listening()
    builder.add(trade(at(0, 1), 1))
    assert builder.advance(at(1) + GRACE_NS - 1) == []
    assert builder.next_close_ns == at(1) + GRACE_NS
    assert [candle.open_ns for candle in builder.advance(at(1) + GRACE_NS)] == [at(0)]


def test_a_trade_of_the_next_minute_may_come_before_the_last_of_this_one():
    builder = listening()
    builder.add(trade(at(1, 0.1), 1, price=20.0))
    builder.add(trade(at(0, 59.9), 2, price=10.0))
    first, second = builder.advance(closed_at(1))
    assert (first.close, second.close, first.n_trades, second.n_trades) == (10.0, 20.0, 1, 1)


def test_a_trade_for_a_closed_minute_is_counted_late_and_changes_nothing():
    builder = listening()
    builder.add(trade(at(0, 1), 1))
    builder.advance(closed_at(0))
    builder.add(trade(at(0, 59), 2, price=99.0))
    assert builder.late == 1
    assert builder.advance(closed_at(1)) == [Candle(at(1), 10.0, 10.0, 10.0, 10.0, 0.0, 10.0, 0, filled=True)]


def test_a_minute_without_trades_is_flat_at_the_close_before():
    builder = listening(price=7.0)
    assert builder.advance(closed_at(2)) == [Candle(at(m), 7.0, 7.0, 7.0, 7.0, 0.0, 7.0, 0, True) for m in range(3)]


def test_there_is_no_candle_before_the_first_price():
    builder = CandleBuilder("BTC/USD")
    assert builder.advance(at(0)) == builder.advance(at(30)) == []
    builder.add(trade(at(30, 1), 1))
    assert [candle.open_ns for candle in builder.advance(closed_at(31))] == [at(30), at(31)]


def test_the_minute_of_a_start_is_partial_and_the_next_is_not():
    builder = CandleBuilder("BTC/USD")
    builder.advance(at(0, 10))
    builder.hear(at(0, 11))
    builder.add(trade(at(0, 20), 1))
    assert [candle.partial for candle in builder.advance(closed_at(1))] == [True, False]


def test_all_minutes_from_a_lost_connection_to_the_reopened_one_are_partial():
    builder = listening()
    builder.add(trade(at(0, 1), 1))
    builder.advance(closed_at(0))
    builder.lose()
    closed = builder.advance(closed_at(2))
    builder.lose()  # opened anew, nothing heard yet
    builder.hear(at(3, 30))
    closed += builder.advance(closed_at(4))
    assert [candle.partial for candle in closed] == [True, True, True, False]


def test_a_connection_lost_while_two_minutes_are_open_touches_both():
    builder = listening()
    builder.lose()
    builder.hear(at(1, 0.1))
    assert [candle.partial for candle in builder.advance(closed_at(2))] == [True, True, False]


def test_a_gap_in_the_trade_ids_touches_every_minute_since_the_last_trade():
    builder = listening()
    assert builder.add(trade(at(0, 59), 1)) is None
    first = builder.advance(closed_at(1))
    assert builder.add(trade(at(3, 5), 3)) == at(0)
    assert builder.id_gaps == 1
    assert [candle.partial for candle in first] == [False, False]  # closed: the kept ones are the caller's to mark
    assert [candle.partial for candle in builder.advance(closed_at(4))] == [True, True, False]


def test_ids_that_follow_each_other_are_no_gap_and_a_repeated_one_counts_once():
    builder = listening()
    for trade_id in (1, 2, 2, 1, 3):
        assert builder.add(trade(at(0, 5), trade_id)) is None
    assert (builder.duplicates, builder.id_gaps) == (2, 0)
    assert builder.advance(closed_at(0))[0].n_trades == 3


def test_another_connection_may_speak_of_other_trade_ids():
    builder = listening(first_id=5000)
    builder.lose()
    builder.add(trade(at(0, 5), 1))
    assert (builder.duplicates, builder.id_gaps) == (0, 0)
    assert builder.advance(closed_at(0))[0].n_trades == 1


def test_a_trade_from_the_far_future_is_dropped_and_touches_only_what_is_open():
    builder = listening()
    builder.add(trade(at(0, 1), 1))
    builder.add(trade(at(600_000), 5))
    assert builder.early == 1
    closed = builder.advance(closed_at(4))
    assert [candle.partial for candle in closed] == [True, True, True, False, False]
    assert builder.add(trade(at(5), 7)) == at(0)


def test_a_silence_of_years_makes_no_more_candles_than_anyone_remembers():
    builder = listening()
    builder.add(trade(at(0, 1), 1, price=12.0))
    years_on = at(10 * 365 * 24 * 60)
    closed = builder.advance(years_on)
    assert len(closed) <= MAX_CATCH_UP + 1
    assert (closed[0].open_ns, closed[0].n_trades, closed[-1].close) == (at(0), 1, 12.0)
    assert builder.next_close_ns > years_on


@st.composite
def sessions(draw: st.DrawFn) -> list[tuple[int, Trade | str]]:
    """Draw trades and losses in the order of the clock, with ids that may skip or repeat."""
    now, trade_id, session = at(0), 10, []
    for step_ms, jump, what in draw(
        st.lists(st.tuples(st.integers(0, 40_000), st.sampled_from([1, 1, 1, 0, 2]),
                           st.sampled_from(["trade", "trade", "trade", "lose", "hear"])), max_size=60)
    ):  # fmt: skip
        now += step_ms * MS_NS
        trade_id += jump
        lag_ns = (trade_id * 7919 % 900) * MS_NS
        price = 100.0 + trade_id % 13
        session.append((now, trade(now - lag_ns, trade_id, price, 0.5) if what == "trade" else what))
    return session


def play(builder: CandleBuilder, session: list[tuple[int, Trade | str]]) -> list[Candle]:
    closed = []
    for now, event in session:
        closed += builder.advance(now)
        if isinstance(event, Trade):
            builder.add(event)
        elif event == "lose":
            builder.lose()
        else:
            builder.hear(now)
    return closed


@given(sessions())
def test_candles_follow_each_other_without_a_hole_and_hold_every_trade_once(session):
    builder = CandleBuilder("BTC/USD")
    closed = play(builder, [*session, (at(60), "hear")])
    assert all(b.open_ns - a.open_ns == MINUTE_NS for a, b in pairwise(closed))
    n_trades = sum(isinstance(event, Trade) for _, event in session)
    assert sum(candle.n_trades for candle in closed) + builder.late + builder.duplicates + builder.early == n_trades
    for candle in closed:
        assert candle.low <= min(candle.open, candle.close, candle.vwap)
        assert candle.high >= max(candle.open, candle.close, candle.vwap)
        assert candle.filled == (candle.n_trades == 0) == (candle.volume == 0.0)


@given(sessions(), st.integers(0, 60))
def test_a_builder_goes_on_from_a_snapshot_at_any_cut(session, cut):
    session = [*session, (at(60), "hear")]
    whole = play(CandleBuilder("BTC/USD"), session)
    builder = CandleBuilder("BTC/USD")
    before = play(builder, session[:cut])
    assert before + play(pickle.loads(pickle.dumps(builder)), session[cut:]) == whole


@given(sessions(), st.lists(st.integers(0, 3_600), max_size=30))
def test_candles_do_not_depend_on_how_often_the_clock_is_looked_at(session, looks):
    session = [*session, (at(60), "hear")]
    builder, closed = CandleBuilder("BTC/USD"), []
    times = sorted(at(0, second) for second in looks)
    for now, event in session:
        while times and times[0] <= now:
            closed += builder.advance(times.pop(0))
        closed += play(builder, [(now, event)])
    assert closed == play(CandleBuilder("BTC/USD"), session)


def test_a_trade_sets_the_clock_where_none_was_seen():
    builder = CandleBuilder("BTC/USD")
    builder.add(trade(at(0, 5), 1))
    assert (builder.open_ns, builder.heard) == (at(0), True)
    assert [candle.partial for candle in builder.advance(closed_at(1))] == [True, False]
