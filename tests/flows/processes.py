"""Runs of the real command, `python -m bytewax.run flows.scalp`, for tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **settings: object) -> dict[str, str]:
    """Return an environment whose settings are the defaults but for `feed__hours=1` and the like; make its folder."""
    folder.mkdir(parents=True, exist_ok=True)  # the configuration is written into it
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LEADLINE_", "BYTEWAX_"))}
    env |= {
        "LEADLINE_CONFIG": str(folder / "trading_config.json"),
        "LEADLINE__STORAGE__DATA_DIR": str(folder / "data"),
        "LEADLINE__METRICS__PORT": "null",
        "LEADLINE_CONSOLE": "quiet",
        "RUST_BACKTRACE": "0",
    }
    return env | {f"LEADLINE__{name.upper()}": str(value) for name, value in settings.items()}


def start(env: dict[str, str], *arguments: str, module: str = "flows.scalp") -> "subprocess.Popen[str]":
    """Start the flow."""
    command = [sys.executable, "-m", "bytewax.run", module, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def finish(process: "subprocess.Popen[str]", timeout: float = 300.0) -> tuple[int, str, str]:
    """Wait for a flow; return (exit code, stdout, stderr). None outlives its test: one that hangs is killed."""
    try:
        out, err = process.communicate(timeout=timeout)
    except BaseException as e:  # a Ctrl-C, too
        os.killpg(process.pid, signal.SIGKILL)  # with the processes that it began
        out, err = process.communicate()
        if isinstance(e, subprocess.TimeoutExpired):
            raise AssertionError(f"still running after {timeout:g} s: {err or out}") from None
        raise
    return process.returncode, out, err


def run(env: dict[str, str], *arguments: str, timeout: float = 300.0) -> str:
    """Run the flow to its end and return its stdout; it must end in order."""
    code, out, err = finish(start(env, *arguments), timeout)
    assert code == 0, err or out
    return out


def ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on a run's store."""
    with duckdb.connect(str(folder / "data" / "leadline.duckdb"), read_only=True) as store:
        return store.execute(sql).fetchall()


def signals_hash(folder: Path) -> str:
    """Return the hash of the newest run."""
    ((value,),) = ask(folder, "SELECT signals_hash FROM runs ORDER BY started_at DESC, stored_at DESC LIMIT 1")
    return str(value)
