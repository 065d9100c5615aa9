"""The soak of Level 3, small: every fault over the real sockets is found, healed, and hurts nobody else.

What a book may stand still for is shortened, since a soak waits for it; nothing else is.
"""

import typing

import pytest

from benchmarks import level3_soak
from benchmarks.soak_run import SYMBOLS
from leadline import symbol_book
from simulator import faults
from sources.kraken import backoff

EVENTS = 20_000


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(symbol_book, "SILENT_NS", 5_000_000_000)
        patch.setattr(symbol_book, "FROZEN_NS", 3_000_000_000)
        patch.setattr(backoff, "MAINTENANCE_S", 0.5)
        patch.setattr(level3_soak, "STALL_S", 0.5)
        patch.setattr(level3_soak, "MAINTENANCE_S", 0.3)
        yield level3_soak.soak(EVENTS)


def test_every_kind_of_fault_strikes_and_is_found_and_heals_by_itself(result):
    assert result.wrong == []
    cases = [case.fault(SYMBOLS[0]) for case in level3_soak.of_books()]
    cases += [case.fault for case in level3_soak.of_connections()]
    assert {fault.kind for fault in cases} == set(typing.get_args(faults.Kind))
    assert len(result.soak.found) == len(cases)


def test_every_derived_book_has_the_checksum_of_the_exchanges_own_at_the_same_timestamp(result):
    run = result.run
    assert run.events >= EVENTS
    assert run.equal == run.compared > 0.5 * run.messages["level3"]


def test_a_difference_is_told(result):
    run = result.run
    run.compared += 1
    (line,) = result.wrong
    run.compared -= 1
    assert f"{run.equal:,} of {run.equal + 1:,}" in line
