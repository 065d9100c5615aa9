"""What the settings and the API key make of Level 3, before anything is asked for."""

import pytest

from flows.level3 import level3_of
from leadline.errors import ConfigError
from leadline.settings import Settings
from sources.kraken.feeds import Fallback

KEY, SECRET = "Abcd1234567890KEYKEYKEY", "c2VjcmV0L3NlY3JldCtzZWNyZXQv"
HERE = {"url": "ws://127.0.0.1:1", "level3_url": "ws://localhost:2", "rest_url": "http://[::1]:3/"}


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("KRAKEN_API_KEY", KEY)
    monkeypatch.setenv("KRAKEN_API_SECRET", SECRET)


@pytest.fixture
def no_key(monkeypatch):
    monkeypatch.delenv("KRAKEN_API_KEY", raising=False)
    monkeypatch.delenv("KRAKEN_API_SECRET", raising=False)


def made(tmp_path, **feed):
    tree = {"feed": {"source": "kraken", "level": "L3"} | feed, "storage": {"data_dir": str(tmp_path)}}
    return level3_of(Settings.model_validate(tree))


def test_level2_asks_for_no_key(no_key, tmp_path):
    assert made(tmp_path, level="L2", key_file=str(tmp_path / "none")) is None


def test_krakens_own_addresses_are_the_default(key, tmp_path):
    found = made(tmp_path)
    assert (found.url, found.rest_url) == ("wss://ws-l3.kraken.com/v2", "https://api.kraken.com")
    assert (found.depth, found.tier, found.nonce_file) == (100, "standard", tmp_path / "kraken_nonce")
    assert KEY not in repr(found) and SECRET not in repr(found)


def test_another_venue_has_three_addresses(key, tmp_path):
    assert made(tmp_path, **HERE, depth=10, level3_tier="pro")[:4] == ("ws://localhost:2", "http://[::1]:3", 10, "pro")


def test_a_file_of_mode_0600_is_read_and_a_wider_one_is_refused(no_key, tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n{SECRET}\n")
    path.chmod(0o600)
    assert made(tmp_path, key_file=str(path)).keys.key.reveal() == KEY
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        made(tmp_path, key_file=str(path))


def test_no_key_and_too_many_symbols_are_no_error_but_a_reason(no_key, tmp_path, monkeypatch):
    assert made(tmp_path) == Fallback("no_key", made(tmp_path).text) and "KRAKEN_API_KEY" in made(tmp_path).text
    monkeypatch.setenv("KRAKEN_API_KEY", KEY)
    monkeypatch.setenv("KRAKEN_API_SECRET", SECRET)
    assert made(tmp_path, symbols=[f"S{n}/USD" for n in range(201)]).reason == "too_many_symbols"
    assert made(tmp_path, symbols=[f"S{n}/USD" for n in range(200)]).depth == 100


@pytest.mark.parametrize(
    "feed",
    [
        {"url": "ws://127.0.0.1:1"}, {"level3_url": "ws://127.0.0.1:1"}, {"level3_url": "wss://kraken.com.evil.example"},
        HERE | {"rest_url": None}, {"level3_url": "ws://["},
    ],
)  # fmt: skip
def test_addresses_of_two_venues_are_refused(key, tmp_path, feed):
    with pytest.raises(ConfigError, match="of one venue"):
        made(tmp_path, **feed)


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        (HERE | {"rest_url": "http://10.1.2.3"}, "feed.rest_url"), (HERE | {"rest_url": "ftp://host"}, "feed.rest_url"),
        (HERE | {"level3_url": "ws://example.com"}, "feed.level3_url"),
        ({"level3_url": "ws://ws-l3.kraken.com/v2"}, "feed.level3_url"),
        ({"rest_url": "http://api.kraken.com"}, "feed.rest_url"),
    ],
)  # fmt: skip
def test_a_key_or_token_never_leaves_this_machine_in_the_clear(key, tmp_path, feed, name):
    with pytest.raises(ConfigError, match="in the clear") as e:
        made(tmp_path, **feed)
    assert str(e.value).startswith(name)
