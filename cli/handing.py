"""Handing over: a person's command goes into the inbox of the line, which takes it while it runs or at its start."""

import argparse
from pathlib import Path
from typing import Any

from cli import store
from leadline.errors import StoreError


def data_dir(arguments: argparse.Namespace) -> Path:
    """Return the data folder; raises StoreError where there is none."""
    found = store.data_dir(arguments)
    if not found.is_dir():
        raise StoreError(f"there is no data folder {str(found)!r}: name the one of your runs with --data-dir")
    return found


def hand_over(arguments: argparse.Namespace, folder: Path, command: dict[str, Any]) -> None:
    """Write a command into the inbox of a data folder, and print what becomes of it."""
    from sinks import risk_lock
    from sources import inbox

    name, command_id = command["command"], inbox.put(folder, "command", command)
    running = risk_lock.is_held(folder)
    if arguments.json:
        store.print_json({"command_id": command_id, "running": running})
    elif running:
        print(f"{name} {command_id} handed over: the live run takes it within a second or two")
    else:
        print(
            f"{name} {command_id} waits in {folder / inbox.NAME}: no live run now, the next one takes it at its start"
        )
