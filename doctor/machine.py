"""The machine: room on the disk."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from doctor.finding import Finding, error, warning
from doctor.system import System

GIB = 2**30
LOW_FRACTION, LOW_BYTES = 0.10, 2 * 10**9  # as the alert DiskLow has them
FULL_BYTES = 250 * 10**6  # a few minutes of tape and its compression
FULL_INODES = 1000  # an hour of segments


def disk(system: System) -> Iterator[Finding]:
    """There must be room for tape and lake."""
    place = _existing(system.data_dir)
    used = shutil.disk_usage(place)
    told = f"{_size(used.free)} of {_size(used.total)} are free on the disk of {system.data_dir}"
    fix = "lower storage.retention, delete old days of the lake, or move the folder"
    if used.free < FULL_BYTES:
        yield error("disk_full", told, fix)
    elif used.free < LOW_BYTES or used.free < LOW_FRACTION * used.total:
        yield warning("disk_low", told, fix)


def inodes(system: System) -> Iterator[Finding]:
    """There must be room for files, too: a disk has only so many, whatever their size; some have no such limit."""
    of = os.statvfs(_existing(system.data_dir))
    told = f"{of.f_favail:,} of {of.f_files:,} inodes (files) are free on the disk of {system.data_dir}"
    fix = "merge the store's files with `python -m bytewax.run flows.compact`, or move the folder"
    if of.f_files and of.f_favail < FULL_INODES:
        yield error("inodes_full", told, fix)
    elif of.f_files and of.f_favail < LOW_FRACTION * of.f_files:
        yield warning("inodes_low", told, fix)


def retention(system: System) -> Iterator[Finding]:
    """The disk must be able to hold the tape that is to be kept, else it is full before anything is deleted."""
    if not (system.live and system.feed.record is not False):
        return
    kept = round(system.settings.storage.retention.tape_gib * GIB)
    tape = sum(path.stat().st_size for path in (system.data_dir / "tape").rglob("*.tape*") if path.is_file())
    room = shutil.disk_usage(_existing(system.data_dir)).free + tape
    if kept > room:
        yield warning(
            "retention_too_large", f"up to {_size(kept)} of tape are kept, and there is room for {_size(room)}",
            f"set storage.retention.tape_gib to {room / GIB / 2:.2g} or less",
        )  # fmt: skip


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _size(n_bytes: float) -> str:
    """Return bytes for people.

    >>> _size(2_500_000_000), _size(12_000_000)
    ('2.5 GB', '12 MB')
    """
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.0f} MB"


CHECKS = (disk, inodes, retention)
