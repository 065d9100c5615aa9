"""A soak of Level 3: a million simulated order events over real sockets, with every fault that there is.

`python -m benchmarks.level3_soak 1000000` goes on until so many orders were added, modified or
deleted in verified books, and to the end of a round of faults. A round strikes each fault of
`simulator.faults` once: those of one book at once, a symbol each, the symbols changing places from
round to round; then those of the connection, one after the other. Each must be found for its own
reason and be healed by itself, and no other book may notice. Any other end is an exit code of 1.
"""

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.soak_run import FRAME_BYTES, SYMBOLS, SoakRun, WaitingExchange
from benchmarks.tables import machine, show
from simulator.faults import Fault

EVENTS = 1_000_000
ROUNDS = 8  # at most in a soak: Kraken's budget of connections, which the client keeps, is for no more
STALL_S, MAINTENANCE_S = 1.0, 1.0
GOES_ON = 300  # messages after which a connection is believed to be well again
WAITS = ("silence", "freeze")  # kinds that stay with the exchange, for subscriptions to come

Reasons = frozenset[str]


class OfBook(NamedTuple):
    """A fault of one symbol, and what its book may show for it first."""

    name: str
    fault: Callable[[str], Fault]
    reasons: Reasons


class OfConnection(NamedTuple):
    """A fault of the connection: what all books show for it, or which reject it leaves, or neither."""

    name: str
    fault: Fault
    reasons: Reasons = frozenset()
    reject: str = ""


def _book(kind: str, *reasons: str, name: str = "", **given: object) -> OfBook:
    def fault(symbol: str) -> Fault:
        return Fault(kind, symbol, channel="level3", **given)  # type: ignore[arg-type]

    return OfBook(name or kind, fault, frozenset(reasons))


def of_books() -> list[OfBook]:
    """Return the faults of single books, one for each symbol."""
    return [
        _book("drop", "checksum_mismatch", count=5),  # one may be made good at once: what came has gone
        _book("reorder", "reordered", "checksum_mismatch"),
        _book("corrupt", "checksum_mismatch"),
        _book("cross", "crossed"),
        _book("garbage", "rejected_frame", name="garbage for an order", text="wrong_type"),
        _book("silence", "silent", "frozen"),
        _book("freeze", "frozen", "silent"),
        _book("freeze", "frozen", "silent", name="freeze, resent", resend=True),
        _book("duplicate", count=5),
    ]


def of_connections() -> list[OfConnection]:
    """Return the faults of the connection of level3."""
    symbol, level3 = SYMBOLS[0], {"channel": "level3"}
    return [
        OfConnection("garbage, no JSON", Fault("garbage", symbol, **level3), reject="invalid_json"),
        OfConnection(
            "garbage, no object", Fault("garbage", symbol, text="not_an_object", **level3), reject="wrong_type"
        ),
        OfConnection(
            "garbage, no channel", Fault("garbage", symbol, text="unknown_channel", **level3), reject="unknown_channel"
        ),
        OfConnection("giant", Fault("giant", symbol, bytes=FRAME_BYTES + 1000, **level3), reject="too_large"),
        OfConnection("stall", Fault("stall", seconds=STALL_S, **level3)),
        OfConnection("disconnect", Fault("disconnect", **level3), frozenset({"disconnected"})),
        OfConnection("revoke", Fault("revoke"), frozenset({"token_revoked"})),
        OfConnection("maintenance", Fault("maintenance", seconds=MAINTENANCE_S), frozenset({"disconnected"})),
    ]


class Soak:
    """Strikes the faults of one run and writes down what is wrong."""

    def __init__(self, run: SoakRun, exchange: WaitingExchange) -> None:
        self._run = run
        self._exchange = exchange
        self.rounds = 0
        self.found: dict[str, int] = {}  # by fault: how often it was found, and healed
        self.wrong: list[str] = []

    def round(self) -> None:
        """Strike every fault once."""
        self._run.until(lambda: self._run.verified(*SYMBOLS), "all books verified")
        self._of_books()
        for case in of_connections():
            self._of_connection(case)
        self.rounds += 1

    def _of_books(self) -> None:
        run, turn = self._run, self.rounds % len(SYMBOLS)
        symbols = SYMBOLS[turn:] + SYMBOLS[:turn]
        begin, doubles = len(run.health), dict(run.orders.counts.duplicates)
        cases = dict(zip(symbols, of_books(), strict=True))
        faults = {symbol: case.fault(symbol) for symbol, case in cases.items()}
        for fault in faults.values():
            self._exchange.inject(fault)
        for symbol, case in cases.items():
            if case.reasons:
                run.until(lambda s=symbol: self._lost(begin, s) and run.verified(s), f"{case.name} found and healed")
            else:
                twice = doubles.get(symbol, 0)
                run.until(lambda s=symbol, n=twice: run.orders.counts.duplicates.get(s, 0) > n, f"{case.name} found")
            self._count(case.name)
        self._spent()
        run.until(lambda: run.verified(*SYMBOLS), "all books verified")
        for symbol, case in cases.items():
            self._explained(begin, case.name, case.reasons, symbol)

    def _of_connection(self, case: OfConnection) -> None:
        run, begin, rejects = self._run, len(self._run.health), self._run.rejects[case.reject]
        received = run.messages["level3"]
        self._exchange.inject(case.fault)
        if case.reasons:
            run.until(lambda: all(self._lost(begin, symbol) for symbol in SYMBOLS), f"{case.name} found")
        elif case.reject:
            run.until(lambda: run.rejects[case.reject] > rejects, f"{case.name} rejected")
        run.until(lambda: run.verified(*SYMBOLS) and run.messages["level3"] > received + GOES_ON, f"{case.name} healed")
        self._spent()
        self._count(case.name)
        for symbol in SYMBOLS:
            self._explained(begin, case.name, case.reasons, symbol)

    def _count(self, name: str) -> None:
        self.found[name] = self.found.get(name, 0) + 1

    def _lost(self, begin: int, symbol: str) -> list[str]:
        """Return for which reasons a book was not to be trusted since then; to wait for a snapshot is none."""
        return [
            reason
            for s, _, reason in self._run.health[begin:]
            if s == symbol and reason not in ("", "awaiting_snapshot")
        ]

    def _explained(self, begin: int, name: str, reasons: Reasons, symbol: str) -> None:
        odd = [reason for reason in self._lost(begin, symbol) if reason not in reasons]
        if odd:
            self.wrong.append(f"{symbol} was {', '.join(odd)} at {name}")

    def _spent(self) -> None:
        """Wait until the exchange has no more to strike with, and forget what only waits for new subscriptions."""
        board = self._exchange.board
        self._run.until(lambda: all(a.fault.kind in WAITS for a in board.active), "the faults spent")
        self._exchange.call(board.forget)
        self._run.until(lambda: not board.active, "the faults forgotten")


class Result(NamedTuple):
    """What a soak found."""

    run: SoakRun
    soak: Soak
    seconds: float

    @property
    def wrong(self) -> list[str]:
        """What is not as it must be."""
        run, found = self.run, list(self.soak.wrong)
        if run.compared == 0 or run.equal != run.compared:
            found.append(f"derived price levels: {run.equal:,} of {run.compared:,} are the exchange's own")
        found += [
            f"{symbol}: the public book was {reason}"
            for symbol, state, reason in run.level_health
            if state in ("desync", "stale") and reason != "disconnected"
        ]
        return found


def soak(events: int) -> Result:
    """Run until so many order events were verified, and to the end of a round of faults; raises TimeoutError."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        WaitingExchange(SYMBOLS, messages_per_second=1.0, rest_decay=1000.0) as exchange,
    ):
        run = SoakRun(exchange, Path(folder))
        one = Soak(run, exchange)
        try:
            while not one.rounds or run.events < events:
                one.round()
                run.go_on(min(events, one.rounds * events // ROUNDS))
        finally:
            run.close()
    return Result(run, one, time.monotonic() - began)


def main(events: int = EVENTS) -> int:
    """Print what was found; return 1 where anything is wrong."""
    logging.disable()
    result = soak(events)
    run = result.run
    show(
        f"Level 3 soak, {len(SYMBOLS)} symbols, {result.seconds:.0f} s ({machine()})",
        ["what", "count"],
        [
            ("order events in verified messages", f"{run.events:,}"),
            ("checksums verified, level3", f"{run.messages['level3']:,}"),
            ("checksums verified, book", f"{run.messages['book']:,}"),
            ("derived price levels equal to the exchange's own", f"{run.equal:,} of {run.compared:,}"),
            ("duplicates", f"{sum(run.orders.counts.duplicates.values()):,}"),
            *((f"resyncs, {reason}", f"{n:,}") for reason, n in sorted(run.resyncs.items())),
            *((f"rejected, {reason}", f"{n:,}") for reason, n in sorted(run.rejects.items())),
        ],
    )
    show("Faults, each found for its reason and healed", ["fault", "times"], list(result.soak.found.items()))
    for line in result.wrong:
        print("WRONG:", line)
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS))
