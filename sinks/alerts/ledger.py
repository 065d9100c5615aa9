"""The ledger: what was told and to whom, so that a restart neither forgets an alert nor tells it twice.

`<data_dir>/alerts.sqlite`. An alert is in it before it is sent, and marked when it was taken, each
in a transaction that survives kill -9. What is waiting is sent by the next run, if it is still of
use. A kill between the two can send one a second time: twice is better than never. An endpoint is
known by its place in the list; its address is a secret and is not stored.
"""

import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from threading import Lock

from leadline.errors import StoreError
from leadline.times import DAY_NS
from sinks.alerts.alert import Alert, Told

log = logging.getLogger(__name__)

NAME = "alerts.sqlite"
KEPT_NS = 8 * DAY_NS  # longer than any rule looks back
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS alerts (
    alert_id TEXT PRIMARY KEY, rule TEXT, symbols TEXT, ts INTEGER, until_ns INTEGER, kind TEXT, title TEXT, body TEXT
);
CREATE TABLE IF NOT EXISTS deliveries (
    alert_id TEXT, endpoint INTEGER, outcome TEXT, PRIMARY KEY (alert_id, endpoint)
);
"""


def damage(data_dir: Path) -> str | None:
    """Return what is wrong with a folder's ledger; None where nothing is, or there is none. Raises sqlite3.Error."""
    if not (data_dir / NAME).exists():
        return None
    with closing(sqlite3.connect(data_dir / NAME)) as store:
        try:
            (said,) = store.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as e:
            if e.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return str(e)
            raise
    return None if said == "ok" else str(said)


def _set_aside(data_dir: Path) -> None:
    for suffix in ("", "-wal", "-shm"):  # what belongs to the old file would be taken for the new one's
        path = data_dir / (NAME + suffix)
        if path.exists():
            path.replace(data_dir / f"{NAME}.damaged{suffix}")


class Ledger:
    """One file, used by several threads. `Ledger(None)` is in memory and forgets."""

    def __init__(self, data_dir: Path | None, n_endpoints: int) -> None:
        self._lock = Lock()
        self._endpoints = range(n_endpoints)
        target = ":memory:" if data_dir is None else str(data_dir / NAME)
        try:
            if data_dir is not None and (fault := damage(data_dir)):
                log.warning("alerts: %s is damaged (%s) and set aside: what was sent may be sent again", target, fault)
                _set_aside(data_dir)
            self._store = sqlite3.connect(target, check_same_thread=False, isolation_level=None)
            self._store.executescript(SCHEMA)
        except sqlite3.Error as e:
            raise StoreError(
                f"cannot use {target!r} ({e}): it holds which alerts were sent; mend it, or move it aside"
            ) from e

    def told(self) -> list[Told]:
        """Return what was told, the old forgotten."""
        self._write(
            ("DELETE FROM alerts WHERE ts < (SELECT max(ts) FROM alerts) - ?", [(KEPT_NS,)]),
            ("DELETE FROM deliveries WHERE alert_id NOT IN (SELECT alert_id FROM alerts)", [()]),
        )
        with self._lock:
            rows = self._store.execute("SELECT alert_id, rule, symbols, ts FROM alerts").fetchall()
        return [Told(alert_id, rule, tuple(symbols.split()), ts) for alert_id, rule, symbols, ts in rows]

    def waiting(self, endpoint: int) -> list[Alert]:
        """Return what an endpoint has not been sent yet, oldest first."""
        sql = """SELECT a.* FROM alerts a JOIN deliveries d USING (alert_id)
                 WHERE d.endpoint = ? AND d.outcome = 'waiting' ORDER BY a.ts"""
        with self._lock:
            rows = self._store.execute(sql, (endpoint,)).fetchall()
        return [Alert(of[0], of[1], tuple(of[2].split()), *of[3:8]) for of in rows]

    def add(self, alert: Alert) -> None:
        """Write down an alert that is about to be sent."""
        values = (*alert[:2], " ".join(alert.symbols), *alert[3:])
        self._write(
            ("INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [values]),
            (
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?, 'waiting')",
                [(alert.alert_id, endpoint) for endpoint in self._endpoints],
            ),
        )

    def done(self, alert_id: str, endpoint: int, outcome: str) -> None:
        """Write down what became of an alert at one endpoint: sent, or why it was given up."""
        self._write(
            ("UPDATE deliveries SET outcome = ? WHERE alert_id = ? AND endpoint = ?", [(outcome, alert_id, endpoint)])
        )

    def close(self) -> None:
        """Close the file; safe while a thread still hangs in a send."""
        with self._lock:
            self._store.close()

    def _write(self, *statements: tuple[str, Iterable[tuple[object, ...]]]) -> None:
        """Write all or nothing; raises sqlite3.Error."""
        with self._lock:
            self._store.execute("BEGIN IMMEDIATE")
            try:
                for sql, rows in statements:
                    self._store.executemany(sql, rows)
            except BaseException:
                self._store.execute("ROLLBACK")
                raise
            self._store.execute("COMMIT")
