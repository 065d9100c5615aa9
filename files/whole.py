"""A file put in its place whole: whoever reads it finds the old one or the new one, after a power cut too."""

import os
from pathlib import Path


def put(target: Path, data: bytes) -> None:
    """Write a file, or replace it; one writer of a name at a time. Raises OSError, and the old file stays."""
    temporary = target.with_name(f".{target.name}.tmp")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder survives a power cut; raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
