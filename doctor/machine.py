"""The machine: room on the disk, and the port of the metrics."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx

from doctor.finding import Finding, error, warning
from doctor.system import System
from sinks import metrics_address

GIB = 2**30
LOW_FRACTION, LOW_BYTES = 0.10, 2 * 10**9  # as the alert DiskLow has them
FULL_BYTES = 250 * 10**6  # a few minutes of tape and its compression
PORT_S = 2.0
STARTED = re.compile(r"^leadline_start_timestamp_seconds (\S+)$", re.MULTILINE)


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


def port(system: System) -> Iterator[Finding]:
    """The port of the metrics must be one of this machine, and free, or served by a run of this folder."""
    metrics = system.settings.metrics
    if not metrics.port:
        return
    fault = _unusable(metrics.host)
    if fault is not None:  # whoever answers there is another machine
        yield error(
            "metrics_host_unusable", f"nobody can listen at metrics.host {metrics.host} here: {fault}",
            "set it to 127.0.0.1 for this machine alone, to 0.0.0.0 for all",
        )  # fmt: skip
        return
    host = metrics_address.EVERYWHERE.get(metrics.host, metrics.host).strip("[]")
    try:
        socket.create_connection((host, metrics.port), timeout=PORT_S).close()
    except OSError:  # nobody is there; whether the run may listen, it will say itself
        return
    where = f"metrics.port {metrics.port} on {metrics.host}"
    fix = "give this one another metrics.port, or null to serve none"
    started = _started(host, metrics.port)
    ours = metrics_address.read(system.data_dir)
    if started is None:
        yield error("port_taken", f"{where} is taken by another program", fix)
    elif ours is None or ours.started != started:
        yield warning("port_of_another_run", f"{where} is served by Leadline, but not by a run of this folder", fix)


def _unusable(host: str) -> str | None:
    """Return why no port of a host can be had, None where one can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as found:
            found.bind(address)
    except OSError as e:
        return e.strerror or str(e)
    return None


def _started(host: str, port: int) -> float | None:
    """Return when the run that serves a port began, 0 where it is the launcher's, None where it is none of ours."""
    name = f"[{host}]" if ":" in host else host
    try:
        text = httpx.get(f"http://{name}:{port}/metrics", timeout=PORT_S).text
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    found = STARTED.search(text)
    if found is None:
        return 0.0 if "leadline_" in text else None
    return float(found[1])


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _size(n_bytes: float) -> str:
    """Return bytes for people.

    >>> _size(2_500_000_000), _size(12_000_000)
    ('2.5 GB', '12 MB')
    """
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.0f} MB"


CHECKS = (disk, retention, port)
