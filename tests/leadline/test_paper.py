"""Paper fills: docs/signals.md section 6. Whole units, one unit of price and size is one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.paper import FILL_MODELS, NO_OUTCOME, PaperTrade
from leadline.paper_result import result
from leadline.settings import Fees
from tests.leadline.books import MIRROR_AT
from tests.leadline.paper_trades import Following, plan

FEES = Fees(maker_bps=2, taker_bps=5)


# -- entry


def test_a_taker_fills_at_the_first_book_after_the_latency_by_walking_it():
    f = Following().touch(0.149, 9_990, 9_991)
    assert f["taker"].entry_ns is None
    f.book(0.150, [(9_999, 5)], [(10_000, 4), (10_002, 100)])
    assert (f["taker"].filled, f["taker"].paid) == (10, 4 * 10_000 + 6 * 10_002)


def test_an_entry_takes_what_depth_there_is_and_cancels_the_rest():
    f = Following().book(1, [(9_999, 5)], [(10_000, 4)])
    assert (f["taker"].filled, f["taker"].state) == (4, "open")
    f.book(2, [(9_999, 5)], [(10_000, 400)])
    assert f["taker"].filled == 4


def test_a_fill_past_the_tenth_level_is_marked():
    levels = [(10_000 + n, 1) for n in range(15)]
    assert not Following(plan(size=10)).book(1, [(9_999, 1)], levels)["taker"].deep
    assert Following(plan(size=11)).book(1, [(9_999, 1)], levels)["taker"].deep


def test_a_maker_rests_at_its_own_side_and_a_touch_fills_the_optimist_alone():
    f = Following().touch(0.2, 9_995, 9_997).touch(1, 9_993, 9_995)
    assert (f["maker_optimistic"].filled, f["maker_optimistic"].paid) == (10, 10 * 9_995)
    assert f["maker_pessimistic"].state == "pending"


@pytest.mark.parametrize("through", [lambda f: f.touch(2, 9_993, 9_994), lambda f: f.prints(2, 9_994)],
                         ids=["book", "trade"])  # fmt: skip
def test_a_market_that_trades_through_fills_the_pessimist_at_the_same_price(through):
    f = through(Following().touch(0.2, 9_995, 9_997).touch(1, 9_993, 9_995))
    assert f["maker_pessimistic"].paid == f["maker_optimistic"].paid == 10 * 9_995


def test_an_entry_that_rests_too_long_is_taken_back():
    f = Following().touch(0.2, 9_995, 9_997).touch(90.1, 9_996, 9_998).touch(90.15, 9_980, 9_981)
    assert f.exits()["maker_optimistic"] == ("unfilled", 0)
    assert result(f["maker_optimistic"], FEES) == result(PaperTrade(plan(), "taker"), FEES)


@pytest.mark.parametrize("turned", [False, True], ids=["long", "short"])
def test_nothing_is_entered_where_the_price_has_run_through_the_target(turned):
    f = Following(turned=turned).touch(0.2, 10_240, 10_241).touch(1, 10_100, 10_101)
    assert {model: (t.exit_reason, t.filled) for model, t in f.trades.items()} == dict.fromkeys(
        FILL_MODELS, ("unfilled", 0)
    )


def test_a_taker_pays_up_to_its_target_and_not_the_target_itself():
    f = Following().book(1, [(10_190, 5)], [(10_199, 4), (10_200, 100)])
    assert (f["taker"].filled, f["taker"].paid) == (4, 4 * 10_199)


def test_an_entry_beyond_its_stop_is_made_and_stopped_out_as_an_order_under_way_would_be():
    f = Following().touch(0.2, 9_850, 9_851)
    assert f.exits()["taker"] == ("stop", 10 * 9_850)


# -- exits


def opened(one=None, **given):
    return Following(one or plan(**given)).touch(0.2, 9_999, 10_000)


def test_a_stop_walks_the_book_at_the_price_of_the_gap():
    f = opened().book(5, [(9_850, 4), (9_840, 100)], [(9_860, 100)])
    assert f.exits()["taker"] == ("stop", 4 * 9_850 + 6 * 9_840)


def test_a_stop_in_a_thin_book_goes_on_at_the_next_messages_and_takes_nothing_twice():
    f = opened().book(5, [(9_890, 4)], [(9_900, 9)]).book(6, [(9_890, 4)], [(9_900, 9)])
    assert (f["taker"].state, f["taker"].out) == ("closing", 4)
    f.book(7, [(9_890, 6)], [(9_900, 9)])  # two more have come to that level
    assert f["taker"].out == 6
    f.book(8, [(9_950, 100)], [(9_960, 9)])  # once decided, it leaves at any price
    assert f.exits()["taker"] == ("stop", 6 * 9_890 + 4 * 9_950)


def test_a_target_is_a_limit_order_filled_as_far_as_size_is_shown_there():
    f = opened().book(5, [(10_210, 3), (10_200, 2), (10_190, 50)], [(10_220, 9)])
    assert (f["taker"].state, f["taker"].out, f["taker"].got_taker) == ("open", 5, 5 * 10_200)
    f.touch(6, 10_150).touch(7, 10_200)
    assert f.exits()["taker"] == ("target", 10 * 10_200)


def test_a_target_that_rests_is_filled_by_a_touch_for_the_optimist_and_through_for_the_pessimist():
    f = Following().touch(0.2, 9_995, 9_997).touch(1, 9_990, 9_991).touch(2, 10_200)
    assert (f["maker_optimistic"].exit_reason, f["maker_pessimistic"].exit_reason) == ("target", None)
    f.touch(3, 10_201)
    assert f.exits()["maker_pessimistic"] == f.exits()["maker_optimistic"] == ("target", 10 * 10_200)


def test_what_was_left_of_a_target_may_be_stopped():
    f = opened().book(5, [(10_200, 4)], [(10_220, 9)]).touch(6, 9_900)
    assert f.exits()["taker"] == ("stop", 4 * 10_200 + 6 * 9_900)


def test_after_its_time_it_leaves_at_the_next_book():
    f = opened().touch(899.9, 10_050).touch(900.0, 10_051)
    assert f.exits()["taker"] == ("timeout", 10 * 10_051)


@pytest.mark.parametrize(("bid", "reason"), [(9_899, "stop"), (10_201, "target"), (10_000, "timeout")])
def test_of_two_exits_at_one_moment_the_worse_counts(bid, reason):
    """At its time's end too: under the stop it is a stop, and a target is filled at the target, not above."""
    f = opened().touch(900.0, bid)
    assert f.exits()["taker"] == (reason, 10 * min(bid, 10_200))


def test_when_stop_and_target_were_both_traded_in_one_frame_the_stop_counts():
    f = Following().touch(0.2, 9_995, 9_997).touch(1, 9_990, 9_991).prints(2, 10_300, 9_850, 10_300)
    assert f["maker_optimistic"].state == "closing"
    f.touch(3, 9_950)
    assert f.exits()["maker_pessimistic"] == ("stop", 10 * 9_950)


def test_an_exit_on_purpose_waits_for_its_latency_and_a_stop_may_come_first():
    f = opened()
    f["taker"].leave("flow_exit", 5_150_000_000)
    f["taker"].leave("kill", 0)  # an earlier wish stands
    assert f.touch(5.1, 9_950)["taker"].exit_reason is None
    assert f.touch(5.2, 9_949).exits()["taker"] == ("flow_exit", 10 * 9_949)
    f = opened()
    f["taker"].leave("flow_exit", 5_150_000_000)
    assert f.touch(5.1, 9_890).exits()["taker"] == ("stop", 10 * 9_890)


def test_excursions_are_those_of_the_touch_an_exit_would_hit():
    f = opened().touch(1, 9_950).touch(2, 10_100).touch(900, 10_000)
    money = result(f["taker"], FEES)
    assert money.risk_quote == pytest.approx(10 * 10_000 * 0.011)
    assert (money.mae_r, money.mfe_r) == pytest.approx((-500 / 1100, 1000 / 1100))


# -- money


def test_a_planned_stop_out_is_minus_one_r():
    """Stop 100 bps away, two fees of 5 bps: L is 110 bps; the fee of the exit is of a smaller notional."""
    money = result(opened().touch(5, 9_900)["taker"], FEES)
    assert money.gross_quote == -1000
    assert money.fees_quote == pytest.approx(5e-4 * (100_000 + 99_000))
    assert money.r_multiple == pytest.approx(-1.0, abs=0.001)
    assert money.slippage_bps == pytest.approx(1e4 * (0.5 + 0.5) / 9_999.5)


def test_fees_go_by_what_took_and_what_rested():
    f = Following().touch(0.2, 9_995, 9_997).touch(1, 9_990, 9_991).touch(2, 10_201)
    rested = result(f["maker_optimistic"], FEES)
    assert rested.fees_quote == pytest.approx(2e-4 * (99_950 + 102_000))
    took = result(f["taker"], FEES)
    assert took.fees_quote == pytest.approx(5e-4 * (99_970 + 102_000))
    assert took.pnl_bps == pytest.approx(1e4 * took.pnl_quote / 99_970)


def test_what_is_open_is_valued_at_the_touch():
    money = result(opened().touch(1, 10_050)["taker"], FEES)
    assert (money.exit_price, money.slippage_bps) == (10_050, None)
    assert money.pnl_quote == pytest.approx(500 - 5e-4 * (100_000 + 100_500))


# -- properties over random walks of a book


@st.composite
def walks(draw):
    """Draw what happens: (kind, step of the bid, spread, size at the touch, size behind it)."""
    step = st.tuples(
        st.sampled_from(["book", "book", "book", "print"]), st.integers(-60, 60), st.integers(1, 8),
        st.integers(1, 12), st.integers(1, 30),
    )  # fmt: skip
    return draw(st.lists(step, min_size=1, max_size=60))


def followed(walk, turned=False):
    f, bid, seconds = Following(turned=turned), 9_999, 0.0
    for kind, step, spread, size, behind in walk:
        seconds += 1.7
        if kind == "print":
            f.prints(seconds, bid + step)
        else:
            bid += step
            f.book(seconds, [(bid, size), (bid - 3, behind)], [(bid + spread, size), (bid + spread + 3, behind)])
    return f


@given(walks())
def test_long_and_short_are_mirror_images(walk):
    one, two = followed(walk), followed(walk, turned=True)
    for model in FILL_MODELS:
        a, b = one[model], two[model]
        assert (a.state, a.exit_reason, a.filled, a.out) == (b.state, b.exit_reason, b.filled, b.out)
        assert (a.entry_ns, a.exit_ns, a.deep) == (b.entry_ns, b.exit_ns, b.deep)
        assert a.paid + b.paid == MIRROR_AT * a.filled
        assert a.got_taker + a.got_maker + b.got_taker + b.got_maker == MIRROR_AT * a.out


@given(walks())
def test_pessimistic_fills_are_among_the_optimistic_ones_at_the_same_price(walk):
    f = followed(walk)
    pessimist, optimist = f["maker_pessimistic"], f["maker_optimistic"]
    if pessimist.entry_ns is not None:
        assert optimist.entry_ns is not None
        assert optimist.entry_ns <= pessimist.entry_ns
        assert (optimist.paid, optimist.filled) == (pessimist.paid, pessimist.filled)


@given(walks())
def test_fees_are_those_of_the_fills_and_nothing_leaves_that_did_not_come_in(walk):
    for trade in followed(walk).trades.values():
        assert 0 <= trade.out <= trade.filled <= trade.plan.size
        if trade.exit_reason is None or trade.exit_reason in NO_OUTCOME:
            continue
        money = result(trade, FEES)
        entry = (2 if trade.maker else 5) * trade.paid
        assert trade.out == trade.filled
        assert money.fees_quote == pytest.approx((entry + 5 * trade.got_taker + 2 * trade.got_maker) / 1e4, abs=1e-9)
        assert money.pnl_quote == pytest.approx(money.gross_quote - money.fees_quote)


@given(st.lists(st.integers(9_996, 10_100), min_size=1, max_size=40))
def test_a_book_that_only_touches_a_limit_never_fills_the_pessimist(asks):
    f = Following().touch(0.2, 9_995, 9_997)
    for n, ask in enumerate([*asks, 9_995, *asks]):
        f.touch(1 + n, ask - 1, ask)
    assert f["maker_pessimistic"].entry_ns is None
    assert f["maker_optimistic"].entry_ns is not None


@given(walks())
def test_a_trade_goes_through_json_and_is_the_same(walk):
    for trade in followed(walk).trades.values():
        plain = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(trade, str_keys=True)))
        assert msgspec.convert(plain, PaperTrade, str_keys=True) == trade
