"""The scenario desk: watches the zones and break levels of each bias in force, and proposes what they call for.

Kept by the signals stage and recovered with it. Prices become whole units of the instrument here.
"""

from leadline import signals
from leadline.bias_record import VERDICTS, BiasRecord, EntryPlan
from leadline.costs import costs, round_trip
from leadline.hft import Reading
from leadline.hybrid import Refusal, plan_refusal, refusal, refused
from leadline.moment import Bar, BookView, Moment
from leadline.proposals import Scenario
from leadline.risk import CAP_RISK_PER_TRADE, CAP_RISK_SWING
from leadline.scenarios import BreakAction, BreakWatch, Stance, Watches, ZoneAction, ZoneWatch
from leadline.settings import Decision
from leadline.shown import shown_level
from leadline.times import HOUR_NS, SECOND_NS
from operators.biases import clock

WAY = {1: "long", -1: "short"}
WAIT_NS = HOUR_NS  # how long a better price is waited for; the guide expects it within 30 to 60 minutes


class ScenarioDesk:
    """What is watched, by symbol."""

    def __init__(self) -> None:
        self.of: dict[str, Watches] = {}

    def interrupted(self, symbol: str) -> None:
        """Take note that the book of a symbol could not be read for a while."""
        if symbol in self.of:
            self.of[symbol].interrupted()

    def look(
        self, m: Moment, view: BookView, reading: Reading, bias: BiasRecord | None, bar: Bar | None, rules: Decision
    ) -> None:
        """Take one verified book; add what it calls for to the moment's proposals. `bar` is the newest closed one."""
        symbol = view.instrument.symbol
        if bias is None:
            self.of.pop(symbol, None)
            return
        watches = self.of.get(symbol)
        if watches is None or watches.bias_id != bias.id:
            watches = self.of[symbol] = Watches.of(bias)
        if reading.age_s > rules.hft.max_latency_seconds or not (view.bid_keys and view.ask_keys):
            watches.interrupted()
            return
        scale, moderate = view.instrument.price_scale, rules.hft.thresholds.moderate
        bid, ask = view.bid_keys[-1] / scale, -view.ask_keys[-1] / scale
        mid, hold_ns = (bid + ask) / 2, round(rules.advice.exit_seconds * SECOND_NS)
        held_ns = round(rules.setups.expiry_seconds * SECOND_NS)
        found = []
        watches.zones = [one for one in watches.zones if not one.plan.over(bid if one.plan.sign > 0 else ask)]
        for zone in watches.zones:
            sign, why = zone.plan.sign, plan_refusal(zone.plan, mid, bias, rules.hybrid_mode)
            touch, push = ask if sign > 0 else bid, sign * reading.score
            enter = zone.observe(touch, push, moderate, m.clock_ns, hold_ns, why is not None)
            if enter is not None:
                found.append(_zone(m, view, reading, zone, enter, bias, why, rules))
        for level in watches.breaks:
            push = level.level.sign * reading.score
            through = level.observe(mid, push, moderate, m.clock_ns, hold_ns, held_ns)
            if through is not None:
                why = refusal(level.level.sign, mid, bias, rules.hybrid_mode)
                found.append(_break(m, view, reading, level, through, bar, bias, why, rules))
        if found:
            m.proposals = [*(m.proposals or ()), *found]


def _zone(
    m: Moment, view: BookView, reading: Reading, watch: ZoneWatch, action: ZoneAction, bias: BiasRecord,
    why: Refusal | None, rules: Decision,
) -> Scenario:  # fmt: skip
    """Return what a zone calls for; `why` says why the bias keeps its entry out."""
    plan = watch.plan
    until_ns = bias.valid_until if why else min(m.clock_ns + WAIT_NS, bias.valid_until)
    low, high, better, stop, target = (
        _shown(plan, price, view)
        for price in (plan.entry_low, plan.entry_high, plan.better, plan.stop, plan.targets[0].price)
    )
    sure = "" if plan.confidence is None else f" of {plan.confidence} confidence"
    said = f"{plan.horizon} {WAY[plan.sign]}{sure} in {low} to {high}, score {reading.score:+.0f}"
    if why:
        said = f"{_refused(why, plan.sign, bias, view)}, until {clock(until_ns)} at most: {said}"
    elif plan.sign * bias.side < 0:
        said = f"against the {bias.bias} bias: {said}"
    if action == "WAIT" and not why:
        said += f" against it: {better} may come until {clock(until_ns)}"
    said += f"{_taken_back(watch.stance)}; stop {stop}, target {target}; {bias.worth(plan)}"
    if against := bias.opposed(plan):
        said += f"; against {against} of the same analysis"
    if plan.warnings:
        said += f"; its analysis warns: {'; '.join(plan.warnings)}"
    return Scenario(
        "swing_zone", action, plan.sign, view, reading, said, _units(plan, plan.stop, view),
        _units(plan, plan.targets[0].price, view), m.clock_ns + round(plan.lasts_high_seconds * SECOND_NS),
        _units(plan, plan.better, view), until_ns, "filtered" if why else plan.verdict,
        _risk_fraction(plan, rules) if action == "ENTER" and plan.verdict == "tradable" else None, plan.confidence, why,
    )  # fmt: skip


def _risk_fraction(plan: EntryPlan, rules: Decision) -> float | None:
    """Return what a plan may lose, of equity: as the analysis planned it, under the caps of this line."""
    if plan.risk_fraction is None:
        return None
    if plan.horizon == "scalp":
        return min(plan.risk_fraction, rules.scalping_engine.risk_per_trade, CAP_RISK_PER_TRADE)
    return min(plan.risk_fraction, CAP_RISK_SWING)


def _units(plan: EntryPlan, price: float, view: BookView) -> int:
    """Return a price on the tick, towards the stop, so a target is nearer and a better price better."""
    instrument = view.instrument
    units = plan.sign * round(price * instrument.price_scale)
    return plan.sign * (units - units % instrument.tick_units)


def _shown(plan: EntryPlan, price: float, view: BookView) -> str:
    return f"{view.instrument.price(_units(plan, price, view)):,.12g}"


def _break(
    m: Moment, view: BookView, reading: Reading, watch: BreakWatch, action: BreakAction, bar: Bar | None,
    bias: BiasRecord, why: Refusal | None, rules: Decision,
) -> Scenario:  # fmt: skip
    """Return what a break calls for; what it is worth is told by a scalp with it, with a scalp's stop and life."""
    level, instrument, atr, volume = watch.level, view.instrument, None, None
    if bar is not None:
        atr, volume = bar.atr, bar.relative_volume
    at = signals.prices(view, level.sign, atr or 0.0, rules)
    verdict, worth = _scalp(at, rules)
    prices = "stop {}, target {}".format(*(f"{instrument.price(units):,.12g}" for units in (at.stop, at.target)))
    shown = shown_level(level.level, instrument.price_precision)
    said = f"{level.side} through {shown}, score {reading.score:+.0f}"
    if volume is not None:
        said += f", volume {volume:.1f} times the usual"
    said += _taken_back(watch.stance, watch.returned)
    way, why = WAY[level.sign], why if action == "CONFIRMED" else None
    if action == "FAKE":
        said += f"; skip it, or wait for a retest of {shown}; the {way} not taken: {prices}, {worth}"
    elif why:
        verdict, kept = "filtered", _refused(why, level.sign, bias, view)
        said += f"; no {way} scalp: {kept}; the {way} not taken: {prices}, {worth}"
    else:
        said += f"; a {way} scalp from here: {prices}; {VERDICTS[verdict]}: {worth}"
    expires_ns = m.clock_ns + round(rules.setups.expiry_seconds * SECOND_NS)
    price = round(level.level * instrument.price_scale)
    return Scenario(
        "swing_break", action, level.sign, view, reading, said, at.stop, at.target, expires_ns, price, None, verdict,
        reason=why,
    )  # fmt: skip


def _refused(why: Refusal, side: int, bias: BiasRecord, view: BookView) -> str:
    level = "" if bias.key_level is None else shown_level(bias.key_level, view.instrument.price_precision)
    return refused(why, side, bias, level)


def _scalp(at: signals.Prices, rules: Decision) -> tuple[str, str]:
    """Return the verdict of a scalp at these prices, without slippage, and what it costs in words."""
    fee = round_trip(rules.fees, rules.paper.fill_model)
    found = costs(at.stop_bps, at.target_bps, fee.stop_bps, 0.0, 0.0, fee.target_bps)
    needed = found.breakeven_win_rate
    cost = f"costs {found.cost_bps:.1f} bps against a target of {at.target_bps:.1f} bps"
    if needed is None:
        return "not_tradable", f"{cost}: it cannot win"
    prior = at.stop_bps / (at.stop_bps + at.target_bps)
    verdict = "tradable" if needed <= rules.risk.max_break_even else "not_tradable"
    return verdict, f"{cost}, needs {needed:.0%} to win, prior {prior:.0%}"


def _taken_back(stance: Stance, returned: bool = False) -> str:
    """Return in words what this takes back, with its time; empty where it is the first thing said.

    Where price had returned before, what was said is not taken back: this is another try.
    """
    before = stance.before_last
    if before is None:
        return ""
    return f"; {'another try after' if returned else 'takes back'} {before[0]} of {clock(before[1])}"
