"""The guide's sample, 19 bids against 116 asks, as level3 frames through the real command."""

from math import log

import pytest

from leadline import records
from sources.tape_writer import TapeWriter
from tests.flows.processes import ask, environment, run
from tests.operators.moments import BTC
from tests.operators.orders import OrderTape

HALF_LIFE_S = 10.0 * log(2.0)  # of the imbalance's EMA: after it, half of a change is in
LEVELS = range(10)
N_BIDS = (2, 2, 2, 2, 2, 2, 2, 2, 2, 1)  # 19 orders
N_ASKS = (12, 12, 12, 12, 12, 12, 11, 11, 11, 11)  # 116


def side(sign: int, n_orders, level_size: float, event: str, age_ns: int) -> list[tuple]:
    """Return ten levels of the same size, from 1 away from 50,000; the last order of each makes up the sum."""
    found = []
    for n, count in zip(LEVELS, n_orders, strict=True):
        price, small = 50_000 + sign * (1 + n), 0.25
        sizes = [small] * (count - 1) + [round(level_size - small * (count - 1), 3)]
        orders = [(f"{sign}-{n}-{k}", price, size, event, age_ns) for k, size in enumerate(sizes)]
        found += orders if event == "add" else orders[-1:]
    return found


def sample() -> OrderTape:
    """Return the tape: the imbalance is 6.7, and a half-life later 6.1, so that its EMA is 6.4 then."""
    tape = OrderTape(BTC, hft={"sample_seconds": 0}).open().at(1)
    tape.order_snapshot(BTC, side(-1, N_BIDS, 16.7, "add", 0), side(1, N_ASKS, 3.3, "add", 0))
    tape.at(1 + HALF_LIFE_S)
    age_ns = round(HALF_LIFE_S * 1e9)
    tape.orders(BTC, side(-1, N_BIDS, 16.1, "modify", age_ns), side(1, N_ASKS, 3.9, "modify", age_ns))
    return tape.at(9).json(records.END, {"reason": "end_of_tape"})


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("level3")
    writer = TapeWriter(folder / "tape", "tape", segment_bytes=1 << 20, segment_seconds=1e9)
    writer.append([records.encode(r.kind, r.conn, r.wall_ns, r.mono_ns, r.payload) for r in sample().records])
    writer.close()
    run(environment(folder, feed__source="replay", feed__tape=folder / "tape"))
    return folder


def test_the_sample_gives_the_golden_values_through_the_whole_flow(replayed):
    columns = (
        "imbalance, imbalance_ema, spread_bps, bid_orders, ask_orders, score_imbalance, score_ratio, hft_score_linear,"
        " hft_score, hft_class, spread_quality"
    )
    row = ask(replayed, f"SELECT {columns} FROM features ORDER BY ts")[-1]
    *numbers, hft_class, quality = row
    assert numbers == pytest.approx([6.1, 6.4, 0.4, 19, 116, 55.0, -100.0, -0.5, -3.125], abs=1e-6)
    assert (hft_class, quality, round(row[8], 1)) == ("NEUTRAL", 1.0, -3.1)


def test_the_store_says_level_3_and_how_the_orders_compare(replayed):
    columns = "data_level, order_ratio, mean_bid_order, mean_ask_order, largest_bid_share, largest_ask_share, alerts"
    row = ask(replayed, f"SELECT {columns} FROM features ORDER BY ts")[-1]
    assert row[0] == "L3"
    assert row[1:6] == pytest.approx((19 / 116, 161 / 19, 39 / 116, 16.1 / 161, 1.4 / 39), rel=1e-9)
    assert row[6] == ["heavy ask wall"]
    assert ask(replayed, "SELECT book_verified, book_mismatched, resyncs, rejected FROM runs") == [(2, 0, 0, 0)]
