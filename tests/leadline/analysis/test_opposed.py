"""Plans of one symbol on opposite sides are said to be."""

from dataclasses import replace

import numpy as np

from leadline.analysis import Now, analyse
from leadline.analysis.opposed import noted
from leadline.settings import Settings
from tests.leadline.analysis.histories import bitcoin, hourly

RULES = Settings()


def test_a_swing_that_buys_in_a_position_that_sells_is_noted_in_both(recordings):
    as_of_ns = int(np.datetime64("2023-01-07T10:00", "ns").astype(np.int64))
    found = analyse(hourly(bitcoin(recordings)), Now("BTC/USD", as_of_ns), RULES)
    swing, position = found.of("swing").setup, found.of("position").setup
    assert (swing.side, swing.verdict, position.side, position.verdict) == ("buy", "tradable", "sell", "tradable")
    assert swing.notes[-1] == "opposed: the position plan sells"
    assert position.notes[-1] == "opposed: the swing plan buys"
    (line,) = found.notes
    assert line.startswith("the swing plan buys and the position plan sells: each is of its own horizon")


def test_only_plans_that_could_both_be_entered_are_opposed(recordings):
    as_of_ns = int(np.datetime64("2023-01-07T10:00", "ns").astype(np.int64))
    profiles = [
        replace(one, setup=one.setup and replace(one.setup, notes=()))
        for one in analyse(hourly(bitcoin(recordings)), Now("BTC/USD", as_of_ns), RULES).profiles
    ]
    assert [bool(one.setup and one.setup.notes) for one in noted(profiles)[0]] == [True, True, False]
    swing = replace(profiles[0], setup=replace(profiles[0].setup, verdict="not_tradable"))
    assert noted([swing, *profiles[1:]]) == ((swing, *profiles[1:]), ())
    same = replace(profiles[0], setup=replace(profiles[0].setup, side="sell"))
    assert noted([same, *profiles[1:]]) == ((same, *profiles[1:]), ())
