"""Every fault is found by its name and none other; a healthy system is told to be one."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import msgspec
import pyarrow.parquet as pq
import pytest

from cli.main import main
from doctor import machine, setup
from doctor.checkup import check_up
from doctor.finding import exit_code
from flows import recovery
from leadline.times import HOUR_NS
from simulator.exchange import Exchange
from sinks import catalog, metrics_address, risk_file, risk_lock, segments
from sinks.metrics import Metrics
from sources import inbox
from sources.live import LivePosition
from sources.tape import Position
from tests.doctor.healthy import PATIENCE_S, ROOMY, SYMBOLS, TAPE_ID, Healthy, Usage, old, snapshot, write_tape
from tests.sinks import lake_rows
from tests.sinks.stores import put

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def exchange():
    with Exchange(SYMBOLS, rest_max=1000.0) as exchange:
        yield exchange


@pytest.fixture(scope="module")
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


@contextmanager
def live_run(system):
    """Hold the account, as a live run does."""
    release = risk_lock.hold(system.data_dir)
    yield
    release()


def names(healthy, *, offline=False):
    """Return (severity, name) of what is found, without what could not be looked at."""
    found = [one.finding for one in check_up(healthy.system(), offline=offline)]
    for finding in found:
        commands = re.findall(r"`[^`]+`", finding.what + finding.fix)
        assert "\n" not in finding.what + finding.fix and len(commands) == len(set(commands)), finding
        assert finding.fix or finding.severity == "unchecked", finding
    return {(finding.severity, finding.name) for finding in found if finding.severity != "unchecked"}


def here(healthy):
    return names(healthy, offline=True)


# -- nothing is wrong


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


# -- set-up


def test_a_setting_that_is_unknown_or_out_of_range_is_found_each(healthy):
    healthy.write(risk={"max_daily_los": 0.01}, paper={"latency_ms": -1})
    loaded, found = setup.read(healthy.environment())
    assert loaded is None and [(f.severity, f.name) for f in found] == [("error", "config_invalid")] * 2
    assert "did you mean risk.max_daily_loss?" in found[0].what


def test_a_configuration_that_is_named_and_not_there_is_found_and_not_written(healthy, monkeypatch):
    healthy.config.unlink()
    loaded, found = setup.read(healthy.environment())
    assert loaded is not None and [(f.severity, f.name) for f in found] == [("warning", "config_missing")]
    assert not healthy.config.exists()
    loaded, found = setup.read({"LEADLINE_CONFIG": str(healthy.folder / "nowhere" / "x.json")})
    assert loaded is None and [(f.severity, f.name) for f in found] == [("error", "config_missing")]
    monkeypatch.chdir(healthy.folder)
    loaded, found = setup.read({})  # nobody named one: as on every fresh install
    assert loaded is not None and [(f.severity, f.name) for f in found] == [("unchecked", "config_missing")]


def test_a_live_feed_without_the_scalper_is_found(healthy):
    healthy.write(scalping_engine={"enabled": False})
    assert here(healthy) == {("error", "run_refused")}
    found = check_up(healthy.system(), offline=True)[0].finding
    assert found.what.endswith("a live feed") and found.fix.startswith("switch the scalper on with LEADLINE__")


def test_a_time_zone_that_there_is_not_is_found(healthy):
    healthy.write(ultimate_analyzer={"schedule": {"timezone": "Europe/Atlantis"}})
    assert here(healthy) == {("error", "timezone_unknown")}


@pytest.mark.parametrize(
    ("feed", "found"),
    [
        ({"source": "simulator", "hours": 8.0}, True),
        ({"source": "simulator", "hours": 7.0}, False),
        ({"source": "simulator", "level": "L2"}, True),
        ({"source": "kraken", "level": "L2", "hours": 8.0}, False),  # where the default would do the same
    ],
)
def test_a_default_of_old_in_the_file_is_found_where_it_matters(healthy, feed, found):
    healthy.write(feed={"key_file": None, "level": None} | feed)
    healthy.recovery = healthy.folder / "none"
    assert here(healthy) == ({("warning", "default_outdated")} if found else set())


@pytest.mark.parametrize(
    ("part", "version", "expected"),
    [("bytewax", "0.22.0", ("error", "engine_version")), ("duckdb", "0.9.0", ("warning", "part_version"))],
)
def test_a_part_of_another_version_is_found(healthy, monkeypatch, part, version, expected):
    real = setup.metadata.version
    monkeypatch.setattr(setup.metadata, "version", lambda name: version if name == part else real(name))
    assert here(healthy) == {expected}


def test_a_part_that_is_not_there_is_found(healthy, monkeypatch):
    real = setup.metadata.version

    def version(name):
        if name == "TA-Lib":
            raise setup.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(setup.metadata, "version", version)
    assert here(healthy) == {("error", "part_missing")}


# -- machine


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(10**12, 0, 90 * 10**9), ("warning", "disk_low")),
        (Usage(10**12, 0, 10**6), ("error", "disk_full")),
    ],
    ids=["low", "full"],
)  # fmt: skip
def test_a_disk_without_room_is_found(healthy, monkeypatch, usage, expected):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    healthy.write(storage={"retention": {"tape_gib": 0.0001}})
    assert here(healthy) == {expected}


def test_more_tape_than_the_disk_holds_is_found(healthy):
    healthy.write(storage={"retention": {"tape_gib": 2000.0}})
    assert here(healthy) == {("warning", "retention_too_large")}


class Stranger(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


@pytest.fixture
def stranger():
    """Serve something else on a port."""
    server = HTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_a_port_that_another_program_has_is_found(healthy, stranger):
    healthy.write(metrics={"port": stranger})
    assert here(healthy) == {("error", "port_taken")}


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])  # neither can be this machine's
def test_a_host_that_is_not_of_this_machine_is_not_called_a_taken_port(healthy, stranger, host):
    healthy.write(metrics={"host": host, "port": stranger})
    assert here(healthy) == {("error", "metrics_host_unusable")}


def test_a_port_that_another_run_serves_is_found(healthy):
    serving = Metrics().serve("127.0.0.1", 0)
    healthy.write(metrics={"port": serving.port})
    try:
        assert here(healthy) == {("warning", "port_of_another_run")}
    finally:
        serving.close()


# -- data folder


def test_a_data_folder_that_is_missing_or_none_is_found(healthy):
    shutil.rmtree(healthy.data_dir)
    found = [one.finding for one in check_up(healthy.system(), offline=True)]
    assert "data_dir_missing" in {f.name for f in found} and exit_code(found) == 0  # as on every fresh install
    healthy.data_dir.write_text("")
    assert ("error", "data_dir_unusable") in here(healthy)


FOLDERS = ["tape", "inbox", "lake", "lake/signals", "recovery"]


def unusable(healthy):
    found = [one.finding for one in check_up(healthy.system(), offline=True)]
    return [(f.severity, f.what, f.fix) for f in found if f.name == "folder_unusable"]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_in_place_of_a_folder_is_found(stored, name):
    path = stored.data_dir / name
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("")
    ((severity, what, fix),) = unusable(stored)
    assert (severity, what) == ("error", f"{path} is no folder") and fix.startswith("move it away")
    stored.recovery_named = False
    assert unusable(stored)[0][0] == ("warning" if name == "recovery" else "error")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_another_user_is_found_with_the_command_that_mends_it(stored, monkeypatch, name):
    path = stored.data_dir / name
    path.mkdir(exist_ok=True)
    assert unusable(stored) == []
    real = os.access
    monkeypatch.setattr(os, "access", lambda at, mode: path not in (at, *Path(at).parents) and real(at, mode))
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    told = f"{path} belongs to {path.owner()} and cannot be written by this user"
    assert unusable(stored) == [("error", told, f"`sudo chown -R 987654 {path}`")]


def test_a_run_that_was_killed_is_found(stored, exchange):
    killed = {"venue": "simulator", "run_id": "killed", "ended_at": None}
    now_ns = stored.clock_ns()
    put(stored.data_dir, [lake_rows.row("runs", started_at=now_ns, **killed)], now_ns)
    assert here(stored) == {("warning", "run_killed")}
    with live_run(stored):
        assert here(stored) == set()


def test_a_damaged_account_is_found(healthy):
    risk_file.path(healthy.data_dir).write_text("{")
    assert here(healthy) == {("error", "account_damaged")}


def test_an_account_that_cannot_be_read_is_not_called_damaged(healthy):
    risk_file.path(healthy.data_dir).unlink()
    risk_file.path(healthy.data_dir).mkdir()
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.finding.severity == "error"]
    assert found.name == "account_unreadable" and "new-account" not in found.what + found.fix


def test_the_account_of_another_venue_is_found(healthy):
    healthy.save_account(msgspec.structs.replace(risk_file.load(healthy.data_dir), venue="kraken"))
    assert here(healthy) == {("error", "account_of_another_venue")}


def test_a_latched_kill_switch_is_found(healthy):
    state = risk_file.load(healthy.data_dir)
    latched = state.account | {"latched": True, "latched_ns": 1, "latch_reason": "the day lost 3.1 %"}
    healthy.save_account(msgspec.structs.replace(state, account=latched))
    assert here(healthy) == {("warning", "kill_switch")}


def test_commands_that_nobody_reads_are_found(healthy):
    inbox.put(healthy.data_dir, "bias", {"symbol": "BTC/USD"}, about="BTC/USD")
    assert here(healthy) == set()  # it waits for the next run, as it should
    inbox.put(healthy.data_dir, "command", {"command": "risk_reset", "reason": "x"})
    assert here(healthy) == {("warning", "inbox_unread")}


def test_commands_that_a_live_run_does_not_read_are_worse(healthy):
    inbox.put(healthy.data_dir, "command", {"command": "risk_reset", "reason": "x"})
    with live_run(healthy):
        assert here(healthy) == set()  # it was put there this moment
        old(healthy.data_dir / "inbox" / inbox.waiting(healthy.data_dir)[0])
        assert here(healthy) == {("error", "inbox_unread")}


def test_rests_of_commands_are_found(healthy):
    rejected = healthy.data_dir / "inbox" / inbox.REJECTED
    rejected.mkdir(parents=True)
    (rejected / "a.json").write_text("?")
    torn = healthy.data_dir / "inbox" / ".b.json.tmp"
    torn.write_text("{")
    old(torn)
    assert here(healthy) == {("warning", "inbox_rejected"), ("warning", "inbox_unfinished")}


# -- store


def test_a_store_of_an_older_version_is_found_and_the_named_command_mends_it(stored):
    shutil.rmtree(segments.lake(stored.data_dir) / "calibrations")
    assert here(stored) == {("error", "schema_outdated")}
    assert main(["catalog", "refresh", "--data-dir", str(stored.data_dir)]) == 0
    assert here(stored) == set()


def test_a_table_that_lacks_a_column_is_found(stored, monkeypatch):
    for file in (segments.lake(stored.data_dir) / "advice").rglob("*.parquet"):
        pq.write_table(pq.read_table(file).drop_columns(["saved_bps"]), file)
    assert here(stored) == {("error", "schema_outdated")}


def test_a_damaged_segment_is_found(stored):
    (file,) = (segments.lake(stored.data_dir) / "rejects").rglob("*.parquet")
    file.write_bytes(b"garbage" * 9)
    assert here(stored) == {("error", "segment_damaged")}


def test_views_of_a_folder_that_was_moved_are_found(stored, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(stored.data_dir, moved)
    shutil.rmtree(stored.data_dir)
    stored.write(storage={"data_dir": str(moved)})
    stored.data_dir, stored.recovery = moved, tmp_path / "none"
    assert ("warning", "catalog_outdated") in here(stored)


def test_a_catalog_that_is_missing_or_damaged_is_found(stored):
    file = catalog.path(stored.data_dir)
    file.unlink()
    assert here(stored) == {("warning", "catalog_missing")}
    file.write_bytes(b"garbage" * 999)
    assert here(stored) == {("error", "catalog_damaged")}


def test_an_analysis_that_is_overdue_or_was_never_made_is_found(stored):
    later = stored.clock_ns() + 24 * HOUR_NS
    stored.clock_ns = lambda: later
    assert here(stored) == {("warning", "analysis_overdue")}
    stored.write(ultimate_analyzer={"symbols": ["XRP/USD"]})
    assert here(stored) == {("warning", "analysis_missing")}
    stored.write(ultimate_analyzer={"enabled": False})
    assert here(stored) == set()


@pytest.mark.parametrize("hours, symbol", [(24, "BTC/USD"), (0, "XRP/USD")])
def test_a_bias_that_nobody_goes_by_is_not_said_to_count_as_neutral(stored, hours, symbol):
    now_ns = stored.clock_ns() + hours * 3600 * 10**9
    stored.clock_ns = lambda: now_ns
    for used, told in ((True, "counts as neutral"), (False, "goes by none anyway, since hybrid_mode.bias is false")):
        stored.write(hybrid_mode={"bias": used}, ultimate_analyzer={"symbols": [symbol]})
        found = [one.finding for one in check_up(stored.system(), offline=True)]
        (what,) = [finding.what for finding in found if finding.name.startswith("analysis_")]
        assert told in what


# -- tape and recovery


def test_a_damaged_tape_is_found(healthy):
    (segment,) = healthy.tape.glob("*.tape")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    assert ("warning", "tape_damaged") in here(healthy)


def test_a_record_that_a_crash_cut_short_is_no_fault(healthy):
    (segment,) = healthy.tape.glob("*.tape")
    segment.write_bytes(segment.read_bytes()[:-5])
    assert here(healthy) == set()


def test_a_replay_of_a_tape_that_is_not_there_is_found(healthy):
    healthy.recovery = healthy.folder / "none"
    healthy.write(feed={"source": "replay", "tape": str(healthy.folder / "nowhere")})
    assert here(healthy) == {("error", "tape_missing")}


def test_a_damaged_recovery_store_is_found(healthy):
    (part,) = healthy.recovery.glob(recovery.PARTS)
    part.write_bytes(b"garbage" * 99)
    assert here(healthy) == {("error", "recovery_damaged")}


def account_went_on(healthy):
    state = risk_file.load(healthy.data_dir)
    healthy.save_account(msgspec.structs.replace(state, tape_id="20261102T000000Z-bbbbbb"))


@pytest.mark.parametrize(
    ("named", "used", "severity"), [(True, False, "error"), (False, True, "error"), (False, False, "warning")]
)  # such a run is refused, unless it goes without this store, as the one before it did
def test_a_recovery_store_of_other_settings_is_found(healthy, named, used, severity):
    healthy.write(risk={"max_notional": 0.5})
    healthy.recovery_named = named
    if not used:
        account_went_on(healthy)
    assert here(healthy) == {(severity, "recovery_of_another_run")}


@pytest.mark.parametrize(
    ("lost", "said"),
    [(recovery.PARTS + "*", "the next run begins anew"), (recovery.NOTE, "the next run takes it for its own")],
)
def test_a_recovery_store_that_lacks_a_file_is_found(healthy, lost, said):
    for file in healthy.recovery.glob(lost):
        file.unlink()
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.finding.severity != "unchecked"]
    assert (found.severity, found.name) == ("warning", "recovery_incomplete") and said in found.what


def test_a_folder_for_a_recovery_store_to_come_is_no_fault(healthy):
    shutil.rmtree(healthy.recovery)
    healthy.recovery.mkdir()
    assert here(healthy) == set()


def test_a_recovery_store_beyond_its_tape_is_found(healthy):
    snapshot(healthy.recovery, LivePosition(TAPE_ID, Position(0, 0, 6), 1, "L3"))
    assert here(healthy) == {("error", "recovery_ahead_of_tape")}
    shutil.rmtree(healthy.tape)
    assert here(healthy) == {("error", "recovery_ahead_of_tape")}


def test_a_recovery_store_of_a_run_that_never_reached_its_venue_is_no_fault(healthy):
    snapshot(healthy.recovery, LivePosition("20261103T000000Z-cccccc", Position(), 0, "L2"))
    assert here(healthy) == set()


@pytest.mark.parametrize(("named", "severity"), [(True, "error"), (False, "warning")])
def test_a_recovery_store_whose_account_has_gone_on_is_found(healthy, named, severity):
    healthy.recovery_named = named
    account_went_on(healthy)
    assert here(healthy) == {(severity, "recovery_behind_account")}


def test_a_recovery_store_whose_tape_lacks_the_accounts_last_event_is_found(healthy):
    file = risk_file.path(healthy.data_dir)
    state = json.loads(file.read_text())
    file.write_text(json.dumps(state | {"tape_id": TAPE_ID, "ts": "2100-01-01T00:00:00.000Z"}))
    assert here(healthy) == {("error", "recovery_behind_account")}


def test_a_snapshot_that_holds_anything_else_is_never_run(healthy):
    snapshot(healthy.recovery, Trap())
    assert here(healthy) == {("error", "recovery_damaged")}
    assert Trap.sprung == []


class Trap:
    sprung: ClassVar[list[int]] = []

    def __reduce__(self):
        return (_spring, ())


def _spring():
    Trap.sprung.append(1)


# -- venue


def silent_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_venue_that_does_not_answer_is_found_and_what_hangs_on_it_is_not_claimed(healthy):
    port = silent_port()
    healthy.write(feed={"rest_url": f"http://127.0.0.1:{port}", "url": f"ws://127.0.0.1:{port}"})
    found = {finding.name: finding.severity for _, finding in check_up(healthy.system())}
    wanted = {"rest_unreachable": "error", "websocket_unreachable": "error", "key_refused": "warning"}
    assert found == wanted | {"clock_skew": "unchecked", "symbol_unknown": "unchecked"}


def test_an_unknown_rest_address_is_found(healthy):
    healthy.write(feed={"rest_url": None, "level": "L2"})
    healthy.recovery = healthy.folder / "none"
    assert ("warning", "rest_unknown") in names(healthy)


@pytest.mark.parametrize("seconds", [-3600, 90])
def test_a_wrong_clock_is_found(healthy, seconds):
    real = healthy.clock_ns
    healthy.clock_ns = lambda: real() + seconds * 10**9
    found = [one.finding for one in check_up(healthy.system())]
    assert [(f.severity, f.name) for f in found] == [("error", "clock_skew")]
    assert ("ahead of" if seconds > 0 else "behind") in found[0].what


@pytest.fixture
def terms(exchange):
    """What the venue asks, as it was again afterwards."""
    terms = exchange.venue.terms
    kept = dict(vars(terms))
    yield terms
    vars(terms).update(kept)
    terms.pair_status = {}


def test_a_venue_in_maintenance_is_found(healthy, terms):
    terms.closed_until_s = float("inf")
    assert ("warning", "venue_not_online") in names(healthy)


def test_a_symbol_that_the_venue_does_not_list_is_found_with_what_was_meant(healthy):
    healthy.write(feed={"symbols": ["BTC/USD", "ETH/USDT"]})
    healthy.recovery = healthy.folder / "none"
    (found,) = [one.finding for one in check_up(healthy.system())]
    assert (found.severity, found.name) == ("error", "symbol_unknown") and "did you mean ETH/USD?" in found.fix


def test_a_symbol_that_does_not_trade_is_found(healthy, terms):
    terms.pair_status = {"ETH/USD": "cancel_only"}
    assert names(healthy) == {("warning", "symbol_not_online")}


def test_other_digits_than_the_tape_s_are_found(healthy, exchange):
    instrument = exchange.venue.floors["BTC/USD"].market.instrument
    changed = msgspec.structs.replace(instrument, price_precision=instrument.price_precision + 1)
    newest = healthy.tape.with_name("20261102T000000Z-bbbbbb")
    exchange.venue.floors["BTC/USD"].market.instrument = changed
    try:
        write_tape(newest, SYMBOLS, exchange)
    finally:
        exchange.venue.floors["BTC/USD"].market.instrument = instrument
    assert names(healthy) == {("warning", "precision_changed")}


def test_fees_that_the_venue_has_changed_are_found(healthy, terms):
    terms.taker = [(0, 0.45), *terms.taker[1:]]
    (found,) = [one.finding for one in check_up(healthy.system())]
    assert (found.severity, found.name) == ("warning", "fee_drift")
    assert "kraken_spot_10k- is 25/40, the venue asks 25/45 bps for BTC/USD, ETH/USD" in found.what


def test_fees_that_a_person_set_are_left_alone(healthy, terms):
    terms.taker = [(0, 0.45), *terms.taker[1:]]
    healthy.write(fees={"taker_bps": 45.0})
    healthy.recovery = healthy.folder / "none"
    assert names(healthy) == set()


def test_another_tier_than_the_account_s_is_found_where_the_key_may_ask(healthy, terms, key):
    terms.volume, key.more = 60_000.0, ("query-funds",)
    (found,) = [one.finding for one in check_up(healthy.system())]
    assert found.name == "fee_tier" and "25/40, this account pays 14/24" in found.what


# -- key


@pytest.fixture
def key(exchange):
    """The key of the exchange, as it was again afterwards."""
    key = exchange.key
    yield key
    key.permitted, key.more = True, ()


def test_a_key_file_that_others_may_read_is_found(healthy):
    healthy.key_file.chmod(0o644)
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.finding.severity != "unchecked"]
    assert (found.severity, found.name) == ("error", "key_file_open") and "chmod 600" in found.fix


def test_a_key_that_cannot_be_read_is_found(healthy):
    healthy.key_file.write_text("one word")
    assert here(healthy) == {("error", "key_unusable")}
    healthy.key_file.unlink()
    assert here(healthy) == {("error", "key_unusable")}


def test_a_missing_key_is_found(healthy):
    healthy.write(feed={"key_file": None})
    assert here(healthy) == {("warning", "key_missing")}


def test_a_key_that_opens_nothing_is_found(healthy, key):
    key.permitted = False
    (found,) = [one.finding for one in check_up(healthy.system())]
    assert found.name == "key_refused" and "Access WebSockets API" in found.what + found.fix


@pytest.mark.parametrize("more", [("modify-trades",), ("query-ledger", "withdraw-funds")])
def test_a_key_that_may_trade_or_withdraw_is_found(healthy, key, more):
    key.more = more
    (found,) = [one.finding for one in check_up(healthy.system())]
    assert found.name == "key_too_mighty" and more[-1] in found.what


def test_a_level3_that_does_not_answer_is_found(healthy):
    healthy.write(feed={"level3_url": f"ws://127.0.0.1:{silent_port()}"})
    assert names(healthy) == {("warning", "level3_unreachable")}


# -- alerts


@pytest.mark.parametrize("urls", ["", "nosuchservice://abcdefghijklmnop"], ids=["nobody", "no such service"])
def test_alerts_that_reach_nobody_are_found_without_an_address_being_shown(healthy, monkeypatch, urls):
    monkeypatch.setenv("LEADLINE_ALERT_URLS", urls)
    healthy.write(alerts={"enabled": True, "simulated": True})
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.finding.severity != "unchecked"]
    assert (found.severity, found.name) == ("error", "alerts_unusable") and "abcdefghijklmnop" not in found.what


def test_what_only_the_environment_of_a_living_run_has_is_not_called_missing(healthy):
    healthy.write(alerts={"enabled": True, "simulated": True}, feed={"key_file": None})
    missing = {("error", "alerts_unusable"), ("warning", "key_missing")}
    healthy.recovery = healthy.folder / "none"
    assert here(healthy) == missing
    with live_run(healthy):
        assert here(healthy) == set()
        secrets = healthy.config.with_suffix(".env")
        secrets.touch(0o600)
        found = [one.finding for one in check_up(healthy.system(), offline=True)]
        unknown = [f for f in found if f.name in {name for _, name in missing}]
        assert [f.severity for f in unknown] == ["unchecked"] * 2 and all(str(secrets) in f.what for f in unknown)


def test_an_address_that_is_given_here_is_looked_at_beside_a_living_run_too(healthy, monkeypatch):
    monkeypatch.setenv("LEADLINE_ALERT_URLS", "nosuchservice://abcdefghijklmnop")
    healthy.write(alerts={"enabled": True, "simulated": True})
    with live_run(healthy):
        assert here(healthy) == {("error", "alerts_unusable")}


@pytest.mark.parametrize("name", ["LEADLINE_ALERT_URLS", "LEADLINE_ALERT_HEARTBEAT_URL"])
def test_addresses_without_alerts_being_asked_for_are_found(healthy, monkeypatch, name):
    monkeypatch.setenv(name, "json://127.0.0.1:1/abcdefghijklmnop")
    assert here(healthy) == set()  # a simulated market tells nobody anyway
    healthy.write(feed={"venue": None})
    (found,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.group == "alerts"]
    assert (found.severity, found.name) == ("warning", "alerts_off") and name in found.what
    assert "abcdefghijklmnop" not in found.what + found.fix
    healthy.write(alerts={"enabled": True})
    assert ("warning", "alerts_off") not in here(healthy)


def test_a_damaged_ledger_of_alerts_is_found(healthy):
    (healthy.data_dir / "alerts.sqlite").write_bytes(b"no database " * 1000)
    assert ("warning", "alerts_ledger_damaged") in names(healthy)


# -- the command


def doctor(healthy, monkeypatch, capsys, *arguments):
    for name, value in healthy.environment().items():
        monkeypatch.setenv(name, value)
    code = main(["doctor", "--timeout", str(PATIENCE_S), *arguments])
    return code, capsys.readouterr().out


def test_the_command_says_that_nothing_is_wrong_and_how_far_the_evidence_goes(stored, monkeypatch, capsys):
    code, out = doctor(stored, monkeypatch, capsys)
    assert code == 0 and "\nnothing is wrong\n" in out
    steps = [line.split("  ", 3) for line in out.splitlines()[-4:]]
    assert [step[1][:1] for step in steps] == ["1", "2", "3", "4"]
    assert "not yet  no trade yet; the guide asks 60 %" in out and out.count(" yours ") == 4


def test_the_exit_code_is_that_of_the_worst_finding(healthy, monkeypatch, capsys):
    healthy.write(storage={"retention": {"tape_gib": 2000.0}})
    code, out = doctor(healthy, monkeypatch, capsys, "--offline")
    assert code == 1 and "1 warning: exit code 1" in out
    risk_file.path(healthy.data_dir).write_text("{")
    code, out = doctor(healthy, monkeypatch, capsys, "--offline")
    assert code == 2 and "1 error, 1 warning: exit code 2" in out


def test_a_store_that_is_named_is_one_to_resume_from(healthy, monkeypatch, capsys):
    healthy.write(risk={"max_notional": 0.5})
    account_went_on(healthy)
    assert doctor(healthy, monkeypatch, capsys, "--offline")[0] == 1
    assert doctor(healthy, monkeypatch, capsys, "--offline", "-r", str(healthy.recovery))[0] == 2
    monkeypatch.setenv("BYTEWAX_RECOVERY_DIRECTORY", str(healthy.recovery))
    assert doctor(healthy, monkeypatch, capsys, "--offline")[0] == 2


def test_a_configuration_that_is_refused_is_a_finding_too(healthy, monkeypatch, capsys):
    healthy.write(feed={"depth": 11})
    code, out = doctor(healthy, monkeypatch, capsys, "--json")
    told = json.loads(out)
    assert (code, told["exit_code"], told["evidence"]) == (2, 2, None)
    assert [(f["group"], f["name"]) for f in told["findings"]] == [("set-up", "config_invalid")]


def test_no_secret_is_ever_told(healthy, monkeypatch, capsys, exchange, key):
    key.permitted, key.more = False, ("withdraw-funds",)
    healthy.write(feed={"level3_url": f"ws://127.0.0.1:{silent_port()}"})
    for arguments in ((), ("--json",)):
        _, out = doctor(healthy, monkeypatch, capsys, *arguments)
        assert "key_refused" in out and "key_too_mighty" in out
        assert exchange.key.key not in out and exchange.key.secret not in out


def test_the_real_command_asks_the_venue_and_ends_with_its_exit_code(stored):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LEADLINE", "BYTEWAX", "KRAKEN"))}
    env |= stored.environment() | {"LEADLINE__STORAGE__RETENTION__TAPE_GIB": "0.001"}
    inbox.put(stored.data_dir, "command", {"command": "risk_reset", "reason": "x"})
    command = [sys.executable, "-m", "cli.main", "doctor", "--json", "--timeout", str(PATIENCE_S)]
    ended = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    told = json.loads(ended.stdout)
    found = {finding["name"] for finding in told["findings"]} - {"disk_low", "disk_full"}  # of the machine itself
    assert found == {"inbox_unread"} and ended.returncode == told["exit_code"] > 0, ended.stderr
    assert told["evidence"]["guide_win_rate"] == 0.6 and len(told["evidence"]["steps"]) == 4
