"""The whole line with biases, positions and nonsense on its tape: only the tape and its settings decide."""

from functools import cache

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records
from leadline.records import Record
from tests.operators.biases import plain
from tests.operators.markets import MID, market
from tests.operators.moments import BTC, ETH, at, finished, line

SETUPS = {
    "setups": [{"horizon": "scalp", "side": "buy", "entry_low": MID + 2, "entry_high": MID + 9, "stop": MID - 20,
                "targets": [{"price": MID + 60}], "lasts_high_seconds": 600.0}],
    "breakouts": [{"side": "up", "level": MID + 5}, {"side": "down", "level": MID - 5}],
}  # fmt: skip
SAID = (
    (0.2, records.BIAS, plain("STRONG_BULLISH", MID, symbol=BTC, **SETUPS)),
    (0.2, records.BIAS, plain("WEAK_BULLISH", MID, symbol=ETH, **SETUPS)),
    (1.0, records.BIAS, {"symbol": BTC}),
    (2.0, records.COMMAND, {"id": "p1", "command": "position_add", "symbol": ETH, "side": "buy", "entry": MID + 3,
                            "stop": MID - 40}),
    (2.0, records.COMMAND, {"id": "p2", "command": "position_add", "symbol": BTC, "side": "buy", "entry": 1,
                            "stop": 2}),
    (90.0, records.BIAS, plain("STRONG_BEARISH", MID, symbol=BTC, as_of=80.0)),
    (95.0, records.COMMAND, {"id": "c1", "command": "position_close", "position": ETH}),
)  # fmt: skip


@cache
def tape(bias: bool = True) -> tuple[Record, ...]:
    """Return a market's tape in which biases and commands come among the frames; `bias`: whether the first count."""
    found = list(market(BTC, ETH, seed=0, faults=True, hybrid_mode={"bias": bias}).records)
    for seconds, kind, payload in SAID:
        where = next(n for n, r in enumerate(found) if r.wall_ns > at(seconds))
        found.insert(where, Record(0, kind, 0, at(seconds), at(seconds), msgspec.json.encode(payload)))
    return tuple(msgspec.structs.replace(r, seq=n) for n, r in enumerate(found))


@cache
def whole(bias: bool = True) -> list:
    return finished(line(), list(tape(bias)))


def test_such_a_tape_does_what_it_is_for():
    kinds = {r.values["kind"] for r in whole() if r.table == "advice"}
    assert kinds >= {"bias_filter", "swing_zone", "swing_break", "position"}
    assert [r.values["reason"] for r in whole() if r.table == "rejects"].count("bad_bias") == 1
    assert [r.values["result"].split()[0] for r in whole() if r.table == "commands"] == [
        "declared:", "refused:", "closed:"]  # fmt: skip


def test_switched_off_biases_leave_every_row_as_it_is_without_them():
    def told(rows):
        return [row for row in rows if row.table not in ("notice", "rejects", "runs")]

    without = [r for r in tape(bias=False) if r.kind != records.BIAS]  # the others keep their numbers, which ids hold
    assert told(whole(bias=False)) == told(finished(line(), without))
    assert told(whole(bias=False)) != told(whole())
    assert [r.table for r in told(whole(bias=False))].count("signals") > 0


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=12), st.booleans(), st.booleans())
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_a_row(cuts, pickled, bias):
    assert finished(line(), list(tape(bias)), cuts, pickled) == whole(bias)
