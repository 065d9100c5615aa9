"""The lines of the account, the speed and the bias."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rich.text import Text

from cli.watching.books import Line
from cli.watching.stored import Row, Stored
from cli.watching.told import Told
from cli.watching.words import signed
from leadline.shown import shown_price
from sinks import cards

PROMISE = "promise 500 ms"


class Account(NamedTuple):
    """The paper account; amounts in quote currency, losses as positive shares."""

    marked: float
    closed: float
    day_loss: float
    drawdown: float
    open_risk: float
    latched: bool
    latch_reason: str


def account(told: Told | None, stored: Stored | None) -> Account | None:
    """Return the account as the metrics tell it, else as it was stored last; None where neither does."""
    row = stored.account if stored else None
    reason = (row["latch_reason"] or "") if row else ""
    if told is not None and "equity_quote" in told.line:
        of = told.line
        return Account(
            of["marked_equity_quote"], of["equity_quote"], of["day_loss_ratio"], of["drawdown_ratio"],
            of["open_risk_quote"], bool(of["kill_switch"]), reason,
        )  # fmt: skip
    if row is None:
        return None
    return Account(
        row["marked_quote"], row["equity_quote"], row["day_loss"], row["drawdown"], row["open_risk_quote"],
        bool(row["latched"]), reason,
    )  # fmt: skip


def account_line(of: Account, max_daily_loss: float | None) -> Text:
    """Return the account in one line."""
    limit = "" if max_daily_loss is None else f" of {100 * max_daily_loss:g} %"
    switch = Text("KILL SWITCH LATCHED", style="bold white on red") if of.latched else Text("kill switch free")
    open_quote = of.marked - of.closed
    return Text.assemble(
        ("account ", "bold"), (f"{of.marked:,.2f}", "bold"), " (open ", signed(open_quote, ",.2f"), ")",
        f" · lost today {100 * of.day_loss:.2f} %{limit} · drawdown {100 * of.drawdown:.2f} % · ", switch,
    )  # fmt: skip


def latch_line(of: Account) -> Text:
    """Return what a latched kill switch means."""
    why = f": {of.latch_reason}" if of.latch_reason else ""
    return Text(f"nothing is tradable{why}; look, then `leadline risk reset --reason '...'`", style="bold")


def speed_line(row: Row | None, frames_a_second: float | None) -> Text:
    """Return tick to signal of this run, and the frames."""
    said = Text.assemble(("speed   ", "bold"))
    if row and row["n"]:
        n = f"{row['n']} signal{'s' if row['n'] > 1 else ''}"
        slow = "" if row["p99"] <= 500 else "SLOW "
        said.append(f"tick to signal {slow}p50 {row['p50']:.1f} ms · p99 {row['p99']:.1f} ms ({n}; {PROMISE})")
    else:
        said.append("tick to signal: no signal has been timed in this run")
    return said if frames_a_second is None else said.append(f" · {frames_a_second:,.0f} frames/s")


def bias_line(stored: Stored, lines: Sequence[Line], now: datetime | None) -> Text | None:
    """Return the bias of the newest analyses of these books, in their order; None without any.

    One that has lapsed, or that the run leaves out, says so.
    """
    parts, biases = [], {row["symbol"]: row for row in stored.bias}
    for line in lines:
        row, book = biases.get(line.symbol), line.book
        if row is None:
            continue
        over = now is not None and row["valid_until"] is not None and row["valid_until"] < now
        key = "" if row["key_level"] is None else f", key {shown_price(row['key_level'], [book.bid, book.ask])}"
        word = f"LAPSED, was {cards.words(row['bias'])}" if over else f"{cards.words(row['bias'])}{key}"
        parts.append(f"{line.symbol} {word}")
    left_out = stored.run["goes_by_bias"] is False  # None: of a version before, which knew no other way
    how = Text("LEFT OUT (hybrid_mode.bias is false): " if left_out else "", style="bold")
    return Text.assemble(("bias    ", "bold"), how, " · ".join(parts)) if parts else None
