"""A fault of configuration or of the installed parts is found by its name and none other."""

import pytest

from doctor import setup
from doctor.checkup import check_up
from tests.doctor.looking import here, only


def test_a_setting_that_is_unknown_or_out_of_range_is_found_each(healthy):
    healthy.write(risk={"max_daily_los": 0.01}, paper={"latency_ms": -1})
    loaded, found = setup.read(healthy.environment())
    assert loaded is None and [(f.severity, f.name) for f in found] == [("error", "config_invalid")] * 2
    assert "did you mean risk.max_daily_loss?" in found[0].what and "mend it" not in found[0].fix


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


@pytest.mark.parametrize(
    ("given", "what", "fix"),
    [
        ({"enabled": False}, "ultimate_analyzer.enabled is false, and mode", "switch it on with LEADLINE__"),
        ({"as_of": "2026-01-05T12:00"}, "ultimate_analyzer.as_of is '2026-01-05T12:00', but mode", "set it to null"),
    ],
)
def test_what_a_mode_that_analyses_is_refused_for_is_found(healthy, given, what, fix):
    healthy.write(ultimate_analyzer=given)
    for healthy.mode in ("hybrid", "ultimate"):
        found = only(healthy, offline=True)
        assert (found.severity, found.name) == ("error", "run_refused")
        assert found.what.startswith(what) and found.fix.startswith(fix)
    healthy.mode = "scalping"
    assert here(healthy) == set()
    healthy.mode = None  # it may be what is wanted
    assert here(healthy) == set()
    (unsure,) = [one.finding for one in check_up(healthy.system(), offline=True) if one.group == "set-up"]
    assert unsure.what.startswith("`leadline run --mode hybrid` would be refused")


def test_analyses_alone_need_no_scalper(healthy):
    healthy.write(scalping_engine={"enabled": False})
    healthy.mode = "ultimate"
    assert here(healthy) == set()


def test_fees_of_another_market_are_found_on_a_real_feed(healthy):
    healthy.recovery = healthy.folder / "none"
    healthy.write(fees={"profile": "kraken_futures"})
    assert here(healthy) == set()  # a simulated exchange asks what one likes
    healthy.write(feed={"venue": None})
    assert ("warning", "fees_of_another_market") in here(healthy)
    healthy.write(fees={"maker_bps": 25.0, "taker_bps": 40.0})
    assert ("warning", "fees_of_another_market") not in here(healthy)


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
