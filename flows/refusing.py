"""The one way in which a flow refuses to start: a line an error on standard error, and exit code 1."""

import sys
from typing import NoReturn

from leadline.errors import LeadlineError


def refuse(e: LeadlineError) -> NoReturn:
    """End the process because of what a user can mend."""
    for line in str(e).splitlines():
        print(f"leadline: {line}", file=sys.stderr)
    raise SystemExit(1) from e
