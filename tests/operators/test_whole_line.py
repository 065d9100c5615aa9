"""The deciding stages together, from raw frames to rows: parity, neighbours, the mirror, trust."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import records
from leadline.moment import BOOK
from leadline.records import Record
from leadline.times import SECOND_NS
from tests.operators.markets import CHEAP, MID, PAIR, market
from tests.operators.moments import BTC, ETH, finished, line, play, rows, start

TELEMETRY = ("telemetry",)  # how long a stage took is of this run


def stored(tape: list[Record], cuts=(), pickled=False):
    """Return all rows of a tape that was played to its end."""
    return [(r.table, r.values) for r in finished(line(), tape, cuts, pickled) if r.table not in TELEMETRY]


def hash_of(found) -> str:
    return [values for table, values in found if table == "runs"][-1]["signals_hash"]


def begun(tape, **changes) -> list[Record]:
    """Return the tape's records with another start."""
    first = tape.records[0]
    old = msgspec.json.decode(first.payload, type=records.Start)
    new = msgspec.json.encode(msgspec.structs.replace(old, **changes))
    return [Record(0, first.kind, 1, first.wall_ns, first.mono_ns, new), *tape.records[1:]]


@pytest.fixture(scope="module")
def tape():
    return market(*PAIR, seed=11, seconds=200, faults=True)


@pytest.fixture(scope="module")
def whole(tape):
    return stored(tape.records)


def test_a_breakout_up_gives_a_buy_and_a_breakout_down_a_sell():
    found = rows(play(line(), market(*PAIR).records), "signals")
    assert {(r["symbol"], r["setup"], r["side"]) for r in found} == {
        (BTC, "squeeze_breakout", "buy"), (ETH, "squeeze_breakout", "sell")}  # fmt: skip
    for row in found:
        sign = 1 if row["side"] == "buy" else -1
        assert sign * row["hft_score"] >= 40
        assert sign * (row["entry"] - row["stop"]) > 0 < sign * (row["target"] - row["entry"])


def test_the_market_of_these_tests_has_signals_faults_and_every_table(whole):
    assert {table for table, _ in whole} >= {"runs", "features", "candles", "candidates", "signals", "feed_health",
                                             "rejects", "resync", "status"}  # fmt: skip
    reasons = {values["reason"] for table, values in whole if table == "feed_health"}
    assert reasons >= {"checksum_mismatch", "rejected_frame", "trade_gap", ""}


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_batches_of_any_size_give_the_same_rows_and_hash(tape, whole, size):
    found = stored(tape.records, range(0, len(tape.records), size))
    assert found == whole
    assert len(hash_of(found)) == 64


@settings(max_examples=4)
@given(st.lists(st.integers(0, 10_000), max_size=6), st.sampled_from([3, 11]))
def test_a_resume_at_any_cut_gives_the_same_rows_and_hash(cuts, seed):
    made = market(*PAIR, seed=seed, seconds=95, faults=True).records
    assert stored(made, cuts, pickled=True) == stored(made)


def test_a_resume_after_every_single_record_gives_the_same_rows():
    made = market(*PAIR, seed=5, seconds=64, faults=True).records[-90:]
    head = market(*PAIR, seed=5, seconds=64, faults=True).records[:-90]
    cuts = [len(head) + n for n in range(90)]
    assert stored(head + made, cuts, pickled=True) == stored(head + made)


def test_the_hash_is_of_the_tape_and_the_config_not_of_the_run(tape, whole):
    replay = begun(tape, run_id="another", mode="replay")
    shifted = [Record(r.seq, r.kind, r.conn, r.wall_ns, r.mono_ns + 987_654_321, r.payload) for r in replay]
    assert hash_of(stored(shifted)) == hash_of(whole)
    other = start(*PAIR, **CHEAP, setups={"squeeze_breakout": {"theta": 41.0}})
    assert hash_of(stored(begun(tape, decision=other.decision, config_hash=other.config_hash))) != hash_of(whole)


def test_a_signal_comes_only_from_a_verified_book():
    signals = 0
    for seed in range(4):
        moments = play(line(), market(*PAIR, seed=seed, faults=True).records)
        for m in moments:
            for row in m.rows or []:
                if row.table == "signals":
                    signals += 1
                    assert m.kind == BOOK
                    assert m.view is not None
                    assert (row.values["symbol"], row.values["tape_seq"]) == (m.symbol, m.seq)
    assert signals > 3


ONE_ACCOUNT = ("equity_quote", "size_base", "size_quote", "risk_quote", "fees_quote", "gross_quote", "pnl_quote",
               "equity_after", "reasons", "verdict", "deep_fill", "entry_slippage_bps", "stop_slippage_bps",
               )  # fmt: skip


def test_adding_a_symbol_changes_of_another_only_what_their_one_account_says(tape, whole):
    """Sizes, and what follows from them, depend on what else the account holds; nothing else does."""
    alone = stored(begun(tape, symbols=[BTC]))

    def of_btc(found):
        market = [(table, values) for table, values in found if table not in ("paper_trades", "trade_marks", "advice")]
        return [
            (table, {k: v for k, v in values.items() if table != "signals" or k not in ONE_ACCOUNT})
            for table, values in market
            if values.get("symbol") == BTC
        ]

    assert any(table == "signals" for table, _ in of_btc(alone))
    assert of_btc(alone) == of_btc(whole)
    assert not [values for table, values in alone if values.get("symbol") == ETH and table != "rejects"]


def test_a_market_turned_upside_down_gives_the_signals_turned():
    one, two = (rows(play(line(), market(*PAIR, mirrored=m).records), "signals") for m in (False, True))
    other = {"buy": "sell", "sell": "buy"}
    assert len(one) == len(two) == 2
    for a, b in zip(one, two, strict=True):
        assert (b["ts"], b["symbol"], b["setup"], b["side"]) == (a["ts"], a["symbol"], a["setup"], other[a["side"]])
        assert b["entry"] == pytest.approx(2 * MID - a["entry"], abs=1e-9)
        for price in ("stop", "target"):  # ATRs differ within 1e-9: a tick is the most that rounding makes of it
            assert b[price] == pytest.approx(2 * MID - a[price], abs=0.1 + 1e-9)
        assert b["technical"] == -a["technical"]
        assert b["hft_score"] == pytest.approx(-a["hft_score"], abs=0.1)  # bps of another mid


@pytest.mark.parametrize("ahead_s", [-3.0, 0.5])
def test_candles_and_setups_know_the_venues_clock_and_not_ours(ahead_s):
    made = market(*PAIR, seed=2).records
    ahead = [Record(r.seq, r.kind, r.conn, r.wall_ns + round(ahead_s * SECOND_NS), r.mono_ns, r.payload) for r in made]
    for table in ("candles", "signals"):
        ours, theirs = (rows(play(line(), each), table) for each in (made, ahead))
        timeless = [
            [{k: v for k, v in r.items() if k not in ("ts", "armed_at", "expires_at", "_wall_ns")} for r in x]
            for x in (ours, theirs)
        ]
        assert timeless[0] == timeless[1] != []


def random_bytes(random: Random) -> bytes:
    return bytes(random.randrange(256) for _ in range(random.randrange(60)))


@pytest.mark.parametrize("seed", range(4))
def test_damage_of_any_frame_never_stops_the_line(seed):
    random, made = Random(seed), market(*PAIR, seed=seed).records
    for _ in range(60):
        at = random.randrange(1, len(made))
        if made[at].kind != records.FRAME:
            continue
        payload = bytearray(made[at].payload)
        if random.random() < 0.2:
            payload = bytearray(random_bytes(random))
        elif payload:
            for _ in range(random.randrange(1, 4)):
                payload[random.randrange(len(payload))] = random.randrange(256)
        made[at] = Record(at, records.FRAME, 1, made[at].wall_ns, made[at].mono_ns, bytes(payload))
    found = finished(line(), made)
    assert found[-1].table == "runs"
