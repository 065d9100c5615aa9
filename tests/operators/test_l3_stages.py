"""A Level 3 line: books of single orders from one connection, trades from another, and what is made of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.stages import book_stage
from leadline import hft, records
from leadline.moment import BOOK, IGNORED, ORDERS, Moment
from leadline.settings import Hft
from leadline.times import SECOND_NS
from operators.candles import CandleStage
from operators.hft import HftStage
from operators.rows import RowsLogic
from tests.operators.moments import BTC, ETH, Tape, at, health, line, play, rows
from tests.operators.orders import LEVEL3, PUBLIC, OrderTape

VERIFIED = ("verified", "")
AWAITING = ("unverified", "awaiting_snapshot")
DISCONNECTED = ("stale", "disconnected")
BIDS, ASKS = [("b1", 99, 1), ("b2", 99, 2), ("b3", 98, 4)], [("a1", 101, 1)]


def opened(*symbols, **given) -> OrderTape:
    """Return a tape whose books are verified at 1 s: three bids of two levels, one ask."""
    tape = OrderTape(*(symbols or (BTC,)), **given).open().at(1)
    for symbol in tape.markets:
        tape.order_snapshot(symbol, BIDS, ASKS)
    return tape


def busy(tape: OrderTape, seconds, *symbols) -> OrderTape:
    """Let an order come and the one before it go at each of these times."""
    for n, second in enumerate(seconds):
        tape.at(second)
        for symbol in symbols or tape.markets:
            tape.orders(symbol, [(f"busy{second}", 99, 1 + n % 3)])
    return tape


def played(tape: Tape, **given) -> list[Moment]:
    return play([book_stage()], tape.records, **given)


def scored(tape: Tape) -> list[Moment]:
    return play([book_stage(), HftStage()], tape.records)


def features(moments, symbol=BTC) -> list[dict]:
    return [r for r in rows(moments, "features") if r["symbol"] == symbol]


def books(moments, symbol=BTC) -> list[bool]:
    """Return for each book message of a symbol whether it came with a verified view."""
    return [m.view is not None for m in moments if m.kind == BOOK and m.symbol == symbol]


# -- verified, or not


def test_a_snapshot_with_the_right_checksum_is_verified_and_gives_a_view_with_queues():
    moments = played(opened())
    assert health(moments) == [VERIFIED]
    view = moments[-1].view
    assert (view.bid_keys, view.bid_sizes, view.ask_keys, view.ask_sizes) == ([980, 990], [4000, 3000], [-1010], [1000])
    assert (view.bid_orders, view.ask_orders) == (3, 1)
    assert [[o.id for o in queue] for queue in view.queues.bids] == [["b3"], ["b1", "b2"]]
    assert moments[-1].kind == BOOK


def test_updates_are_verified_one_by_one():
    tape = opened().at(2).orders(BTC, [("b1", 99, 0.5, "modify", SECOND_NS), ("b2", 99, 2, "delete")])
    tape.at(3).orders(BTC, [], [("a2", 100.5, 3), ("a1", 101, 1, "delete")])
    moments = played(tape)
    assert health(moments) == [VERIFIED]
    assert books(moments) == [True] * 3
    assert (moments[-1].view.bid_sizes, moments[-1].view.ask_keys) == ([4000, 500], [-1005])


def test_updates_before_the_snapshot_are_ignored():
    moments = played(OrderTape(BTC).open().at(1).orders(BTC, BIDS, ASKS))
    assert health(moments) == []
    assert books(moments) == [False]


def test_after_a_mismatch_only_a_snapshot_ends_the_desync_and_it_is_asked_for_once():
    tape = opened().at(2).orders(BTC, [("b4", 97, 1)], checksum=1).at(3).orders(BTC, [("b5", 97, 1)])
    tape.at(4).order_snapshot(BTC, BIDS, ASKS)
    moments = played(tape)
    assert health(moments) == [VERIFIED, ("desync", "checksum_mismatch"), VERIFIED]
    assert books(moments) == [True, False, False, True]
    assert [(r["symbol"], r["reason"]) for r in rows(moments, "resync")] == [(BTC, "checksum_mismatch")]
    assert [m.book_lost for m in moments if m.kind == BOOK] == [(), (BTC,), (), ()]


def test_a_lost_message_is_found_by_the_next_checksum():
    tape = opened().at(2).orders(BTC, [("lost", 99, 1)])
    del tape.records[-1]
    assert health(played(tape.at(3).orders(BTC, [("b4", 97, 1)])))[-1] == ("desync", "checksum_mismatch")


def test_two_orders_that_change_places_are_a_mismatch_though_the_level_is_the_same():
    tape = opened().at(2).orders(BTC, [("b4", 99, 3)])
    tape.records[-1].payload = tape.records[-1].payload.replace(b"12:00:02", b"12:00:00", 1)  # its own time: before all
    moments = played(tape)
    assert health(moments)[-1] == ("desync", "checksum_mismatch")


@pytest.mark.parametrize("price", [101, 102])
def test_a_crossed_or_locked_book_is_a_desync_though_its_checksum_matches(price):
    assert health(played(opened().at(2).orders(BTC, [("b4", price, 1)])))[-1] == ("desync", "crossed")


def test_a_reordered_message_is_a_desync_at_once():
    tape = busy(opened(), [2, 3]).at(4).orders(BTC, [("b4", 98, 1)], event_ns=at(2.5))
    assert health(played(tape))[-1] == ("desync", "reordered")


def test_a_duplicate_is_harmless_and_counted():
    stage = book_stage()
    tape = busy(opened(), [2]).on(LEVEL3).again().again().on(PUBLIC).at(3).orders(BTC, [("b4", 98, 1)])
    moments = play([stage], tape.records)
    assert (health(moments), books(moments)) == ([VERIFIED], [True] * 5)
    assert stage.counts.duplicates == {BTC: 2}


@pytest.mark.parametrize(
    "change",
    ['"order_id":"x","limit_price":99.0,"order_qty":-1.0', '"order_id":"x","limit_price":0,"order_qty":1',
     '"order_id":"x","limit_price":1e308,"order_qty":1e308', '"order_id":"x","limit_price":99.0,"order_qty":0',
     '"limit_price":99.0,"order_qty":1.0'],
)  # fmt: skip
def test_an_impossible_order_is_refused_and_desyncs_its_book_alone(change):
    frame = (
        f'{{"channel":"level3","type":"update","data":[{{"symbol":"{BTC}","checksum":1,"bids":[{{"event":"add",{change},'
        f'"timestamp":"2026-08-01T12:00:02.000000000Z"}}],"asks":[]}}]}}'
    )
    tape = busy(opened(BTC, ETH).at(2).on(LEVEL3).frame(frame).on(PUBLIC), [3], ETH)
    moments = played(tape)
    assert health(moments)[-1] == ("desync", "rejected_frame")
    assert len(rows(moments, "rejects")) == 1
    assert (health(moments, ETH), books(moments, ETH)) == ([VERIFIED], [True, True])


def test_numbers_that_no_float_can_carry_are_read_from_their_text():
    huge = 9_007_199_254_740.992  # 2^53 units
    tape = opened().at(2).orders(BTC, [("b4", 97, huge), ("b1", 99, 1, "delete")])
    tape.at(3).orders(BTC, [("b5", 97, 1)]).at(4).orders(BTC, [("b4", 97, huge, "delete")])
    moments = played(tape)
    assert (health(moments), books(moments)) == ([VERIFIED], [True] * 4)
    assert [m.view.bid_sizes[0] for m in moments if m.kind == BOOK] == [4000, 2**53, 2**53 + 1000, 1000]


def test_two_messages_of_one_symbol_in_a_frame_of_huge_numbers_are_refused():
    tape = opened().at(2).orders(BTC, [("b4", 97, 9_007_199_254_740.993)])
    head, data = tape.records[-1].payload.split(b'"data":[', 1)
    tape.records[-1].payload = head + b'"data":[' + data[:-2] + b"," + data
    assert health(played(tape))[-1] == ("desync", "rejected_frame")


def test_without_instruments_the_precision_is_read_from_the_snapshots_text():
    moments = played(OrderTape(BTC).open(precisions=False).at(1).order_snapshot(BTC, BIDS, ASKS))
    assert health(moments) == [VERIFIED]
    assert "precision 1/3 read from the snapshot's text" in rows(moments, "notice")[0]["text"]


# -- two levels of data


def test_price_levels_are_ignored_on_a_level_3_line():
    tape = opened().at(2).snapshot(BTC, [(50, 1)], [(51, 1)]).book(BTC, [(49, 1)]).ack(BTC, channel="book")
    moments = played(busy(tape, [3]))
    assert (health(moments), books(moments)) == ([VERIFIED], [True, True])
    assert [m.kind for m in moments if m.kind in (IGNORED, ORDERS)] == [IGNORED, IGNORED]
    assert moments[-1].view.ask_keys == [-1010]


def test_single_orders_are_ignored_on_a_level_2_line():
    tape = OrderTape(BTC, level="L2").open().at(1).ack(BTC).snapshot(BTC, [(99, 1)], [(101, 1)])
    tape.at(2).order_snapshot(BTC, [("b", 50, 1)], [("a", 51, 1)]).orders(BTC, [("c", 49, 1)], checksum=1)
    tape.at(3).lose(LEVEL3).book(BTC, [(99, 2)])
    moments = played(tape)
    assert (health(moments), books(moments)) == ([VERIFIED], [True, True])
    assert moments[-1].view.queues is None
    assert rows(moments, "rejects") == []


def test_a_stage_counts_the_frames_of_its_channel_by_name():
    stage = book_stage()
    play([stage], busy(opened(), [2, 3]).snapshot(BTC, [(50, 1)]).records)
    frames = stage.telemetry()["frames"]
    assert (frames["kraken", "level3"], frames["kraken", "other"]) == (3, 1)
    assert ("kraken", "book") not in frames


def test_an_unlisted_symbol_and_the_venues_instruments_are_heard_from_either_connection():
    tape = OrderTape(BTC, ETH).open().at(1).on(LEVEL3)
    tape.frame(f'{{"error":"Currency pair not supported {ETH}","method":"subscribe","success":false,"symbol":"{ETH}"}}')
    moments = played(tape.on(PUBLIC).order_snapshot(BTC, BIDS, ASKS))
    assert [(r["symbol"], r["text"]) for r in rows(moments, "notice")] == [(ETH, "no Level 3 of it: left out")]
    assert health(moments) == [VERIFIED] and health(moments, ETH) == [("unverified", "refused")]


def test_a_symbol_that_the_public_connection_does_not_know_is_unlisted_on_level3_too():
    tape = OrderTape(BTC, ETH).open().at(1).on(PUBLIC)
    tape.frame(f'{{"error":"Currency pair not supported {ETH}","method":"subscribe","success":false,"symbol":"{ETH}"}}')
    (notice,) = rows(played(tape), "notice")
    assert (notice["symbol"], notice["text"]) == (ETH, "the venue does not list it: skipped")


# -- connections


def test_a_lost_level3_connection_takes_its_books_and_leaves_the_trades():
    tape = busy(opened().trade(BTC, 101), [2]).at(3).lose(LEVEL3).at(4).trade(BTC, 101)
    tape.at(5).open_level3().at(6).order_snapshot(BTC, BIDS, ASKS)
    moments = played(tape)
    assert health(moments) == [VERIFIED, DISCONNECTED, AWAITING, VERIFIED]
    assert health(moments, channel="trade") == [VERIFIED]
    assert [m.channels for m in moments if m.kind == records.DISCONNECTED] == [("book",)]


def test_a_lost_public_connection_takes_the_trades_and_leaves_the_books():
    tape = busy(opened().trade(BTC, 101), [2]).at(3).lose(PUBLIC)
    tape = busy(busy(tape, [4]).at(5).open_public(precisions=False), [6])
    moments = played(tape)
    assert (health(moments), books(moments)) == ([VERIFIED], [True] * 4)
    assert health(moments, channel="trade") == [VERIFIED, DISCONNECTED, AWAITING, VERIFIED]


def test_the_feed_may_be_said_again_when_a_connection_ends():
    tape = opened().at(2).on(7).json(records.DISCONNECTED, {"reason": "reset", "feed": "level3"})
    assert health(played(tape))[-1] == DISCONNECTED


def test_a_connection_that_does_not_say_whose_it_is_is_the_public_one():
    tape = opened().at(2).on(9).json(records.CONNECTED, {"venue": "kraken", "url": ""})
    moments = played(tape)
    assert health(moments) == [VERIFIED]
    assert health(moments, channel="trade")[-1] == AWAITING


def test_a_gap_in_the_tape_takes_everything():
    moments = played(opened().at(2).json(records.GAP, {"reason": "x", "where": "y"}))
    assert (health(moments)[-1], health(moments, channel="trade")[-1]) == (AWAITING, AWAITING)


def test_unsubscribing_from_level3_clears_its_book_and_the_answers_of_the_book_channel_do_not():
    tape = opened().at(2).ack(BTC, "unsubscribe", channel="book").ack(BTC, "unsubscribe", channel="level3")
    moments = played(tape)
    assert health(moments) == [VERIFIED, AWAITING]


def test_a_book_that_does_not_move_falls_silent_though_trades_go_by():
    tape = opened()
    for second in range(2, 13):
        tape.at(second).trade(BTC, 101)
    moments = played(tape)
    assert health(moments)[-1][0] == "stale"
    assert {r["reason"] for r in rows(moments, "resync")} <= {"silent", "frozen"}
    assert health(moments, channel="trade") == [VERIFIED]


def test_each_connection_learns_its_clock_apart_and_the_line_goes_by_the_nearer():
    tape = opened(lag_s=0.3).at(2)
    tape.lag_ns = SECOND_NS // 10
    tape.trade(BTC, 101).at(3)
    tape.lag_ns = 3 * SECOND_NS // 10
    moments = played(tape.orders(BTC, [("b4", 97, 1)]))
    assert {m.age_ns for m in moments if m.kind == BOOK} == {0}
    assert (moments[-1].clock_ns - moments[-1].venue_ns) == SECOND_NS // 10
    venue = [m.venue_ns for m in moments]
    assert venue == sorted(venue)


def test_a_new_level3_connection_keeps_what_the_public_one_told_of_the_clock():
    tape = opened(lag_s=0.2).trade(BTC, 101).at(3).lose(LEVEL3).open_level3()
    tape.lag_ns = 20 * SECOND_NS
    moments = played(tape.at(30).order_snapshot(BTC, BIDS, ASKS))
    assert moments[-1].age_ns == 0
    assert moments[-1].clock_ns - moments[-1].venue_ns == SECOND_NS // 5


def test_clocks_that_differ_by_seconds_are_reported_once_from_either_connection():
    tape = busy(opened(lag_s=5.0), [2, 3, 4])
    assert [r["reason"] for r in rows(played(tape), "feed_health") if r["symbol"] == "*"] == ["clock_skew"]


def test_candles_stay_whole_while_only_the_level3_connection_is_lost():
    def candles(conn):
        tape = opened().at(61)
        for second in range(62, 125, 4):
            tape.trade(BTC, 101).at(second)
        tape.at(130).lose(conn)
        tape = tape.open_level3() if conn == LEVEL3 else tape.open_public()
        for second in range(131, 250, 4):
            tape.at(second).trade(BTC, 101)
        moments = play([book_stage(), CandleStage()], tape.records)
        return [r["partial"] for r in rows(moments, "candles") if r["timeframe"] == "1m"]

    assert candles(LEVEL3) == [False, False, False]
    assert candles(PUBLIC) == [False, True, False]


# -- cuts and neighbours


def mixed() -> OrderTape:
    """Return a tape with two symbols, faults, lost connections and frames of the other level."""
    tape = busy(opened(BTC, ETH).trade(BTC, 101), [2, 2.5, 3])
    tape.orders(BTC, [("x", 97, 1)], checksum=5).snapshot(BTC, [(50, 1)], [(51, 1)])
    tape = busy(tape.at(4).order_snapshot(BTC, BIDS, ASKS), [5, 5.2]).trade(ETH, 101, side="sell")
    tape = busy(tape.at(6).lose(LEVEL3).at(7).open_level3().order_snapshot(BTC, BIDS, ASKS), [8, 8.1, 9.5], BTC)
    tape = busy(tape.at(10).lose(PUBLIC).open_public().trade(BTC, 101), [11, 12, 13], BTC)
    tape.at(13.5).orders(BTC, [("busy12", 99, 2, "delete"), ("busy13", 99, 3, "delete")])  # one filled, one cancelled
    return tape.at(13.6).trade(BTC, 99, 2, side="sell").at(14)


def seen(moments):
    out, _ = RowsLogic(None).on_batch([moments])
    return [(m.seq, m.kind, m.hft, m.channels, m.venue_ns) for m in moments], [r for r in out if r.table != "telemetry"]


@settings(max_examples=15)
@given(st.lists(st.integers(0, 60), max_size=8), st.booleans())
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(cuts, pickled):
    tape = mixed()
    moments = play(line(), tape.records)
    assert seen(play(line(), tape.records, cuts, pickled)) == seen(moments)
    assert features(moments)[-1]["bid_cancel_rate_1s"] == 1.0


def test_adding_a_symbol_changes_no_row_of_another():
    def of_btc(*symbols):
        return [{k: v for k, v in r.items() if k != "tape_seq"}
                for r in features(scored(busy(opened(*symbols), [2, 3, 4, 5.5]).at(8)))]  # fmt: skip

    assert len(of_btc(BTC)) == 7
    assert of_btc(BTC, ETH) == of_btc(BTC)


# -- order counts reach the score


def test_the_ratio_component_is_alive_and_missing_on_level_2():
    moments = scored(opened().at(2))
    reading = moments[-2].hft
    assert (reading.bid_orders, reading.ask_orders) == (3, 1)
    assert reading.score == hft.score(reading.imbalance, reading.imbalance_ema, 3, 1, reading.spread_bps, Hft())
    (row,) = features(moments)
    assert (row["score_ratio"], row["order_ratio"], row["data_level"]) == (100.0, 3.0, "L3")
    plain = features(scored(Tape(BTC).open().at(1).snapshot(BTC, [(99, 1)], [(101, 1)]).at(2)))[0]
    assert (plain["score_ratio"], plain["data_level"]) == (None, "L2")
    extra = row.keys() - plain.keys()  # stored as NULL
    assert len(extra) == 5 + 18
    assert {"order_ratio", "mean_bid_order", "largest_ask_share", "bid_add_rate_1s", "ask_cancel_rate_10s"} < extra


def test_order_columns_by_hand():
    (row,) = features(scored(opened().at(2)))
    assert (row["mean_bid_order"], row["mean_ask_order"]) == (7 / 3, 1.0)
    assert (row["largest_bid_share"], row["largest_ask_share"]) == (4 / 7, 1.0)
    assert (row["bid_orders"], row["ask_orders"], row["depth_imbalance"]) == (3, 1, 0.75)


def rates(row, side, kind):
    return [row[f"{side}_{kind}_rate_{s}s"] for s in (1, 5, 10)]


def test_order_rates_by_hand():
    tape = opened()
    for n in range(2, 12):
        tape.at(n).orders(BTC, [(f"n{n}", 98, 1)], [(f"m{n}", 102, 1)])
    tape.at(11.5).trade(BTC, 99, side="sell").trade(BTC, 99, side="sell").orders(
        BTC, [("b1", 99, 1, "delete"), ("b2", 99, 1, "modify", 10 * SECOND_NS + SECOND_NS // 2),
              ("n2", 98, 1, "delete"), ("n3", 98, 1, "delete")],
    )  # fmt: skip
    row = features(scored(tape.at(12)))[-1]
    assert rates(row, "bid", "add") == [0.0, 0.8, 0.9]
    assert rates(row, "ask", "add") == [0.0, 0.8, 0.9]
    assert rates(row, "bid", "trade") == [2.0, 0.4, 0.2]
    assert rates(row, "bid", "cancel") == [2.0, 0.4, 0.2]  # three went; one was filled wholly, another in part
    assert rates(row, "ask", "cancel") == [0.0, 0.0, 0.0]


def test_rates_start_anew_with_what_was_lost():
    tape = busy(opened(), [n * 0.5 for n in range(3, 24)])
    lost_trades = features(scored(tape.at(12).lose(PUBLIC).open_public().at(14)))[-1]
    assert rates(lost_trades, "bid", "trade") == [0.0, None, None]
    assert None not in rates(lost_trades, "bid", "add")
    tape = busy(opened(), [n * 0.5 for n in range(3, 24)])
    tape.at(12).lose(LEVEL3).open_level3().order_snapshot(BTC, BIDS, ASKS)
    lost_books = features(scored(tape.at(14)))[-1]
    assert rates(lost_books, "bid", "add") == rates(lost_books, "ask", "cancel") == [0.0, None, None]
