"""The lock of the account: one live run holds it, and whoever looks keeps nobody from it."""

import fcntl
import threading

import pytest

from leadline.errors import StoreError
from sinks import risk_lock


def test_one_holds_the_account_at_a_time(tmp_path):
    assert not risk_lock.is_held(tmp_path)
    release = risk_lock.hold(tmp_path)
    assert risk_lock.is_held(tmp_path)
    with pytest.raises(StoreError, match="a live run keeps the account in"):
        risk_lock.hold(tmp_path)
    release()
    assert not risk_lock.is_held(tmp_path)
    risk_lock.hold(tmp_path)()


def test_whoever_only_looks_at_the_lock_keeps_no_run_from_it(tmp_path):
    risk_lock.hold(tmp_path)()
    with (tmp_path / risk_lock.NAME).open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.03, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        risk_lock.hold(tmp_path)()


def test_a_folder_that_takes_no_lock_is_one_line(tmp_path):
    with pytest.raises(StoreError, match=r"cannot use .*risk\.lock': No such file"):
        risk_lock.hold(tmp_path / "nowhere")
