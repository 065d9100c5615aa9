"""The console: what a trader must be able to read, and what must not flood the screen."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leadline.errors import ConfigError
from leadline.moment import Row
from leadline.settings import Feed, Settings
from leadline.times import HOUR_NS
from sinks.console import LIVE_COMMAND, ConsoleSink, banner, chosen_style
from sinks.outcome_cards import advice_card
from tests.sinks.lake_rows import T0
from tests.sinks.signal_values import IMPOSSIBLE, SIGNAL

START = Row("runs", {"run_id": "r1", "mode": "simulator", "exit_reason": None, "started_at": T0})
END = Row("runs", {
    "run_id": "r1", "mode": "simulator", "exit_reason": "end_of_tape", "frames": 1000, "book_verified": 900,
    "book_mismatched": 7, "resyncs": 2, "rejected": 0, "signals": 3, "signals_hash": "ab12", "started_at": T0,
    "ended_at": T0 + 8 * HOUR_NS,
})  # fmt: skip


class Shown:
    """A console sink driven by hand, with a clock that a test moves."""

    def __init__(self, **options):
        self.now = 0.0
        self.out = io.StringIO()
        sink = ConsoleSink(Path("data"), out=self.out, clock=lambda: self.now, **{"style": "cards"} | options)
        self.part = sink.build("console", 0, 1)

    def take(self, *rows):
        """Return what these rows print."""
        before = len(self.out.getvalue())
        self.part.write_batch([("main", row) for row in rows])
        return self.out.getvalue()[before:]

    def close(self):
        """Return what the end prints."""
        before = len(self.out.getvalue())
        self.part.close()
        return self.out.getvalue()[before:]


def signal(values=SIGNAL, **given):
    return Row("signals", values | given)


def status(symbol, state, detail, ts=T0):
    return Row("status", {"ts": ts, "symbol": symbol, "state": state, "detail": detail})


@pytest.mark.parametrize(
    "claim",
    [
        "SIMULATED · L2", "BTC/USD BUY", "squeeze breakout", "strength 72/100",
        "prior 33 % to reach the target before the stop, before costs",
        "at market, best ask 43,512.3 USD", "stop 43,403.5 (-25.0 bps)", "target 43,729.9 (+50.0 bps)", "900 s left",
        "0.0123 BTC = 535.20 USD", "5.61 USD at risk", "HFT +63.2 STRONG_BUY", "heavy bid pressure", "imbalance +71",
        "ratio missing", "spread 0.4 bps", "2-8 min", "STRONG_ALIGNMENT: enter now", "12.0 bps", "net R:R 1.08",
        "break-even 48 %", "TRADABLE", "unproven: prior 33 % < break-even 48 %",
    ],
)  # fmt: skip
def test_a_card_says(claim):
    assert claim in Shown().take(signal())


@pytest.mark.parametrize(
    ("mode", "venue", "said"),
    [
        ("live", "kraken", "LIVE, paper only · L2"), ("live", "simulator", " SIMULATED · L2"),
        ("simulator", "simulator", " SIMULATED · L2"), ("replay", "kraken", " REPLAY · L2"),
        ("replay", "simulator", " REPLAY, SIMULATED · L2"),
    ],
)  # fmt: skip
def test_a_card_says_which_market_it_is_of(mode, venue, said):
    card = Shown().take(signal(mode=mode, venue=venue))
    assert said in card and ("LIVE" in card) == (venue == "kraken" and mode == "live")


def test_a_card_shows_the_days_key_level_where_there_is_one():
    assert "STRONG_BULLISH · STRONG_ALIGNMENT" in Shown().take(signal())
    assert "STRONG_BULLISH (key level 43,000.5) · STRONG_ALIGNMENT" in Shown().take(signal(key_level=43_000.4567))


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize(
    ("kind", "action", "title"),
    [("swing_zone", "WAIT", "entry zone"), ("swing_break", "FAKE", "break"), ("position", "honour", "your position")],
)
def test_advice_about_a_swing_is_a_card_when_it_is_given(compact, kind, action, title):
    row = {"ts": T0, "symbol": "BTC/USD", "kind": kind, "action": action, "detail": "score -73", "resolved_at": None}
    text = Shown(compact=compact).take(Row("advice", row))
    assert f"BTC/USD {title}" in text and f" {action.upper()}  score -73" in text
    assert Shown(compact=compact).take(Row("advice", row | {"resolved_at": T0})) == ""


@pytest.mark.parametrize(
    ("verdict", "green"), [("tradable", True), ("not_tradable", False), ("filtered", False), (None, False)]
)
def test_only_a_zone_whose_setup_is_tradable_is_coloured(verdict, green):
    row = {"ts": T0, "symbol": "BTC/USD", "kind": "swing_zone", "action": "ENTER", "detail": "-", "verdict": verdict}
    assert ("on green" in str(advice_card(row).renderable.renderables[0].spans)) == green


def test_a_card_of_a_sell_points_the_other_way():
    text = Shown().take(signal(side="sell", stop=43621.1, target=43294.7, hft_score=-63.2, hft_class="STRONG_SELL"))
    for claim in ("BTC/USD SELL", "at market, best bid", "43,621.1 (+25.0 bps)", "43,294.7 (-50.0 bps)", "heavy ask"):
        assert claim in text


def test_a_calibrated_confidence_is_a_win_rate_after_costs():
    assert "confidence 33 % (calibrated, after costs)" in Shown().take(signal(calibrated=True))


def test_a_signal_that_cannot_win_says_so_in_plain_words():
    text = Shown().take(signal(IMPOSSIBLE))
    assert "NOT TRADABLE" in text and "costs 82.4 bps against a target of 50.0 bps: it cannot win" in text


def test_a_signal_that_must_win_too_often_says_how_often():
    text = Shown().take(signal(IMPOSSIBLE, reasons=["break_even_too_high"], breakeven_win_rate=0.72))
    assert "it would have to win 72 % of the time to break even" in text


def test_fast_play_shows_one_card_a_kind_then_a_line_each_but_every_tradable_card():
    shown = Shown(compact=True)
    assert "╭" in shown.take(signal(IMPOSSIBLE))
    line = shown.take(signal(IMPOSSIBLE))
    assert line.count("\n") == 1 and "NOT TRADABLE" in line and "╭" not in line
    assert "╭" in shown.take(signal(IMPOSSIBLE, setup="ema_pullback"))
    assert "╭" in shown.take(signal()) and "╭" in shown.take(signal())


def test_the_status_line_says_why_there_is_no_signal():
    text = Shown().take(
        status("BTC/USD", "warming_up", "warming up 37/140 candles"), status("ETH/USD", "idle", "no setup armed"),
        status("XRP/USD", "idle", "no setup armed"),
        Row("feed_health", {"ts": T0, "symbol": "XRP/USD", "channel": "book", "state": "desync",
                            "reason": "checksum_mismatch"}),
    )  # fmt: skip
    assert text == (
        "16:00:00 no signal now: BTC/USD warming up 37/140 candles · ETH/USD no setup armed · "
        "XRP/USD book desync (checksum_mismatch)\n"
    )


def test_the_status_line_comes_soon_after_a_change_and_seldom_without():
    shown = Shown()
    assert shown.take(status("A/B", "idle", "no setup armed")) != ""
    shown.now = 1.0
    assert shown.take(status("A/B", "idle", "no setup armed")) == ""
    assert "armed: score +3" in shown.take(status("A/B", "armed", "armed: score +3"))
    shown.now = 30.0
    assert shown.take(status("A/B", "armed", "armed: score +5")) == ""
    shown.now = 61.0
    assert "armed: score +5" in shown.take(status("A/B", "armed", "armed: score +5"))


def test_a_run_that_was_asked_to_stop_complains_of_nothing_more():
    shown = Shown(ending=lambda: True)
    health = {"ts": T0, "symbol": "A/B", "channel": "book", "state": "stale", "reason": "disconnected"}
    assert shown.take(status("A/B", "idle", "no setup armed"), Row("feed_health", health)) == ""


def test_trouble_that_is_over_is_not_repeated():
    shown = Shown()
    health = {"ts": T0, "symbol": "A/B", "channel": "book", "state": "stale", "reason": "frozen"}
    assert "book stale (frozen)" in shown.take(status("A/B", "idle", "no setup armed"), Row("feed_health", health))
    shown.now = 2.0
    text = shown.take(Row("feed_health", health | {"state": "verified", "reason": ""}))
    assert "A/B no setup armed" in text and "frozen" not in text


def test_a_book_that_was_verified_since_is_not_said_to_be_untrusted():
    shown = Shown()
    shown.take(status("A/B", "untrusted", "no verified book"))
    shown.now = 2.0
    health = {"ts": T0, "symbol": "A/B", "channel": "book", "state": "verified", "reason": ""}
    assert "A/B book only just verified" in shown.take(Row("feed_health", health))


def test_fast_play_bears_a_status_line_each_five_seconds_at_most():
    shown = Shown(compact=True)
    for i in range(200):
        shown.now = 0.1 * i
        shown.take(status("A/B", f"state {i}", f"detail {i}"))
    assert shown.out.getvalue().count("no signal now") == 4


def test_quiet_prints_the_summary_alone():
    shown = Shown(style="quiet")
    assert shown.take(START, signal(), status("A/B", "idle", "none"), END) == ""
    assert "Summary" in shown.close()


def test_json_lines_are_nothing_but_objects_with_iso_times():
    shown = Shown(style="jsonl")
    text = shown.take(START, signal(), status("A/B", "idle", "none"), Row("features", {"ts": T0}), END) + shown.close()
    objects = [json.loads(line) for line in text.splitlines()]
    assert [o["table"] for o in objects] == ["runs", "signals", "runs"]
    assert objects[1]["ts"] == "2025-11-24T16:00:00.000000Z" and objects[1]["entry"] == 43512.3
    assert "_mono_ns" not in objects[1]


def test_the_summary_counts_signals_with_their_main_reason_and_says_where_to_ask():
    shown = Shown()
    shown.take(START, signal(IMPOSSIBLE), signal(IMPOSSIBLE), signal(), Row("resync", {"reason": "frozen"}))
    shown.now = 4.0
    shown.take(END)
    text = shown.close()
    for claim in (
        "1,000 in 4.0 s of wall time: 250 a second", "900 messages verified, 7 mismatched", "2 (frozen 1)", "ab12",
        "the tape came to its end", "8.0 h", "costs exceed the target", "data/leadline.duckdb",
        "FROM signals GROUP BY ALL",
    ):  # fmt: skip
        assert claim in text
    (line,) = [line for line in text.splitlines() if "not tradable" in line]
    assert line.split()[:6] == ["squeeze", "breakout", "buy", "not", "tradable", "2"]


def test_a_run_that_never_ended_has_no_summary():
    shown = Shown()
    shown.take(START)
    assert shown.close() == ""


def test_output_without_a_terminal_has_no_colour_codes():
    shown = Shown()
    shown.take(START, signal(), signal(IMPOSSIBLE), END)
    shown.close()
    assert "\x1b" not in shown.out.getvalue()


def test_the_first_line_of_a_simulated_run_says_so_and_how_to_go_live():
    text = banner(Settings())
    assert text.startswith("SIMULATED MARKET") and text.endswith(LIVE_COMMAND) and "\n" not in text


def test_a_live_run_says_what_keyless_level_two_lacks():
    text = banner(Settings(feed=Feed(source="kraken")))
    assert text.startswith("LIVE MARKET") and "30 % of the HFT score" in text


def test_an_unknown_style_is_refused_with_what_is_allowed():
    assert chosen_style({}) == "cards" and chosen_style({"LEADLINE_CONSOLE": "jsonl"}) == "jsonl"
    with pytest.raises(ConfigError, match="LEADLINE_CONSOLE is 'loud'; allowed: cards, quiet, jsonl"):
        chosen_style({"LEADLINE_CONSOLE": "loud"})


def test_a_reader_that_goes_away_does_not_end_the_run():
    code = (
        "from pathlib import Path\nfrom leadline.moment import Row\nfrom sinks.console import ConsoleSink\n"
        "from tests.sinks.signal_values import SIGNAL\n"
        "part = ConsoleSink(Path('data'), style='jsonl').build('console', 0, 1)\n"
        "for _ in range(3000): part.write_batch([('main', Row('signals', SIGNAL))])\n"
        "import sys; print('went on', file=sys.stderr)"
    )
    read, write = os.pipe()
    with subprocess.Popen([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True) as process:
        os.close(write)
        os.read(read, 100)
        os.close(read)
        assert process.communicate(timeout=300)[1] == "went on\n" and process.returncode == 0


@pytest.mark.parametrize("compact", [False, True])
def test_a_persons_command_is_acknowledged_with_what_it_did(compact):
    declared = {"ts": T0, "command_id": "p1", "command": "position_add", "reason": "", "tape_seq": 7,
                "result": "declared: BTC/USD buy from 100, stop 96"}  # fmt: skip
    told = Shown(compact=compact).take(Row("commands", declared))
    assert told == "16:00:00 position add declared: BTC/USD buy from 100, stop 96\n"
    refused = declared | {"command": "invalid", "result": "refused: see the view rejects"}
    assert "refused: see the view rejects" in Shown().take(Row("commands", refused))
    cleared = declared | {"command": "risk_reset", "result": "kill switch cleared"}
    assert Shown().take(Row("commands", cleared)) == ""  # the account's own line says so
    assert Shown(style="quiet").take(Row("commands", declared)) == ""
