"""A script of moments as the stages before `signals` hand them over, played through it and the paper stage.

Moments are made by hand: a book around 102.50, and the six bars of `armed_bars`.
"""

import pickle
from itertools import pairwise

from leadline import records
from leadline.hft import Reading
from leadline.instrument import Instrument
from leadline.moment import BOOK, STOPPED, BookView, ClosedBars, Moment
from leadline.times import SECOND_NS
from operators.paper import PaperStage
from operators.signals import SignalStage
from tests.leadline.armed_bars import ARMING, UPSIDE_DOWN, turned
from tests.operators.moments import BTC, ETH, at, rows, start

DOGE = "DOGE/USD"
CHEAP = {"fees": {"maker_bps": 0, "taker_bps": 5}}
ASKED = {"scalping_engine": {"hft_integration": False}}


class Script:
    """Moments as the stages before this one hand them over, at seconds after noon."""

    def __init__(self, *symbols, mirrored=False, **given):
        self.moments, self.now_ns = [], at(0)
        self.mirrored = mirrored
        begin = start(*(symbols or (BTC,)), **{**CHEAP, **given})
        self.add(records.START, event=begin)

    def at(self, seconds):
        self.now_ns = at(seconds)
        return self

    def add(self, kind, symbol=None, event=None, **filled):
        m = Moment(len(self.moments), kind, 1, self.now_ns, self.now_ns, b"", event, symbol)
        m.clock_ns = m.venue_ns = self.now_ns
        for name, value in filled.items():
            setattr(m, name, value)
        self.moments.append(m)
        return self

    def tick(self):
        return self.add(records.TICK)

    def bars(self, symbol=BTC, setup="squeeze_breakout", side=1, technical=0, ready=True, n=200):
        bars = ARMING[setup]()
        if side * (-1 if self.mirrored else 1) < 0:
            bars = turned(bars)
        technical = -technical if self.mirrored else technical
        return ClosedBars(symbol, bars, technical, ready, n, self.now_ns)

    def close(self, *given, **one):
        """Close minutes at a tick."""
        return self.add(records.TICK, closed=[*given] or [self.bars(**one)])

    def book(self, symbol=BTC, score=50.0, bid=102.49, ask=102.50, size=1000.0, age_s=0.0, **filled):
        """Score a verified book with one level a side."""
        if self.mirrored:
            score, (bid, ask) = -score, (UPSIDE_DOWN - ask, UPSIDE_DOWN - bid)
        bid, ask, size = round(bid * 100), round(ask * 100), round(size * 1000)
        view = BookView(Instrument(symbol, 2, 3), [bid], [size], [-ask], [size], True, True, self.now_ns)
        reading = Reading(score, score / 10, score / 10, 2e4 * (ask - bid) / (ask + bid), None, None, age_s)
        return self.add(BOOK, symbol, **({"view": view, "hft": reading} | filled))

    def agree(self, symbol=BTC, seconds=(0.0, 0.3), **given):
        """Let the score stand for 300 ms over two messages."""
        begin = (self.now_ns - at(0)) / SECOND_NS
        for later in seconds:
            self.at(begin + later).book(symbol, **given)
        return self

    def lost(self, *symbols):
        return self.add(BOOK, symbols[0], book_lost=symbols)

    def play(self, cuts=(), pickled=False):
        stages = [SignalStage(), PaperStage()]
        copies = pickle.loads(pickle.dumps(self.moments))  # a stage writes into them
        edges = [0, *sorted(cut % (len(copies) + 1) for cut in cuts), len(copies)]
        for begin, end in pairwise(edges):
            for n, stage in enumerate(stages):
                stage.process(copies[begin:end])
                if pickled:
                    stages[n] = pickle.loads(pickle.dumps(stage))
        self.stages = stages
        return copies

    def signals(self):
        return rows(self.play(), "signals")

    def ended(self):
        """Return how candidates ended: (setup, side, outcome, reason)."""
        return [(r["setup"], r["side"], r["outcome"], r["reason"]) for r in rows(self.play(), "candidates")]


def fired(setup="squeeze_breakout", side="buy"):
    return (setup, side, "fired", "")


def busy(*symbols, mirrored=False, **given):
    """Return a script in which candidates fire, expire, are disarmed and filtered, on both sides."""
    script = Script(*(symbols or (BTC, ETH)), mirrored=mirrored, **given)
    for n, symbol in enumerate((BTC, ETH) * 6):
        if symbols and symbol not in symbols:
            continue
        setup = list(ARMING)[n % 3]
        side = 1 if n % 4 < 2 else -1
        bid = 102.49 if n % 5 else 101.0
        script.at(70 * n).close(symbol=symbol, setup=setup, side=side, technical=n % 11 - 5)
        script.at(70 * n + 1).agree(symbol, score=side * (30 + 5 * n), bid=bid, ask=bid + 0.01)
        script.at(70 * n + 20).book(symbol, bid=95.0 + 2 * (n % 6), ask=95.01 + 2 * (n % 6)).tick()
        if n == 7:
            script.at(70 * n + 21).close(symbol=symbol).lost(symbol)
    script.at(5000).tick()
    return script.add(STOPPED, event={"exit_reason": "end_of_tape"})


def hash_of(script):
    return rows(script.play(), "runs")[-1]["signals_hash"]
