"""A key that is missing, refused, open to others or too mighty is found."""

import pytest

from tests.doctor.looking import here, names, only
from tests.ports import free_port


def test_a_key_file_that_others_may_read_is_found(healthy):
    healthy.key_file.chmod(0o644)
    found = only(healthy, offline=True)
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
    found = only(healthy)
    assert found.name == "key_refused" and "Access WebSockets API" in found.what + found.fix


@pytest.mark.parametrize("more", [("modify-trades",), ("query-ledger", "withdraw-funds")])
def test_a_key_that_may_trade_or_withdraw_is_found(healthy, key, more):
    key.more = more
    found = only(healthy)
    assert found.name == "key_too_mighty" and more[-1] in found.what


def test_a_level3_that_does_not_answer_is_found(healthy):
    healthy.write(feed={"level3_url": f"ws://127.0.0.1:{free_port()}"})
    assert names(healthy) == {("warning", "level3_unreachable")}
