"""The real command on Level 3 against the simulated exchange: what it stores, and that no secret is anywhere."""

import urllib.request
from pathlib import Path

import pytest

from simulator.exchange import Exchange
from simulator.faults import Fault
from tests.flows.live import Live
from tests.ports import free_port

SYMBOLS = "BTC/USD,XRP/USD"


@pytest.fixture
def exchange():
    """Serve, and remember every token in `tokens`."""
    with Exchange(SYMBOLS.split(","), rate=20.0) as exchange:
        issue, tokens = exchange.office.issue, []
        exchange.office.issue = lambda key: tokens.append(issue(key)) or tokens[-1]
        exchange.tokens = tokens
        yield exchange


def settings(exchange, **more):
    return {
        "feed__symbols": SYMBOLS, "feed__level": "L3", "feed__level3_url": exchange.level3_url,
        "feed__rest_url": exchange.rest_url, "feed__depth": 10,
    } | more  # fmt: skip


def fetched(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        return answer.read()


def test_a_run_on_level3_tells_its_level_and_no_secret_is_anywhere(exchange, tmp_path, monkeypatch):
    monkeypatch.setenv("KRAKEN_API_KEY", exchange.key.key)
    monkeypatch.setenv("KRAKEN_API_SECRET", exchange.key.secret)
    port = free_port()
    every_message = settings(exchange, metrics__port=port, hft__sample_seconds=0)  # a verified book leaves a row
    with Live(tmp_path, exchange.url, console="cards", **every_message) as run:
        run.verified(*SYMBOLS.split(","))
        command = b" ".join(Path(f"/proc/{run.process.pid}/cmdline").read_bytes().split(b"\0"))
        exchange.inject(Fault("revoke"))
        exchange.inject(Fault("garbage", "BTC/USD", text=exchange.tokens[0], channel="level3"))
        run.until(lambda: ("stale", "token_revoked") in run.health("BTC/USD"), "the token's end")
        run.verified(*SYMBOLS.split(","))
        exchange.key.permitted = False
        exchange.inject(Fault("disconnect", channel="level3"))
        run.until(lambda: ("stale", "permission_denied") in run.health("XRP/USD"), "the key's end")
        metrics = fetched(port)
        _, code, out, err = run.stop()
    assert code == 0 and "token was revoked" in err and "Access WebSockets API" in err
    assert run.rows("SELECT DISTINCT bid_orders > 0 FROM features WHERE bid_orders IS NOT NULL") == [(True,)]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = {path: path.read_bytes() for path in files}
    assert any(path.suffix == ".parquet" for path in files) and any("tape" in path.parts for path in files)
    written |= {"stdout": out.encode(), "stderr": err.encode(), "metrics": metrics, "cmdline": command}
    assert len(exchange.tokens) >= 2
    secrets = [exchange.key.key, exchange.key.secret, *exchange.tokens]
    assert [(where, s[:4]) for where, text in written.items() for s in secrets if s.encode() in text] == []


def test_a_run_that_may_not_have_level3_says_so_once_and_goes_on_with_level2(exchange, tmp_path, monkeypatch):
    for name in ("KRAKEN_API_KEY", "KRAKEN_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with Live(tmp_path, exchange.url, console="cards", **settings(exchange)) as run:
        run.verified(*SYMBOLS.split(","))
        _, code, out, err = run.stop()
    assert (code, err) == (0, "")
    assert " ".join(out.split()).count("no Level 3, so this run decides on Level 2") == 1 and "KRAKEN_API_KEY" in out
    assert run.rows("SELECT symbol, state, reason FROM feed_health WHERE channel = 'level3'") == [
        ("*", "unverified", "no_key")
    ]
