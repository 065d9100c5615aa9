"""The account and its limits: docs/signals.md section 8."""

import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline import risk
from leadline.paper import FILL_MODELS, PaperTrade
from leadline.paper_result import result
from leadline.risk import Account, Position
from leadline.settings import Decision
from leadline.signals import prices, sized
from leadline.times import DAY_NS
from tests.leadline.books import WHOLE, units_view
from tests.leadline.paper_trades import plan

PLAIN = Decision()


def account(equity=10_000.0, **positions) -> Account:
    made = Account.fresh(equity)
    made.roll(0)
    made.positions = positions
    return made


def held(symbol="BTC/USD", risk_quote=30.0, notional=1_000.0) -> Position:
    return Position(symbol, risk_quote, notional)


# -- size


@pytest.mark.parametrize(("modifier", "share"), [(0.5, 1 / 6), (1.0, 1 / 3), (1.5, 0.5), (9.0, 0.5)])
def test_the_budget_spans_a_sixth_to_half_a_percent_and_never_more(modifier, share):
    assert risk.budget(account(), modifier, PLAIN) == pytest.approx(10_000 * share / 100)


def loose(**sections) -> Decision:
    """Return settings that no validation would let by, as a tape of another version might hold them."""
    section = {name: getattr(PLAIN, name).model_copy(update=values) for name, values in sections.items()}
    return PLAIN.model_copy(update=section)


def test_the_hard_caps_hold_whatever_the_settings_say():
    wild = loose(
        scalping_engine={"risk_per_trade": 0.5, "max_concurrent_signals": 99},
        risk={"max_open_risk": 9.0, "max_daily_loss": 0.9, "max_notional": 99.0},
    )
    assert risk.budget(account(), 1.5, wild) == pytest.approx(50.0)
    assert risk.room(account(), wild) == 30_000.0
    three = {str(n): held(f"{n}/USD") for n in range(3)}
    assert risk.refusals(account(**three), "BTC/USD", 1.0, wild) == ["max_concurrent_signals"]
    assert risk.refusals(account(a=held("ETH/USD", 480.0)), "BTC/USD", 21.0, wild) == ["max_open_risk"]
    lost = account()
    lost.settle("t", -301.0)
    assert lost.latch_if_lost(wild, 1)


def test_room_is_what_all_open_trades_leave():
    assert risk.room(account(a=held(notional=7_000.0)), PLAIN) == 3_000.0
    assert risk.room(account(a=held(notional=7_000.0), b=held(notional=4_000.0)), PLAIN) == 0.0


MODIFIERS = (0.5, 0.7, 0.8, 1.0, 1.5)
ROLES = [(entry, exit_, model) for entry in ("maker", "taker") for exit_ in ("maker", "taker") for model in FILL_MODELS]


def any_case(dice):
    """Return a random bid, spread, ATR, equity, side, fee, modifier, depth and roles; magnitudes are spread evenly."""
    bid, atr, equity, depth = (10 ** dice.uniform(*map(math.log10, span)) for span in (
        (5_000, 500_000), (0.1, 2_000), (10, 1e6), (10, 100_000)))  # fmt: skip
    spread, side, fee = dice.randint(1, 40), dice.choice((1, -1)), dice.choice((0.0, dice.uniform(0, 60)))
    return round(bid), spread, atr, equity, side, fee, dice.choice(MODIFIERS), round(depth), dice.choice(ROLES)


def test_in_ten_thousand_random_cases_the_modelled_loss_at_the_stop_never_exceeds_the_budget():
    dice = random.Random(9)
    for _ in range(10_000):
        loses_no_more_than_its_budget(*any_case(dice))


@given(
    st.integers(5_000, 500_000), st.integers(1, 40), st.floats(0.1, 2_000), st.floats(10, 1e6),
    st.sampled_from([1, -1]), st.floats(0, 60), st.sampled_from(MODIFIERS), st.integers(10, 100_000),
    st.sampled_from(ROLES),
)  # fmt: skip
def test_nor_does_it_at_the_edges(bid, spread, atr, equity, side, fee, modifier, depth, roles):
    loses_no_more_than_its_budget(bid, spread, atr, equity, side, fee, modifier, depth, roles)


def loses_no_more_than_its_budget(bid, spread, atr, equity, side, fee, modifier, depth, roles):
    """The stop is hit in the very book of the entry, shifted: fees and slippage of both fills are inside."""
    case = (bid, spread, atr, equity, side, fee, modifier, depth, roles)
    entry, exit_, model = roles
    fees = PLAIN.fees.model_copy(update={"maker_bps": 0.3 * fee, "taker_bps": fee, "entry": entry, "exit": exit_})
    rules = PLAIN.model_copy(update={"fees": fees, "paper": PLAIN.paper.model_copy(update={"fill_model": model})})
    view = units_view([(bid, depth), (bid - 7, depth)], [(bid + spread, depth), (bid + spread + 7, depth)], WHOLE)
    at = prices(view, side, atr, rules)
    budget = risk.budget(account(equity), modifier, rules)
    found = sized(view, at, side, budget, risk.room(account(equity), rules), rules)
    assert found.risk_quote <= budget * (1 + 1e-12), case
    if found.size and at.stop > 0:
        trade = stopped_out(view, at, side, found.size, found.costs.loss_bps, model)
        assert trade.exit_reason == "stop", case
        money = result(trade, rules.fees)
        # A short's exit fee is of a notional that has grown by the stop's distance: L counts it at the entry.
        beyond = money.entry_quote * at.stop_bps * fee * 1e-8 if side < 0 else 0.0
        assert -money.pnl_quote <= budget * (1 + 1e-9) + beyond, case


def stopped_out(view, at, side, size, loss_bps, model="taker"):
    """Return a trade that enters in a book (a maker's: on the way) and is stopped in the same book, at its stop."""
    one = plan(side, at.entry, at.stop, at.target, size, loss_bps=loss_bps)
    trade = PaperTrade(one, model)
    trade.on_book(view, one.arrives_ns)
    touch = view.bid_keys[-1] if side > 0 else -view.ask_keys[-1]
    by = at.stop - touch
    bids = [(key + by, size) for key, size in zip(view.bid_keys, view.bid_sizes, strict=True)]
    asks = [(-key + by, size) for key, size in zip(view.ask_keys, view.ask_sizes, strict=True)]
    trade.on_book(units_view([b for b in bids if b[0] > 0], asks, WHOLE), one.arrives_ns + 1)
    return trade


# -- refusals


@pytest.mark.parametrize(
    ("open_now", "reason"),
    [({}, []), ({"a": held("BTC/USD")}, ["symbol_open"]),
     ({str(n): held(f"{n}/USD") for n in range(3)}, ["max_concurrent_signals"])],
    ids=["nothing", "the symbol", "three"],
)  # fmt: skip
def test_each_limit_has_its_reason(open_now, reason):
    assert risk.refusals(account(**open_now), "BTC/USD", 30.0, PLAIN) == reason


def test_every_reason_is_told():
    full = account(**{str(n): held(f"{n}/USD", 200.0) for n in range(3)})
    full.latched = True
    assert risk.refusals(full, "0/USD", 30.0, PLAIN) == [
        "kill_switch", "symbol_open", "max_concurrent_signals", "max_open_risk"]  # fmt: skip


# -- the day and the latch


def test_the_day_is_measured_from_marked_equity_at_midnight():
    one = account(a=held())
    one.positions["a"].open_quote = -100.0
    assert one.roll(DAY_NS)
    assert not one.roll(DAY_NS + 1)
    assert (one.day_start_quote, one.day_loss) == (9_900.0, 0.0)
    one.settle("a", -397.0)
    assert one.day_loss == pytest.approx(297 / 9_900)
    assert one.latch_if_lost(PLAIN, 5)
    assert (one.latched, one.latched_ns) == (True, 5)


def test_the_latch_outlives_midnight_and_only_a_reset_frees_it():
    one = account()
    one.settle("t", -300.0)
    assert one.latch_if_lost(PLAIN, 5)
    assert not one.latch_if_lost(PLAIN, 6)
    one.roll(DAY_NS)
    one.settle("u", 500.0)
    assert one.latched
    one.reset(PLAIN)
    assert (one.latched, one.latch_reason, one.latched_ns, one.day_spent) == (False, "", None, False)


def test_a_day_that_is_at_its_limit_when_the_latch_is_freed_is_spent_until_midnight():
    one = account()
    one.settle("t", -300.0)
    assert one.latch_if_lost(PLAIN, 5)
    one.reset(PLAIN)
    one.settle("u", -10.0)
    assert not one.latch_if_lost(PLAIN, 6)
    assert (one.day_start_quote, risk.refusals(one, "BTC/USD", 1.0, PLAIN)) == (10_000.0, ["daily_loss"])
    one.roll(DAY_NS)
    assert risk.refusals(one, "BTC/USD", 1.0, PLAIN) == []
    one.settle("v", -291.0)
    assert one.latch_if_lost(PLAIN, 7)


def test_open_losses_latch_as_well():
    one = account(a=held())
    one.positions["a"].open_quote = -300.0
    assert one.latch_if_lost(PLAIN, 1)


def test_drawdown_is_the_deepest_fall_from_the_peak():
    one = account()
    for pnl in (1_000.0, -550.0, 100.0):
        one.settle("t", pnl)
    assert one.drawdown == pytest.approx(450 / 11_000)
    assert one.max_drawdown == pytest.approx(0.05)


@given(st.lists(st.floats(-500, 500), max_size=50))
def test_equity_is_the_start_plus_what_was_settled(results):
    one = account()
    total = 10_000.0
    for pnl in results:
        one.settle("t", pnl)
        total += pnl
    assert one.equity_quote == total
    assert 0.0 <= one.drawdown <= one.max_drawdown


def test_a_command_is_obeyed_once():
    one = account()
    assert [one.obeyed(name) for name in ("a", "b", "a")] == [False, False, True]


def test_an_account_goes_through_json_and_is_the_same():
    one = account(a=held())
    one.settle("t", -301.0)
    one.latch_if_lost(PLAIN, 7)
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(one)), Account) == one
