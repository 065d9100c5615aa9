"""The `leadline` command: one file a command, one line an error.

Exit codes: 0 done, 1 something a user can mend (said in one line on standard error), 2 wrong usage. A command
may return one of its own: `leadline doctor`.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from cli import (
    alerts,
    catalog,
    compare,
    config,
    doctor,
    export,
    history,
    position,
    report,
    risk,
    run,
    signals,
    tape,
    watch,
)
from leadline.errors import LeadlineError

COMMANDS = (
    run, watch, doctor, signals, report, compare, risk, position, alerts, history, export, catalog, tape, config,
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Return the parser with every command that exists."""
    root = argparse.ArgumentParser(prog="leadline", description="Order-book scalping signals, on paper only.")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    arguments = parser().parse_args(argv)
    code = 0
    try:
        code = arguments.do(arguments) or 0
        sys.stdout.flush()
    except LeadlineError as e:
        print(*(f"leadline: {line}" for line in str(e).splitlines()), sep="\n", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
