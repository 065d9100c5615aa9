"""An analysis in words and tables: what it says and what it is made of; how it would be traded is `setups_block`'s.

Positive scores are bullish. Nothing is said that the analysis does not hold; what is missing is said.
"""

from leadline.analysis import ProfileAnalysis
from leadline.analysis.as_of import written
from leadline.analysis.base_rates import of_walks
from leadline.analysis.profiles import ProfileName
from leadline.analysis.scored import Scored
from leadline.hft import expected_duration
from reports import in_force, track_record
from reports.analysis_facts import AnalysisFacts
from reports.blocks import NONE, Block, joined, number, percent, price
from reports.ink import words
from reports.setups_block import setups


def blocks(facts: AnalysisFacts) -> list[Block]:
    """Return the whole analysis, the most important first."""
    return [
        summary(facts), setups(facts), zones(facts), breakdown(facts), microstructure(facts), indicators(facts),
        volume(facts), timeframes(facts), profiles(facts), missing(facts),
    ]  # fmt: skip


def world(facts: AnalysisFacts) -> str:
    """Return which market this is."""
    if facts.inputs.world.simulated:
        return "SIMULATED MARKET: nothing here says anything about a real one."
    return f"Real market ({facts.inputs.world.venue}), closed bars only. A plan on paper: no order is ever sent."


def summary(facts: AnalysisFacts) -> Block:
    """Return what it comes to."""
    found, chosen = facts.analysis, facts.chosen
    score = f"none: {chosen.confidence_reason}" if found.score is None else f"{found.score:.1f} of 100 (50 is neutral)"
    level = found.key_level
    return Block("summary", "Summary", (
        f"Score: {score}, profile {found.profile}",
        f"Bias: {found.bias}, until {written(facts.valid_until_ns)}{in_force.aside(facts.in_force, found.as_of_ns)}",
        in_force.line(facts.in_force, found.as_of_ns, facts.rules.hybrid_mode),
        f"Confidence: {found.confidence}, a class and no probability: {chosen.confidence_reason}"
        + ("" if found.score is None else f"; {of_walks(found.profile, found.confidence)}"),
        f"Track record: {_record(facts, found.profile)}",
        f"Confluence of the timeframes, apart from direction: {percent(chosen.confluence)}",
        f"Price: {price(found.price)} ({found.price_dated})",
        f"Key level: {price(level.price)} ({level.reason})",
        *(f"Opposed plans: {line}" for line in found.notes),
    ))  # fmt: skip


def zones(facts: AnalysisFacts) -> Block:
    """Return support and resistance, the highest first, and the levels whose passing is a break."""
    chosen = facts.chosen
    rows = tuple(
        (zone.kind, f"{price(zone.low)} to {price(zone.high)}", number(zone.strength, ".1f"),
         number(zone.distance_atr, ".1f", " ATR"), joined(zone.reasons))
        for zone in reversed(chosen.zones)
    )  # fmt: skip
    lines = [f"Break {one.side}: {price(one.level)}, {one.distance_atr:.1f} ATR away, {one.reason}"
             for one in chosen.breakouts]  # fmt: skip
    return Block("zones", "Support and resistance", tuple(lines or ["No zone is known."]),
                 ("", "prices", "strength", "distance", "reasons"), rows, ZONES, wide=True)  # fmt: skip


def breakdown(facts: AnalysisFacts) -> Block:
    """Return the tree behind the score, two levels deep."""
    rows = []
    for component in facts.chosen.components:
        rows.append(_scored(component, words(component.name), component.share))
        rows += [_scored(part, f"· {words(part.name)}", component.share * part.share) for part in component.parts]
    names = ("", "weight", "share of the score", "score", "points", "reason")
    return Block("breakdown", "What the score is made of", (), names, tuple(rows), BREAKDOWN, wide=True)


def _scored(one: Scored, name: str, share: float) -> tuple[str, ...]:
    points = None if one.score is None else share * one.score / 2.0
    return (name, percent(one.weight), percent(share), said(one),
            number(points, "+z.1f"), one.reason)  # fmt: skip


def said(one: Scored) -> str:
    """Return a score as text: nothing to say is not the same as missing."""
    if one.score is None:
        return "none" if one.silent else "missing"
    return f"{one.score:+z.0f}"


def microstructure(facts: AnalysisFacts) -> Block:
    """Return the order book's part as the founding guide shows it, or why it is missing."""
    book, title = facts.book, "HFT microstructure"
    if book is None:
        why = next((one.reason for one in facts.chosen.components if one.name == "hft_microstructure"), "not asked for")
        return Block("hft", title, (f"Missing: {why}",), caption=HFT)
    age_s = book.reading(facts.analysis.as_of_ns).age_s
    aligned = facts.chosen.alignment
    return Block("hft", title, (
        f"Signal: {book.hft_class} ({book.hft_score:+z.0f}/100)",
        f"Confidence: {book.confidence} | Duration: {expected_duration(book.hft_score)} | {age_s:.0f} s old",
        f"{book.data_level or 'L2'} imbalance: {number(book.imbalance, '+.1f')} (EMA: "
        f"{number(book.imbalance_ema, '+.1f')})",
        f"Bid/ask ratio: {_ratio(book.bid_orders, book.ask_orders)}",
        f"Spread: {number(book.spread_bps, '.2f', ' bps')}",
        "Alignment: none" if aligned is None
        else f"Alignment: {aligned.kind} with {facts.analysis.bias}, size x {aligned.size_modifier:g}",
        f"Advice: {'none' if aligned is None else aligned.advice}",
    ), caption=HFT)  # fmt: skip


def _ratio(bids: int | None, asks: int | None) -> str:
    if bids is None or asks is None:
        return "not known, order counts need Level 3"
    ratio = NONE if asks == 0 else f"{bids / asks:.3f}"
    return f"{ratio} ({bids} bids / {asks} asks)"


def indicators(facts: AnalysisFacts) -> Block:
    """Return the anchor's indicators."""
    values = facts.chosen.technical
    if values is None:
        return Block("indicators", "Indicators", ("Missing: no timeframe has enough bars that are new enough.",))
    rows = (
        ("RSI 14", number(values.rsi, ".1f")),
        ("MACD 12/26, signal 9, histogram", joined([price(v) for v in
                                                    (values.macd, values.macd_signal, values.macd_histogram)])),
        ("Stochastic 14/3/3, K and D", f"{values.stochastic_k:.1f}, {values.stochastic_d:.1f}"),
        ("Bollinger 20/2, lower to upper", f"{price(values.bollinger_lower)} to {price(values.bollinger_upper)}"),
        ("ADX 14", number(values.adx, ".1f")),
        ("ATR 14", price(values.atr)),
        ("VWAP", f"{price(values.vwap)} ({number(values.vwap_distance_atr, '+.1f', ' ATR')} from it)"),
        ("OBV slope, mean bar volumes a bar", number(values.obv_slope, "+z.2f")),
        ("Squeeze", values.squeeze or "not known"),
        ("Divergences", joined(values.divergences) or "none"),
    )  # fmt: skip
    return Block("indicators", f"Indicators, {values.timeframe} bars", (), ("", "newest closed bar"), rows)


def volume(facts: AnalysisFacts) -> Block:
    """Return the volume profile's levels."""
    made, title = facts.chosen.volume_profile, f"Volume profile, {facts.chosen.volume_days:g} days"
    if made is None:
        why = next(one.reason for one in facts.chosen.components if one.name == "volume_profile")
        return Block("volume", title, (f"Missing: {why}",))
    return Block("volume", title, (
        f"Point of control: {price(made.poc)}",
        f"Value area: {price(made.val)} to {price(made.vah)}, {percent(made.value_area)} of the volume",
        f"High-volume nodes: {joined([price(node) for node in made.high_nodes]) or 'none'}",
        f"Low-volume nodes: {joined([price(node) for node in made.low_nodes]) or 'none'}",
        f"Traded: {made.volume:,.6g} of base between {price(made.low)} and {price(made.high)}",
    ))  # fmt: skip


def timeframes(facts: AnalysisFacts) -> Block:
    """Return what each timeframe of the profile rests on."""
    rows = tuple(
        (one.timeframe, f"{one.n_bars:,}", f"{one.missing_bars:,}", f"{one.bars_with_gaps:,}", written(one.closed_ns),
         price(one.close), price(one.atr), price(one.ema_fast), price(one.ema_slow), number(one.adx, ".0f"),
         price(one.swing_high), price(one.swing_low))
        for one in facts.chosen.timeframes
    )  # fmt: skip
    names = ("", "bars", "missing", "with gaps", "newest closed", "close", "ATR 14", "EMA 20", "EMA 50", "ADX 14",
             "swing high", "swing low")  # fmt: skip
    lines = tuple(f"{one.timeframe}: {one.gaps}." for one in facts.chosen.timeframes if one.gaps)
    return Block(
        "timeframes",
        "Timeframes",
        lines if rows else ("No timeframe has enough bars that are new enough.",),
        names,
        rows,
    )


def profiles(facts: AnalysisFacts) -> Block:
    """Return the three horizons side by side."""
    rows = tuple(_profile(one) for one in facts.analysis.profiles)
    names = [one.name for one in facts.analysis.profiles]
    together = f"{', '.join(names[:-1])} and {names[-1]}"
    untold = track_record.untold(together, facts.inputs.world.simulated, facts.analysis.as_of_ns)
    told = [untold] if untold else [_record(facts, name) for name in names]
    records = tuple(f"Track record: {line}" for line in told)
    return Block("profiles", "All horizons", records, ("", "score", "bias", "confidence", "key level"), rows)


def _record(facts: AnalysisFacts, profile: ProfileName) -> str:
    found = facts.analysis
    return track_record.sentence(profile, found.symbol, facts.inputs.world.simulated, found.as_of_ns)


def _profile(one: ProfileAnalysis) -> tuple[str, ...]:
    return (one.name, number(one.score, ".1f"), one.bias, one.confidence, price(one.key_level.price))


def missing(facts: AnalysisFacts) -> Block:
    """Return what was missing in any horizon, and why."""
    lines = [f"{one.name}: {line}" for one in facts.analysis.profiles for line in one.missing]
    return Block("missing", "What is missing", tuple(lines or ["Nothing."]))


ZONES = "A zone gathers levels that lie together; its strength is the sum of their weights. Nothing says it will hold."
BREAKDOWN = (
    "Scores run from -100 (bearish) to +100 (bullish). Points are what each adds to 50; where something is missing "
    "the rest are reweighted. The weights are settings, not findings."
)
HFT = "Counts for at most 5 % of the score, and only while it is younger than 30 s."
