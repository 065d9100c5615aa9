"""The real command live against an exchange on loopback, watched through its store."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from tests.flows.processes import ask, environment, finish, start

PATIENCE_S = 180.0  # for what never comes; a test that passes does not wait for it


class Live:
    """One live run. `until` polls its store; `stop` ends it in order. `also`: variables that are no settings."""

    def __init__(
        self, folder: Path, url: str, *arguments: str, console: str = "quiet", also: Mapping[str, str] | None = None,
        **settings: object,
    ) -> None:  # fmt: skip
        self.folder = folder
        live = {
            "feed__source": "kraken", "feed__url": url, "scalping_engine__enabled": "true",
            "feed__connect_timeout_seconds": PATIENCE_S,
        } | settings  # fmt: skip
        self._command = (environment(folder, **live) | {"LEADLINE_CONSOLE": console} | dict(also or {}), *arguments)
        self.process: subprocess.Popen[str] = start(*self._command)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            finish(self.process)

    def restart(self) -> None:
        """Start the same command again."""
        self.process = start(*self._command)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return a query's rows, none while there is no store yet."""
        return ask(self.folder, sql) if (self.folder / "data" / "leadline.duckdb").exists() else []

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        """Wait until something holds and return it."""
        give_up = time.monotonic() + PATIENCE_S
        while not (found := holds()):
            assert self.process.poll() is None, finish(self.process)
            assert time.monotonic() < give_up, f"never came: {what}"
            time.sleep(0.05)
        return found

    def health(self, symbol: str, channel: str = "book") -> list[tuple[str, str]]:
        """Return a symbol's (state, reason) in order."""
        return self.rows(
            f"SELECT state, reason FROM feed_health WHERE symbol = '{symbol}' AND channel = '{channel}' "
            "ORDER BY ts, tape_seq, stored_at"
        )

    def verified(self, *symbols: str) -> None:
        """Wait until these books are verified."""
        for symbol in symbols:
            self.until(lambda s=symbol: self.health(s)[-1:] == [("verified", "")], f"{symbol} verified")

    def stop(self, number: int = signal.SIGTERM) -> tuple[float, int, str, str]:
        """Send a signal and wait; return (seconds, exit code, stdout, stderr)."""
        began = time.monotonic()
        self.process.send_signal(number)
        code, out, err = finish(self.process, PATIENCE_S)
        return time.monotonic() - began, code, out, err
