"""What the book stage counts, for the run's row and for the metrics."""

import pytest

from flows.stages import book_stage
from leadline import records
from tests.operators.books import busy, opened, played
from tests.operators.moments import BTC, at, finished, play, rows, start


def test_the_runs_counts_are_handed_on_when_the_source_ends():
    tape = busy(opened(), [2, 3]).again().at(4).book(BTC, [(99, 9)], checksum=1).book(BTC, [(99, 8)])
    tape.frame("garbage").json(records.END, {"reason": "sigterm"})
    last = [r.values for r in finished([book_stage()], tape.records) if r.table == "runs"]
    assert len(last) == 1  # the end's row is the signal stage's
    stage = book_stage()
    play([stage], tape.records)
    (stopped,) = stage.finish()
    counted = {k: stopped.event[k] for k in ("book_verified", "book_mismatched", "resyncs", "rejected", "exit_reason")}
    assert counted == {"book_verified": 4, "book_mismatched": 1, "resyncs": 1, "rejected": 1,
                       "exit_reason": "sigterm"}  # fmt: skip
    assert stopped.event["frames"] == 2 + 6 + 1  # acks, books, garbage
    assert stopped.clock_ns == at(4)


def test_the_run_begins_with_a_row_of_what_it_is():
    (row,) = rows(played(opened()), "runs")
    expected = {"ts": at(0), "started_at": at(0), "ended_at": None, "feed": "kraken", "version": "0", "symbols": [BTC],
                "tape_id": "tape", "config_hash": start(BTC).config_hash, "goes_by_bias": True}  # fmt: skip
    assert row == expected


def test_connections_gaps_and_faults_are_counted():
    tape = opened().at(2).json(records.GAP, {}).at(3).json(records.DISCONNECTED, {}).open().frame("x").frame("y")
    for second in (4, 5):
        tape.at(second).snapshot(BTC, [(99, 1)], [(101, 1)]).book(BTC, [(99, 2)], checksum=1)
    stage = book_stage()
    play([stage], tape.book(BTC, [(99, 3)]).at(6).records)
    counted = stage.finish()[0].event
    assert {k: counted[k] for k in ("connections", "gaps", "rejected", "book_mismatched", "resyncs")} == {
        "connections": 2, "gaps": 1, "rejected": 2, "book_mismatched": 2, "resyncs": 2}  # fmt: skip
    told = stage.telemetry()
    assert told["book_updates"][BTC, "mismatched"] == 2
    assert told["book_updates"][BTC, "ignored"] == 1
    assert told["resyncs"] == {(BTC, "checksum_mismatch"): 2}
    play([stage], tape.snapshot(BTC, [(99, 1)], [(101, 1)]).book(BTC, [(102, 1)]).records[-2:])
    assert stage.telemetry()["book_updates"] == {(BTC, "verified"): 1, (BTC, "crossed"): 1}
    assert told["rejected"] == {"invalid_json": 2}


def test_the_metrics_are_told_what_happened_since_they_were_told_before():
    stage = book_stage()
    play([stage], opened(lag_s=0.25).records)
    first = stage.telemetry()
    assert (first["book_updates"][BTC, "verified"], first["frames"]["kraken", "book"]) == (1, 1)
    assert first["feed_latency"] == [0.25]  # a sample of them
    assert stage.telemetry()["book_updates"][BTC, "verified"] == 0
    whole = book_stage()
    play([whole], busy(opened(lag_s=0.25), [1.5, 2.5]).at(4).records)
    told = whole.telemetry()
    assert told["book_updates"][BTC, "verified"] == 3
    assert told["book_age"] == {BTC: 1.5}
    assert told["trust"] == {(BTC, "book"): "verified", (BTC, "trade"): "verified"}


def test_a_book_grows_older_while_nothing_is_listened_to():
    stage = book_stage()
    tape = opened().at(5).json(records.DISCONNECTED, {"reason": "test"}).at(11)
    play([stage], tape.book(BTC, [(99, 9)]).records)
    before = stage.telemetry()["book_age"]
    play([stage], tape.at(31).json(records.CONNECTED, {"venue": "kraken", "url": ""}).records[-1:])
    assert before == {BTC: 10.0} and stage.telemetry()["book_age"] == pytest.approx({BTC: 30.0})
