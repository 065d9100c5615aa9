"""The risk file: `<data_dir>/risk.json`, the live account as a run that starts afresh has to know it.

A run that resumes from its recovery store needs none of it; a run without one takes its account,
latch, open trades, open advice, cooldowns and calibration from here into its start record. Only live runs
write it: a replay must never overwrite the live account, and a simulated run starts anew each time.
Written at each change, and every five seconds while something is open, under a temporary name,
then renamed, so that there is always a whole one.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from files import access, whole
from leadline.advice import OpenAdvice
from leadline.calibration import Calibration
from leadline.errors import StoreError
from leadline.moment import Row
from leadline.paper import PaperTrade
from leadline.positions import Declared
from leadline.records import Start
from leadline.risk import Account
from leadline.times import MS_NS, iso

NAME = "risk.json"
VERSION = 1
NEW_ACCOUNT = "leadline risk new-account"
RESET = "leadline risk reset --reason '...'"
OF_ROW = (
    "mode", "venue", "run_id", "tape_id", "config_hash", "max_daily_loss", "account", "open_trades", "advice",
    "calibration", "positions", "symbols", "cooldown",
)  # fmt: skip


LIMITING = ("latched", "day", "day_start_quote", "positions")  # of an account: without them it would be a free one


class RiskState(msgspec.Struct, kw_only=True):
    """What the file holds. Times are ISO 8601, UTC, to the millisecond, so they sort as text."""

    version: int = VERSION
    mode: str
    venue: str
    run_id: str
    tape_id: str
    config_hash: str
    line: str
    ts: str  # the tape's clock
    written_at: str
    max_daily_loss: float  # at which the kill switch latches, as a fraction
    account: dict[str, Any]
    open_trades: list[dict[str, Any]]
    advice: list[dict[str, Any]] = []  # open, with the trades that play its roads not taken
    calibration: dict[str, Any]
    positions: list[dict[str, Any]] = []  # that a person declared
    symbols: list[str] = []  # of the line
    cooldown: dict[str, int] = {}  # until when a symbol gives no signal, ns

    @property
    def ts_ns(self) -> int:
        """The time of the last event, ns."""
        return round(datetime.fromisoformat(self.ts).timestamp() * 1000) * MS_NS

    def declared(self) -> list[Declared]:
        """Return the positions that a person declared."""
        return msgspec.convert(self.positions, list[Declared])


class UnreadableError(StoreError):
    """The file is there and cannot be read: nothing is known to be wrong with the account in it."""


class _Versioned(msgspec.Struct):
    version: int


def path(data_dir: Path) -> Path:
    """Return where the risk file of a data folder is."""
    return data_dir / NAME


def load(data_dir: Path) -> RiskState | None:
    """Return the state in the risk file, None where there is no file.

    Raises StoreError where it cannot be understood, UnreadableError where it cannot be read: a latched kill switch
    is never forgotten by accident.
    """
    file = path(data_dir)
    try:
        data = file.read_bytes()
        version = msgspec.json.decode(data, type=_Versioned).version
        if version != VERSION:
            raise msgspec.ValidationError(f"it has version {version}, this Leadline knows {VERSION}")
        return _checked(msgspec.json.decode(data, type=RiskState))
    except FileNotFoundError:
        return None
    except OSError as e:
        told, fix = access.unreadable(file, e)
        raise UnreadableError(f"{told}: it holds the live account; {fix}, and the account goes on") from e
    except (RecursionError, msgspec.MsgspecError) as e:
        raise StoreError(
            f"cannot use {str(file)!r} ({e}): it holds the live account and its kill switch; mend it, or begin a new "
            f"account with `{NEW_ACCOUNT}`"
        ) from e


def _checked(state: RiskState) -> RiskState:
    """Return the state if the line will take it."""
    account = msgspec.convert(state.account, Account)
    for name in LIMITING:
        if name not in state.account:
            raise msgspec.ValidationError(f"Object missing required field `{name}` - at `$.account`")
    if account.start_quote <= 0 or account.peak_quote <= 0:
        raise msgspec.ValidationError("an account begins with an equity above 0")
    msgspec.convert(state.open_trades, list[PaperTrade], str_keys=True)
    for one in msgspec.convert(state.advice, list[OpenAdvice], str_keys=True):
        if not isinstance(one.row.get("advice_id"), str):
            raise msgspec.ValidationError("Object missing required field `advice_id` - at `$.advice[...].row`")
    Calibration.from_json(state.calibration)
    msgspec.convert(state.positions, list[Declared])
    return state


def begun_with(start: Start, state: RiskState | None) -> tuple[Start, list[str]]:
    """Return a live run's start record with the account of the risk file, and what the user should be told.

    Raises StoreError where it is the account of another venue.
    """
    if state is None:
        return start, []
    if state.venue != start.venue:
        raise StoreError(
            f"{NAME} holds the account of {state.venue}, this run is of {start.venue}: choose another "
            f"storage.data_dir, or begin a new account with `{NEW_ACCOUNT}`"
        )
    same = state.config_hash == start.config_hash
    begun = msgspec.structs.replace(
        start, account=state.account, open_trades=list(state.open_trades), advice=list(state.advice),
        calibration=state.calibration if same else None, positions=list(state.positions),
        cooldown=dict(state.cooldown),
    )  # fmt: skip
    return begun, _notices(start, state, same)


def _notices(start: Start, state: RiskState, same: bool) -> list[str]:
    account = msgspec.convert(state.account, Account)
    wanted = float(start.account["equity_quote"])
    told = [f"the paper account goes on at {account.equity_quote:,.2f}, open trades: {len(account.positions)}"]
    if wanted != account.start_quote:
        told.append(
            f"paper.equity_quote is {wanted:,.2f}, but this account began with {account.start_quote:,.2f} and goes on; "
            f"a new one begins with `{NEW_ACCOUNT}`"
        )
    if account.latched:
        told.append(f"KILL SWITCH: {account.latch_reason}; nothing is tradable until `{RESET}`")
    if not same and any(state.calibration.get("counts", {}).values()):
        told.append("the settings that decide have changed: calibration begins anew")
    return told


def write(data_dir: Path, state: RiskState) -> None:
    """Replace the risk file; raises OSError."""
    whole.put(path(data_dir), msgspec.json.format(msgspec.json.encode(state), indent=1))


class RiskFileSink(DynamicSink[tuple[str, Row]]):
    """Mirrors the account of a live run. Stream: `(line, Row)`; only `risk_state` rows are looked at. No state.

    `on_error` gets the one line that ends the run.
    """

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
        self._written: tuple[str, str] | None = None  # the tape that the file's state is of, and its ts

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """Take rows of any table."""
        newest = None
        for item in items:
            if item[1].table == "risk_state" and item[1].values["mode"] == "live":
                newest = item
        if newest is not None:
            line, row = newest
            self._mirror(_state(line, row.values))

    def _mirror(self, state: RiskState) -> None:
        """Write a state, unless the file knows a later one of this tape: a resumed run catches up from behind it."""
        if self._written is None:
            self._written = _newest(self._data_dir)
        if state.tape_id == self._written[0] and state.ts < self._written[1]:
            return
        try:
            write(self._data_dir, state)
        except OSError as e:
            self._on_error(
                f"cannot write {str(path(self._data_dir))!r}: {e.strerror or e}. Make room or change storage.data_dir; "
                "the account in it is that of the last change before"
            )
        self._written = state.tape_id, state.ts


def _newest(data_dir: Path) -> tuple[str, str]:
    """Return the tape that the file's state is of, and its ts."""
    try:
        state = load(data_dir)
    except StoreError:  # damaged since the run began: what is written now mends it
        state = None
    return ("", "") if state is None else (state.tape_id, state.ts)


def _state(line: str, values: dict[str, Any]) -> RiskState:
    return RiskState(
        line=line, ts=iso(values["ts"], 3), written_at=iso(time.time_ns(), 3), **{name: values[name] for name in OF_ROW}
    )
