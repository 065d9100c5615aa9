"""What reports say of a score's past is what docs/evidence.md says, and no more."""

import re
from pathlib import Path

import pytest

from benchmarks.walk_page import BEGIN, END
from benchmarks.walk_weeks import LAST
from leadline.analysis.as_of import written
from reports.track_record import FOUND, KNOWN_NS, MARKET, WEEKS, YEARS, sentence

EVIDENCE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()
WALK = EVIDENCE[EVIDENCE.index(BEGIN) : EVIDENCE.index(END)]


def said(profile, says):
    """Return the horizons of which the page says so, in days."""
    if profile == "swing":
        words = {1: "higher scores went with higher returns", 0: "no relation of score and return is shown",
                 -1: "the score pointed the wrong way"}[says]  # fmt: skip
        return [int(days) for days, text in re.findall(r"- \*\*(\d+) days\*\*: (.*)", WALK) if words in text]
    words = {
        1: "higher scores went with higher returns",
        0: "no relation is shown",
        -1: r"it pointed the \*wrong\* way",
    }
    (line,) = re.findall(rf"- The score of the profile {profile}: (.*)", WALK)
    found = re.search(rf"{words[says]} at ([\d and]+) days", line)
    return [] if found is None else [int(days) for days in found.group(1).split(" and ")]


@pytest.mark.parametrize("profile", FOUND)
def test_the_figures_are_those_of_the_evidence(profile):
    (row,) = re.findall(rf"^\| {profile} \| {YEARS} \| {WEEKS[profile]} \| (.*) \|$", WALK, re.MULTILINE)
    assert [f"{one.correlation:+.2f}" for one in FOUND[profile]] == [cell.split()[0] for cell in row.split(" | ")]
    for says in (1, 0, -1):
        assert [one.days for one in FOUND[profile] if one.says == says] == said(profile, says)


def test_a_sentence_says_where_it_was_measured_and_what_went_the_wrong_way():
    assert sentence("scalping", MARKET, False, KNOWN_NS) == (
        "scalping scores of BTC/USD on 1h bars alone (5m and 15m were missing), 2015 to 2022, 397 weeks, default "
        "settings, before costs: higher ones went with LOWER returns, the wrong way over 3 and 14 days (rank "
        "correlation -0.12 and -0.09); no relation is shown over 7 days (rank correlation -0.06)"
    )
    assert sentence("swing", "ETH/USD", False, KNOWN_NS).endswith("; not measured for ETH/USD")


@pytest.mark.parametrize("profile", FOUND)
def test_before_the_last_price_of_the_walk_nothing_of_it_is_told(profile):
    assert written(KNOWN_NS) > f"{LAST:%Y-%m-%d}"
    told = sentence(profile, MARKET, False, KNOWN_NS - 1)
    assert told.startswith("none: ") and "correlation" not in told and YEARS not in told
