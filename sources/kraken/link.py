"""Links: where a connection goes and how its socket is opened, and the numbers of a run's connections."""

import itertools
import logging
import threading
from typing import NamedTuple

from websockets.exceptions import InvalidURI
from websockets.sync.client import ClientConnection, connect

from leadline.errors import FeedError

OVERSIZE_FACTOR = 4  # the library refuses, and closes, beyond max_frame_bytes times this
CLOSE_S = 0.5
QUIET = logging.Logger("unheard")  # of the library: at its most talkative it would tell what we send
QUIET.disabled = True


class Link(NamedTuple):
    """Where to connect, and how patiently."""

    url: str
    setting: str  # its name, for people
    example: str  # of an address
    connect_timeout: float
    max_frame_bytes: int

    def open(self) -> ClientConnection:
        """Return a socket; raises FeedError for what is no address, OSError or WebSocketException for no answer."""
        try:
            return connect(
                self.url,
                open_timeout=self.connect_timeout,
                close_timeout=CLOSE_S,
                ping_interval=None,  # Kraken's own ping is used, and the session's watchdog
                max_size=self.max_frame_bytes * OVERSIZE_FACTOR,
                compression=None,
                logger=QUIET,
            )
        except InvalidURI as e:
            raise self._not_an_address(e) from e
        except OSError:
            raise  # a bad certificate is a ValueError, too
        except ValueError as e:  # a port or a host name that cannot be
            raise self._not_an_address(e) from e

    def _not_an_address(self, cause: Exception) -> FeedError:
        return FeedError(f"{self.setting} {self.url!r} is not a websocket address: {cause}. One is {self.example}")


class Numbers:
    """Numbers the connections of a run, for all threads."""

    def __init__(self, newest: int = 0) -> None:
        self._numbers = itertools.count(newest + 1)
        self._lock = threading.Lock()

    def next(self) -> int:
        """Return the number of a new connection."""
        with self._lock:
            return next(self._numbers)


def text_of(e: Exception) -> str:
    """Return what an exception says, for people."""
    return str(e) or type(e).__name__
