"""A tape's start record, as a replay runs it."""

import pytest

from flows.starting import replayed, start_record
from leadline.settings import Settings

LEARNED = {"counts": {"squeeze_breakout": [[60, 50]] * 5}}


def begun():
    start = start_record(Settings.model_validate({"fees": {"profile": "kraken_futures"}}), "t", "live")
    start.calibration = LEARNED
    return start


@pytest.mark.parametrize("changes", [{}, {"fees": {"profile": "kraken_futures"}}], ids=["none", "to the same"])
def test_a_replay_under_the_same_settings_keeps_what_was_learned_before_the_tape(changes):
    start = replayed(begun(), "again", changes)
    assert (start.config_hash, start.calibration) == (begun().config_hash, LEARNED)
    assert (start.run_id, start.mode, start.tape_id) == ("again", "replay", "t")


def test_a_replay_under_other_settings_has_learned_nothing_yet():
    start = replayed(begun(), "again", {"fees": {"profile": "kraken_spot_10k-"}})
    assert start.config_hash != begun().config_hash
    assert start.calibration is None
