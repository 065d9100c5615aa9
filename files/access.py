"""Whose a file is, and the command that makes it ours."""

import os
import pwd
import shlex
from pathlib import Path


def owner(path: Path) -> str:
    """Return who owns a file, by name where it has one; raises OSError where it cannot be seen."""
    return _name(path.stat().st_uid)


def unwritable(path: Path) -> tuple[str, str]:
    """Return why a folder cannot be used by this user, and what to do about it; raises OSError where it is not seen."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        fix = "find out why (`dmesg`: a disk with errors becomes so) and mount it for writing"
        return f"{path} is on a file system that is mounted read-only", fix
    return f"{path} belongs to {owner(path)} and cannot be written by this user", f"`{way_in(path)}`"


def way_in(path: Path) -> str:
    """Return the command that lets this user read and write a file or folder; raises OSError as above."""
    quoted = shlex.quote(str(path))
    if path.stat().st_uid == os.geteuid():
        return f"chmod u+rwX {quoted}"
    return f"sudo chown -R {shlex.quote(_name(os.geteuid()))} {quoted}"


def unreadable(file: Path, error: OSError) -> tuple[str, str]:
    """Return that a file cannot be read, and whose it is, and what to do about it."""
    told = f"cannot read {str(file)!r} ({error.strerror or error})"
    fix = "make it a file that this user can read"
    try:
        hidden = not os.access(file.parent, os.X_OK)
        at = file.parent if hidden else file
        told += f", {str(at)!r} belongs to {owner(at)}"
        if isinstance(error, PermissionError):
            fix = f"make it readable with `{way_in(at)}`"
    except OSError:  # not even that can be seen
        pass
    return told, fix


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # as in a container
        return str(uid)
