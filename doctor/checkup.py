"""The check-up: every group of checks in its order, the venue's answers awaited while the folders are looked at."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import duckdb

from doctor import alerts, analyses, fees, folder, keys, machine, port, recovery, setup, store, symbols, tapes, venue
from doctor.finding import Finding, error, unchecked
from doctor.system import System
from doctor.venue import Venue
from sinks import catalog

Check = Callable[[System], Iterator[Finding]]
VenueCheck = Callable[[System, Venue], Iterator[Finding]]

HERE: dict[str, Sequence[Check]] = {
    "set-up": setup.CHECKS, "machine": (*machine.CHECKS, *port.CHECKS), "data folder": folder.CHECKS,
    "store": (*store.CHECKS, *analyses.CHECKS), "tape": tapes.CHECKS, "recovery": recovery.CHECKS, "key": (keys.setup,),
    "alerts": alerts.CHECKS,
}  # fmt: skip
THERE: dict[str, Sequence[VenueCheck]] = {
    "venue": venue.CHECKS, "symbols": symbols.CHECKS, "fees": fees.CHECKS, "key": keys.CHECKS,
}  # fmt: skip


class Found(NamedTuple):
    """A finding and the group that it is of."""

    group: str
    finding: Finding


def check_up(system: System, *, offline: bool = False) -> list[Found]:
    """Return what is wrong with a system, group by group."""
    if offline or not system.live:
        why = "--offline" if offline else f"feed.source is {system.feed.source}: no venue is listened to"
        return [*_here(system), Found("venue", unchecked("venue", why))]
    with ThreadPoolExecutor(max_workers=1) as pool:
        asked = pool.submit(venue.ask, system)
        found = _here(system)
        answers = asked.result()
    return found + [
        Found(group, f) for group, some in THERE.items() for check in some for f in _guarded(check(system, answers))
    ]


def _here(system: System) -> list[Found]:
    return [Found(group, f) for group, some in HERE.items() for check in some for f in _guarded(check(system))]


def _guarded(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield what a check finds; what changes, or refuses to be read, while it looks is a finding, too."""
    try:
        yield from findings
    except OSError as e:
        yield error("unreadable", f"{e.filename}: {e.strerror}", "make it readable for this user")
    except duckdb.Error as e:  # damage behind the footer of a segment, which opening it does not show
        yield error("segment_damaged", f"the store cannot be read: {catalog.first_line(e)}", store.ASIDE)
