"""Keys: the API key and its secret, where they are read from, and how they stay out of sight.

From the environment, or from a file of two lines (key, secret) that only its owner may read; never from
the configuration. They live in objects that show four characters at most and refuse to be pickled.
"""

import base64
import binascii
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from leadline.errors import ConfigError
from leadline.pasted import is_key

KEY_VARIABLE, SECRET_VARIABLE = "KRAKEN_API_KEY", "KRAKEN_API_SECRET"
SHOWN = 4  # characters of a secret that may be seen, and only of one that is four times as long
MAX_FILE_BYTES = 4096
_PRINTABLE = re.compile(r"[\x21-\x7e]{8,512}")


class Secret:
    """A text that is only shown where someone asks for it by name.

    >>> Secret("abcdefghijklmnopqrst")
    Secret('abcd****')
    """

    __slots__ = ("_forms", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._forms = tuple({text.encode(), text.replace("/", "\\/").encode()})

    def reveal(self) -> str:
        """Return the text itself: for a request, never for a log."""
        return self._text

    @property
    def masked(self) -> str:
        """Return what may be shown: the first four characters of a long text, none of a short one."""
        return (self._text[:SHOWN] if len(self._text) >= 4 * SHOWN else "") + "****"

    def __repr__(self) -> str:
        return f"Secret({self.masked!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")

    def hidden(self, text: str) -> str:
        """Return a text with this secret, also where JSON has escaped its slashes, struck out."""
        return self.hidden_in(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def hidden_in(self, frame: bytes) -> bytes:
        """Return a frame with this secret struck out."""
        for form in self._forms:
            if form in frame:
                frame = frame.replace(form, b"*" * len(form))
        return frame


class Keys:
    """An API key and its secret."""

    __slots__ = ("key", "secret")

    def __init__(self, key: str, secret: str) -> None:
        """Take the two texts; raises ConfigError where they cannot be what they should."""
        if not _PRINTABLE.fullmatch(key):
            raise ConfigError("the API key is no printable text of 8 to 512 characters: copy it again from Kraken")
        try:
            decoded = base64.b64decode(secret, validate=True)
        except (binascii.Error, ValueError):
            decoded = b""
        if len(decoded) < 8:
            raise ConfigError("the API secret is not base64 as Kraken gives it: copy it again from Kraken")
        self.key, self.secret = Secret(key), Secret(secret)

    def secret_bytes(self) -> bytes:
        """Return the secret as signing needs it."""
        return base64.b64decode(self.secret.reveal())

    def hidden(self, text: str) -> str:
        """Return a text with key and secret struck out."""
        return self.secret.hidden(self.key.hidden(text))

    def __repr__(self) -> str:
        return f"Keys({self.key.masked!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are never pickled")


def read_keys(key_file: str | None, env: Mapping[str, str] | None = None) -> Keys | None:
    """Return the keys of the environment, else of the file, else None; raises ConfigError in one line."""
    env = os.environ if env is None else env
    key, secret = env.get(KEY_VARIABLE, "").strip(), env.get(SECRET_VARIABLE, "").strip()
    if key and secret:
        return Keys(key, secret)
    if key or secret:
        has, lacks = (KEY_VARIABLE, SECRET_VARIABLE) if key else (SECRET_VARIABLE, KEY_VARIABLE)
        raise ConfigError(f"{has} is set and {lacks} is not: set both, or neither")
    return None if key_file is None else _from_file(key_file)


def _from_file(name: str) -> Keys:
    path = Path(name).expanduser()
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hold us up
    except (OSError, ValueError) as e:
        if is_key(name):  # a key in place of a path: do not show it
            raise ConfigError("feed.key_file looks like a key: it must be the path of a file") from None
        reason = e.strerror if isinstance(e, OSError) else str(e)
        raise ConfigError(f"cannot read feed.key_file {name!r}: {reason}") from None
    try:
        _check_private(path, os.fstat(handle))
        text = os.read(handle, MAX_FILE_BYTES)
    finally:
        os.close(handle)
    lines = text.decode("utf-8", "replace").split()
    if len(lines) != 2:
        raise ConfigError(f"feed.key_file {path} has {len(lines)} words: its two lines are the API key and its secret")
    return Keys(*lines)


def _check_private(path: Path, status: os.stat_result) -> None:
    """Refuse a file that anyone but its owner may use."""
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"feed.key_file {path} is no file")
    if mode & 0o177:
        raise ConfigError(f"feed.key_file {path} has mode {mode:04o} and must have 0600: chmod 600 {path}")
    if status.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"feed.key_file {path} belongs to another user: chown it, or name a file of your own")
