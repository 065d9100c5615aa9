"""A lock is held by one; whoever looks at it keeps nobody from it, and is never told wrong."""

import fcntl
import multiprocessing
import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from files.lock import hold, is_held
from flows.recovery import prepare
from sinks import risk_lock
from sources import tape
from sources.tape_writer import TapeWriter

TIMES = 300


def look(file, looking, over):
    """Look at the lock again and again."""
    while not over.is_set():
        for _ in range(1000):
            is_held(file)
        looking.set()


@contextmanager
def looked_at(file):
    """Two processes that do nothing but look at a lock."""
    context = multiprocessing.get_context("spawn")
    looking, over = [context.Event(), context.Event()], context.Event()
    lookers = [context.Process(target=look, args=(file, one, over)) for one in looking]
    for looker in lookers:
        looker.start()
    try:
        assert all(one.wait(300) for one in looking)
        yield
    finally:
        over.set()
        for looker in lookers:
            looker.join(300)
    assert [looker.exitcode for looker in lookers] == [0, 0]


def test_one_holds_a_lock_until_it_gives_it_back(tmp_path):
    file = tmp_path / "lock"
    assert not is_held(file) and not file.exists()
    held = hold(file)
    assert held is not None and is_held(file) and hold(file) is None
    os.close(held)
    assert not is_held(file)


def test_who_only_looks_refuses_no_holder_and_a_held_lock_always_is(tmp_path):
    file = tmp_path / "lock"
    os.close(hold(file))
    with looked_at(file):
        for _ in range(TIMES):
            held = hold(file)
            assert held is not None
            assert is_held(file) and hold(file) is None
            os.close(held)


def tape_of(folder):
    return TapeWriter(folder, "t", segment_bytes=1000, segment_seconds=60.0).close


@pytest.mark.parametrize(
    ("name", "take"),
    [
        (risk_lock.NAME, risk_lock.hold),
        ("lock", lambda folder: prepare(folder, {"config_hash": "a"})),
        (tape.LOCK, tape_of),
    ],
    ids=["account", "recovery", "tape"],
)
def test_no_run_is_refused_for_a_look(tmp_path, name, take):
    take(tmp_path)()
    with looked_at(tmp_path / name):
        for _ in range(20):
            take(tmp_path)()


def test_a_lock_that_a_looker_never_lets_go_is_refused_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("files.lock.TRIES", 3)
    file = tmp_path / "lock"
    os.close(hold(file))
    with file.open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert hold(file) is None and not is_held(file)


def test_a_file_that_cannot_be_used_is_an_error_to_hold_and_nobody_s_to_look_at():
    nowhere = Path("/dev/null/lock")
    assert not is_held(nowhere)
    with pytest.raises(NotADirectoryError):
        hold(nowhere)
