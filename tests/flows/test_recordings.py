"""Real recordings served to the live command: every checksum, every feature, and the same again from the tape."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from leadline.instrument import Instrument
from simulator.recorded import serve_frames
from tests.flows.live import Live
from tests.flows.naive_features import Features, features_of
from tests.flows.processes import ROOT, ask, environment, run

SYMBOL = "BTC/USD"
RECORDINGS = [("btcusd_l2", 10, 301), ("btcusd_sample", 25, 2052)]  # of the first, seven resubscribe cycles are part
SEED_PRECISION = Instrument(SYMBOL, 1, 8)
COUNTS = "frames, book_verified, book_mismatched, resyncs, rejected, signals, signals_hash"


class Played(NamedTuple):
    """A recording that was served to the live command."""

    folder: Path
    path: Path
    frames: list[bytes]
    depth: int
    verified: int
    stdout: str


@pytest.fixture(scope="module", params=RECORDINGS, ids=[name for name, _, _ in RECORDINGS])
def played(request, recordings, tmp_path_factory):
    name, depth, verified = request.param
    path = recordings / f"kraken_v2_book/crossbook_kraken_{name}.ndjson.gz"
    with gzip.open(path) as lines:
        frames = [bytes(msgspec.json.decode(line, type=dict[str, msgspec.Raw])["frame"]) for line in lines]
    folder = tmp_path_factory.mktemp(name)
    return Played(folder, path, frames, depth, verified, serve(folder, frames, depth, verified))


def serve(folder: Path, frames: list[bytes], depth: int, verified: int, instruments=()) -> str:
    """Serve frames to the live command until it has verified all it can, and return its stdout."""
    settings = {"feed__symbols": SYMBOL, "feed__depth": depth, "feed__instrument_timeout_seconds": 0.5}
    console = {"hft__sample_seconds": 0}
    with serve_frames(frames, instruments=instruments) as server, Live(folder, server.url, **settings, **console) as live:
        live.until(lambda: server.finished, "all frames sent")
        live.until(lambda: live.rows("SELECT count(*) FROM feed_health WHERE state = 'verified'")[0][0], "a verified book")
        _, code, out, err = live.stop()
        assert code == 0, err
    return out


def counts(folder: Path) -> tuple:
    (row,) = ask(folder, f"SELECT {COUNTS} FROM runs ORDER BY stored_at DESC LIMIT 1")
    return row


def rows_of(folder: Path) -> list[Features]:
    columns = ", ".join(Features._fields)
    return [Features(*row) for row in ask(folder, f"SELECT {columns} FROM features ORDER BY tape_seq, ts")]


def test_every_checksum_of_a_recording_verifies_live(played):
    frames, verified, mismatched, resyncs, rejected, *_ = counts(played.folder)
    assert (frames, verified, mismatched) == (len(played.frames), played.verified, 0)
    assert (resyncs, rejected) == (0, 0)


def test_the_features_equal_an_independent_computation_message_by_message(played):
    expected = list(features_of(played.frames, played.depth))
    found = rows_of(played.folder)
    assert len(found) == len(expected) == played.verified
    for row, independent in zip(found, expected, strict=True):
        assert row == pytest.approx(independent, rel=1e-9, abs=1e-12)


def test_without_an_instrument_answer_the_precision_is_read_from_the_text_and_said(played, tmp_path):
    notices = [values for table, values in []]
