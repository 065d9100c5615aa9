"""A scalper that hangs is found, ended and begun again; one that only waits is left alone."""

import signal
import time

import pytest

from cli.main import parser
from files import beat as beats
from flows.keeping import WHERE, Kept, Restarts
from flows.watchdog import START_S, Watchdog
from simulator.exchange import Exchange
from sinks.alerts.endpoints import URLS
from tests.flows.launched import Launched
from tests.flows.test_launcher import Children
from tests.flows.test_venue_away import LIVE, SOON_S, SYMBOL, port  # noqa: F401  a fixture
from tests.sinks.alerts.receivers import receiver

LIMIT_S = 6.0


class Told:
    """A pulse that is told when to beat."""

    def __init__(self):
        self.at = None

    def __call__(self):
        return self.at


def looks(dog, begin, end):
    """Look ten times a second; return at what times it was said to hang."""
    return [at / 10 for at in range(round(begin * 10), round(end * 10)) if dog.hangs(at / 10)]


def test_a_process_hangs_once_it_has_stood_still_for_the_limit():
    beat = Told()
    dog = Watchdog(beat, LIMIT_S)
    for beat.at in range(20):
        assert looks(dog, beat.at, beat.at + 1) == []
    assert looks(dog, 20.0, 30.0)[0] == pytest.approx(19.0 + LIMIT_S, abs=0.2)


def test_a_start_may_take_far_longer_even_where_the_pulse_of_another_run_is_left():
    for left in (None, 7):
        beat = Told()
        beat.at = left
        dog = Watchdog(beat, LIMIT_S)
        dog.begin(100.0)
        found = looks(dog, 100.0, 100.0 + START_S + 10.0)
        assert found[0] == pytest.approx(100.0 + START_S, abs=0.2)


def test_time_in_which_nobody_looked_does_not_count():
    beat = Told()
    dog = Watchdog(beat, LIMIT_S)
    beat.at = 1
    assert not any(dog.hangs(at) for at in (0.1, 3600.0, 7200.0))


def test_what_hangs_is_asked_where_it_is_then_killed_then_started_again():
    children, beat, hung = Children(), Told(), []
    kept = Kept(
        "scalper", children.start, Restarts(), children.tell, watchdog=Watchdog(beat, LIMIT_S), hung=hung.append
    )
    kept.step(0.0)
    beat.at = 1
    for at in range(1, 200):
        kept.step(at / 10)
    first, second = children.all
    assert first.got == [WHERE] and first.code == -9 and second.code is None
    assert hung == [pytest.approx(LIMIT_S, abs=0.2)]
    assert sum("scalper has stood still for 6 s and is killed" in line for line in children.said) == 1
    assert any("was ended by SIGKILL" in line and "started again in 1 s" in line for line in children.said)


def test_the_command_takes_minutes_and_zero_is_never():
    given = [parser().parse_args(["run", *words]).hung_minutes for words in ([], ["--hung-minutes", "0"])]
    assert given == [5.0, 0.0]
    with pytest.raises(SystemExit):
        parser().parse_args(["run", "--hung-minutes", "-1"])


def launched(folder, url, *arguments, **given):
    minutes = str(LIMIT_S / 60)
    return Launched(folder, "scalping", "--hung-minutes", minutes, *arguments, feed__url=url, **LIVE, **given)


def test_a_stopped_scalper_is_replaced_and_resumes_and_people_are_told(tmp_path):
    recovery = ("--recovery", str(tmp_path / "recovery"), "--snapshot-seconds", "1")
    alerts = {"alerts__enabled": "true", "alerts__trust_seconds": 4, "alerts__daily_summary": "false"}
    with (
        receiver() as people,
        Exchange([SYMBOL], rate=4.0) as exchange,
        launched(tmp_path, exchange.url, *recovery, also={URLS: people.url}, **alerts) as run,
    ):
        first = run.scalper()
        run.verified(SYMBOL)
        first.send_signal(WHERE)
        run.until(lambda: run.said("Current thread") and run.said("bytewax"), "where it is")
        first.suspend()
        run.scalper(2)
        assert run.said("scalper has stood still for 6 s and is killed") and run.said("was ended by SIGKILL")
        run.until(lambda: len(people.titles()) > 1, "the return")
        assert people.titles() == [f"book lost: {SYMBOL}", f"book back: {SYMBOL}"]
        assert f"{SYMBOL}: line stuck, since" in people.got[0]["message"]
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(SOON_S) == 0
    assert run.rows("SELECT count(*), any_value(exit_reason) FROM runs") == [(1, "stopped")]


def test_a_scalper_whose_venue_goes_away_for_longer_is_left_alone(tmp_path, port):  # noqa: F811
    with launched(tmp_path, f"ws://127.0.0.1:{port}") as run:
        with Exchange([SYMBOL], rate=4.0, port=port):
            run.verified(SYMBOL)
        starts, began = len(run.said("scalper started")), time.monotonic()
        while time.monotonic() < began + 2 * LIMIT_S:
            assert time.time_ns() - beats.last(tmp_path / "data") < LIMIT_S * 1e9
            time.sleep(0.5)
        with Exchange([SYMBOL], rate=4.0, port=port):
            run.until(lambda: run.health(SYMBOL)[-1:] == [("verified", "")], "verified again")
        assert len(run.said("scalper started")) == starts and not run.said("stood still")
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(SOON_S) == 0
