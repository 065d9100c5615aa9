"""`leadline tape`: look into a tape, check it, print it, or make one of recorded frames."""

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cli import store
from leadline import records
from leadline.errors import TapeError
from leadline.records import FRAME, GAP, KIND_NAMES, START, TICK, Record

ABOUT = ("tape_id", "run_id", "mode", "venue", "version", "config_hash")  # of the start record

if TYPE_CHECKING:
    from sources.tape_reader import TapeReader


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("tape", help="look into a tape, check it, print it")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    info = actions.add_parser("info", help="who wrote it, how long it is and what is on it")
    verify = actions.add_parser("verify", help="read all of it; exit code 1 if anything is missing or damaged")
    cat = actions.add_parser("cat", help="print its records, one JSON object a line")
    for action, do in ((info, do_info), (verify, do_verify), (cat, do_cat)):
        action.add_argument("dir", type=Path, metavar="DIR", help="the tape's folder, or one with tapes: the newest")
        action.set_defaults(do=do)
    bring = actions.add_parser("import", help='make a tape of recorded frames: {"rx_ns", "frame"} lines')
    bring.add_argument("files", type=Path, nargs="+", metavar="FILE", help="plain, .gz or .zst")
    bring.add_argument("--out", type=Path, required=True, metavar="DIR", help="the tape's folder, not there yet")
    bring.set_defaults(do=do_import)
    for action in (info, verify, bring):
        store.add_json(action)


def do_info(arguments: argparse.Namespace) -> None:
    """Print what the tape says of itself."""
    found = contents(arguments.dir)
    if arguments.json:
        store.print_json(found)
        return
    flat = {**found, "records": ", ".join(f"{name} {n:,}" for name, n in found["records"].items())}
    for name, value in flat.items():
        print(f"{name:<12} {', '.join(value) or '-' if isinstance(value, list) else '-' if value is None else value}")


def do_verify(arguments: argparse.Namespace) -> None:
    """Read the whole tape; raise TapeError with a line for each place that cannot be read."""
    found = contents(arguments.dir)
    if arguments.json:
        store.print_json(found)
    damage = found["damage"]
    if damage:
        raise TapeError("\n".join(f"{found['folder']}: {place}" for place in damage))
    if not arguments.json:
        end = "" if found["end"] else "; it has no end record: its run was killed, or is still writing"
        print(f"{found['folder']}: {sum(found['records'].values()):,} records, all whole{end}")


def do_cat(arguments: argparse.Namespace) -> None:
    """Print every record; the lines of frames are what `tape import` takes."""
    for record in _reader(arguments.dir)[1]:
        print(line_of(record))


def do_import(arguments: argparse.Namespace) -> None:
    """Make a tape, decided by the configuration as it is now; say what could not be read."""
    from flows.configuration import load
    from flows.starting import imported_start
    from sources.imported import import_frames

    settings = load().settings
    report = import_frames(arguments.files, arguments.out, imported_start(settings), progress=not arguments.json)
    if arguments.json:
        store.print_json({**vars(report), "faults": [str(fault) for fault in report.faults]})
        return
    for fault in report.faults:
        print(f"skipped {fault}")
    symbols = ", ".join(report.symbols)
    print(f"{report.folder}: {report.frames:,} frames of {symbols}, {report.n_faults} lines skipped. Play it with")
    print(f"  LEADLINE__FEED__SOURCE=replay LEADLINE__FEED__TAPE={report.folder} python -m bytewax.run flows.scalp")


def contents(where: Path) -> dict[str, Any]:
    """Return what is on a tape, by reading all of it."""
    folder, reader = _reader(where)
    kinds: Counter[int] = Counter()
    start: records.Start | None = None
    first_ns = last_ns = None
    damage, end = [], None
    for record in reader:
        kinds[record.kind] += 1
        if record.kind == START and start is None:
            start = msgspec.json.decode(record.payload, type=records.Start)
        elif record.kind == GAP:
            gap = record.json()
            damage.append(f"{gap.get('reason')}: {gap.get('where')}")
        elif record.kind == records.END:
            end = record.json().get("reason", "end_of_tape") if record.payload else "end_of_tape"
        if record.kind in (FRAME, TICK):
            first_ns, last_ns = first_ns or record.wall_ns, record.wall_ns
    return {
        "folder": folder, "bytes": sum(p.stat().st_size for p in folder.iterdir() if ".tape" in p.name),
        **{name: getattr(start, name, None) for name in ABOUT},
        "symbols": start.symbols if start else [], "from": _iso(first_ns), "to": _iso(last_ns), "end": end,
        "records": {KIND_NAMES.get(kind, str(kind)): n for kind, n in sorted(kinds.items())}, "damage": damage,
    }  # fmt: skip


def line_of(record: Record) -> str:
    """Return a record as one JSON object.

    >>> line_of(Record(7, FRAME, 1, 1000, 5, b'{"channel":"heartbeat"}'))
    '{"seq":7,"kind":"frame","conn":1,"rx_ns":1000,"mono_ns":5,"frame":{"channel":"heartbeat"}}'
    """
    head = {"seq": record.seq, "kind": KIND_NAMES.get(record.kind, str(record.kind)), "conn": record.conn,
            "rx_ns": record.wall_ns, "mono_ns": record.mono_ns}  # fmt: skip
    if not record.payload:
        return msgspec.json.encode(head).decode()
    key = "frame" if record.kind == FRAME else "payload"
    return msgspec.json.encode({**head, key: _as_json(record.payload)}).decode()


def _as_json(payload: bytes) -> Any:
    """Return a payload byte for byte if it is JSON on one line, else as text."""
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return payload.decode("utf-8", "replace")
    return msgspec.Raw(payload.replace(b"\n", b" ").replace(b"\r", b" "))


def _reader(where: Path) -> tuple[Path, "TapeReader"]:
    from sources.tape import resolve
    from sources.tape_reader import TapeReader

    folder = resolve(where)
    return folder, TapeReader(folder)


def _iso(ns: int | None) -> str | None:
    from leadline.times import iso

    return None if ns is None else iso(ns, 6)
