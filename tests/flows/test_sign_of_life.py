"""The sign of life, of real runs: it says that a run stays up, not that one was started."""

import pytest

from simulator.exchange import Exchange
from sinks.alerts.endpoints import HEARTBEAT_URL, URLS
from tests.flows.live import Live
from tests.sinks.alerts.receivers import receiver, until

BTC, SIGN = "BTC/USD", "leadline is alive"


@pytest.fixture
def exchange():
    with Exchange((BTC,), seed=3, rate=20.0) as found:
        yield found


def live(tmp_path, exchange, whom, every_s):
    recovery = ("-r", str(tmp_path / "recovery"), "-s", "1", "-b", "0")
    rules = {"alerts__enabled": "true", "alerts__heartbeat_seconds": every_s}
    also = {URLS: whom.url, HEARTBEAT_URL: whom.url}
    return Live(
        tmp_path, exchange.url, *recovery, feed__symbols=BTC, feed__rest_url=exchange.rest_url, also=also, **rules
    )


def test_a_run_that_is_started_again_and_again_gives_none(tmp_path, exchange):
    with receiver() as whom, live(tmp_path, exchange, whom, 3600) as run:
        for _ in range(2):
            run.verified(BTC)
            assert run.stop()[1] == 0  # in order: what was to be told is told
            run.restart()
        run.verified(BTC)
        run.stop()
        assert SIGN not in whom.titles()


def test_a_run_that_stays_up_does(tmp_path, exchange):
    with receiver() as whom, live(tmp_path, exchange, whom, 10) as run:
        until(lambda: SIGN in whom.titles(), "a sign of life")
        assert run.process.poll() is None
