"""The venue: reachable by REST and websocket, open for trading, and of our time.

Everything is asked at once, each question with a short timeout, so that a venue that is silent costs one of
them. What a question came to is a value or the FeedError that says why not.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from doctor.finding import Finding, error, unchecked, warning
from doctor.key_facts import KeyFacts, ask_key
from doctor.system import System
from flows.level3 import level3_of
from leadline.errors import ConfigError, FeedError, LeadlineError
from sources.kraken.level3 import Level3Settings
from sources.kraken.pairs import Pair, pairs
from sources.kraken.probe import Bounds, Visit, visit
from sources.kraken.rest import RestClient

SKEW_S = 1.0  # beyond it a run reports clock_skew
SECOND = 1.0  # the resolution of REST's time
T = TypeVar("T")


@dataclass(frozen=True)
class Asked(Generic[T]):
    """What a question came to: one of the two."""

    answer: T | None = None
    failure: LeadlineError | None = None


@dataclass(frozen=True)
class Venue:
    """What the venue said."""

    ahead: Asked[Bounds]  # our clock of its, by REST, in whole seconds
    status: Asked[str]
    pairs: Asked[dict[str, Pair]]
    public: Asked[Visit]
    level3: Asked[Visit | None]  # None where no key is there to use it
    key: Asked[KeyFacts | None]


def ask(system: System) -> Venue:
    """Ask everything at once; takes little longer than the longest answer."""
    url = system.rest_url
    with ThreadPoolExecutor(max_workers=6, thread_name_prefix="doctor") as pool:

        def later(question: Callable[[], T]) -> "Future[Asked[T]]":
            return pool.submit(_settled, question)

        time_, status, listed, public, level3, key = (
            later(lambda: _ahead(system, url)), later(lambda: str(_rest(system, url, "SystemStatus")["status"])),
            later(lambda: pairs(_rest(system, url, "AssetPairs"))),
            later(lambda: visit(system.feed.url, system.timeout_s, system.clock_ns)),
            later(lambda: _level3(system)),
            later(lambda: ask_key(system)),
        )  # fmt: skip
    return Venue(time_.result(), status.result(), listed.result(), public.result(), level3.result(), key.result())


def _settled(question: Callable[[], T]) -> Asked[T]:
    try:
        return Asked(question())
    except LeadlineError as e:
        return Asked(failure=e)
    except (KeyError, TypeError, ValueError) as e:  # an answer of another shape than ours
        return Asked(failure=FeedError(f"the answer cannot be understood: {e!r}"))


def _rest(system: System, url: str | None, question: str) -> dict[str, Any]:
    if url is None:
        raise ConfigError("feed.rest_url is not set, and feed.url is not Kraken's")
    with closing(RestClient(url, timeout_s=system.timeout_s)) as client:
        return client.ask(f"/0/public/{question}", {})


def _level3(system: System) -> Visit | None:
    if not isinstance(level3_of(system.levelled.settings), Level3Settings):
        return None
    return visit(system.feed.level3_url, system.timeout_s, system.clock_ns)


def _ahead(system: System, url: str | None) -> Bounds:
    sent = system.clock_ns() * 1e-9
    there = float(_rest(system, url, "Time")["unixtime"])
    return Bounds(sent - there - SECOND, system.clock_ns() * 1e-9 - there)


def reach(system: System, venue: Venue) -> Iterator[Finding]:
    """REST and the websocket must answer."""
    if system.rest_url is None:
        yield warning(
            "rest_unknown", f"feed.url is {system.feed.url}, and no feed.rest_url goes with it",
            "set feed.rest_url; without it a start warms up for 140 minutes",
        )  # fmt: skip
    elif all(asked.answer is None for asked in (venue.ahead, venue.status, venue.pairs)):
        yield error("rest_unreachable", str(venue.ahead.failure), "check the network and feed.rest_url")
    if venue.public.failure is not None:
        yield error("websocket_unreachable", str(venue.public.failure), "check the network and feed.url")


def status(system: System, venue: Venue) -> Iterator[Finding]:
    """The venue must be online."""
    told = [venue.status.answer, venue.public.answer.status if venue.public.answer else None]
    closed = next((one for one in told if one not in (None, "online")), None)
    if closed is not None:
        yield warning(
            "venue_not_online", f"the venue says {closed}", "wait, and see its status page; books stand still"
        )


def clock(system: System, venue: Venue) -> Iterator[Finding]:
    """Our clock must be the venue's; the websocket tells its time exactly, REST in seconds."""
    visited = venue.public.answer.ahead if venue.public.answer else None
    bounds = visited or venue.ahead.answer
    if bounds is None:
        yield unchecked("clock_skew", "the venue did not tell its time")
    elif abs(bounds.surely) > SKEW_S:
        way = "ahead of" if bounds.surely > 0 else "behind"
        yield error(
            "clock_skew", f"our clock is at least {abs(bounds.surely):,.1f} s {way} the venue's",
            "set it, and let NTP keep it: timedatectl set-ntp true",
        )  # fmt: skip


CHECKS = (reach, status, clock)
