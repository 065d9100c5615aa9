"""A system that nothing is wrong with: a data folder as a live run left it, against an exchange on loopback."""

import json
import os
import pickle
import sqlite3
import time
from collections import namedtuple
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from doctor.system import System
from flows import recovery
from flows.configuration import load
from flows.modes import Mode
from flows.wiring import same_run
from leadline import records
from leadline.records import Start
from leadline.settings import config_hash, decision
from leadline.times import HOUR_NS
from simulator.exchange import Exchange
from simulator.protocol import instrument_frame
from sinks import catalog, risk_file
from sources.live import LivePosition
from sources.tape import Position
from sources.tape_writer import TapeWriter
from tests.sinks import lake_rows
from tests.sinks.risk_states import with_open_trades, written
from tests.sinks.stores import new_lake, put

SYMBOLS = ["BTC/USD", "ETH/USD"]
TAPE_ID = "20261101T000000Z-aaaaaa"
PATIENCE_S = 60.0  # on a machine busy with other tests
Usage = namedtuple("Usage", "total used free")
ROOMY = Usage(10**12, 10**11, 9 * 10**11)


def settings(exchange: Exchange, folder: Path) -> dict[str, Any]:
    """Return what the configuration says."""
    return {
        "feed": {
            "source": "kraken", "url": exchange.url, "rest_url": exchange.rest_url, "venue": "simulator", "level": "L3",
            "level3_url": exchange.level3_url, "symbols": SYMBOLS, "key_file": str(folder / "key"),
        },
        "scalping_engine": {"enabled": True}, "ultimate_analyzer": {"symbols": SYMBOLS},
        "storage": {"data_dir": str(folder / "data")}, "metrics": {"port": None},
    }  # fmt: skip


class Healthy:
    """The folder and its configuration; a test makes one thing wrong before it asks for `system`."""

    def __init__(self, exchange: Exchange, folder: Path) -> None:
        self.exchange = exchange
        self.folder = folder
        self.data_dir = folder / "data"
        self.tape = self.data_dir / "tape" / TAPE_ID
        self.recovery = self.data_dir / "recovery"
        self.recovery_named = True
        self.config = folder / "trading_config.json"
        self.key_file = folder / "key"
        self.settings = settings(exchange, folder)
        self.env: dict[str, str] = {}
        self.clock_ns = time.time_ns
        self.mode: Mode | None = None

    def make(self) -> None:
        """Make all of it."""
        self.data_dir.mkdir(parents=True)
        self.key_file.touch(0o600)
        self.key_file.write_text(f"{self.exchange.key.key}\n{self.exchange.key.secret}\n")
        self.write()
        self._store()
        self._account()
        write_tape(self.tape, SYMBOLS, self.exchange)
        recovery.prepare(self.recovery, same_run(self.system().levelled))()
        snapshot(self.recovery, LivePosition(TAPE_ID, Position(0, 0, 2), 1, "L3"))

    def write(self, **changes: dict[str, Any]) -> None:
        """Write the configuration, some sections changed."""
        for section, values in changes.items():
            self.settings.setdefault(section, {}).update(values)
        self.config.write_text(json.dumps(self.settings))

    def environment(self) -> dict[str, str]:
        """Return the environment of the command."""
        return {"LEADLINE_CONFIG": str(self.config)} | self.env

    def system(self) -> System:
        """Return what the doctor looks at."""
        loaded = load(env=self.environment(), write=False)
        return System(
            loaded, self.data_dir, self.recovery, recovery_named=self.recovery_named, clock_ns=self.clock_ns,
            timeout_s=PATIENCE_S, mode=self.mode,
        )  # fmt: skip

    def _store(self) -> None:
        new_lake(self.data_dir)
        now_ns = time.time_ns()
        of = {"venue": "simulator", "mode": "live", "run_id": TAPE_ID, "tape_id": TAPE_ID}
        hash_ = config_hash(decision(load(env=self.environment(), write=False).settings))
        runs = [lake_rows.row("runs", started_at=now_ns - HOUR_NS, ended_at=now_ns, config_hash=hash_, **of)]
        bias = {"as_of": now_ns - HOUR_NS, "valid_until": now_ns + HOUR_NS}
        put(self.data_dir, runs, now_ns)
        for table in ("analyses", "bias"):
            given = {k: v for k, v in bias.items() if table == "bias" or k == "as_of"}
            put(self.data_dir, [lake_rows.row(table, **(of | given | {"symbol": s})) for s in SYMBOLS], now_ns)
        catalog.refresh(self.data_dir)

    def _account(self) -> None:
        state = risk_file.load(written(self.data_dir, with_open_trades()))
        assert state is not None
        at = "1970-01-01T00:00:00.000Z"  # the tape's times are of no day
        self.save_account(msgspec.structs.replace(state, venue="simulator", tape_id=TAPE_ID, ts=at))

    def save_account(self, state: risk_file.RiskState) -> None:
        """Write the risk file."""
        risk_file.write(self.data_dir, state)


def write_tape(folder: Path, symbols: list[str], exchange: Exchange) -> None:
    """Write a tape of five records: its start, the venue's instruments, three ticks."""
    begun = Start(
        tape_id=folder.name, run_id=folder.name, version="0", line="main", mode="live", venue="simulator",
        symbols=symbols, config_hash="c", decision={},
    )  # fmt: skip
    listed = [exchange.venue.floors[symbol].market.instrument for symbol in symbols]
    frame = instrument_frame(listed).encode()
    writer = TapeWriter(folder, folder.name, segment_bytes=10**6, segment_seconds=1e9)
    writer.append([
        records.encode_json(records.START, 0, 1, 1, begun), records.encode(records.FRAME, 1, 1, 1, frame),
        *(records.encode(records.TICK, 0, i, i) for i in range(3)),
    ])  # fmt: skip
    writer.close()


def snapshot(store: Path, state: object) -> None:
    """Put a snapshot of the tape's step into a recovery store, as the engine does."""
    (part,) = store.glob(recovery.PARTS)
    with closing(sqlite3.connect(part)) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, ?, ?)",
            ["scalp.tape", "main", 1, pickle.dumps(state)],
        )
        connection.commit()


def old(path: Path, seconds: float = 3600.0) -> Path:
    """Make a file older than it is."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path
