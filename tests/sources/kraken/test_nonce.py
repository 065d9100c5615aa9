"""Nonces never fall."""

import itertools
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import StoreError
from sources.kraken.nonce import LARGEST, NonceFile


@settings(max_examples=30)  # each writes through to the disk
@given(st.lists(st.tuples(st.integers(0, 2**62), st.booleans()), min_size=2, max_size=12))
def test_nonces_rise_whatever_the_clock_does_and_across_restarts(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("nonce") / "n"
    now = [0]
    nonces = NonceFile(path, lambda: now[0])
    given_out = []
    for clock, restart in steps:
        now[0] = clock
        if restart:
            nonces = NonceFile(path, lambda: now[0])
        given_out.append(nonces.next())
    assert all(a < b for a, b in itertools.pairwise(given_out))
    assert given_out[0] == max(1, steps[0][0])


def test_two_that_share_a_file_never_give_the_same(tmp_path):
    found = []

    def take():
        nonces = NonceFile(tmp_path / "n", lambda: 5)
        found.extend(nonces.next() for _ in range(25))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 100


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"-5", b"9" * 20, b"9" * 40, str(LARGEST).encode(), b"\xff" * 20])
def test_a_damaged_file_leaves_what_the_process_and_the_clock_know(tmp_path, damage):
    path = tmp_path / "n"
    nonces = NonceFile(path, lambda: 100)
    assert nonces.next() == 100
    path.write_bytes(damage)
    assert nonces.next() == 101 and NonceFile(path, lambda: 7).next() == 102
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(StoreError, match=r"storage\.data_dir"):
        NonceFile(tmp_path / "none" / "n").next()
