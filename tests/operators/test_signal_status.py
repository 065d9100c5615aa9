"""The status line: why there is no signal now."""

import pytest

from tests.operators.moments import BTC, ETH, at, rows
from tests.operators.script import Script


def said(script):
    """Return the newest (state, detail) of BTC."""
    script.at(3600).tick()
    row = [r for r in rows(script.play(), "status") if r["symbol"] == BTC][-1]
    return row["state"], row["detail"]


def later(**given):
    """Return a script that is at its last book 2 s before the status is asked for."""
    return Script(BTC, ETH, **given).at(3500)


@pytest.mark.parametrize(
    ("script", "state", "words"),
    [(later, "untrusted", "no verified book"),
     (lambda: later().book().close(n=37, ready=False).at(3598), "warming_up", "warming up 37/140 candles"),
     (lambda: later(indicators={"squeeze_lookback": 600}).book().close(n=141, ready=False).at(3598), "warming_up",
      "warming up 141/620 candles"),
     (lambda: later().close(ready=False).book(), "idle", "no setup armed"),
     (lambda: later().at(3590).close().book(score=12), "armed", "squeeze_breakout long armed: score +12, needs +40"),
     (lambda: later().at(3590).close().agree(), "open", "tradable or not, is followed for 890 s more"),
     (lambda: later().at(3590).close().agree().at(3595).book(bid=90, ask=90.01), "cooldown", "cooling down"),
     (lambda: later().close(ready=False).book().lost(BTC), "untrusted", "verified")],
)  # fmt: skip
def test_a_line_says_why_there_is_no_signal_now(script, state, words):
    found, detail = said(script())
    assert found == state
    assert words in detail


def test_an_incomplete_last_candle_is_said():
    script = later().book()
    bars = script.bars()
    hurt = bars.bars[-1]._replace(candle=bars.bars[-1].candle._replace(partial=True))
    script.close(bars._replace(bars=(*bars.bars[:-1], hurt), ready=False))
    assert said(script)[0] == "partial"


def test_the_status_of_every_symbol_is_said_once_a_minute():
    script = Script(BTC, ETH)
    for second in range(150):
        script.at(second).tick()
    told = [(r["ts"], r["symbol"]) for r in rows(script.play(), "status")]
    assert told == [(at(s), symbol) for s in (0, 60, 120) for symbol in (BTC, ETH)]
