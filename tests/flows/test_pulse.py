"""Signs of a live run that need no metrics."""

import os

from flows import pulse
from sinks import risk_lock
from sources.tape_writer import TapeWriter


def changed(path, at_s):
    os.utime(path, (at_s, at_s))


def test_the_newest_of_lock_tape_and_features_is_the_last_sign(tmp_path):
    assert pulse.last_sign(tmp_path) == 0.0
    risk_lock.hold(tmp_path)()
    changed(tmp_path / risk_lock.NAME, 1000.0)
    assert pulse.last_sign(tmp_path) == 1000.0
    TapeWriter(tmp_path / "tape" / "t", "t", segment_bytes=10**6, segment_seconds=1e9).close()
    (segment,) = (tmp_path / "tape" / "t").glob("*.tape")
    changed(segment, 2000.0)
    assert pulse.last_sign(tmp_path) == 2000.0
    day = tmp_path / "lake" / "features" / "date=2026-01-05"
    day.mkdir(parents=True)
    changed(day, 3000.0)
    assert pulse.last_sign(tmp_path) == 3000.0


def test_who_takes_the_account_gives_a_sign_though_the_file_is_old(tmp_path):
    risk_lock.hold(tmp_path)()
    changed(tmp_path / risk_lock.NAME, 1000.0)
    risk_lock.hold(tmp_path)()
    assert pulse.last_sign(tmp_path) > 1000.0


def test_a_launcher_is_seen_as_long_as_it_lasts(tmp_path):
    assert not pulse.is_launched(tmp_path)
    with pulse.launching(tmp_path), pulse.launching(tmp_path):
        assert pulse.is_launched(tmp_path)
    assert not pulse.is_launched(tmp_path)


def test_a_launcher_goes_on_where_its_sign_cannot_be_given(tmp_path):
    (tmp_path / pulse.LAUNCHER).mkdir()
    with pulse.launching(tmp_path):
        assert not pulse.is_launched(tmp_path)
