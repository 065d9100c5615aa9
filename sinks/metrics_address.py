"""Where the metrics of a data folder's newest run are: `<data_dir>/metrics.json`.

Written when they are served and removed at the end, so that whoever looks at the store finds the port
whatever the run was told. After a kill the file stays, and another run may have taken the port since:
`started` is also the metric `leadline_start_timestamp_seconds`, which tells them apart.
"""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from leadline.errors import StoreError

NAME = "metrics.json"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # addresses to listen at, and how to call them from here


class Address(msgspec.Struct, frozen=True):
    """What the file holds; `started` in seconds since the epoch."""

    url: str
    started: float


def url_of(host: str, port: int) -> str:
    """Return how to call from here what listens at a host and port.

    >>> url_of("0.0.0.0", 9464), url_of("::1", 9464)
    ('http://127.0.0.1:9464', 'http://[::1]:9464')
    """
    name = EVERYWHERE.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name.strip("[]") and name[0] != "[" else f"http://{name}:{port}"


def write(data_dir: Path, host: str, port: int, started: float) -> Callable[[], None]:
    """Write the file; return what removes it, if it still is this run's. Raises StoreError."""
    file = data_dir / NAME
    data = msgspec.json.encode(Address(url_of(host, port), started))
    temporary = file.with_name(f".{NAME}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.rename(file)
    except OSError as e:
        raise StoreError(f"cannot write {str(file)!r}: {e.strerror or e}") from e

    def remove() -> None:
        if read(data_dir) == msgspec.json.decode(data, type=Address):
            file.unlink(missing_ok=True)

    return remove


def read(data_dir: Path) -> Address | None:
    """Return what the file says; None where there is none, or none that can be understood."""
    try:
        return msgspec.json.decode((data_dir / NAME).read_bytes(), type=Address)
    except (OSError, msgspec.MsgspecError):
        return None
