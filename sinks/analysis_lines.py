"""What the analyzer prints: a line a symbol, then a summary."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

import msgspec
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from leadline.analysis import Analysis
from leadline.several import several
from leadline.shown import shown_price
from sinks.console import Style

NOTHING = "no symbol could be analysed"


def line(analysis: Analysis) -> str:
    """Return an analysis in one line: score, bias, key level, the profile's setup, and what was missing."""
    chosen = analysis.of(analysis.profile)
    score = "no score" if analysis.score is None else f"{analysis.score:.1f} of 100"
    level, plan = analysis.key_level, chosen.setup
    on_steps = [analysis.price] if plan is None else [analysis.price, plan.entry_low, plan.entry_high, plan.stop]
    parts = [
        f"{score}, {analysis.bias} ({analysis.confidence})",
        *([] if analysis.price is None else [f"price {analysis.price:,.8g} ({analysis.price_dated})"]),
        f"key level {level.reason}"
        if level.price is None
        else f"key level {shown_price(level.price, on_steps)} ({level.reason})",
        _setup(analysis),
        *analysis.notes,
        *([f"missing: {'; '.join(chosen.missing)}"] if chosen.missing else []),
    ]
    return f"{analysis.symbol}  {' | '.join(parts)}"


def _setup(analysis: Analysis) -> str:
    chosen = analysis.of(analysis.profile)
    plan = chosen.setup
    if plan is None:
        return f"no {chosen.name} setup: {chosen.setup_reason}"
    rr = "" if plan.net_rr is None else f", {plan.net_rr:.2f} net"
    return (
        f"{plan.horizon} {plan.side} {plan.entry_low:,.8g} to {plan.entry_high:,.8g}, stop {plan.stop:,.8g}, "
        f"target {plan.targets[0].price:,.8g}{rr}, {_VERDICTS[plan.verdict]}"
    )


_VERDICTS = {"tradable": "tradable, unproven", "not_tradable": "not tradable"}  # no setup has been calibrated


def counted(n: int, n_analysed: int, n_scored: int) -> str:
    """Return of how many symbols there is an analysis, and a score.

    >>> counted(4, 2, 0), counted(4, 2, 1), counted(1, 1, 1)
    ('2 of 4 symbols analysed, none with a score', '2 of 4 symbols analysed, 1 with a score', '1 of 1 symbol analysed')
    """
    without = "" if n_scored == n_analysed else f", {n_scored or 'none'} with a score"
    return f"{n_analysed} of {several(n, 'symbol')} analysed{without}"


class _Partition(StatelessSinkPartition[tuple[str, Any]]):
    def __init__(self, sink: "AnalysisLines") -> None:
        self._sink = sink
        self._failed: list[str] = []
        self._done = self._scored = 0
        self._began = time.monotonic()

    def write_batch(self, items: list[tuple[str, Any]]) -> None:
        for symbol, analysed in items:
            if analysed.analysis is None:
                self._failed.append(analysed.reason)
                self._tell({"symbol": symbol, "reason": analysed.reason}, f"{symbol}  {analysed.reason}")
            else:
                self._done += 1
                self._scored += analysed.analysis.score is not None
                self._tell(analysed.analysis, line(analysed.analysis))

    def _tell(self, plain: Any, said: str) -> None:
        if self._sink.style == "jsonl":
            self._print(msgspec.json.encode(plain).decode())
        elif self._sink.style != "quiet":
            self._print(said)

    def _print(self, said: str) -> None:
        with suppress(BrokenPipeError):  # who asked has seen enough; the store has the rest
            print(said, file=self._sink.out, flush=True)

    def close(self) -> None:
        if not self._done and self._failed:
            self._sink.fail(f"{NOTHING}: {self._failed[0]}")
        if self._sink.style != "jsonl":
            took = time.monotonic() - self._began
            said = counted(self._done + len(self._failed), self._done, self._scored)
            self._print(f"{said} as of {self._sink.as_of} in {took:.1f} s; "
                        "see the views analyses and bias, or `leadline report analysis SYMBOL`")  # fmt: skip


class AnalysisLines(DynamicSink[tuple[str, Any]]):
    """Prints what was analysed. Stream: (symbol, Analysed). `fail` gets the line where no symbol could be."""

    def __init__(self, style: Style, as_of: str, fail: Callable[[str], None], out: TextIO | None = None) -> None:
        self.style, self.as_of, self.fail, self.out = style, as_of, fail, out

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Partition:
        """Return the partition."""
        return _Partition(self)
