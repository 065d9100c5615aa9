"""The risk file: `<data_dir>/risk.json`, the live account as a run that starts afresh has to know it.

A run that resumes from its recovery store needs none of it; a run without one takes its account,
latch, open trades and calibration from here into its start record. Only live runs write it: a
replay must never overwrite the live account, and a simulated run starts anew each time.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from leadline.errors import StoreError
from leadline.moment import Row
from leadline.paper import PaperTrade
from leadline.records import Start
from leadline.risk import Account

NAME = "risk.json"
VERSION = 1
OF_RUN = ("mode", "venue", "run_id", "tape_id")


class RiskState(msgspec.Struct):
    """What the file holds."""

    version: int
    mode: str
    venue: str
    run_id: str
    tape_id: str
    config_hash: str
    ts: str  # the tape's clock, ISO 8601
    account: dict[str, Any]
    open_trades: list[dict[str, Any]]
    calibration: dict[str, Any]


def path(data_dir: Path) -> Path:
    """Return where the risk file of a data folder is."""
    return data_dir / NAME


def load(data_dir: Path) -> RiskState | None:
    """Return the state in the risk file, None where there is no file.

    Raises StoreError where it cannot be understood: a latched kill switch is never forgotten by accident.
    """
    file = path(data_dir)
    try:
        state = msgspec.json.decode(file.read_bytes(), type=RiskState)
        msgspec.convert(state.account, Account)
        msgspec.convert(state.open_trades, list[PaperTrade], str_keys=True)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as e:
        raise StoreError(f"cannot use {str(file)!r} ({e}); mend it, or begin a new account: {NEW_ACCOUNT}") from e
    if state.version != VERSION:
        raise StoreError(
            f"{str(file)!r} has version {state.version}, this Leadline knows {VERSION}; begin a new account: "
            f"{NEW_ACCOUNT}"
        )
    return state


NEW_ACCOUNT = "leadline risk new-account"


def begun_with(start: Start, data_dir: Path) -> tuple[Start, list[str]]:
    """Return a live run's start record with the account that the risk file holds, and what to tell the user."""
    state = load(data_dir)
    if state is None:
        return start, []
    if state.venue != start.venue:
        raise StoreError(
            f"{str(path(data_dir))!r} holds the account of {state.venue}, this run is of {start.venue}; choose another "
            f"storage.data_dir, or begin a new account: {NEW_ACCOUNT}"
        )
    account = msgspec.convert(state.account, Account)
    notices = [f"the paper account goes on at {account.equity_quote:,.2f}, {len(account.positions)} trades open"]
    wanted = float(start.account.get("equity_quote", account.start_quote))
    if wanted != account.start_quote:
        notices.append(
            f"paper.equity_quote is {wanted:,.2f}, but this account began with {account.start_quote:,.2f} and goes on; "
            f"for a new one: {NEW_ACCOUNT}"
        )
    if account.latched:
        notices.append(f"KILL SWITCH: {account.latch_reason}; nothing is tradable until `leadline risk reset`")
    same = state.config_hash == start.config_hash
    if not same and state.calibration.get("counts"):
        notices.append("the settings that decide have changed: calibration begins anew")
    changed = {
        "account": state.account, "open_trades": state.open_trades, "calibration": state.calibration if same else None,
    }  # fmt: skip
    return msgspec.structs.replace(start, **changed), notices


def write(data_dir: Path, values: dict[str, Any]) -> None:
    """Replace the risk file by a `risk_state` row."""
    when = datetime.fromtimestamp(values["ts"] / 1e9, UTC).isoformat(timespec="milliseconds")
    state = {"version": VERSION, **{name: values[name] for name in (*OF_RUN, "config_hash")}, "ts": when,
             **{name: values[name] for name in ("account", "open_trades", "calibration")}}  # fmt: skip
    target = path(data_dir)
    temporary = target.with_name(f".{NAME}.tmp")
    with open(temporary, "w") as file:
        json.dump(state, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, target)


class RiskFileSink(DynamicSink[tuple[str, Row]]):
    """Mirrors the account of a live run. Stream: `(line, Row)`; only `risk_state` rows are looked at. No state."""

    def __init__(self, data_dir: Path, on_error: Callable[[str], None]) -> None:
        self._data_dir = data_dir
        self._on_error = on_error

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "RiskFilePartition":
        """Return the worker's partition."""
        return RiskFilePartition(self._data_dir, self._on_error)


class RiskFilePartition(StatelessSinkPartition[tuple[str, Row]]):
    """Writes the newest state of each batch."""

    def __init__(self, data_dir: Path, on_error: Callable[[str], None]) -> None:
        self._data_dir = data_dir
        self._on_error = on_error

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        newest = None
        for _, row in items:
            if row.table == "risk_state":
                newest = row.values
        if newest is not None and newest["mode"] == "live":
            try:
                write(self._data_dir, newest)
            except OSError as e:
                self._on_error(f"cannot write {str(path(self._data_dir))!r}: {e.strerror or e}; free some space")
