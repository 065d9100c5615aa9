"""A healthy system, made once and copied for each test, and what a test may change at its venue."""

import shutil

import pytest

from doctor import machine
from simulator.exchange import Exchange
from tests.doctor.healthy import ROOMY, SYMBOLS, Healthy


@pytest.fixture(scope="session")
def exchange():
    with Exchange(SYMBOLS, rest_max=1000.0) as exchange:
        yield exchange


@pytest.fixture(scope="session")
def template(exchange, tmp_path_factory):
    """A healthy folder, made once, and where each test gets its copy: the views hold absolute paths."""
    place = tmp_path_factory.mktemp("doctor")
    Healthy(exchange, place / "system").make()
    (place / "system").rename(place / "template")
    return place / "template", place / "system"


@pytest.fixture
def surroundings(monkeypatch):
    for name in ("KRAKEN_API_KEY", "KRAKEN_API_SECRET", "LEADLINE_ALERT_URLS", "LEADLINE_ALERT_HEARTBEAT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: ROOMY)


def copied(exchange, template, *without):
    made, folder = template
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns(*without))
    yield Healthy(exchange, folder)
    shutil.rmtree(folder)


@pytest.fixture
def stored(exchange, template, surroundings):
    """A healthy system with all that it has."""
    yield from copied(exchange, template)


@pytest.fixture
def healthy(exchange, template, surroundings):
    """The same without its store, which takes the longest to look at."""
    yield from copied(exchange, template, "lake", "leadline.duckdb")


@pytest.fixture
def terms(exchange):
    """What the venue asks, as it was again afterwards."""
    terms = exchange.venue.terms
    kept = dict(vars(terms))
    yield terms
    vars(terms).update(kept)
    terms.pair_status = {}


@pytest.fixture
def key(exchange):
    """The key of the exchange, as it was again afterwards."""
    key = exchange.key
    yield key
    key.permitted, key.more = True, ()
