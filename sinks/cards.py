"""Cards: a signal as a tired trader can read it, from its row.

Colour tells the side, the verdict comes first, and every word is neutral: the book shows
pressure, not intentions. Prices are in quote currency; a row holds them rounded to the tick.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from leadline.shown import shown_price
from leadline.times import utc

Values = Mapping[str, Any]

SIDE_STYLE = {"buy": "green", "sell": "red"}
VERDICT_STYLE = {
    "tradable": "bold black on green",
    "not_tradable": "bold black on yellow",
    "filtered": "bold white on blue",
}
PRESSURE = {
    "STRONG_BUY": "heavy bid pressure", "MODERATE_BUY": "bid pressure", "NEUTRAL": "balanced book",
    "MODERATE_SELL": "ask pressure", "STRONG_SELL": "heavy ask pressure",
}  # fmt: skip
REASONS = {
    "impossible": "costs exceed the target: it cannot win",
    "below_minimum_size": "the size is below the venue's minimum",
    "max_concurrent_signals": "as many tradable signals as allowed are open",
    "notional_cap": "size held to what the account may hold",
    "kill_switch": "the kill switch is latched",
    "daily_loss": "the day's loss is spent: not before 00:00 UTC",
    "max_open_risk": "open trades already risk as much as allowed",
    "symbol_open": "the account holds a trade of this symbol",
    "win_rate_below_break_even": "its measured win rate is below break-even",
    "thin_book": "size held to what the book can fill",
}


def card(row: Values) -> RenderableType:
    """Return the full card of a signal."""
    side = SIDE_STYLE.get(row["side"], "")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for label, text in _lines(row):
        grid.add_row(label, text)
    return Panel(
        Group(_verdict(row), grid), title=_title(row), title_align="left", subtitle=footer(row),
        subtitle_align="right", border_style=side, expand=False, padding=(0, 1),
    )  # fmt: skip


def one_line(row: Values) -> Text:
    """Return a signal as one line."""
    return Text.assemble(
        (clock(row["ts"]), "dim"), " ", _title(row), f"  {price(row['entry'])}  ",
        (words(row["verdict"]).upper(), "bold"), f": {why(row)}", (f"  HFT {row['hft_score']:+.0f}", "dim"),
    )  # fmt: skip


def why(row: Values) -> str:
    """Return the reason for a verdict in plain words."""
    reasons = row.get("reasons") or []
    if row["verdict"] == "tradable":
        return "; ".join([_evidence(row), *map(_reason_of(row), reasons)])
    return "; ".join(map(_reason_of(row), reasons)) or "no reason given"


def reason(name: str) -> str:
    """Return a reason's name in plain words, without the numbers of a row.

    >>> reason("break_even_too_high")
    'the break-even win rate is too high'
    """
    return "the break-even win rate is too high" if name == "break_even_too_high" else REASONS.get(name, words(name))


def _reason_of(row: Values) -> Any:
    def text(name: str) -> str:
        if name == "impossible" and row.get("cost_bps") is not None:
            return f"costs {row['cost_bps']:.1f} bps against a target of {row['target_bps']:.1f} bps: it cannot win"
        if name == "break_even_too_high":
            return f"it would have to win {percent(row['breakeven_win_rate'])} of the time to break even"
        return reason(name)

    return text


def _evidence(row: Values) -> str:
    """Return what speaks for a tradable signal: proven, or why not."""
    chance, needed = row.get("confidence"), row.get("breakeven_win_rate")
    if row.get("proven"):
        return f"proven: {percent(chance)} against a break-even of {percent(needed)}"
    source = "calibrated" if row.get("calibrated") else "prior"
    relation = "<" if chance is not None and needed is not None and chance < needed else ">="
    return f"unproven: {source} {percent(chance)} {relation} break-even {percent(needed)}"


def _verdict(row: Values) -> Text:
    style = VERDICT_STYLE.get(row["verdict"], "bold")
    return Text.assemble((f" {words(row['verdict']).upper()} ", style), f" {why(row)}")


def _title(row: Values) -> Text:
    style = f"bold {SIDE_STYLE.get(row['side'], '')}"
    return Text.assemble((f"{row['symbol']} {row['side'].upper()}", style), f" {words(row['setup'])}")


def footer(row: Values) -> Text:
    """Return what stands below a card: which market it is of, of a signal the level of its feed, and when."""
    return Text(
        " · ".join(filter(None, (of_market(row), row.get("data_level"), f"{stamp(row['ts'])} UTC"))), style="dim"
    )


def of_market(row: Values) -> str:
    """Return which market a row is of; nothing where it does not say."""
    return market(row.get("mode") or "", row.get("venue") or "")


def market(mode: str, venue: str) -> str:
    """Return which market a row is of; the live client of a simulated exchange sees no real one.

    >>> market("live", "kraken"), market("live", "simulator"), market("replay", "simulator"), market("replay", "kraken")
    ('LIVE, paper only', 'SIMULATED', 'REPLAY, SIMULATED', 'REPLAY')
    """
    if mode == "replay":
        return "REPLAY, SIMULATED" if venue == "simulator" else "REPLAY"
    return "SIMULATED" if "simulator" in (mode, venue) else "LIVE, paper only" if mode == "live" else mode


def _lines(row: Values) -> list[tuple[str, Text]]:
    base, _, quote = row["symbol"].partition("/")
    buy = row["side"] == "buy"
    seconds = (row["expires_at"] - row["ts"]) / 1e9
    sign = 1 if buy else -1
    return [
        ("enter", Text.assemble(
            f"at market, best {'ask' if buy else 'bid'} ", (price(row["entry"]), "bold"), f" {quote}",
            f" · {seconds:.0f} s left (until {clock(row['expires_at'])})")),
        ("exit", Text.assemble(
            "stop ", (price(row["stop"]), "bold red"), f" ({-sign * row['stop_bps']:+.1f} bps)", " · target ",
            (price(row["target"]), "bold green"), f" ({sign * row['target_bps']:+.1f} bps)")),
        ("size", Text.assemble(
            (f"{amount(row['size_base'])} {base}", "bold"), f" = {row['size_quote']:,.2f} {quote} · ",
            (f"{row['risk_quote']:,.2f} {quote}", "bold"), " at risk")),
        ("chance", Text(
            f"strength {row['strength']:.0f}/100 · " + (
                f"confidence {percent(row['confidence'])} (calibrated, after costs)" if row.get("calibrated") else
                f"prior {percent(row['confidence'])} to reach the target before the stop, before costs"))),
        ("cost", Text(
            f"{row['cost_bps']:.1f} bps · net R:R {number(row.get('net_rr'), '.2f')} · "
            f"break-even {percent(row.get('breakeven_win_rate'))}")),
        ("book", Text.assemble(
            (f"HFT {row['hft_score']:+.1f} {row['hft_class']}", "bold"), f": {PRESSURE.get(row['hft_class'], '')} · ",
            f"{row.get('hft_confidence') or 'LOW'} confidence · may last {row.get('expected_duration') or '?'}")),
        ("", Text(_components(row), style="dim")),
        ("bias", Text(
            f"{row.get('bias') or 'none'}{_key_level(row)} · {row.get('alignment')}: {row.get('advice')} "
            f"(size x{row['size_modifier']:g})")),
        *(("note", Text(alert)) for alert in row.get("alerts") or []),
    ]  # fmt: skip


def _key_level(row: Values) -> str:
    """Return where the day's bias has its key level, if it is the day's and has one."""
    level = row.get("key_level")
    return "" if level is None else f" (key level {shown_price(level, [row['entry'], row['stop'], row['target']])})"


def _components(row: Values) -> str:
    """Return the score's parts; a part that the feed cannot give is said to be missing."""
    ratio = row.get("score_ratio")
    orders = "missing (no order counts)" if ratio is None else f"{ratio:+.0f}"
    age = row.get("age_s")
    return f"imbalance {row['score_imbalance']:+.0f} · ratio {orders} · spread {row['spread_bps']:.1f} bps" + (
        "" if age is None else f" · data {age:.1f} s old"
    )


def price(value: float | None) -> str:
    """Return a price with all its digits.

    >>> price(43512.5), price(0.00001234)
    ('43,512.5', '0.00001234')
    """
    return "?" if value is None else f"{Decimal(repr(value)):,f}"


def amount(value: float) -> str:
    """Return a size without trailing zeros.

    >>> amount(0.05), amount(1200.0)
    ('0.05', '1,200')
    """
    text = price(value)
    return text.removesuffix(".0")


def percent(share: float | None) -> str:
    """Return a share in percent; a missing one is impossible to reach.

    >>> percent(0.4805), percent(None)
    ('48 %', 'impossible')
    """
    return "impossible" if share is None else f"{100 * share:.0f} %"


def number(value: float | None, form: str) -> str:
    """Return a number, or a dash where there is none."""
    return "-" if value is None else format(value, form)


def words(name: str) -> str:
    """Return a name of the program as words."""
    return name.replace("_", " ")


def clock(ns: int) -> str:
    """Return the time of day, UTC.

    >>> clock(1_764_000_005_000_000_000)
    '16:00:05'
    """
    return f"{utc(ns):%H:%M:%S}"


def stamp(ns: int) -> str:
    """Return date and time of day, UTC."""
    return f"{utc(ns):%Y-%m-%d %H:%M:%S}"


def length(seconds: float) -> str:
    """Return a duration in its natural unit.

    >>> length(28_800.0), length(150.0), length(41.2)
    ('8.0 h', '2.5 min', '41 s')
    """
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} s"
