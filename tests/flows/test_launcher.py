"""The launcher: what it starts when, what it does about failures, and that it leaves nobody behind."""

import signal
import socket
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import numpy as np
import psutil
import pytest

from flows.analyses import Analyses, Job
from flows.configuration import load
from flows.keeping import Kept, Restarts
from flows.launcher import Launcher
from flows.modes import analyses_of, check, jobs, made, unfiltered
from flows.pulse import is_launched
from leadline.analysis import Bars
from leadline.errors import EXIT_LATER, EXIT_REFUSED, ConfigError, LeadlineError
from leadline.moment import Row
from leadline.settings import Schedule
from leadline.times import HOUR_NS
from simulator.exchange import Exchange
from sinks import risk_lock
from tests.flows.launched import Launched
from tests.flows.processes import environment
from tests.leadline.analysis.histories import walk
from tests.sinks.analysis_stores import imported
from tests.sinks.stores import new_store, put

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SOON_S = 180.0  # on a machine busy with other tests


def far_off():
    """Return a schedule of which nothing falls due while a test runs, whenever it runs."""
    now = datetime.now(UTC)
    times = {"morning_analysis": now - timedelta(hours=6), "evening_analysis": now + timedelta(hours=6)}
    return {f"ultimate_analyzer__schedule__{name}": f"{time:%H:%M}" for name, time in times.items()}


class Child:
    """A process that ends when the test says so."""

    def __init__(self, pid, obeys=True):
        self.pid, self.obeys, self.code, self.asked, self.got = pid, obeys, None, 0, []

    def poll(self):
        return self.code

    def send_signal(self, number):
        self.got.append(number)

    def terminate(self):
        self.asked += 1
        if self.obeys:
            self.code = 0

    def kill(self):
        self.code = -9


class Children:
    """Starts them, and keeps what was started and said."""

    def __init__(self, obeys=True):
        self.all, self.said, self.obeys = [], [], obeys

    def start(self):
        self.all.append(Child(len(self.all), self.obeys))
        return self.all[-1]

    def tell(self, line):
        self.said.append(line)

    def scalper(self, most=6):
        return Kept("scalper", self.start, Restarts(most), self.tell)

    def analyses(self, due=NOON, jobs=1):
        of = [Job(f"job {n}", self.start, helpful=n < jobs - 1) for n in range(jobs)]
        return Analyses(of, Schedule(), due, self.tell)


def failed_at(kept, children, now, code):
    children.all[-1].code = code
    kept.step(now)


def test_a_process_that_fails_is_started_again_ever_later_up_to_a_minute():
    children = Children()
    kept = children.scalper()
    now, waits = 0.0, []
    kept.step(now)
    for _ in range(9):
        failed_at(kept, children, now := now + 1.0, -9)
        died, n = now, len(children.all)
        while len(children.all) == n:
            kept.step(now := now + 0.5)
        waits.append(now - died)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_who_was_well_for_a_minute_counts_anew():
    restarts = Restarts()
    assert [restarts.delay(1, 1.0) for _ in range(3)] == [1, 2, 4]
    assert restarts.delay(1, 60.0) == 1.0


def test_an_error_at_once_again_and_again_is_given_up_but_a_kill_never():
    restarts = Restarts(most=3)
    assert [restarts.delay(-9, 1.0) for _ in range(50)][-1] == 60.0
    assert [restarts.delay(code, 1.0) for code in (1, 1, -11, 1, 1)].count(None) == 0
    assert restarts.delay(1, 1.0) is None


def test_a_venue_that_is_away_is_tried_for_ever_and_is_no_refusal():
    restarts = Restarts(most=3)
    assert [restarts.delay(1, 1.0), restarts.delay(1, 1.0)] == [1, 2]
    assert [restarts.delay(EXIT_LATER, 15.0) for _ in range(50)][-1] == 60.0
    assert [restarts.delay(1, 1.0), restarts.delay(1, 1.0), restarts.delay(1, 1.0)] == [60, 60, None]


def test_what_is_refused_at_its_first_start_is_not_tried_again_but_later_it_is():
    assert Restarts().delay(EXIT_REFUSED, 1.0) is None
    restarts = Restarts()
    assert [restarts.delay(code, 1.0) for code in (-9, EXIT_REFUSED, EXIT_REFUSED)] == [1, 2, 4]


def test_what_is_given_up_is_an_error_that_says_so():
    children = Children()
    kept = children.scalper(most=1)
    kept.step(0.0)
    with pytest.raises(LeadlineError, match="scalper failed with exit code 1 after 2 s and is not started again"):
        failed_at(kept, children, 2.0, 1)


def test_who_ends_in_order_is_over_and_not_started_again():
    children = Children()
    kept = children.scalper()
    kept.step(0.0)
    failed_at(kept, children, 1.0, 0)
    kept.step(100.0)
    assert kept.over and len(children.all) == 1


def test_an_analysis_runs_when_it_is_due_and_then_at_the_next_time_only():
    children = Children()
    analyses = children.analyses(due=NOON)
    analyses.step(0.0, NOON - timedelta(seconds=1))
    assert not children.all
    analyses.step(1.0, NOON)
    children.all[-1].code = 0
    analyses.step(2.0, NOON)
    assert children.said[-1] == "job 0 done in 1 s; the next is due at 21:00 UTC, in 9 h 0 min"
    analyses.step(3.0, NOON + timedelta(hours=8, minutes=59))
    assert len(children.all) == 1
    analyses.step(4.0, NOON + timedelta(hours=50))  # it slept through four of them
    children.all[-1].code = 0
    analyses.step(5.0, NOON + timedelta(hours=50))
    analyses.step(6.0, NOON + timedelta(hours=50))
    assert len(children.all) == 2


def test_a_failed_analysis_is_tried_again_ever_later():
    children = Children()
    analyses = children.analyses()
    now, at = 0.0, []
    for _ in range(7):
        n = len(children.all)
        while len(children.all) == n:
            analyses.step(now := now + 1.0, NOON)
        at.append(now)
        children.all[-1].code = 1
        analyses.step(now := now + 1.0, NOON)
    assert np.diff(at).tolist() == [61, 121, 241, 481, 961, 1801]  # a second of each is its run


def test_an_analysis_that_hangs_is_ended():
    children = Children()
    analyses = children.analyses()
    analyses.step(0.0, NOON)
    analyses.step(1801.0, NOON)
    assert children.all[0].code == -9
    analyses.step(1802.0, NOON)
    assert "was ended by SIGKILL; tried again in 60 s" in children.said[-1]


def test_a_helpful_job_may_fail_and_the_next_one_runs():
    children = Children()
    analyses = children.analyses(jobs=3)
    analyses.step(0.0, NOON)
    for code in (1, 0, 0):
        children.all[-1].code = code
        analyses.step(1.0, NOON)
    assert len(children.all) == 3 and analyses.made == 1
    assert children.said[1] == "job 0 failed with exit code 1: the analysis is made of what is there"
    assert children.said[-1].startswith("job 2 done")


def test_history_is_fetched_before_an_analysis_where_a_real_market_is_on(tmp_path):
    for given, names in (
        ({}, ["analysis"]),
        ({"feed__source": "kraken"}, ["history backfill", "analysis"]),
        ({"feed__source": "kraken", "feed__url": "ws://127.0.0.1:1"}, ["analysis"]),
        ({"feed__source": "kraken", "feed__url": "ws://127.0.0.1:1", "feed__rest_url": "http://127.0.0.1:2"},
         ["history backfill", "analysis"]),
    ):  # fmt: skip
        found = jobs(load(env=environment(tmp_path, **given)).settings, ["BTC/USD"])
        assert [job.name for job in found] == names
        assert [job.helpful for job in found] == [name != "analysis" for name in names]


@pytest.mark.parametrize("useless", [{"score": None}, {"mode": "history"}])
def test_an_analysis_without_a_score_or_of_a_time_that_was_asked_for_does_not_count_as_made(tmp_path, useless):
    data_dir = new_store(tmp_path / "data")
    row = {"symbol": "BTC/USD", "score": 60.0, "bias": "NEUTRAL", "venue": "kraken", "mode": "live"}
    for at, given in ((NOON, {}), (NOON + timedelta(hours=1), useless)):
        at_ns = int(at.timestamp()) * 10**9
        put(data_dir, [Row("analyses", row | {"as_of": at_ns} | given)], at_ns)
    settings = load(env=environment(tmp_path)).settings
    assert made(settings, ["BTC/USD", "ETH/USD"]) == {"BTC/USD": NOON}


def test_an_analysis_that_could_only_fail_is_not_begun(tmp_path):
    told = {"ultimate_analyzer__symbols": "BTC/USD"} | far_off()
    for given, at_once in (({}, False), ({"feed__source": "kraken"}, True)):  # a real market's history is fetched
        said: list[str] = []
        analyses = analyses_of(load(env=environment(tmp_path, **told, **given)).settings, said.append)
        assert (analyses.due <= datetime.now(UTC)) is at_once
        assert ("the store has no history of them: bring some with" in said[0]) is not at_once
    imported(tmp_path / "data", walk(1, 24))
    assert analyses_of(load(env=environment(tmp_path, **told)).settings, said.append).due <= datetime.now(UTC)


def test_it_says_which_scalps_go_by_no_bias_of_the_analyses(tmp_path):
    def said(**given):
        return unfiltered("hybrid", load(env=environment(tmp_path, **given)).settings)

    live = {"feed__source": "kraken", "feed__symbols": "BTC/USD,ETH/USD"}
    assert unfiltered("scalping", load(env=environment(tmp_path)).settings) == ""
    assert said() == (
        "NOT HYBRID: two markets: analysed is BTC/USDT, ETH/USDT, XRP/USDT of kraken, scalped is simulated BTC/USD, "
        "ETH/USD, XRP/USD, which goes by its tape's own biases, and it has none: LEADLINE__FEED__BIAS makes one up; "
        "both halves on one market: `make demo DEMO_MODE=hybrid`, or live, LEADLINE__FEED__SOURCE=kraken "
        "LEADLINE__SCALPING_ENGINE__ENABLED=true"
    )
    assert "which goes by its tape's own biases, NEUTRAL of feed.bias, made up; both" in said(feed__bias="NEUTRAL")
    replayed = said(feed__source="replay", feed__tape=str(tmp_path))
    assert replayed.endswith("of kraken, scalped is that of a tape, which goes by its tape's own biases")
    assert said(**live, ultimate_analyzer__symbols="BTC/USD") == (
        "not in ultimate_analyzer.symbols, so without its bias: ETH/USD"
    )
    assert said(**live).startswith("NOT HYBRID: not in ultimate_analyzer.symbols, so without its bias: BTC/USD, ETH")
    assert said(**live, ultimate_analyzer__symbols="ETH/USD,BTC/USD") == ""
    assert said(feed__source="kraken") == ""  # what is not set is of one market
    assert said(**live, hybrid_mode__bias="false").startswith("NOT HYBRID: hybrid_mode.bias is false: the scalper goes")


def test_the_scalper_begins_behind_the_first_analysis_but_does_not_wait_for_ever():
    for ends in (True, False):
        children = Children()
        launcher = Launcher(children.analyses(), children.scalper(), children.tell)
        launcher.step(0.0, NOON)
        launcher.step(59.0, NOON)
        assert len(children.all) == 1
        if ends:
            children.all[0].code = 1
            launcher.step(59.5, NOON)
            assert len(children.all) == 2
        launcher.step(60.0, NOON)
        assert len(children.all) == 2


def test_each_process_is_asked_once_and_only_what_does_not_obey_is_killed():
    for obeys in (True, False):
        children = Children(obeys)
        launcher = Launcher(children.analyses(), children.scalper(), children.tell)
        launcher.step(60.0, NOON)
        assert launcher.stop(grace_s=0.0) is obeys
        assert [child.asked for child in children.all] == [1, 1]
        assert {child.code for child in children.all} == {0 if obeys else -9}


@pytest.mark.parametrize(
    ("mode", "given", "said"),
    [
        ("ultimate", {"ultimate_analyzer__enabled": "false"}, "enabled is false, and mode ultimate needs"),
        ("hybrid", {"ultimate_analyzer__enabled": "false"}, "=true, or take --mode scalping"),
        ("hybrid", {"feed__source": "kraken"}, "scalping_engine.enabled is false, and feed.source is kraken"),
        ("scalping", {"feed__source": "kraken"}, "scalping_engine.enabled is false, and feed.source is kraken"),
        ("ultimate", {"ultimate_analyzer__as_of": "2021-03-01"}, "set it to null, or analyse that time once with"),
        ("hybrid", {"ultimate_analyzer__schedule__timezone": "Mars/Olympus"}, "timezone is 'Mars/Olympus'"),
    ],
)
def test_what_a_mode_cannot_run_with_is_refused_before_anything_starts(tmp_path, mode, given, said):
    with pytest.raises(ConfigError, match=said):
        check(mode, load(env=environment(tmp_path, **given)).settings)


def test_a_mode_asks_nothing_of_the_half_that_it_does_not_run(tmp_path):
    check("ultimate", load(env=environment(tmp_path, feed__source="kraken")).settings)
    check("scalping", load(env=environment(tmp_path, ultimate_analyzer__enabled="false")).settings)


@pytest.mark.parametrize("taken", ["port", "account"])
def test_what_the_scalper_could_not_have_is_refused_before_an_analysis(tmp_path, taken):
    told = {"ultimate_analyzer__symbols": "BTC/USD", "feed__symbols": "BTC/USD", "feed__source": "kraken"}
    new_store(tmp_path / "data")
    with ExitStack() as held:
        if taken == "port":
            other = held.enter_context(socket.create_server(("127.0.0.1", 0)))
            told["metrics__port"], said = str(other.getsockname()[1]), "on 127.0.0.1 is taken, perhaps by another run"
        else:
            held.callback(risk_lock.hold(tmp_path / "data"))
            said = "a live run keeps the account"
        with Launched(tmp_path, "hybrid", feed__url="ws://127.0.0.1:1", **told) as run:
            assert run.process.wait(SOON_S) == 1
            assert len(run.said(said)) == 1
            assert not run.said("started")


def test_a_scalper_that_is_refused_is_not_started_again(tmp_path):
    told = {"feed__symbols": "BTC/USD", "feed__source": "kraken", "feed__level": "L3", "feed__key_file": "none"}
    with Launched(tmp_path, "scalping", feed__url="ws://127.0.0.1:1", **told) as run:
        assert run.process.wait(SOON_S) == 1
        assert len(run.said("scalper started")) == 1 and run.said("scalper was refused after")
        assert run.said("is not started again: see its last line above")


def is_gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE  # an orphan nobody waits for


def until_now(bars):
    """Return hourly bars moved so that the newest has just closed."""
    last = time.time_ns() // HOUR_NS * HOUR_NS - HOUR_NS
    prices = (bars.open, bars.high, bars.low, bars.close)
    return Bars.of(bars.open_ns + last - bars.open_ns[-1], *prices, bars.volume)


def test_hybrid_analyses_scalps_survives_a_kill_and_leaves_nobody_behind(tmp_path):
    imported(tmp_path / "data", until_now(walk(11, 24 * 500, drift=0.05)))
    told = {"ultimate_analyzer__symbols": "BTC/USD", "feed__symbols": "BTC/USD", "feed__source": "kraken"} | far_off()
    with (
        Exchange(["BTC/USD"], seed=4, rate=4.0) as exchange,
        Launched(tmp_path, "hybrid", feed__url=exchange.url, **told) as run,
    ):
        first = run.scalper()
        assert run.said("analysis done in")  # before: the scalper begins with its bias
        assert run.rows("SELECT symbol, score IS NOT NULL FROM analyses") == [("BTC/USD", True)]
        run.verified("BTC/USD")
        assert is_launched(tmp_path / "data")
        first.send_signal(signal.SIGKILL)
        second = run.scalper(2)
        assert run.said("scalper was ended by SIGKILL after")
        run.until(lambda: run.rows("SELECT 1 FROM runs HAVING count(*) = 2"), "the second run")
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(SOON_S) == 0
        assert is_gone(second) and run.said("hybrid: stopped")
        assert not is_launched(tmp_path / "data")
        assert run.rows("SELECT exit_reason FROM runs WHERE ended_at IS NOT NULL") == [("stopped",)]

        run.restart()
        third = run.scalper()
        assert not run.said("analysis started") and run.said("the next is due at")
        run.until(lambda: run.rows("SELECT 1 FROM runs HAVING count(*) = 3"), "the third run")
        run.process.kill()
        run.process.wait()
        deadline = time.monotonic() + SOON_S
        while not is_gone(third):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert run.rows("SELECT count(*) FROM runs WHERE exit_reason = 'stopped'") == [(2,)]
