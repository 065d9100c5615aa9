"""The tables of open trades and of the last signals."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from cli.watching.columns import Column, table
from cli.watching.stored import Row
from cli.watching.words import ENDED, age, signed
from sinks import cards


def open_trades(rows: Sequence[Row], now: datetime | None, width: int) -> RenderableType:
    """Return the open trades of the account's fill model with what they would come to if they left now."""
    return table((*_PLAN, *_MARK, Column("left", lambda row: _left(row, now), least=95, right=True)), rows, width)


def signals(rows: Sequence[Row], open_r: Mapping[str, Row], width: int) -> RenderableType:
    """Return signals with verdict, cost and outcome; `open_r` are the marks of open ones by signal."""
    outcome = Column("outcome", lambda row: _outcome(row, open_r.get(row["signal_id"])))
    return table((*_SIGNAL, outcome, Column("why", cards.why, least=150)), rows, width)


def _side(row: Row) -> Text:
    return Text(row["side"].upper(), style=cards.SIDE_STYLE.get(row["side"], ""))


def _verdict(row: Row) -> Text:
    text = cards.words(row["verdict"])
    return Text(text.upper() if row["verdict"] == "tradable" else text, style="bold" if text == "tradable" else "")


def _left(row: Row, now: datetime | None) -> str:
    return "-" if now is None else age((row["expires_at"] - now).total_seconds())


def _entry(row: Row) -> str:
    """Return the average price of the entry, with as many decimals as the stop has."""
    decimals = len(repr(row["stop"]).partition(".")[2])
    return "-" if row["entry_price"] is None else cards.price(round(row["entry_price"], decimals))


def _result(row: Row) -> Text:
    if row["state"] == "pending":
        return Text("not filled", style="dim")
    return signed(row["r_multiple"], ".2f", " R")


def _outcome(row: Row, mark: Row | None) -> Text:
    """Return how a signal's trade ended, in the account's fill model, or how it stands."""
    reason: str | None = row["exit_reason"]
    if reason is None:
        return Text("open") if mark is None else Text.assemble("open ", _result(mark))
    said = ENDED.get(reason, reason)
    return Text(said) if row["r_multiple"] is None else Text.assemble(said, " ", signed(row["r_multiple"], ".2f", " R"))


def _needs(row: Row) -> str:
    return cards.percent(row["breakeven_win_rate"])


_PLAN = (
    Column("symbol", lambda row: Text(row["symbol"], style="bold")),
    Column("side", _side),
    Column("setup", lambda row: cards.words(row["setup"]), least=80),
    Column("verdict", _verdict, least=70),
)
_MARK = (
    Column("entry", _entry, least=60, right=True),
    Column("exit now", lambda row: cards.price(row["mark_price"]), right=True),
    Column("stop", lambda row: cards.price(row["stop"]), right=True),
    Column("target", lambda row: cards.price(row["target"]), least=60, right=True),
    Column("result", _result, right=True),
)
_SIGNAL = (
    Column("time", lambda row: f"{row['ts']:%H:%M:%S}", least=60),
    Column("symbol", lambda row: Text(row["symbol"], style="bold")),
    Column("side", _side),
    Column("setup", lambda row: cards.words(row["setup"]), least=90),
    Column("verdict", _verdict),
    Column("entry", lambda row: cards.price(row["entry"]), least=70, right=True),
    Column("cost bps", lambda row: f"{row['cost_bps']:.1f}", least=80, right=True),
    Column("chance", lambda row: cards.percent(row["confidence"]), least=110, right=True),
    Column("break-even", _needs, least=90, right=True),
)
