"""The API key: there where it is asked for, private, good for a token of level3, and for nothing else.

A key that can trade or withdraw is more than Leadline needs, which places no order.
"""

from collections.abc import Iterator

from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from doctor.venue import Venue
from flows.level3 import level3_of
from leadline.errors import ConfigError, FeedError
from sources.kraken.feeds import Fallback

# Kraken's names of what changes orders or money
MIGHTY = ("modify-trades", "close-trades", "add-funds", "withdraw-funds", "earn-funds", "add-withdraw-address",
          "update-withdraw-address")  # fmt: skip
FALLBACKS = {"no_key": "key_missing", "too_many_symbols": "too_many_symbols"}  # reasons known before anything is asked
FEW = 'create a key that has "Access WebSockets API" alone'


def setup(system: System) -> Iterator[Finding]:
    """Where Level 3 is asked for, its key must be at hand, and nobody else's to read."""
    if not system.live:
        return
    try:
        level3 = level3_of(system.levelled.settings)
    except ConfigError as e:
        what, _, fix = str(e).rpartition(": ")
        if "has mode" in what:
            yield error("key_file_open", what, fix)
        else:
            yield error("key_unusable", str(e), "see docs/configuration.md, Level 3")
        return
    if isinstance(level3, Fallback):
        what, _, fix = level3.text.partition(": ")
        if level3.reason == "no_key" and system.running:
            yield unchecked("key_missing", system.elsewhere(f"feed.level is L3, and {what}"))
            return
        yield warning(FALLBACKS[level3.reason], f"feed.level is L3, and {what}: a run falls back to Level 2", fix)


def scope(system: System, venue: Venue) -> Iterator[Finding]:
    """It must open level3, and should do no more."""
    facts = venue.key.answer
    if facts is None:
        return  # there is none, or its set-up is told already
    if facts.denied is not None:
        what, _, fix = str(facts.denied).partition(": ")
        yield warning("key_refused", f"no token for Level 3, a run falls back to Level 2: {what}", fix)
    if facts.permissions is None:
        if facts.denied is None:
            yield unchecked("key_too_mighty", "the venue does not tell what the key may do")
        return
    mighty = [name for name in MIGHTY if name in facts.permissions]
    if mighty:
        yield warning("key_too_mighty", f"the API key may {', '.join(mighty)}; Leadline needs none of it", FEW)


def reach(system: System, venue: Venue) -> Iterator[Finding]:
    """The address of level3 must answer where there is a key for it."""
    if isinstance(venue.level3.failure, FeedError):
        yield warning(
            "level3_unreachable", f"{venue.level3.failure}; a run falls back to Level 2",
            "check the network and feed.level3_url",
        )  # fmt: skip


CHECKS = (scope, reach)
