"""A healthy system is told to be one, whatever else there is on the machine."""

import json

from doctor.checkup import check_up
from doctor.finding import exit_code
from flows import recovery
from sinks import metrics_address
from sinks.metrics import Metrics
from tests.doctor.looking import here, live_run, names


def test_a_healthy_system_is_told_to_be_one(stored):
    found = check_up(stored.system())
    assert [one.finding for one in found] == [] and exit_code([]) == 0


def test_it_stays_healthy_while_its_run_lives_and_serves_metrics(stored):
    held = recovery.prepare(stored.recovery, _run(stored))
    metrics = Metrics()
    serving = metrics.serve("127.0.0.1", 0)
    metrics_address.write(stored.data_dir, "127.0.0.1", serving.port, metrics.started)
    try:
        stored.write(metrics={"port": serving.port})
        with live_run(stored):
            assert here(stored) == set()
    finally:
        serving.close()
        held()


def _run(healthy):
    return json.loads((healthy.recovery / recovery.NOTE).read_text())


def test_a_simulated_feed_asks_for_no_key_and_no_venue(healthy):
    healthy.settings["feed"] = {"source": "simulator"}
    healthy.recovery = healthy.folder / "none"
    healthy.write(ultimate_analyzer={"enabled": False})
    assert names(healthy) == set()
