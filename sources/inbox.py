"""The inbox: what other processes want the line to know, `<data_dir>/inbox/*.json`.

A writer renames a finished file into it; the live source appends each to the tape at a tick, and
removes it only then. So a command reaches the line through the tape alone, and a replay obeys it at
the same record. Killed in between, the source reads the file again: the line knows commands by
their id and obeys each once.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from leadline import records
from leadline.errors import StoreError
from sources.recorder import Item

NAME = "inbox"
REJECTED = "rejected"  # the folder in it where files go that cannot be read
MAX_BYTES = 64 * 1024
MAX_FILES = 100  # a tick
KINDS = {"command": records.COMMAND, "bias": records.BIAS}


def put(data_dir: Path, kind: str, payload: dict[str, Any]) -> str:
    """Write a message into the inbox; return its id. Raises StoreError where it cannot be written."""
    folder = data_dir / NAME
    message_id = secrets.token_hex(8)
    text = json.dumps({"kind": kind, "payload": {"id": message_id, **payload}})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{message_id}.tmp"
        temporary.write_text(text)
        os.rename(temporary, folder / f"{message_id}.json")
    except OSError as e:
        raise StoreError(f"cannot write into {str(folder)!r}: {e.strerror or e}") from e
    return message_id


class Inbox:
    """Reads the files of one inbox; `taken` removes those that were read, once they are on the tape."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / NAME
        self._read: list[tuple[Path, bool]] = []  # and whether it was good

    def items(self, wall_ns: int, mono_ns: int) -> list[Item]:
        """Return what is in the inbox, as records to be, in the order of the files' names."""
        try:
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(".json") and name[:1] != ".")
        except OSError:  # there is none, or it cannot be listed: nothing is asked of us
            return []
        return [self._item(self._folder / name, wall_ns, mono_ns) for name in names[:MAX_FILES]]

    def _item(self, path: Path, wall_ns: int, mono_ns: int) -> Item:
        try:
            kind, payload = _message(path)
            good = True
        except (OSError, ValueError) as e:
            kind, good = records.COMMAND, False
            payload = {"id": path.name, "command": "invalid", "reason": f"{path.name}: {e}"[:300]}
        self._read.append((path, good))
        return (kind, 0, wall_ns, mono_ns, json.dumps(payload).encode())

    def taken(self) -> None:
        """Remove what was read; what could not be understood is moved aside."""
        for path, good in self._read:
            try:
                if good:
                    path.unlink(missing_ok=True)
                else:
                    (self._folder / REJECTED).mkdir(exist_ok=True)
                    os.replace(path, self._folder / REJECTED / path.name)
            except OSError:
                continue  # read again at the next tick, and known by its id
        self._read = []


def _message(path: Path) -> tuple[int, dict[str, Any]]:
    """Return a file's kind of record and its payload; ValueError says what is wrong with it."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    message = json.loads(path.read_text())
    if not isinstance(message, dict) or not isinstance(message.get("payload"), dict):
        raise ValueError('not {"kind": ..., "payload": {...}}')
    kind, payload = KINDS.get(message.get("kind", "")), message["payload"]
    if kind is None:
        raise ValueError(f"kind {message.get('kind')!r} is none of {', '.join(KINDS)}")
    if kind == records.COMMAND and not (isinstance(payload.get("id"), str) and isinstance(payload.get("command"), str)):
        raise ValueError("a command needs an id and a command, both text")
    return kind, payload
