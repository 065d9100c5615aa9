"""Real recordings served to the live command: every checksum, every feature, and the same again from the tape."""

import gzip
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from cli.main import main
from leadline import records
from leadline.instrument import Instrument
from simulator.protocol import HEARTBEAT
from simulator.recorded import serve_frames
from sources.tape import resolve
from sources.tape_reader import TapeReader
from tests.flows.live import Live
from tests.flows.naive_features import Features, features_of
from tests.flows.processes import ask, environment, run

SYMBOL = "BTC/USD"
RECORDINGS = [("btcusd_l2", 10, 301), ("btcusd_sample", 25, 2052)]  # of the first, seven resubscribe cycles are part
INSTRUMENT = Instrument(SYMBOL, 1, 8)
EVERY_MESSAGE = {"hft__sample_seconds": 0}
BEAT = HEARTBEAT.encode()


class Played(NamedTuple):
    """A recording that was served to the live command, which nobody told the instrument."""

    folder: Path
    path: Path
    frames: list[bytes]
    depth: int
    verified: int
    said: str  # on stdout and stderr


@pytest.fixture(scope="module", params=RECORDINGS, ids=[name for name, _, _ in RECORDINGS])
def played(request, recordings, tmp_path_factory):
    name, depth, verified = request.param
    path = recordings / f"kraken_v2_book/crossbook_kraken_{name}.ndjson.gz"
    with gzip.open(path) as lines:
        frames = [bytes(msgspec.json.decode(line, type=dict[str, msgspec.Raw])["frame"]) for line in lines]
    folder = tmp_path_factory.mktemp(name)
    return Played(folder, path, frames, depth, verified, serve(folder, frames, depth))


def serve(folder, frames, depth, instruments=()):
    """Serve frames to the live command, all of them, and return what it said."""
    settings = {"feed__symbols": SYMBOL, "feed__depth": depth, "feed__instrument_timeout_seconds": 0.2}
    with (
        serve_frames(frames, instruments=instruments) as server,
        Live(folder, server.url, console="cards", **settings | EVERY_MESSAGE) as live,
    ):
        live.until(lambda: server.finished and live.rows("SELECT 1 FROM feed_health"), "all frames sent")
        live.until(lambda: told(frames)[-1] in heard(folder), "the last frame on the tape")
        _, code, out, err = live.stop()
    assert code == 0, err
    return out + err


def heard(folder):
    """Return the frames on a run's tape."""
    return [record.payload for record in TapeReader(resolve(folder / "data")) if record.kind == records.FRAME]


def told(frames):
    """Return frames without heartbeats: the server adds one for each second without another, as on a busy machine."""
    return [frame for frame in frames if frame != BEAT]


def run_row(folder):
    columns = "frames, book_verified, book_mismatched, resyncs, rejected, signals, signals_hash"
    return ask(folder, f"SELECT {columns} FROM runs ORDER BY stored_at DESC LIMIT 1")[0]


def features_rows(folder):
    return [
        Features(*row) for row in ask(folder, f"SELECT {', '.join(Features._fields)} FROM features ORDER BY tape_seq")
    ]


def test_every_checksum_verifies_live(played):
    assert told(heard(played.folder)) == told(played.frames)
    assert run_row(played.folder)[:5] == (len(heard(played.folder)), played.verified, 0, 0, 0)


def test_the_features_equal_an_independent_computation_message_by_message(played):
    independent = list(features_of(played.frames, played.depth))
    found = features_rows(played.folder)
    assert len(found) == len(independent) == played.verified
    for row, expected in zip(found, independent, strict=True):
        assert row == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_precision_that_had_to_be_read_from_the_text_is_said(played):
    assert "precision 1/8 read from the snapshot's text" in played.said


def test_an_instrument_answer_changes_nothing_but_the_notice(played, tmp_path):
    said = serve(tmp_path, played.frames, played.depth, [INSTRUMENT])
    assert "read from the snapshot" not in said
    assert run_row(tmp_path)[1:5] == (played.verified, 0, 0, 0)
    assert features_rows(tmp_path) == features_rows(played.folder)


def test_an_instrument_answer_coarser_than_the_book_is_not_believed_over_it(played, tmp_path):
    serve(tmp_path, played.frames, played.depth, [Instrument(SYMBOL, 0, 8)])
    assert run_row(tmp_path)[1] == 0
    assert ask(tmp_path, "SELECT DISTINCT reason FROM feed_health WHERE state = 'desync'") == [("rejected_frame",)]


def test_the_tape_of_the_live_run_gives_the_same_again(played, tmp_path):
    run(environment(tmp_path, feed__source="replay", feed__tape=played.folder / "data" / "tape", feed__batch=7))
    assert run_row(tmp_path) == run_row(played.folder)
    assert features_rows(tmp_path) == features_rows(played.folder)


def test_the_imported_recording_gives_the_same_again(played, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_CONFIG", str(tmp_path / "trading_config.json"))
    assert main(["tape", "import", str(played.path), "--out", str(tmp_path / "imported")]) == 0
    settings = {"feed__source": "replay", "feed__tape": tmp_path / "imported"}
    run(environment(tmp_path, **settings | EVERY_MESSAGE))
    assert run_row(tmp_path)[1:5] == (played.verified, 0, 0, 0)
    assert features_rows(tmp_path) == features_rows(played.folder)
