"""Facts of the API key: what the venue tells of it to any key. Nothing is tried out."""

from collections.abc import Mapping
from typing import NamedTuple

from doctor.system import System
from flows.level3 import level3_of
from sources.kraken.level3 import Level3Settings
from sources.kraken.nonce import NonceFile
from sources.kraken.private import PrivateClient
from sources.kraken.refusals import Denied
from sources.kraken.rest import pair_name
from sources.kraken.token import TokenClient

INFO, VOLUME = "/0/private/GetApiKeyInfo", "/0/private/TradeVolume"
FUNDS = "query-funds"


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
