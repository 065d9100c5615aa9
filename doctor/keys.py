"""The API key: there where it is asked for, private, good for a token of level3, and for nothing else.

What a key may do is asked of the venue, which tells it to any key: nothing is tried out. A key that can
trade or withdraw is more than Leadline needs, which places no order.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from flows.level3 import level3_of
from leadline.errors import ConfigError, FeedError
from sources.kraken.feeds import Fallback
from sources.kraken.level3 import Level3Settings
from sources.kraken.nonce import NonceFile
from sources.kraken.private import PrivateClient
from sources.kraken.refusals import Denied
from sources.kraken.rest import pair_name
from sources.kraken.token import TokenClient

if TYPE_CHECKING:
    from doctor.venue import Venue

INFO, VOLUME = "/0/private/GetApiKeyInfo", "/0/private/TradeVolume"
FUNDS = "query-funds"
# Kraken's names of what changes orders or money
MIGHTY = ("modify-trades", "close-trades", "add-funds", "withdraw-funds", "earn-funds", "add-withdraw-address",
          "update-withdraw-address")  # fmt: skip
FALLBACKS = {"no_key": "key_missing", "too_many_symbols": "too_many_symbols"}  # reasons known before anything is asked
FEW = 'create a key that has "Access WebSockets API" alone'


class KeyFacts(NamedTuple):
    """What the venue says of a key."""

    permissions: tuple[str, ...] | None  # None where it does not tell
    denied: Denied | None  # why it gives no token
    taker_bps: Mapping[str, float]  # by REST's name of the pair, of this account; empty where the key may not ask
    maker_bps: Mapping[str, float]


def ask_key(system: System) -> KeyFacts | None:
    """Return what the venue says of the key, None where there is none or it is not needed; raises LeadlineError."""
    level3 = level3_of(system.levelled.settings)
    if not isinstance(level3, Level3Settings) or not system.data_dir.is_dir():
        return None
    asked = (level3.rest_url, level3.keys, NonceFile(level3.nonce_file))
    client = PrivateClient(*asked, timeout_s=system.timeout_s)
    permissions: tuple[str, ...] | None = None
    try:
        permissions = tuple(map(str, client.ask(INFO)["permissions"]))
    except Denied as e:
        if e.reason == "unreachable":
            return KeyFacts(None, e, {}, {})
    except (KeyError, TypeError):
        pass
    try:
        TokenClient(*asked, timeout_s=system.timeout_s).fetch()
    except Denied as e:
        return KeyFacts(permissions, e, {}, {})
    return KeyFacts(permissions, None, *(_fees(client, system) if FUNDS in (permissions or ()) else ({}, {})))


def _fees(client: PrivateClient, system: System) -> tuple[dict[str, float], dict[str, float]]:
    """Return what this account pays as taker and as maker, in bps by pair; nothing where it cannot be had."""
    try:
        told = client.ask(VOLUME, {"pair": ",".join(map(pair_name, system.settings.symbols()))})
        taker, maker = told["fees"], told.get("fees_maker") or told["fees"]
        return _bps(taker), _bps(maker)
    except (Denied, AttributeError, KeyError, TypeError, ValueError):
        return {}, {}


def _bps(fees: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    return {pair: round(100 * float(told["fee"]), 6) for pair, told in fees.items()}


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


def scope(system: System, venue: "Venue") -> Iterator[Finding]:
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


def reach(system: System, venue: "Venue") -> Iterator[Finding]:
    """The address of level3 must answer where there is a key for it."""
    if isinstance(venue.level3.failure, FeedError):
        yield warning(
            "level3_unreachable", f"{venue.level3.failure}; a run falls back to Level 2",
            "check the network and feed.level3_url",
        )  # fmt: skip


CHECKS = (scope, reach)
