"""The inbox: what other processes want the line to know, `<data_dir>/inbox/*.json`.

A writer renames a finished file into it; the live source appends each to the tape at a tick, and
removes it only when that is on disk. So a command reaches the line through the tape alone, and a
replay obeys it at the same record. Killed in between, the source reads the file again: the line knows
commands by their id and obeys each once.
"""

import logging
import os
import secrets
import stat
import time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from files import whole
from leadline import records
from leadline.errors import StoreError
from sources.recorder import Item

log = logging.getLogger("leadline.sources")

NAME = "inbox"
REJECTED = "rejected"  # the folder in it where files go that cannot be understood
MAX_BYTES = 64 * 1024
MAX_FILES = 100  # a tick
MAX_REASON = 300
MAX_DEPTH = 32  # far below where any reader of the tape would give up

Kind = Literal["command", "bias"]
KINDS: dict[Kind, int] = {"command": records.COMMAND, "bias": records.BIAS}
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """What a file holds."""

    kind: Kind
    payload: msgspec.Raw  # a JSON object


class Command(msgspec.Struct):
    """What the payload of a command holds."""

    id: Word
    command: Word
    reason: Annotated[str, msgspec.Meta(max_length=MAX_REASON)] = ""


def put(data_dir: Path, kind: Kind, payload: dict[str, Any], about: str = "") -> str:
    """Write a message into the inbox; return its id: the payload's, or a new one.

    A message that is `about` something takes the place of those about it that still wait there.
    Raises StoreError where it cannot be written.
    """
    folder = data_dir / NAME
    payload = {"id": secrets.token_hex(8), **payload}
    label = f"-{kind}-{about.replace('/', '-')}.json" if about else f"-{payload['id']}.json"
    name = f"{time.time_ns():020d}{label}"  # names sort by time
    try:
        folder.mkdir(parents=True, exist_ok=True)
        whole.put(folder / name, msgspec.json.encode({"kind": kind, "payload": payload}))
        if about:
            for older in waiting(data_dir):
                if older.endswith(label) and older < name:
                    (folder / older).unlink(missing_ok=True)
    except OSError as e:
        raise StoreError(f"cannot write into {str(folder)!r}: {e.strerror or e}") from e
    return str(payload["id"])


def waiting(data_dir: Path) -> list[str]:
    """Return the names of the files that wait in the inbox, in the order in which they will be taken."""
    try:
        return sorted(name for name in os.listdir(data_dir / NAME) if name.endswith(".json") and name[:1] != ".")
    except OSError:  # there is none, or it cannot be listed: nothing is asked of us
        return []


class _Read(NamedTuple):
    """A file that was read: its name, which version of it, and whether it could be understood."""

    name: str
    mtime_ns: int
    good: bool


class Inbox:
    """Reads the files of one inbox; `taken` removes those that were read, once they are on the tape."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / NAME
        self._read: list[_Read] = []
        self._stuck: dict[str, int] = {}  # taken, but could not be removed: which version of it

    def items(self, wall_ns: int, mono_ns: int) -> list[Item]:
        """Return what is in the inbox, as records to be, in the order of the files' names."""
        found: list[Item] = []
        for name in waiting(self._data_dir):
            try:
                mtime_ns = os.lstat(self._folder / name).st_mtime_ns
                if self._stuck.get(name) == mtime_ns:
                    continue
                kind, payload, good = self._record(name, mtime_ns)
            except FileNotFoundError:  # its writer has thought better of it
                continue
            self._read.append(_Read(name, mtime_ns, good))
            found.append((kind, 0, wall_ns, mono_ns, payload))
            if len(found) == MAX_FILES:
                break
        return found

    def _record(self, name: str, mtime_ns: int) -> tuple[int, bytes, bool]:
        """Return the kind and payload of a file's record; one that cannot be understood is a command that says so."""
        try:
            return (*_understood(_content(self._folder / name)), True)
        except FileNotFoundError:
            raise
        except (OSError, RecursionError, ValueError, msgspec.MsgspecError) as e:
            shown = os.fsencode(name).decode("utf-8", "replace")
            why = (e.strerror if isinstance(e, OSError) else str(e)) or repr(e)
            refused = {"id": f"{shown}:{mtime_ns}", "command": "invalid", "reason": f"{shown}: {why}"[:MAX_REASON]}
            return records.COMMAND, msgspec.json.encode(refused), False

    def taken(self) -> None:
        """Remove what was read; what could not be understood is moved aside."""
        for name, mtime_ns, good in self._read:
            try:
                self._remove(name, good)
                self._stuck.pop(name, None)
            except FileNotFoundError:
                continue
            except OSError as e:
                self._stuck[name] = mtime_ns  # do not take it again at each tick
                log.warning(
                    "%s was taken, but cannot be removed: %s; remove it by hand", self._folder / name, e.strerror,
                    extra={"event": "inbox_stuck"},
                )  # fmt: skip
        self._read = []

    def _remove(self, name: str, good: bool) -> None:
        if good:
            os.unlink(self._folder / name)
            return
        aside = self._folder / REJECTED
        aside.mkdir(exist_ok=True)
        os.replace(self._folder / name, aside / name)


def _content(path: Path) -> bytes:
    """Return the bytes of a plain file; whatever else has its name must not hold the line up."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ValueError("not a plain file")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    return data


def _understood(data: bytes) -> tuple[int, bytes]:
    """Return a message's kind of record and its payload, as they go on the tape; raises where it is none."""
    message = msgspec.json.decode(data, type=Message)
    plain = msgspec.json.decode(message.payload, type=dict[str, Any])  # as the line will: nothing there may fail
    if _depth(plain) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if message.kind == "command":
        msgspec.convert(plain, Command)
    return KINDS[message.kind], bytes(message.payload)


def _depth(plain: Any) -> int:
    """Return how deep a JSON value is nested.

    >>> _depth({"a": [1, {}]}), _depth(1)
    (3, 0)
    """
    depth, level = 0, [plain]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
    return depth
