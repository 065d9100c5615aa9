"""The book stage resumed, cut anywhere and with a neighbour more: nothing changes."""

import pickle
from collections import Counter

import msgspec
import pytest

from flows.stages import book_stage
from leadline import records
from leadline.moment import Moment
from leadline.records import Record
from tests.operators.books import VERIFIED, busy, opened, played
from tests.operators.moments import BTC, ETH, Tape, at, health, play, start

# -- one symbol's fault is its own


FAULTS = {
    "mismatch": lambda tape: tape.book(BTC, [(98, 1)], checksum=1),
    "crossed": lambda tape: tape.book(BTC, [(103, 1)]),
    "reordered": lambda tape: tape.book(BTC, [(98, 1)], event_ns=at(0.5)),
    "rejected": lambda tape: tape.frame(f'{{"channel":"book","type":"update","data":[{{"symbol":"{BTC}"}}]}}'),
    "gap in trades": lambda tape: tape.trade(BTC, 101, skip=0).trade(BTC, 101, skip=5),
    "lost": lambda tape: tape.lost(BTC, [(98, 4)]).book(BTC, [(99, 9)]),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_one_symbol_leaves_the_others_views_untouched(fault):
    def tape(*symbols, hurt):
        made = busy(opened(BTC, ETH), [2, 3, 4], ETH)
        if hurt:
            fault(made)
        return busy(made, [5, 6], ETH)

    healthy = [m.view for m in played(tape(hurt=False)) if m.symbol == ETH]
    assert [m.view for m in played(tape(hurt=True)) if m.symbol == ETH] == healthy
    assert health(played(tape(hurt=True)), ETH) == [VERIFIED]


# -- cuts


def everything() -> Tape:
    """Return a tape on which everything that these tests know of happens to BTC, and little to ETH."""
    tape = busy(opened(BTC, ETH, lag_s=0.3), [2, 3])
    for n, fault in enumerate(FAULTS.values()):
        fault(tape.at(4 + 3 * n))
        tape.at(5 + 3 * n).ack(BTC).snapshot(BTC, [(99, 1)], [(101, 1)])
        busy(tape, [6 + 3 * n], ETH)
    tape.at(40).json(records.DISCONNECTED, {"reason": "reset"}).at(41).open()
    for symbol in (BTC, ETH):
        tape.snapshot(symbol, [(99, 1)], [(101, 1)])
    return busy(tape, [42, 43]).frame("garbage").json(records.END, {"reason": "end_of_tape"})


def seen(moments: list[Moment]) -> list:
    return [(m.seq, m.kind, m.clock_ns, m.venue_ns, m.age_ns, m.view, m.book_lost, m.rows) for m in moments]


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("pickled", [False, True])
def test_neither_the_cut_of_batches_nor_a_resume_between_them_changes_anything(size, pickled):
    tape = everything()
    assert {reason for _, reason in health(played(tape))} >= {"checksum_mismatch", "crossed", "reordered", "silent"}
    cut = played(tape, cuts=range(0, len(tape.records), size), pickled=pickled)
    assert seen(cut) == seen(played(tape))


def test_adding_a_symbol_changes_no_view_and_no_health_of_another():
    tape = everything()
    alone = [r if r.kind != records.START else Record(0, r.kind, 1, r.wall_ns, r.mono_ns,
             msgspec.json.encode(start(BTC))) for r in tape.records]  # fmt: skip
    views = Counter()
    both, one = played(tape), play([book_stage()], alone)
    for m, other in zip(both, one, strict=True):
        if m.symbol == BTC:
            assert m.view == other.view
            views[m.view is not None] += 1
    assert views[True] > 10 < views.total()
    assert health(both) == health(one)


def test_a_pickle_of_the_stage_goes_on_as_the_stage_does():
    records_ = everything().records
    stage = book_stage()
    play([stage], records_[:40])
    again = pickle.loads(pickle.dumps(stage))
    assert seen(play([again], records_[40:])) == seen(play([stage], records_[40:]))
