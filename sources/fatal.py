"""The one way in which a running flow ends with an error: a line on stderr and an exit code.

The code is that of the error: what keeps a flow running goes by it.

An exception would end the engine's process with a traceback, and without flushing. So what
cannot go on says why here, and the source stops as at the end of its data; the line is printed when
everything behind it has been flushed.
"""

import atexit
import logging
import os
import sys
from collections.abc import Callable

from leadline.errors import EXIT_LATER, EXIT_MEND, LeadlineError
from leadline.records import Record
from sources import stopping

_ends: list[tuple[str, int]] = []


def fail(message: str, exit_code: int = EXIT_MEND) -> None:
    """Remember what ended the run, the first message stays; and ask the source to stop, whoever failed."""
    _ends.append((message, exit_code))
    stopping.ask()


def failed() -> str | None:
    """Return what ended the run, or None."""
    return _ends[0][0] if _ends else None


def later() -> bool:
    """Return whether the run ends because of what is away and may come back: it will be tried again and again."""
    return bool(_ends) and _ends[0][1] == EXIT_LATER


def batch(line: str, read: Callable[[], list[Record]]) -> list[tuple[str, list[Record]]]:
    """Return what a source reads next as one item of its line; what it raises ends the run and the stream."""
    try:
        found = read()
    except LeadlineError as e:
        fail(str(e), e.exit_code)
        raise StopIteration from None
    return [(line, found)] if found else []


def clear() -> None:
    """Forget, see also `stopping.clear`: for a process that runs several flows, as tests do."""
    _ends.clear()


@atexit.register  # on import, so that it runs behind what is registered later
def _end() -> None:
    if not _ends:
        return
    message, exit_code = _ends[0]
    sys.stdout.flush()
    print(f"leadline: {message}", file=sys.stderr, flush=True)
    logging.shutdown()
    os._exit(exit_code)
