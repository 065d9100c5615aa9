"""The hft stage: scores, flows and features behind a verified book, and their mirror."""

from math import exp
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.stages import book_stage
from leadline import hft, microstructure, records
from leadline.moment import BOOK, Moment
from leadline.settings import Hft
from leadline.times import HOUR_NS
from operators.hft import HftStage
from tests.operators.moments import BTC, ETH, Tape, at, play, rows

RULES = Hft()


def stages():
    return [book_stage(), HftStage()]


def opened(*symbols, **given) -> Tape:
    """Return a tape whose books are verified at 1 s: bid 999.0 x 3, ask 1001.0 x 1."""
    tape = Tape(*(symbols or (BTC,)), **given).open().at(1)
    for symbol in tape.markets:
        tape.snapshot(symbol, [(999, 3)], [(1001, 1)])
    return tape


def played(tape: Tape, **given) -> list[Moment]:
    return play(stages(), tape.records, **given)


def readings(moments, symbol=BTC):
    return [m.hft for m in moments if m.kind == BOOK and m.symbol == symbol]


def features(moments, symbol=BTC):
    return [r for r in rows(moments, "features") if r["symbol"] == symbol]


# -- the score


def test_a_verified_message_is_scored_and_an_unverified_one_is_not():
    moments = played(opened().at(2).book(BTC, [(999, 1)], checksum=1).at(3).book(BTC, [(999, 2)]))
    first, *rest = readings(moments)
    assert rest == [None, None]
    assert (first.imbalance, first.imbalance_ema, first.spread_bps) == (5.0, 5.0, 20.0)
    assert first.score == 50.0 * (0.8 + 0.2 * 0.5)
    assert (first.bid_orders, first.ask_orders, first.age_s) == (None, None, 0.0)


def test_the_linear_mode_is_the_users_choice():
    (reading,) = readings(played(opened(hft={"score_mode": "linear"})))
    assert reading.score == hft.score(5.0, 5.0, None, None, 20.0, Hft(score_mode="linear"))


def test_a_book_with_an_empty_side_is_not_scored():
    moments = played(opened().at(2).book(BTC, [], [(1001, 0)]).at(3).book(BTC, [], [(1001, 3)]))
    assert [r and r.imbalance for r in readings(moments)] == [5.0, None, 0.0]


def test_what_changed_while_a_side_was_empty_is_weighed():
    tape = opened().at(2).book(BTC, [(999, 1)], [(1001, 0)]).at(3).book(BTC, [], [(1001, 1)])
    assert readings(played(tape))[-1].imbalance == 0.0


def test_the_ema_follows_event_time():
    tape = opened(lag_s=0.5).at(2).book(BTC, [(999, 1)]).at(7).book(BTC, [(999, 3)])
    two, three = readings(played(tape))[1:]
    assert two.imbalance_ema == pytest.approx(5.0 * exp(-0.1))
    assert three.imbalance_ema == pytest.approx(5.0 + (two.imbalance_ema - 5.0) * exp(-0.5))


def test_the_ema_does_not_ask_when_a_message_was_received():
    tape = opened().at(4).book(BTC, [(999, 1)], event_ns=at(2))
    assert readings(played(tape))[-1].imbalance_ema == pytest.approx(5.0 * exp(-0.1))


def test_the_ema_follows_the_tapes_clock_where_messages_have_no_time():
    tape = opened().at(2).book(BTC, [(999, 1)])
    for n in (-2, -1):
        text = tape.records[n].payload.decode()
        tape.records[n].payload = (text.partition(',"timestamp"')[0] + "}]}").encode() if "timestamp" in text else b""
    assert readings(played(tape))[-1].imbalance_ema == pytest.approx(5.0 * exp(-0.1))


def test_the_ema_does_not_move_without_time():
    tape = opened().at(2).book(BTC, [(999, 1)]).book(BTC, [(999, 9)])
    one, two = readings(played(tape))[1:]
    assert two.imbalance == 8.0
    assert two.imbalance_ema == one.imbalance_ema


def test_the_ema_goes_on_when_the_venues_clock_was_set_back():
    tape = opened().at(20).json(records.DISCONNECTED, {"reason": "reset"}).open().at(21)
    tape.lag_ns = HOUR_NS
    tape.snapshot(BTC, [(999, 1)], [(1001, 1)]).at(31).book(BTC, [(998, 1)], [(1002, 1)])
    before, after = readings(played(tape))[-2:]
    assert after.imbalance_ema == pytest.approx(before.imbalance_ema * exp(-1.0))


def test_the_age_is_the_lateness_of_the_message():
    tape = opened(lag_s=0.1).at(5).book(BTC, [(999, 2)], event_ns=at(2.9))
    assert [r.age_s for r in readings(played(tape))] == [0.0, 2.0]


def test_incremental_weights_are_those_of_the_whole_book():
    random = Random(1)
    tape = Tape(BTC).open().at(1)
    tape.snapshot(BTC, [(999 - n, 1 + n) for n in range(10)], [(1001 + n, 2) for n in range(10)])
    for n in range(300):
        sign, price = random.choice([(-1, random.randrange(985, 1000)), (1, random.randrange(1001, 1016))])
        level = [(price, random.randrange(4))]
        tape.at(1 + n * 0.1).book(BTC, *((level, []) if sign < 0 else ([], level)))
    compared = 0
    for m in played(tape):
        if m.hft is not None:
            assert m.hft.imbalance == microstructure.imbalance(m.view, RULES.imbalance_lambda_bps)
            assert m.hft.spread_bps == microstructure.spread_bps(microstructure.touch(m.view))
            compared += 1
    assert compared > 250


# -- order flow and trade flow


def at_last(moments, prefix):
    last = features(moments)[-1]
    return [last[f"{prefix}_{s}s"] for s in (1, 5, 10)]


def test_order_flow_sums_what_the_touch_gained():
    tape = opened().at(11.5).book(BTC, [(999, 5)]).at(12.5).book(BTC, [], [(1001, 4)]).at(12.6).book(BTC, [(999.5, 1)])
    assert at_last(played(tape.at(13)), "order_flow") == [-2.0, 0.0, 0.0]  # +2 before; -3 and +1 in the last second


def test_a_window_that_was_not_seen_whole_is_none():
    tape = opened().at(3.5).book(BTC, [(999, 5)]).at(4)
    assert at_last(played(tape), "order_flow") == [2.0, None, None]


def test_order_flow_begins_anew_after_a_loss_of_trust():
    tape = opened().at(12).book(BTC, [(999, 5)], checksum=1).at(13).snapshot(BTC, [(999, 9)], [(1001, 1)])
    tape.at(14.5).book(BTC, [(999, 8)]).at(15)
    assert at_last(played(tape), "order_flow") == [-1.0, None, None]


def test_trade_flow_is_signed_by_the_taker():
    tape = opened().at(10.5).trade(BTC, 1001, 2).at(12.2).trade(BTC, 999, 0.5, "sell").at(12.4).trade(BTC, 1001, 0.25)
    tape.at(12.5).book(BTC, [(999, 2)])
    assert at_last(played(tape.at(13)), "trade_flow") == [-0.25, 1.75, 1.75]


def test_a_trade_snapshot_is_no_flow():
    tape = opened().at(12).trade(BTC, 1001, 2)
    old = tape.records.pop()
    tape.frame(old.payload.decode().replace('"update"', '"snapshot"')).book(BTC, [(999, 2)]).at(13)
    assert at_last(played(tape), "trade_flow") == [0.0, 0.0, 0.0]


def test_trades_before_the_first_book_are_not_forgotten_in_silence():
    tape = Tape(BTC).open().at(0.8).trade(BTC, 1001, 2).at(1.2).snapshot(BTC, [(999, 3)], [(1001, 1)]).at(1.3)
    tape.trade(BTC, 1001, 1).at(2.7).trade(BTC, 1001, 4).at(3)  # at 2.0 the last second is known from 1.3 on
    assert [row["trade_flow_1s"] for row in features(played(tape))] == [None, 4.0]


def test_a_repeated_trade_frame_flows_once():
    tape = opened().at(12.5).trade(BTC, 1001, 2).again().book(BTC, [(999, 2)]).at(13)
    assert at_last(played(tape), "trade_flow") == [2.0, 2.0, 2.0]


def test_trade_flow_begins_anew_at_a_gap_in_the_trade_ids():
    tape = opened().at(11.5).trade(BTC, 1001, 2).at(12.5).trade(BTC, 1001, 1, skip=2).book(BTC, [(999, 2)]).at(13)
    assert at_last(played(tape), "trade_flow") == [None, None, None]
    assert at_last(played(tape.at(13.6).trade(BTC, 999, 5, "sell").at(14)), "trade_flow") == [-5.0, None, None]


def test_trade_flow_after_a_disconnect_begins_anew():
    tape = opened().at(12).trade(BTC, 1001, 2).at(12.5).json(records.DISCONNECTED, {"reason": "reset"})
    tape.at(13).open().at(13.1).snapshot(BTC, [(999, 3)], [(1001, 1)]).at(14.5).trade(BTC, 1001, 1).at(15)
    assert at_last(played(tape), "trade_flow") == [1.0, None, None]


# -- features


def test_features_are_sampled_at_the_ticks_of_whole_seconds():
    moments = played(opened().at(2.5).book(BTC, [(999, 1)]).at(4))
    assert [(r["ts"], r["imbalance"]) for r in features(moments)] == [(at(2), 5.0), (at(3), 0.0), (at(4), 0.0)]


def test_a_sample_of_several_seconds_is_kept():
    moments = played(opened(hft={"sample_seconds": 5}).at(9).book(BTC, [(999, 2)]).at(12))
    assert [r["ts"] for r in features(moments)] == [at(5), at(10)]


def test_a_sample_of_no_seconds_is_every_verified_message():
    tape = opened(hft={"sample_seconds": 0}).at(2).book(BTC, [(999, 1)]).at(3)
    assert [(r["ts"], r["imbalance"]) for r in features(played(tape))] == [(at(1), 5.0), (at(2), 0.0)]


def test_a_features_row_by_hand():
    tape = Tape(BTC).open().at(1).snapshot(BTC, [(999, 3), (998, 1)], [(1001, 1)]).at(2)
    (row,) = features(played(tape))
    expected = {
        "best_bid": 999.0, "best_bid_size": 3.0, "best_ask": 1001.0, "best_ask_size": 1.0, "mid": 1000.0,
        "spread_bps": 20.0, "microprice": 1000.5, "depth_imbalance": 0.6, "bid_orders": None, "ask_orders": None,
        "score_ratio": None, "spread_quality": 0.5, "trust": "verified", "age_s": 1.0, "event_ts": at(1),
        "tape_seq": 6, "alerts": [],
    }  # fmt: skip
    assert {k: row[k] for k in expected} == expected
    assert row["hft_score"] == 0.9 * row["score_imbalance"]
    assert row["hft_class"] == hft.hft_class(row["hft_score"], RULES.thresholds)


def test_a_score_is_told_to_the_metrics_with_its_own_class_and_not_that_of_the_last_sample():
    stage = HftStage()
    moments = play([book_stage(), stage], opened().at(2).book(BTC, [(999, 0), (998, 1)], [(1001, 9)]).records)
    told, (sampled,) = stage.telemetry(), features(moments)
    assert told["hft_score"][BTC] < 0 < sampled["hft_score"]
    assert told["hft_class"] == {BTC: hft.hft_class(told["hft_score"][BTC], RULES.thresholds)}
    assert told["hft_class"][BTC] != sampled["hft_class"]


def test_a_symbol_whose_book_is_lost_has_no_features():
    tape = opened(BTC, ETH).at(2).book(BTC, [(999, 1)], checksum=1).at(4)
    moments = played(tape)
    assert [r["ts"] for r in features(moments)] == [at(2)]
    assert [r["ts"] for r in features(moments, ETH)] == [at(2), at(3), at(4)]


def test_an_old_score_has_low_confidence_and_then_is_void():
    late = {"hft": {"max_latency_seconds": 2.0, "signal_decay_seconds": 4.0}}
    tape = Tape(BTC, **late).open().at(1).snapshot(BTC, [(999, 30)], [(1001, 1)]).at(9)
    rows_ = features(played(tape))
    assert [(r["age_s"], r["confidence"]) for r in rows_] == [
        (1.0, "MEDIUM"), (2.0, "MEDIUM"), (3.0, "LOW"), (4.0, "LOW")]  # fmt: skip
    assert ["data is 3.0 s old" in r["alerts"] for r in rows_] == [False, False, True, False]


def test_a_message_that_comes_too_late_makes_no_row_either():
    tape = opened(hft={"sample_seconds": 0}).at(40).book(BTC, [(999, 1)], event_ns=at(5))
    assert [r["age_s"] for r in features(played(tape))] == [0.0]


# -- the mirror


@st.composite
def steady_books(draw):
    """Draw messages that keep the mid at 1000: levels behind the touch, and the touch's sizes."""
    steps = []
    for _ in range(draw(st.integers(1, 25))):
        levels = [[(999, draw(st.integers(1, 9)))], [(1001, draw(st.integers(1, 9)))]]
        for sign, side in zip((-1, 1), levels, strict=True):
            for n in draw(st.lists(st.integers(2, 15), max_size=3, unique=True)):
                side.append((1000 + sign * n, draw(st.integers(0, 9))))
        steps.append((draw(st.sampled_from([0.1, 0.7, 3.0])), *levels))
    return steps


def tape_of(steps, mirrored=False):
    """Return the tape of some messages, mirrored around 1000 if asked; with trades."""
    tape, now = Tape(BTC).open(), 1.0
    for n, (step, bids, asks) in enumerate(steps):
        now += step
        sides = [[(2000 - p, q) for p, q in side] for side in (asks, bids)] if mirrored else (bids, asks)
        tape.at(now).book(BTC, *sides, kind="update" if n else "snapshot")
        tape.trade(BTC, 1000, 1 + n % 3, ("buy", "sell")[(n % 2) ^ mirrored])
    return tape.at(now + 1)


SIGNED = ("depth_imbalance", "imbalance", "imbalance_ema", "hft_score", "score_imbalance", "order_flow_1s",
          "order_flow_5s", "order_flow_10s", "trade_flow_1s", "trade_flow_5s", "trade_flow_10s")  # fmt: skip


@settings(max_examples=25)
@given(steady_books())
def test_every_directional_number_flips_sign_exactly_when_the_book_is_mirrored(steps):
    one, two = (features(played(tape_of(steps, mirrored))) for mirrored in (False, True))
    assert len(one) == len(two) > 0
    for a, b in zip(one, two, strict=True):
        for name in SIGNED:
            assert b[name] == (None if a[name] is None else -a[name]), name
        assert (b["spread_bps"], b["mid"], b["age_s"]) == (a["spread_bps"], a["mid"], a["age_s"])
        assert b["microprice"] == pytest.approx(2000 - a["microprice"], rel=1e-12)


def walk_of(seed):
    """Return messages whose mid walks: every level is new each time."""
    random, mid, steps, old = Random(seed), 1000, [], ([], [])
    for _ in range(80):
        mid += random.choice([-1, 0, 0, 1])
        new = [[(mid + s * n, random.randrange(1, 9)) for n in range(1, 4)] for s in (-1, 1)]
        gone = [[(p, 0) for p, _ in side] for side in old]
        steps.append((0.3, gone[0] + new[0] if old[0] else new[0], gone[1] + new[1] if old[1] else new[1]))
        old = new
    return steps


@pytest.mark.parametrize("seed", range(3))
def test_flows_and_depth_flip_sign_exactly_for_a_moving_price_too(seed):
    one, two = (features(played(tape_of(walk_of(seed), mirrored))) for mirrored in (False, True))
    exact = [name for name in SIGNED if "flow" in name or name == "depth_imbalance"]
    assert one[-1]["order_flow_10s"] != 0
    for a, b in zip(one, two, strict=True):
        assert [b[name] for name in exact] == [None if a[name] is None else -a[name] for name in exact]


# -- cuts and neighbours


def busy_tape(*symbols):
    """Return a tape of two symbols whose books change, break and mend, with trades."""
    random = Random(7)
    tape = Tape(*symbols).open().at(1)
    for symbol in symbols:
        tape.snapshot(symbol, [(999, 3)], [(1001, 1)])
    for n in range(200):
        tape.at(1 + n * 0.15)
        symbol = random.choice([BTC, ETH])
        dice, level = random.random(), [(random.choice([998, 999]), random.randrange(1, 9))]
        side = random.choice(["buy", "sell"])
        wrong = 1 if dice > 0.97 else None
        if symbol not in symbols:
            continue
        if dice < 0.2:
            tape.trade(symbol, 1000, level[0][1], side)
        elif wrong:
            tape.book(symbol, level, checksum=1).snapshot(symbol, [(999, 3)], [(1001, 1)])
        else:
            tape.book(symbol, level)
    return tape


def seen(moments):
    return [(m.seq, m.hft, [r for r in m.rows or [] if r.table != "telemetry"]) for m in moments]


@settings(max_examples=15)
@given(st.lists(st.integers(0, 400), max_size=8), st.booleans())
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(cuts, pickled):
    tape = busy_tape(BTC, ETH)
    assert seen(played(tape, cuts=cuts, pickled=pickled)) == seen(played(tape))


def test_adding_a_symbol_changes_no_row_of_another():
    def of_btc(tape):
        return [{k: v for k, v in row.items() if k != "tape_seq"} for row in features(played(tape))]

    alone = of_btc(busy_tape(BTC))
    assert len(alone) > 20
    assert of_btc(busy_tape(BTC, ETH)) == alone


def test_memory_is_bounded_by_the_windows():
    stage = HftStage()
    tape = opened()
    for n in range(3000):
        tape.at(1 + n * 0.1).book(BTC, [(999, 1 + n % 5)]).trade(BTC, 1000)
    play([book_stage(), stage], tape.records)
    flow = stage.flows[BTC]
    assert len(flow.order_flow._times) < 125
    assert len(flow.trade_flow._times) < 125
