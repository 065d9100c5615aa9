"""A venue that is away when a run starts keeps it from nothing once it is back: real processes, a dead port."""

import signal

import pytest

from leadline.errors import EXIT_LATER
from simulator.exchange import Exchange
from sinks.alerts.endpoints import URLS
from tests.flows.launched import Launched
from tests.flows.live import Live
from tests.flows.processes import environment, finish, start
from tests.ports import free_port
from tests.sinks.alerts.receivers import receiver

SYMBOL = "BTC/USD"
LIVE = {"feed__source": "kraken", "scalping_engine__enabled": "true", "feed__symbols": SYMBOL,
        "feed__connect_timeout_seconds": 1}  # fmt: skip
SOON_S = 180.0  # on a machine busy with other tests


@pytest.fixture
def port():
    """Return a port at which nobody listens."""
    return free_port()


def away(folder, port, *arguments):
    """Start a run whose venue is away; return how it ended."""
    return finish(start(environment(folder, **LIVE, feed__url=f"ws://127.0.0.1:{port}"), *arguments), SOON_S)


@pytest.mark.parametrize("killed", [False, True], ids=["gave up", "killed before its first snapshot behind it"])
def test_a_first_start_while_the_venue_is_away_leaves_a_store_that_a_run_goes_on_with(tmp_path, port, killed):
    recovery = ("-r", str(tmp_path / "recovery"), "-s", "3600" if killed else "1", "-b", "0")
    for _ in range(1 if killed else 2):
        code, _, err = away(tmp_path, port, *recovery)
        assert code == EXIT_LATER and "cannot reach" in err, err
    assert not (tmp_path / "data" / "tape").exists()
    with (
        Exchange([SYMBOL], rate=4.0, port=port) as exchange,
        Live(tmp_path, exchange.url, *recovery, feed__symbols=SYMBOL) as run,
    ):
        run.verified(SYMBOL)
        if killed:  # its store still holds the snapshot of the run that reached nobody
            seen = len(run.health(SYMBOL))
            run.stop(signal.SIGKILL)
            run.restart()
            run.until(lambda: run.health(SYMBOL)[seen:][-1:] == [("verified", "")], "verified again")
        _, code, _, err = run.stop()
        assert code == 0, err
    assert run.rows("SELECT count(*), any_value(exit_reason) FROM runs") == [(1, "stopped")]
    assert len(list((tmp_path / "data" / "tape").iterdir())) == 1
    code, out, _ = away(tmp_path, port, *recovery)
    assert code == EXIT_LATER and not {"Summary", "duckdb"} & set(out.split()), out
    ((reason,),) = run.rows("SELECT exit_reason FROM runs")
    assert reason.startswith("cannot reach ws://")


def test_a_service_comes_up_by_itself_however_late_its_venue_does(tmp_path, port):
    with Launched(tmp_path, "scalping", feed__url=f"ws://127.0.0.1:{port}", **LIVE) as run:
        run.scalper(3)
        assert len(run.said("scalper could not reach its venue after")) == 2
        with Exchange([SYMBOL], rate=4.0, port=port):
            run.verified(SYMBOL)
            run.process.send_signal(signal.SIGINT)
            assert run.process.wait(SOON_S) == 0
    assert run.rows("SELECT count(*), any_value(exit_reason) FROM runs") == [(1, "stopped")]


@pytest.mark.parametrize("recovers", [True, False], ids=["resumed", "begun anew"])
def test_people_are_told_once_of_a_venue_that_is_away_at_a_restart_and_once_that_it_is_back(tmp_path, port, recovers):
    recovery = ("--recovery", str(tmp_path / "recovery"), "--snapshot-seconds", "1") if recovers else ()
    live = {"feed__url": f"ws://127.0.0.1:{port}"} | LIVE
    alerts = {"alerts__enabled": "true", "alerts__trust_seconds": 4, "alerts__daily_summary": "false"}
    with (
        receiver() as people,
        Launched(tmp_path, "scalping", *recovery, also={URLS: people.url}, **live, **alerts) as run,
    ):
        if recovers:
            with Exchange([SYMBOL], rate=4.0, port=port):
                run.verified(SYMBOL)
                run.scalper().kill()  # nothing on the tape says that its book is lost
        run.until(people.titles, "the loss")
        n = len(run.said("scalper could not reach its venue after"))
        run.until(lambda: len(run.said("scalper could not reach its venue after")) > n, "an attempt after it")
        assert people.titles() == ["book lost: BTC/USD"] and "venue away, since" in people.got[0]["message"]
        with Exchange([SYMBOL], rate=4.0, port=port):
            run.until(lambda: len(people.titles()) > 1, "the return")
            run.process.send_signal(signal.SIGINT)
            assert run.process.wait(SOON_S) == 0
        assert people.titles() == ["book lost: BTC/USD", "book back: BTC/USD"]
