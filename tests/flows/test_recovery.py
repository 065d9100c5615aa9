"""A recovery store is resumed by the run it is of, by one process at a time, or refused in one line."""

import sqlite3

import pytest

from flows.recovery import prepare
from leadline.errors import ConfigError

RUN = {"feed.source": "kraken", "feed.symbols": ["BTC/USD"], "config_hash": "a"}


def made(folder):
    prepare(folder, RUN)()
    return folder


def refusal(folder, run):
    with pytest.raises(ConfigError) as e:
        prepare(folder, run)
    assert "\n" not in str(e.value)
    return str(e.value)


def test_a_store_is_made_with_one_partition_and_taken_up_again(tmp_path):
    folder = made(tmp_path / "deep" / "store")
    (part,) = folder.glob("*.sqlite3")
    connection = sqlite3.connect(part)
    assert connection.execute("SELECT part_index, part_count FROM parts").fetchall() == [(0, 1)]
    connection.close()
    made(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"feed.source": "simulator"}, "feed.source was kraken and is simulator"),
        ({"feed.symbols": ["ETH/USD", "XRP/USD"]}, "feed.symbols was BTC/USD and is ETH/USD,XRP/USD"),
        ({"config_hash": "b"}, "config_hash was a and is b"),
    ],
    ids=["source", "symbols", "config"],
)
def test_another_run_s_store_is_refused_with_what_differs(tmp_path, change, says):
    line = refusal(made(tmp_path), RUN | change)
    assert says in line and "give -r a new folder" in line
    made(tmp_path)  # and is left as it was


def test_a_store_in_use_is_refused_until_its_run_has_ended(tmp_path):
    release = prepare(tmp_path, RUN)
    assert "is in use" in refusal(tmp_path, RUN)
    release()
    made(tmp_path)


@pytest.mark.parametrize("data", [b"garbage" * 99, b""], ids=["garbage", "empty"])
def test_a_damaged_store_is_refused(tmp_path, data):
    (part,) = made(tmp_path).glob("*.sqlite3")
    part.write_bytes(data)
    for leftover in tmp_path.glob("*.sqlite3-*"):
        leftover.unlink()
    assert "is damaged" in refusal(tmp_path, RUN)


def test_a_store_without_a_note_is_taken_for_ours(tmp_path):
    (made(tmp_path) / "leadline.json").unlink()
    made(tmp_path)
    assert "another run" in refusal(tmp_path, RUN | {"config_hash": "b"})


def test_a_store_that_has_lost_its_parts_begins_anew_and_says_so(tmp_path, caplog):
    (part,) = made(tmp_path).glob("*.sqlite3")
    assert caplog.text == ""
    for file in tmp_path.glob(f"{part.name}*"):
        file.unlink()
    made(tmp_path)
    assert "has lost its *.sqlite3: it begins anew" in caplog.text and part.exists()


def test_a_store_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot make the recovery store" in refusal(tmp_path / "file" / "store", RUN)
