"""Pages: a report's file is put in its place whole, so that a browser never sees half of it."""

import os
from pathlib import Path

from leadline.errors import StoreError


def write(out: Path, text: str) -> None:
    """Write a page, or replace it; raises StoreError."""
    if not out.parent.is_dir():
        raise StoreError(f"cannot write {str(out)!r}: its folder does not exist; make it first, or choose another")
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(out)
    except OSError as e:
        raise StoreError(f"cannot write {str(out)!r}: {e.strerror or e}") from e
    finally:
        temporary.unlink(missing_ok=True)
