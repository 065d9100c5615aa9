"""Offline play: the engine's rows without the engine."""

import msgspec
import pytest

from flows.configuration import merged
from flows.offline import play, recorded, simulated
from leadline import records
from leadline.errors import TapeError
from leadline.settings import Settings
from simulator.tape import TapeSpec
from sources.tape_reader import TapeReader
from tests.flows import tapes
from tests.flows.processes import ask, environment, run

SPEC = TapeSpec(seed=8, hours=3.4, symbols=("BTC/USD", "ETH/USD"), density=0.1)
EAGER = {"fees": {"profile": "kraken_futures"}, "setups": {"breakout_relative_volume": 0.5, "hold_ms": 0},
         "indicators": {"squeeze_fraction": 1.0}}  # fmt: skip
APART = ("telemetry", "status", "risk_state", "notice", "resync")  # rows that are not stored


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    return tapes.simulated(tmp_path_factory.mktemp("tape"), SPEC)


@pytest.fixture(scope="module")
def offline(tape):
    return list(play(recorded(tape), EAGER))


def rows(found, table):
    return [row.values for row in found if row.table == table]


def test_offline_play_gives_what_the_engine_gives(tape, offline, tmp_path):
    eager = {f"{section}__{name}": value for section, values in EAGER.items() for name, value in values.items()}
    run(environment(tmp_path, feed__source="replay", feed__tape=tape, **eager))
    columns = ("signals", "signals_hash", "trades", "trades_hash", "config_hash", "frames", "book_verified")
    (engine,) = ask(tmp_path, f"SELECT {', '.join(columns)} FROM runs")
    last = rows(offline, "runs")[-1]
    assert tuple(last[name] for name in columns) == engine
    assert last["signals"] >= 3
    for table in ("signals", "candidates", "paper_trades", "trade_marks", "candles", "features"):
        ((n,),) = ask(tmp_path, f"SELECT count(*) FROM {table}")
        assert len(rows(offline, table)) == n, table


def test_offline_rows_say_whose_they_are(offline, tape):
    assert {row.values["mode"] for row in offline if row.table not in APART} == {"replay"}
    assert {row["tape_id"] for row in rows(offline, "signals")} == {tape.name}


def test_a_simulated_market_plays_as_its_tape_does(offline):
    settings = Settings.model_validate(EAGER)
    live = rows(play(simulated(SPEC, settings)), "runs")[-1]
    assert live["signals_hash"] == rows(offline, "runs")[-1]["signals_hash"]


def test_progress_is_told_the_newest_record(tape):
    told = []
    for _ in play(recorded(tape), progress=lambda record: told.append(record.seq)):
        pass
    assert told == sorted(told)
    assert told[-1] == sum(1 for _ in TapeReader(tape)) - 1


def test_changes_go_over_the_tapes_decision(tape):
    def hash_of(changes):
        first = next(row for row in play(recorded(tape), changes) if row.table == "runs")
        return first.values["config_hash"]

    assert hash_of({}) != hash_of(EAGER) == hash_of(merged(EAGER, {"risk": {"cooldown_seconds": 60.0}}))


def test_a_start_record_of_another_world_is_an_error():
    bad = records.Record(0, records.START, 0, 1, 1, msgspec.json.encode({"tape_id": 3}))
    with pytest.raises(TapeError, match="start record cannot be read"):
        list(play([bad]))
