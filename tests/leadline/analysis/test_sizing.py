"""The size of a setup of the analysis."""

import pytest

from leadline.analysis.sizing import sized
from leadline.settings import Settings


@pytest.mark.parametrize("entry", ["maker", "taker"])
@pytest.mark.parametrize("exit_", ["maker", "taker"])
def test_whatever_the_roles_a_stop_out_that_takes_loses_no_more_than_the_plan_says(entry, exit_):
    rules = Settings.model_validate({"fees": {"maker_bps": 0, "taker_bps": 10, "entry": entry, "exit": exit_}})
    found = sized("swing", 100.0, 1.0, 2.0, 10_000.0, 1.0, rules)
    assert found.size_base * (1.0 + 2 * 100.0 * 10e-4) == pytest.approx(found.risk_quote)
