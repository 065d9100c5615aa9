"""The candle stage on the line: what it emits does not depend on batches, snapshots or other symbols."""

import pickle
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records
from leadline.candles import GRACE_NS
from leadline.events import Ack, Rejected, Trade, Trades
from leadline.moment import ACK, BOOK, HEARTBEAT, REJECTED, TRADES, Moment
from leadline.settings import Decision
from leadline.times import MINUTE_NS, MS_NS, SECOND_NS
from operators.candles import CandleStage

NOON_NS = 1_762_776_000 * SECOND_NS
BTC, ETH = "BTC/USD", "ETH/USD"
Script = list[tuple[int, int, Any]]  # (venue time, kind, event)


def at(seconds: float) -> int:
    return NOON_NS + int(seconds * SECOND_NS)


def start(*symbols: str, tape_id: str = "tape", **decision: Any) -> records.Start:
    return records.Start(
        tape_id=tape_id, run_id="run", version="0", line="line", mode="live", venue="kraken",
        symbols=list(symbols), config_hash="", decision=Decision(**decision).model_dump(),
    )  # fmt: skip


def ack(symbol: str, method: str = "subscribe", success: bool = True, channel: str = "trade") -> Ack:
    return Ack(method, success, channel, symbol)


def trades(symbol: str, ns: int, trade_id: int, price: float = 10.0, snapshot: bool = False) -> Trades:
    return Trades(symbol, [Trade("buy", price, 1.0, trade_id, ns)], snapshot)


def ticking(script: Script) -> Script:
    """Return the script with a tick at every whole second between its records, as a tape has them."""
    out: Script = []
    for ns, kind, event in script:
        last = out[-1][0] if out else ns
        seconds = range(last - last % SECOND_NS + SECOND_NS, ns, SECOND_NS)
        out += [(second, records.TICK, None) for second in seconds]
        out.append((ns, kind, event))
    return out


def play(stage: CandleStage, script: Script, cuts: list[int] | None = None, pickled: bool = False) -> list[Moment]:
    """Play a script through the stage in batches cut at `cuts`; return its moments."""
    moments = []
    for seq, (ns, kind, event) in enumerate(script):
        moment = Moment(seq, kind, 1, ns, ns, b"", event, getattr(event, "symbol", None))
        moment.venue_ns = ns
        moments.append(moment)
    edges = [0, *sorted(cut % (len(script) + 1) for cut in cuts or []), len(script)]
    for begin, end in pairwise(edges):
        stage.process(moments[begin:end])
        if pickled:
            stage = pickle.loads(pickle.dumps(stage))
    return moments


def rows(moments: list[Moment]) -> list[dict[str, Any]]:
    return [row.values for m in moments for row in m.rows or [] if row.table == "candles"]


def minutes(moments: list[Moment], symbol: str = BTC) -> list[dict[str, Any]]:
    return [row for row in rows(moments) if row["timeframe"] == "1m" and row["symbol"] == symbol]


def partials(moments: list[Moment], symbol: str = BTC) -> list[bool]:
    return [row["partial"] for row in minutes(moments, symbol)]


OPENING: Script = [
    (at(0), records.START, start(BTC)),
    (at(0.1), records.CONNECTED, {"venue": "kraken", "url": ""}),
    (at(0.5), ACK, ack(BTC)),
    (at(1), TRADES, trades(BTC, at(1), 1)),
]


def test_a_minute_closes_on_any_record_250_ms_past_its_end():
    for kind in (BOOK, HEARTBEAT, records.TICK):
        early = (at(60) + GRACE_NS - 1, kind, None)
        due = (at(60) + GRACE_NS, kind, None)
        moments = play(CandleStage(), [*OPENING, early, due])
        assert [m.closed is not None for m in moments] == [False] * 5 + [True]
        closed = moments[-1].closed[0]
        assert (closed.symbol, closed.close_ns, closed.n_candles, closed.ready) == (BTC, at(60), 1, False)


def test_the_record_that_closes_a_minute_brings_its_own_trade_too_late_for_it():
    stage = CandleStage()
    play(stage, [*OPENING, (at(60.5), TRADES, trades(BTC, at(59.9), 2))])
    assert stage.faults()[BTC]["late"] == 1


def test_rows_say_which_candle_they_are_and_what_its_indicators_were():
    each_minute = [(at(60 * n + 1), TRADES, trades(BTC, at(60 * n + 1), 1 + n, 10.0 + n)) for n in range(1, 15)]
    moments = play(CandleStage(), ticking([*OPENING, *each_minute, (at(901), records.TICK, None)]))
    assert [row["timeframe"] for row in rows(moments)].count("5m") == 3
    (fifteen,) = [row for row in rows(moments) if row["timeframe"] == "15m"]
    assert (fifteen["open"], fifteen["close"], fifteen["volume"], fifteen["partial"]) == (10.0, 24.0, 15.0, True)
    assert fifteen["rsi"] is None
    last = minutes(moments)[-1]
    assert (last["open_time"], last["rsi"], last["session_bars"], last["origin"]) == (at(840), 100.0, 15, "stream")
    assert {tuple(row) for row in rows(moments)} == {tuple(last)}  # the same columns in every row


def test_symbols_close_in_configured_order_at_one_moment():
    script = [(at(0), records.START, start(ETH, BTC)), (at(1), TRADES, trades(BTC, at(1), 1)),
              (at(2), TRADES, trades(ETH, at(2), 1)), (at(61), BOOK, None)]  # fmt: skip
    moments = play(CandleStage(), script)
    assert [closed.symbol for closed in moments[-1].closed] == [ETH, BTC]


def test_a_symbol_that_is_not_configured_is_ignored():
    stage = CandleStage()
    moments = play(stage, ticking([*OPENING, (at(2), TRADES, trades(ETH, at(2), 1)), (at(3), ACK, ack(ETH)),
                                   (at(4), records.HISTORY, history(ETH, -5, 5)), (at(61), BOOK, None)]))  # fmt: skip
    assert {row["symbol"] for row in rows(moments)} == {BTC}
    assert list(stage.n_candles()) == [BTC]


def test_before_a_start_record_nothing_happens():
    assert rows(play(CandleStage(), ticking([*OPENING[1:], (at(600), BOOK, None)]))) == []


def test_the_minute_of_the_start_is_partial_and_the_next_is_not():
    assert partials(play(CandleStage(), ticking([*OPENING, (at(181), BOOK, None)]))) == [True, False, False]


@pytest.mark.parametrize(
    ("kind", "event"),
    [(records.GAP, {"reason": "missing segment", "where": ""}),
     (REJECTED, Rejected("wrong_type", "", b"", BTC, "trade"))],
)  # fmt: skip
def test_a_hole_in_the_tape_or_a_rejected_trade_frame_touches_its_minute(kind, event):
    script = [*OPENING, (at(90), kind, event), (at(181), BOOK, None)]
    assert partials(play(CandleStage(), ticking(script))) == [True, True, False]


def test_a_rejected_frame_of_another_channel_or_symbol_touches_nothing():
    script = [*OPENING, (at(90), REJECTED, Rejected("wrong_type", "", b"", BTC, "book")),
              (at(91), REJECTED, Rejected("wrong_type", "", b"", ETH, "trade")), (at(181), BOOK, None)]  # fmt: skip
    assert partials(play(CandleStage(), ticking(script))) == [True, False, False]


def test_from_a_lost_connection_until_trades_are_heard_again_all_minutes_are_partial():
    script = [*OPENING, (at(90), records.DISCONNECTED, {"reason": "reset"}), (at(190), records.CONNECTED, {}),
              (at(250), ACK, ack(BTC)), (at(361), BOOK, None)]  # fmt: skip
    assert partials(play(CandleStage(), ticking(script))) == [True, True, True, True, True, False]


@pytest.mark.parametrize("silent", [ack(BTC, success=False), ack(BTC, channel="book"), ack(ETH)])
def test_only_a_successful_ack_of_the_trade_channel_says_that_trades_are_heard(silent):
    script = [*OPENING, (at(90), records.CONNECTED, {}), (at(91), ACK, silent), (at(241), BOOK, None)]
    assert partials(play(CandleStage(), ticking(script))) == [True, True, True, True]


def test_after_an_unsubscribe_nothing_is_heard():
    script = [*OPENING, (at(90), ACK, ack(BTC, "unsubscribe")), (at(181), BOOK, None)]
    assert partials(play(CandleStage(), ticking(script))) == [True, True, True]


def kept(moments: list[Moment]) -> list[int]:
    found = [row.values["_many"] for m in moments for row in m.rows or [] if row.table == "trades"]
    return [trade_id for many in found for trade_id in many["trade_id"]]


def test_a_live_run_keeps_the_trades_of_whole_minutes_and_no_others():
    script = [*OPENING, *((at(30 * k), TRADES, trades(BTC, at(30 * k), k)) for k in range(2, 9)),
              (at(250), records.DISCONNECTED, {}), (at(310), HEARTBEAT, None)]  # fmt: skip
    moments = play(CandleStage(), ticking(script), cuts=[40, 90], pickled=True)
    assert partials(moments) == [True, False, False, False, True]  # opened in the first, lost in the last
    assert kept(moments) == [2, 3, 4, 5, 6, 7]
    closing = [m for m in moments if m.rows]
    assert all(row.values["ts"] < m.venue_ns - GRACE_NS for m in closing for row in m.rows if row.table == "trades")


@pytest.mark.parametrize("mode", ["simulator", "replay"])
def test_trades_that_a_tape_has_are_not_stored_again(mode):
    begin = start(BTC)
    begin.mode = mode
    script = [
        (at(0), records.START, begin),
        *OPENING[1:],
        *((at(60 * k), TRADES, trades(BTC, at(60 * k), k)) for k in (2, 3)),
    ]
    moments = play(CandleStage(), ticking(script))
    assert partials(moments) == [True, False] and kept(moments) == []


def test_a_trade_snapshot_is_heard_and_its_trades_are_not_counted():
    script = [*OPENING, (at(70), records.CONNECTED, {}), (at(71), TRADES, trades(BTC, at(20), 1, 99.0, snapshot=True)),
              (at(181), BOOK, None)]  # fmt: skip
    moments = play(CandleStage(), ticking(script))
    assert partials(moments) == [True, True, False]
    assert [row["high"] for row in minutes(moments)] == [10.0, 10.0, 10.0]


def test_a_gap_in_the_trade_ids_takes_back_what_was_closed_since():
    stage = CandleStage()
    play(stage, ticking([*OPENING, (at(61), TRADES, trades(BTC, at(61), 2)), (at(190), TRADES, trades(BTC, at(190), 4)),
                         (at(301), BOOK, None)]))  # fmt: skip
    assert [c.partial for c in stage.series[BTC].candles] == [True, True, True, True, False]
    assert stage.faults()[BTC]["id_gaps"] == 1


def test_a_silent_tape_closes_no_complete_minutes():
    moments = play(CandleStage(), [*ticking([*OPENING, (at(70), BOOK, None)]), (at(250), records.TICK, None)])
    assert partials(moments) == [True, True, True, True]


def test_a_second_start_of_the_tape_keeps_the_candles_and_another_tape_does_not():
    for tape_id, kept in (("tape", 3), ("other", 0)):
        stage = CandleStage()
        script = [*OPENING, (at(150), records.START, start(BTC, ETH, tape_id=tape_id)), (at(181), BOOK, None)]
        moments = play(stage, ticking(script))
        assert stage.n_candles() == {BTC: kept, ETH: 0}
        assert partials(moments)[2:] == [True] * (kept - 2)


def test_a_start_with_other_periods_makes_the_indicators_anew():
    stage = CandleStage()
    play(stage, ticking([*OPENING, (at(301), BOOK, None)]))
    play(stage, [(at(302), records.START, start(BTC, indicators={"ema_fast": 2}))])
    (after,) = minutes(play(stage, [(at(361), BOOK, None)]))
    assert after["ema_fast"] == 10.0


def history(symbol: str, first: int, n: int, price: float = 50.0) -> dict[str, Any]:
    """Return n minutes from `first`, counted from noon."""
    candles = [[NOON_NS // SECOND_NS + (first + k) * 60, price, price, price, price, price, 2.0, 3] for k in range(n)]
    return {"symbol": symbol, "interval_s": 60, "candles": candles}


def test_a_history_warms_up_and_arms_nothing_until_the_next_close():
    stage = CandleStage()
    script = [OPENING[0], (at(0.2), records.HISTORY, history(BTC, -200, 201)), *OPENING[1:], (at(61), BOOK, None),
              (at(121), BOOK, None)]  # fmt: skip
    moments = play(stage, ticking(script))
    loaded = [row for row in minutes(moments) if row["origin"] == "history"]
    assert [row["open_time"] for row in loaded] == [at(60 * n) for n in range(-200, 0)]  # the running one is not over
    ((known,),) = [m.closed for m in moments if m.kind == records.HISTORY]
    assert (known.n_candles, known.ready) == (200, False)
    closes = [closed for m in moments if m.kind != records.HISTORY for closed in m.closed or []]
    assert [(c.n_candles, c.ready) for c in closes] == [(201, False), (202, True)]


def test_a_history_gives_the_price_of_a_symbol_that_has_not_traded_yet():
    script = [OPENING[0], (at(0.2), records.HISTORY, history(BTC, -3, 3)), OPENING[2], (at(121), BOOK, None)]
    moments = play(CandleStage(), ticking(script))
    assert [(r["close"], r["filled"], r["partial"]) for r in minutes(moments) if r["origin"] == "stream"] == [
        (50.0, True, True), (50.0, True, False)]  # fmt: skip


@pytest.mark.parametrize("damaged", [{}, {"symbol": BTC}, history(BTC, -3, 3) | {"interval_s": 300},
                                     {"symbol": BTC, "interval_s": 60, "candles": None}])  # fmt: skip
def test_a_history_of_another_shape_changes_nothing(damaged):
    stage = CandleStage()
    assert rows(play(stage, [OPENING[0], (at(0.2), records.HISTORY, damaged)])) == []


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Draw a tape of two symbols: trades, ticks, books, losses and histories."""
    script: Script = [(at(0), records.START, start(BTC, ETH))]
    ids, now = {BTC: 0, ETH: 0}, at(0)
    kinds = st.sampled_from(["trade"] * 6 + ["tick", "tick", "book", "lost", "opened", "ack", "gap", "history"])
    step = st.tuples(kinds, st.integers(0, 25_000), st.sampled_from([BTC, ETH]), st.integers(0, 9))
    for what, step_ms, symbol, number in draw(st.lists(step, max_size=80)):
        now += step_ms * MS_NS
        ids[symbol] += 1 + (number == 9)
        events: dict[str, tuple[int, Any]] = {
            "trade": (TRADES, trades(symbol, now - number * 100_000_000, ids[symbol], 10.0 + number)),
            "tick": (records.TICK, None),
            "book": (BOOK, None),
            "lost": (records.DISCONNECTED, {}),
            "opened": (records.CONNECTED, {}),
            "ack": (ACK, ack(symbol)),
            "gap": (records.GAP, {}),
            "history": (records.HISTORY, history(symbol, number - 9, number, 7.0)),
        }
        script.append((now, *events[what]))
    return [*script, (now + 2 * MINUTE_NS, records.TICK, None)]


@settings(max_examples=40)
@given(scripts(), st.lists(st.integers(0, 200), max_size=6))
def test_the_cut_of_batches_and_a_snapshot_between_them_change_nothing(script, cuts):
    whole = play(CandleStage(), script)
    for pickled in (False, True):
        cut = play(CandleStage(), script, cuts, pickled)
        assert rows(cut) == rows(whole)
        assert [m.closed for m in cut] == [m.closed for m in whole]


@settings(max_examples=40)
@given(scripts())
def test_another_symbol_changes_nothing_of_this_one(script):
    both = play(CandleStage(), script)
    alone = [
        (ns, records.START, start(BTC)) if kind == records.START
        else (ns, BOOK, None) if getattr(event, "symbol", None) == ETH  # only time passes
        else (ns, kind, event)
        for ns, kind, event in script
    ]  # fmt: skip
    assert [r for r in rows(both) if r["symbol"] == BTC] == rows(play(CandleStage(), alone))


def test_memory_is_bounded_over_days_of_candles():
    stage, sizes = CandleStage(), []
    play(stage, OPENING)
    for day in range(4):
        script = [(at(60 * n), TRADES, trades(BTC, at(60 * n), 1 + n, 10.0 + n % 17))
                  for n in range(1 + 1440 * day, 1 + 1440 * (day + 1))]  # fmt: skip
        play(stage, script)
        sizes.append(len(pickle.dumps(stage)))
    assert sizes[3] < 1.02 * sizes[2]
