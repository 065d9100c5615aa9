"""Outcome cards: what became of a signal, what was advised, and what happened to the account."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sinks import cards

Values = Mapping[str, Any]

HOW = {
    "target": "reached its target", "stop": "was stopped out", "timeout": "ran out of time",
    "flow_exit": "left before its stop: the book pushed against it", "kill": "left: the kill switch latched",
    "unfilled": "was never filled", "end_of_tape": "was open when the tape ended", "abandoned": "was lost with its run",
}  # fmt: skip
ADVICE = {
    "false_breakout": "false breakout: skipped", "entry_timing": "strong conflict: waiting",
    "stop_protection": "stop protection", "size_modifier": "size", "bias_filter": "filtered by the day's bias",
}  # fmt: skip

SWING = {"swing_zone": "entry zone", "swing_break": "break", "position": "your position"}
ACTION_STYLE = {
    "ENTER": "bold black on green", "CONFIRMED": "bold black on green", "hold": "bold black on green",
    "WAIT": "bold black on yellow", "honour": "bold black on yellow",
    "FAKE": "bold white on red", "exit": "bold white on red",
}  # fmt: skip


def outcome_line(row: Values) -> Text:
    """Return what became of a signal as one line."""
    return Text.assemble(
        (cards.clock(row["ts"]), "dim"), " ", (f"{row['symbol']} {row['side'].upper()}", "bold"),
        f" {cards.words(row['setup'])} ", *_came_to(row), (f"  {_account(row)}{_market(row)}", "dim"),
    )  # fmt: skip


def _came_to(row: Values) -> tuple[Any, ...]:
    """Return how a signal ended and what it came to, as parts of a text."""
    return (f"{HOW.get(row['exit_reason'], row['exit_reason'])}: ", (_result(row), f"bold {_style(row)}"))


def _style(row: Values) -> str:
    return "green" if row["pnl_quote"] > 0 else "red" if row["pnl_quote"] < 0 else "dim"


def outcome_card(row: Values) -> RenderableType:
    """Return the card of a signal that has ended."""
    quote = row["symbol"].partition("/")[2]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    if row["entry_price"] is not None:
        prices = f"{cards.amount(row['size_base'])} from {_price(row['entry_price'])} to {_price(row['exit_price'])}"
        grid.add_row("filled", f"{prices}, {row['seconds_held']:.0f} s")
        costs = (
            f"{row['gross_quote']:+.2f} {quote} before fees of {row['fees_quote']:.2f}, {row['pnl_bps']:+.1f} bps after"
        )
        slipped = "" if row["slippage_bps"] is None else f"; slippage {row['slippage_bps']:.1f} bps against the mid"
        grid.add_row("costs", f"{costs}{slipped}")
        grid.add_row("excursion", f"worst {_r(row['mae_r'])}, best {_r(row['mfe_r'])}, before fees")
    grid.add_row("account", _account(row))
    marks = [text for name, text in (("outage", "the book was lost meanwhile"), ("deep_fill", "filled below the levels "
             "that the checksum vouches for")) if row[name]]  # fmt: skip
    if marks:
        grid.add_row("note", "; ".join(marks))
    title = Text.assemble((f"{row['symbol']} {row['side'].upper()}", "bold"), f" {cards.words(row['setup'])}: outcome")
    return _panel(Text.assemble(*_came_to(row)), row, title, grid, border_style=_style(row))


def _panel(head: Text, row: Values, title: Text, *below: RenderableType, border_style: str = "none") -> RenderableType:
    """Return a card that is wide enough for its footer, however little it says."""
    footer = cards.footer(row)
    head.pad_right(max(0, footer.cell_len + 2 - head.cell_len))
    return Panel(
        Group(head, *below), title=title, title_align="left", subtitle=footer, subtitle_align="right",
        border_style=border_style, expand=False, padding=(0, 1),
    )  # fmt: skip


def _result(row: Values) -> str:
    if row["r_multiple"] is None:
        return "nothing won or lost"
    return f"{row['pnl_quote']:+.2f} {row['symbol'].partition('/')[2]} ({row['r_multiple']:+.2f} R) after fees"


def _account(row: Values) -> str:
    if row["equity_after"] is not None:
        return f"paper account {row['equity_after']:,.2f}"
    return f"not on the account: {cards.words(row['verdict'])}"


def _market(row: Values) -> str:
    """Return which market a line's row is of, to stand at its end."""
    of = cards.of_market(row)
    return f" · {of}" if of else ""


def _price(value: float) -> str:
    """Return an average price, which has more digits than the tick."""
    return f"{value:,.6g}" if value < 1000 else f"{value:,.2f}"


def _r(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f} R"


def advice_line(row: Values) -> Text:
    """Return a piece of advice as one line."""
    what = ADVICE.get(row["kind"], cards.words(row["kind"]))
    action = f": {row['action']}" if row["kind"] in ("stop_protection", "size_modifier") else ""
    return Text.assemble(
        (cards.clock(row["ts"]), "dim"), " ", (row["symbol"], "bold"), f" {what}{action}",
        (f"  {row['detail']}{_market(row)}", "dim"),
    )  # fmt: skip


def advice_card(row: Values) -> RenderableType:
    """Return the card of advice about a swing: a zone, a break, or a declared position."""
    style = ACTION_STYLE.get(row["action"], "bold")
    if row["kind"] in ("swing_zone", "swing_break") and row.get("verdict") != "tradable":
        style = "bold"  # no colour calls for what is not known to be worth it
    head = Text.assemble((f" {row['action'].upper()} ", style), f" {row['detail']}")
    return _panel(head, row, Text.assemble((row["symbol"], "bold"), f" {SWING[row['kind']]}"))


def receipt_line(row: Values) -> Text | None:
    """Return what a person's command did; None where a line of the account says it."""
    if row["command"] == "risk_reset" and row["result"].startswith("kill switch cleared"):
        return None
    style = "bold" if row["command"] in ("position_add", "position_close", "risk_reset") else "bold yellow"
    return Text.assemble((cards.clock(row["ts"]), "dim"), f" {cards.words(row['command'])} ", (row["result"], style))


def account_line(row: Values) -> Text | None:
    """Return a line where the kill switch latched or was freed."""
    if row["event"] == "latch":
        return Text.assemble(
            (" KILL SWITCH ", "bold white on red"), f" {row['latch_reason']}; nothing is tradable until it is reset",
            (" (leadline risk reset --reason ...)", "dim"),
        )  # fmt: skip
    if row["event"] == "reset":
        return Text(f"{cards.clock(row['ts'])} kill switch cleared; the day's loss stands", "bold")
    return None
