"""The frame of `leadline watch`: what is live is shown as live, and nothing else is."""

import pytest

from cli.watching.standing import starts
from cli.watching.told import read
from leadline.advice import StopProtection
from leadline.positions import Declared, understood
from leadline.times import SECOND_NS
from tests.cli.watched import NOW, SYMBOLS, at, shown, stored, told
from tests.sinks.lake_rows import T0

OPEN = {
    "signal_id": "s1", "state": "open", "side": "sell", "verdict": "tradable", "setup": "ema_pullback",
    "entry_price": 3291.3333333, "mark_price": 3290.5, "stop": 3294.65, "target": 3284.77, "expires_at": at(23),
    "r_multiple": 0.41, "symbol": "ETH/USD", "ts": NOW,
}  # fmt: skip
SIGNAL = {
    "signal_id": "s1", "ts": NOW, "side": "sell", "verdict": "tradable", "setup": "ema_pullback", "entry": 3291.35,
    "cost_bps": 12.04, "breakeven_win_rate": 0.48, "symbol": "ETH/USD", "confidence": 0.3, "reasons": [],
    "exit_reason": None, "r_multiple": None,
}  # fmt: skip
MANY = [SIGNAL | {"signal_id": f"s{i}"} for i in range(40)]


def line_of(lines, *words):
    """Return the one line that holds all of these, its spaces made single."""
    (found,) = [line for line in lines if all(word in line for word in words)]
    return " ".join(found.split())


def change(state, reason):
    return {"symbol": "BTC/USD", "channel": "book", "state": state, "reason": reason, "ts": at(-12)}


def test_a_running_flow_is_shown_with_its_books():
    lines = shown(stored(), told(*SYMBOLS))
    assert " RUNNING " in lines[0] and "LIVE on kraken, paper only" in lines[0] and "16:00:00 UTC" in lines[0]
    line = line_of(lines, "BTC/USD")
    assert line == "BTC/USD 99.50 100.25 75.09 +0.30 +63 STRONG buy L3 0.2s verified - setup armed"
    assert "LAST KNOWN" not in "\n".join(lines)


def test_a_simulated_exchange_is_never_called_the_market():
    head = shown(stored({"venue": "simulator"}), told(*SYMBOLS))[0]
    assert "SIMULATED EXCHANGE, no real prices" in head and "LIVE" not in head


@pytest.mark.parametrize("state, word", [("stale", "STALE"), ("desync", "WRONG"), ("unverified", "NOT YET")])
def test_a_book_that_is_not_verified_shows_why_and_no_number(state, word):
    of = stored(health=[change(state, "checksum_mismatch")])
    line = line_of(shown(of, told("BTC/USD", trust=state)), "BTC/USD")
    assert word in line and line.endswith("12s checksum mismatch")
    assert "99.50" not in line and "+63" not in line and "+0.30" not in line and "0.2s" not in line


def test_a_narrow_terminal_shows_why_a_book_is_not_verified_too():
    of = stored(health=[change("stale", "checksum_mismatch")])
    lines = shown(of, told("BTC/USD", trust="stale"), width=79)
    assert line_of(lines, "checksum") == "BTC/USD STALE for 12s: checksum mismatch"
    assert not any("checksum mismatch" in line for line in shown(stored(), told("BTC/USD"), width=79))


def test_headings_that_stand_side_by_side_do_not_read_as_one():
    heading = line_of(shown(stored(), told(*SYMBOLS)), "symbol", "trust")
    assert heading == "symbol bid ask spread bps imbal HFT lvl age trust since status"


def test_a_reason_that_is_of_another_state_is_not_shown():
    line = line_of(shown(stored(health=[change("desync", "crossed")]), told("BTC/USD")), "BTC/USD")
    assert "crossed" not in line and "12s" not in line


def test_a_line_that_does_not_move_is_not_live_though_its_metrics_answer():
    lines = shown(stored(), told(*SYMBOLS), late_s=42.0)
    assert " STALE for 42s " in lines[0] and "books, LAST KNOWN" in lines and "last signals, LAST KNOWN" in lines
    line = line_of(lines, "BTC/USD")
    assert " - was verified - " in line and "0.2s" not in line


def test_a_live_run_without_metrics_shows_what_was_stored_and_says_so():
    features = {
        "symbol": "BTC/USD", "best_bid": 99.5, "best_ask": 100.0, "depth_imbalance": 0.2, "hft_score": 3.0,
        "hft_class": "NEUTRAL", "data_level": "L2", "ts": NOW, "stored_at": NOW,
    }  # fmt: skip
    lines = shown(stored(health=[change("verified", "")], books=[features]), None, held=True)
    assert "RUNS WITHOUT METRICS" in lines[0] and "metrics.port" in lines[1] and "books, LAST KNOWN" in lines
    line = line_of(lines, "BTC/USD")
    assert "99.5" in line and " verified 12s" in line and "UNKNOWN" in line_of(lines, "ETH/USD")


def test_a_live_run_that_writes_nothing_any_more_stands_still_and_its_books_are_not_called_verified():
    lines = shown(stored(health=[change("verified", "")]), None, held=True, quiet_s=960.0)
    assert "STANDS STILL" in lines[0] and "it has written nothing for 16m: end it" in " ".join(lines)
    line = line_of(lines, "BTC/USD")
    assert line.endswith("was verified -") and "12s" not in line
    assert "STANDS STILL" in shown(None, None, held=True, quiet_s=960.0)[0]


@pytest.mark.parametrize("of", [None, stored({"ended_at": NOW, "exit_reason": "stopped"})], ids=["first", "later"])
def test_a_live_run_that_has_only_begun_is_not_told_to_be_begun(of):
    lines = shown(of, None, held=True)
    assert "STARTING" in lines[0] and "has begun" in lines[1] and "make run" not in "".join(lines)


@pytest.mark.parametrize("of", [None, stored({"ended_at": NOW, "exit_reason": "stopped"}), stored()])
def test_a_launcher_between_two_starts_is_no_run_that_is_over(of):
    lines = shown(of, None, launched=True)
    said = " ".join(" ".join(lines).split())
    assert "STARTING" in lines[0] and "its venue is away and it tries again" in said
    assert "make run" not in "".join(lines)


def test_a_run_that_has_ended_says_how_and_what_to_start():
    ended = {"ended_at": NOW, "exit_reason": "end_of_tape"}
    lines = shown(stored(ended | {"mode": "simulator", "venue": "simulator"}), None)
    assert "NOT RUNNING" in lines[0] and "(end of tape)" in lines[1] and "make demo" in "".join(lines)
    said = " ".join(shown(stored(ended), None))  # of a real market
    assert "start it as before: `leadline run`" in said and "make" not in said


def test_a_service_is_started_as_one():
    assert starts(env={"LEADLINE_CONFIG": "/etc/leadline/majors.json"}).endswith(
        "`sudo systemctl start leadline@majors`"
    )
    assert "make run" in starts(env={"LEADLINE_CONFIG": "/srv/majors.json"})


def test_a_run_that_was_killed_is_not_taken_for_one_that_runs():
    lines = shown(stored(), None)
    assert "NOT ANSWERING" in lines[0] and "killed, or without metrics" in " ".join(lines)


def test_an_empty_store_says_what_to_do():
    lines = shown(None, None)
    assert "NOTHING HAS RUN" in lines[0] and "make run" in lines[1]


def test_an_open_trade_has_its_live_result_and_so_has_its_signal():
    lines = shown(stored(open_trades=[OPEN], signals=[SIGNAL]), told(*SYMBOLS))
    trade = line_of(lines, "SELL", "23s")
    assert trade == "ETH/USD SELL ema pullback TRADABLE 3,291.33 3,290.5 3,294.65 3,284.77 +0.41 R 23s"
    signal = line_of(lines, "open +0.41 R")
    assert signal == "16:00:00 ETH/USD SELL ema pullback TRADABLE 3,291.35 12.0 48 % open +0.41 R"
    assert "open trades: 1; the account risks 33.00" in lines


def test_a_signal_whose_trade_is_over_has_its_outcome():
    of = stored(signals=[SIGNAL | {"exit_reason": "flow_exit", "r_multiple": -1.02}])
    assert line_of(shown(of, told(*SYMBOLS)), "ema pullback").endswith("flow turned -1.02 R")


def test_a_latched_kill_switch_is_said_in_words_with_the_way_out():
    of = stored(account={"latch_reason": "lost 3.1 % today"})
    lines = shown(of, told(*SYMBOLS, kill_switch=1), max_daily_loss=0.03)
    assert "KILL SWITCH LATCHED" in line_of(lines, "lost today 0.50 % of 3 %")
    assert "lost 3.1 % today" in line_of(lines, "leadline risk reset")


def test_a_slow_tick_to_signal_is_said_in_words():
    of = stored(tick_to_signal={"n": 3, "p50": 2.0, "p99": 882.0})
    line = line_of(shown(of, told(*SYMBOLS), frames_a_second=1234.4), "speed")
    assert "SLOW p50 2.0 ms · p99 882.0 ms (3 signals; promise 500 ms) · 1,234 frames/s" in line


def test_a_bias_that_has_lapsed_is_not_shown_as_in_force():
    biases = [
        {"symbol": symbol, "bias": "WEAK_BULLISH", "key_level": 98.4967 + 1e-9, "valid_until": at(seconds)}
        for symbol, seconds in (("BTC/USD", 60), ("ETH/USD", -60), ("DOGE/USD", 60))
    ]
    line = line_of(shown(stored(bias=biases[::-1]), told(*SYMBOLS)), "bias")  # in the order of the books
    assert line == "bias BTC/USD WEAK BULLISH, key 98.5 · ETH/USD LAPSED, was WEAK BULLISH"


@pytest.mark.parametrize("goes_by_bias, left_out", [(False, True), (True, False), (None, False)])
def test_a_bias_that_the_run_leaves_out_is_not_shown_as_in_force(goes_by_bias, left_out):
    bias = {"symbol": "BTC/USD", "bias": "WEAK_BULLISH", "key_level": None, "valid_until": at(60)}
    lines = shown(stored({"goes_by_bias": goes_by_bias}, bias=[bias]), told(*SYMBOLS))
    how = "LEFT OUT (hybrid_mode.bias is false): " if left_out else ""
    assert line_of(lines, "bias") == f"bias {how}BTC/USD WEAK BULLISH"


@pytest.mark.parametrize("width", [40, 60, 70, 80, 90, 100, 120, 160])
def test_a_frame_is_never_wider_than_the_terminal(width):
    lines = shown(stored(open_trades=[OPEN], signals=MANY), told(*SYMBOLS), width=width)
    assert max(map(len, lines)) <= width
    assert line_of(lines, "BTC/USD").startswith("BTC/USD 99.50 100.25")


def test_what_is_most_needed_fits_thirty_lines_of_a_hundred():
    marks = [OPEN | {"signal_id": f"s{i}"} for i in range(9)]
    lines = shown(stored(open_trades=marks, signals=MANY), told(*SYMBOLS))
    assert len(lines) == 29 and "open trades: 9; the account risks 33.00, 3 not shown" in lines


def test_another_programs_metrics_are_not_taken_for_ours():
    with pytest.raises(ValueError, match="not the metrics of a run"):
        read("python_info 1\n")


def declared(n=1, **given):
    """Return what a person declared: by default a long from 99 that was told to hold."""
    said = {"symbol": "BTC/USD", "side": "buy", "entry": 99.0, "stop": 98.0, **given}
    since_ns = T0 - 400 * SECOND_NS
    return [Declared(f"p{k}", understood(said), since_ns, StopProtection(held=True)) for k in range(n)]


def test_what_a_person_declared_is_shown_with_what_leaving_now_would_come_to():
    lines = shown(stored(), told(*SYMBOLS), positions=[*declared(), *declared(side="sell", entry=100.0, stop=101.0)])
    assert "your positions: 2, not on the paper account" in lines
    assert [" ".join(line.split()) for line in lines if " hold" in line] == [
        "BTC/USD BUY 6m 99.0 99.5 98.0 - +0.50 R hold", "BTC/USD SELL 6m 100.0 100.25 101.0 - -0.25 R hold"
    ]  # fmt: skip


def test_a_position_has_no_result_without_a_verified_book_and_none_is_left_out_unsaid():
    lines = shown(stored(), told(*SYMBOLS, trust="stale"), positions=declared(9))
    assert "your positions: 9, not on the paper account, 3 not shown" in lines
    assert [" ".join(line.split()) for line in lines if " hold" in line] == 6 * ["BTC/USD BUY 6m 99.0 - 98.0 - - hold"]
    assert len(shown(stored(signals=MANY), told(*SYMBOLS), positions=declared(9))) <= 30
    assert not any("your positions" in line for line in shown(stored(), told(*SYMBOLS)))
