"""Stopping on request: SIGINT and SIGTERM set one flag, and the source then ends the stream.

The engine skips `close` on a default SIGTERM and takes no last snapshot on SIGINT; a source that
raises StopIteration gets both.
"""

import atexit
import signal
import threading
from types import FrameType

# A flag without a lock: a second signal inside an Event's `set` would wait for the lock its first one holds.
_asked = {"to_stop": False}


def install() -> None:
    """Make both signals set the flag; does nothing outside the main thread, where Python forbids it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _handle)
        signal.signal(signal.SIGTERM, _handle)
        atexit.register(_ignore)


def _ignore() -> None:
    """Let nobody who asks once more turn an orderly end into a kill: the interpreter drops our handlers at its end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _handle(number: int, frame: FrameType | None) -> None:
    ask()


def ask() -> None:
    """Ask the source to end the stream, as a signal does."""
    _asked["to_stop"] = True


def stopping() -> bool:
    """Return whether someone asked us to stop."""
    return _asked["to_stop"]


def clear() -> None:
    """Forget the request: for a process that runs several flows, as tests do."""
    _asked["to_stop"] = False
