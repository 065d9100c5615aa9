"""Tapes whose books are verified, and what the book stage makes of them."""

from flows.stages import book_stage
from leadline.moment import BOOK, Moment
from tests.operators.moments import BTC, Tape, play

VERIFIED = ("verified", "")
AWAITING = ("unverified", "awaiting_snapshot")


def opened(*symbols, **given) -> Tape:
    """Return a tape whose books are verified at 1 s: bid 99.0 x 1, ask 101.0 x 1."""
    tape = Tape(*(symbols or (BTC,)), **given).open().at(1)
    for symbol in tape.markets:
        tape.snapshot(symbol, [(99, 1)], [(101, 1)])
    return tape


def busy(tape: Tape, seconds, *symbols) -> Tape:
    """Let the bid's size change at each of these times."""
    for second in seconds:
        tape.at(second)
        for symbol in symbols or tape.markets:
            tape.book(symbol, [(99, 1 + tape.now_ns % 7)])
    return tape


def played(tape: Tape, **given) -> list[Moment]:
    return play([book_stage()], tape.records, **given)


def scored(moments, symbol=BTC) -> list[bool]:
    """Return for each book message of a symbol whether it came with a verified view."""
    return [m.view is not None for m in moments if m.kind == BOOK and m.symbol == symbol]
