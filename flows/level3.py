"""Level 3 of a live feed: what the settings and the API key make of it, checked before anything is asked for."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from flows.environment import variable
from leadline.errors import ConfigError
from leadline.settings import Feed, Settings
from sources.kraken.budget import SYMBOLS, level3_depth
from sources.kraken.feeds import Fallback, without
from sources.kraken.keys import read_keys
from sources.kraken.level3 import Level3Settings
from sources.kraken.rest import rest_url_for

NONCE_FILE = "kraken_nonce"  # in the data folder


def with_level(settings: Settings) -> Settings:
    """Return the settings with the level that None stands for: L3 on the simulator, and live with an API key."""
    feed = settings.feed
    if feed.level is not None:
        return settings
    live_with_key = feed.source == "kraken" and _krakens(feed.url) and read_keys(feed.key_file) is not None
    level = "L3" if feed.source == "simulator" or live_with_key else "L2"
    return settings.model_copy(update={"feed": feed.model_copy(update={"level": level})})


def level3_of(settings: Settings) -> Level3Settings | Fallback | None:
    """Return how to have Level 3, why it cannot be had, or None where it is not asked for; raises ConfigError."""
    feed = settings.feed
    if feed.level != "L3":
        return None
    rest_url = _rest_url(feed)
    for name, url in (("feed.rest_url", rest_url), ("feed.level3_url", feed.level3_url)):
        _check_encrypted(name, url)
    keys = read_keys(feed.key_file)
    if keys is None:
        return without("no_key")
    if len(settings.symbols()) > SYMBOLS:
        return without("too_many_symbols")
    return Level3Settings(
        url=feed.level3_url, rest_url=rest_url, depth=level3_depth(feed.depth), tier=feed.level3_tier, keys=keys,
        nonce_file=Path(settings.storage.data_dir) / NONCE_FILE,
    )  # fmt: skip


def _rest_url(feed: Feed) -> str:
    """Return the address of the token; the public feed, level3 and it must be of one venue."""
    rest_url = rest_url_for(feed.url, feed.rest_url)
    if rest_url is None or _krakens(feed.level3_url) != _krakens(feed.url):
        raise ConfigError(
            f"feed.level is L3, feed.url is {feed.url} and feed.level3_url {feed.level3_url}: they must be of one "
            f"venue; set {variable('feed.level3_url')} and {variable('feed.rest_url')} to those of feed.url"
        )
    return rest_url


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _krakens(url: str) -> bool:
    host = _host(url)
    return host == "kraken.com" or host.endswith(".kraken.com")


def _check_encrypted(name: str, url: str) -> None:
    """Refuse to send a key or a token in the clear, but to this machine."""
    if url.lower().startswith(("https:", "wss:")) or _here(_host(url)):
        return
    raise ConfigError(f"{name} is {url}: it would carry the API key or a token in the clear; use https or wss")


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
