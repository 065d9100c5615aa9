"""Stopping on request: SIGINT and SIGTERM set one flag, and the source then ends the stream.

The engine skips `close` on a default SIGTERM and takes no last snapshot on SIGINT; a source that
raises StopIteration gets both.

A process that was started by another for as long as that lives has its process id in LEADLINE_PARENT and
stops when it is gone, also after its kill -9: an orphan gets another parent, which a look a second
notices on any system; a signal at the parent's death is Linux's alone.
"""

import atexit
import os
import signal
import threading
import time
from types import FrameType

PARENT = "LEADLINE_PARENT"
LOOK_S = 1.0
HUNG_S = 20.0  # far more than an orderly end takes

# A flag without a lock: a second signal inside an Event's `set` would wait for the lock its first one holds.
_asked = {"to_stop": False}


def install() -> None:
    """Make both signals set the flag; does nothing outside the main thread, where Python forbids it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _handle)
        signal.signal(signal.SIGTERM, _handle)
        atexit.register(_ignore)
        follow()


def follow() -> None:
    """Let this process not outlive the parent that it was started by for as long as that lives, if there is one."""
    if parent := os.environ.get(PARENT):
        threading.Thread(target=_follow, args=(int(parent),), name="parent", daemon=True).start()


def _follow(parent: int) -> None:
    """Stop when the parent is gone; who does not do so in time is ended, for there is nobody left to kill it."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    ask()
    time.sleep(HUNG_S)
    os._exit(1)


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
