"""A finding: one thing that is wrong, in one line, with the way out."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "unchecked"]
EXIT_CODES: dict[Severity, int] = {"error": 2, "warning": 1, "unchecked": 0}


class Finding(NamedTuple):
    """`what` and `fix` are one line each, without a secret; `unchecked` means that it could not be told."""

    severity: Severity
    name: str  # of the fault; a program may rely on it
    what: str
    fix: str


def error(name: str, what: str, fix: str) -> Finding:
    """Return a fault that keeps a run from starting, or from being right."""
    return Finding("error", name, _line(what), _line(fix))


def warning(name: str, what: str, fix: str) -> Finding:
    """Return a fault that a run can live with."""
    return Finding("warning", name, _line(what), _line(fix))


def unchecked(name: str, why: str) -> Finding:
    """Return what could not be looked at; it counts for nothing."""
    return Finding("unchecked", name, _line(why), "")


def _line(text: str) -> str:
    """Return a text on one line.

    >>> _line("no  such file ")
    'no such file'
    """
    return " ".join(text.split())


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 2 where there is an error, 1 where there is a warning, else 0.

    >>> exit_code([warning("disk_low", "", ""), unchecked("key", "")]), exit_code([])
    (1, 0)
    """
    return max((EXIT_CODES[finding.severity] for finding in findings), default=0)
