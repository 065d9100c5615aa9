"""The one way in which a flow refuses to start: a line an error on standard error, and exit code 1.

A launcher is told by a code of its own, so that it does not try again what cannot help.
"""

import os
import sys
from typing import NoReturn

from leadline.errors import EXIT_MEND, EXIT_REFUSED, LeadlineError
from sources import stopping


def refuse(e: LeadlineError) -> NoReturn:
    """End the process because of what a user can mend."""
    for line in str(e).splitlines():
        print(f"leadline: {line}", file=sys.stderr)
    raise SystemExit(EXIT_REFUSED if os.environ.get(stopping.PARENT) else EXIT_MEND) from e
