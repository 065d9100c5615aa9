"""The made-up bias of a simulated market: what a line can obey, and says to be made up."""

import msgspec
import pytest

from leadline.bias import BIAS_NUMBER
from leadline.bias_record import understood
from leadline.times import HOUR_NS
from simulator.bias import bias_payload
from simulator.profiles import profile

INSTRUMENT, OPEN_UNITS = profile("BTC/USD").instrument, 1_000_000.0


def made(label):
    payload = bias_payload(INSTRUMENT, label, OPEN_UNITS, 0, HOUR_NS)
    return understood(msgspec.json.decode(msgspec.json.encode(payload)))


@pytest.mark.parametrize("label", BIAS_NUMBER)
def test_each_can_be_obeyed_and_outlives_its_market(label):
    found = made(label)
    assert (found.bias, found.venue, found.valid_until > HOUR_NS) == (label, "simulator", True)
    assert [plan.sign for plan in found.setups] == ([found.side] if found.side else [])


def test_a_bearish_one_is_the_mirror_image_of_a_bullish_one():
    one, other = made("WEAK_BULLISH"), made("WEAK_BEARISH")
    middle = 2 * INSTRUMENT.price(round(OPEN_UNITS))
    assert other.key_level == pytest.approx(middle - one.key_level)
    ((long,), (short,)) = one.setups, other.setups
    assert (short.entry_low, short.entry_high, short.stop, short.targets[0].price) == pytest.approx(
        (middle - long.entry_high, middle - long.entry_low, middle - long.stop, middle - long.targets[0].price)
    )
    assert [level.sign for level in other.breakouts] == [-level.sign for level in one.breakouts]
    assert [level.level for level in other.breakouts] == pytest.approx([middle - b.level for b in one.breakouts])


def test_it_says_that_it_is_made_up_and_that_its_plan_has_no_cost():
    found = made("STRONG_BEARISH")
    assert found.made_up
    assert found.worth(found.setups[0]) == "made up, so without a cost"
