"""Outcomes to people and to SQL: cards, the summary's part, and the derived views of the store."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from leadline.moment import Row
from leadline.performance import by, mean_of, performance
from sinks import catalog, outcome_cards, outcomes
from sinks.performance_lines import performance_lines
from tests.leadline.outcomes import outcome
from tests.operators.moments import finished
from tests.operators.sessions import Session, line
from tests.sinks.lake_rows import row
from tests.sinks.stores import stored

EXAMPLES = Path(__file__).parents[2] / "examples" / "sql"


def text_of(*parts):
    out = StringIO()
    console = Console(file=out, width=120)
    for part in parts:
        console.print(part)
    return out.getvalue()


@pytest.fixture(scope="module")
def rows():
    """The rows of a session whose signal is stopped out through a gap."""
    session = Session().book(61.2, [(999.0, 50)], [(1000.0, 50)]).calm(63, 70)
    session.book(70, [(980.0, 2), (979.0, 10)], [(981.0, 50)])
    session.played()
    return finished(line(), session.tape.records)


@pytest.fixture(scope="module")
def store(rows, tmp_path_factory):
    """A store that the rows were written to."""
    return stored(tmp_path_factory.mktemp("store"), [row for row in rows if row.table != "telemetry"])


def taker(rows):
    return next(row.values for row in rows if row.table == "paper_trades" and row.values["fill_model"] == "taker")


def test_an_outcome_card_says_how_it_ended_and_what_it_cost(rows):
    text = text_of(outcome_cards.outcome_card(taker(rows)))
    for part in ("was stopped out", "-64.63 USD (-1.94 R) after fees", "3.03 from 1,000.00 to 979.66",
                 "-61.63 USD before fees of 3.00, -213.3 bps after", "paper account 9,935.37"):  # fmt: skip
        assert text.count(part) == 1
    assert "worst -1.82 R, best -0.09 R, before fees" in text


def test_one_that_was_never_filled_wins_and_loses_nothing(rows):
    unfilled = taker(rows) | {
        "exit_reason": "unfilled", "r_multiple": None, "entry_price": None, "pnl_quote": 0.0, "equity_after": None,
    }  # fmt: skip
    assert "was never filled: nothing won or lost" in text_of(outcome_cards.outcome_card(unfilled))


@pytest.mark.parametrize(
    ("mode", "venue", "market"),
    [("live", "kraken", "LIVE, paper only"), ("replay", "kraken", "REPLAY"), ("live", "simulator", "SIMULATED")],
)
def test_whatever_is_told_of_a_trade_names_its_market(rows, mode, venue, market):
    of = {"mode": mode, "venue": venue}
    ended = taker(rows) | of
    assert f" {market} · 2026-08-01" in text_of(outcome_cards.outcome_card(ended))
    assert outcome_cards.outcome_line(ended).plain.endswith(f" · {market}")
    said = {"ts": 0, "symbol": "A/B", "action": "ENTER", "detail": "why", **of}
    for kind in outcome_cards.SWING:
        assert f" {market} · 1970-01-01" in text_of(outcome_cards.advice_card(said | {"kind": kind}))
    assert outcome_cards.advice_line(said | {"kind": "entry_timing"}).plain.endswith(f" · {market}")


def test_the_kill_switch_is_loud_and_its_reset_is_said():
    latch = {"event": "latch", "latch_reason": "the day lost 3.00 %", "ts": 0}
    assert "KILL SWITCH" in text_of(outcome_cards.account_line(latch))
    assert "cleared" in text_of(outcome_cards.account_line(latch | {"event": "reset"}))
    assert outcome_cards.account_line(latch | {"event": "trade"}) is None


def test_advice_is_one_line():
    row = {"ts": 0, "symbol": "A/B", "kind": "stop_protection", "action": "exit", "detail": "it pushes -60"}
    assert text_of(outcome_cards.advice_line(row)).strip() == "00:00:00 A/B stop protection: exit  it pushes -60"


def test_the_summary_tells_outcomes_by_verdict_the_account_and_what_they_do_not_show():
    of = [outcome(3.0, equity_after=10_003.0), outcome(-2.0, equity_after=10_001.0),
          outcome(-1.0, verdict="not_tradable", on_account=False), outcome(exit_reason="unfilled")]  # fmt: skip
    text = " ".join(text_of(*performance_lines(of, {"venue": "simulator", "equity_quote": 10_001.0})).split())
    for part in ("1 of 2", "50 % (9 to 91)", "+1.50", "1 of 3", "10,001.00 after", "from 10,000.00",
                 "profit factor 1.00, payoff ratio 2.00",
                 "-0.50 R at worst and +1.00 R at best while open, before fees",
                 "longest time below a peak", "1 signals are left out", "no edge shown",
                 "says nothing about a real one"):  # fmt: skip
        assert part in text, part
    assert performance_lines([], {}) == []


def test_what_the_outcomes_show_is_told_of_the_tradable_ones_where_any_ended():
    rest = [outcome(-1.0, verdict="not_tradable", on_account=False)] * 3
    text = text_of(*performance_lines([outcome(3.0), outcome(-2.0), *rest], {"equity_quote": 1.0}))
    assert "Tradable signals: 1 of 2 won" in text
    text = text_of(*performance_lines([outcome(exit_reason="unfilled"), *rest], {"equity_quote": 1.0}))
    assert "Tradable" not in text and "0 of 3 won" in text


def test_the_summary_says_how_many_of_each_verdict_could_not_break_even():
    of = [outcome(-1.0, breakeven_win_rate=None), outcome(1.0), outcome(-1.0, breakeven_win_rate=None, verdict="b")]
    text = text_of(*performance_lines(of, {"equity_quote": 1.0}))
    assert "50 % (1 could not)" in text and "50 % (2 could not)" in text and "impossible" in text


def test_a_simulated_market_is_named_whatever_the_mode_and_a_real_one_is_not():
    of = [outcome(1.0, on_account=False)]
    for mode in ("live", "replay", "simulator"):
        run = {"mode": mode, "equity_quote": 1.0}
        assert "market was simulated" in text_of(*performance_lines(of, run | {"venue": "simulator"}))
        assert "simulated" not in text_of(*performance_lines(of, run | {"venue": "kraken"}))


def test_an_account_without_tradable_signals_says_so():
    of = [outcome(-1.0, verdict="not_tradable", on_account=False)]
    assert "untouched: no signal was tradable" in text_of(*performance_lines(of, {"equity_quote": 10_000.0}))


# -- the store


def test_outcomes_read_from_the_store_are_those_that_the_line_emitted(rows, store):
    emitted = [outcomes.of_row(row.values) for row in rows
               if row.table == "paper_trades" and row.values["account_model"]]  # fmt: skip
    with catalog.connect(store) as connection:
        found = outcomes.read(connection)
    assert len(found) == 1
    for one, two in zip(found, emitted, strict=True):
        assert one._replace(entry_ns=0, exit_ns=0) == two._replace(entry_ns=0, exit_ns=0)
        assert abs(one.exit_ns - two.exit_ns) < 1_000  # microseconds in the store


def test_the_win_rates_view_counts_those_that_could_not_break_even(tmp_path):
    own = {"mode": "replay", "account_model": True, "exit_reason": "stop"}
    ended = [row("paper_trades", trade_id=f"{n}", breakeven_win_rate=needed, **own)
             for n, needed in enumerate((0.5, None, None))]  # fmt: skip
    with catalog.connect(stored(tmp_path, ended)) as connection:
        sql = "SELECT n, break_even, n_impossible FROM win_rates"
        assert connection.execute(sql).fetchall() == [(3, 0.5, 2)]


def test_the_win_rates_view_is_what_performance_says(store):
    with catalog.connect(store) as connection:
        (row,) = connection.execute(
            "SELECT n, wins, win_rate, win_rate_lower, win_rate_upper, expectancy_r, net_quote FROM win_rates"
        ).fetchall()
        (p,) = by(outcomes.read(connection), lambda o: o.verdict).values()
    assert row == pytest.approx(
        (p.n, p.wins, p.win_rate, p.win_rate_lower, p.win_rate_upper, p.expectancy_r.mean, p.net_quote), abs=1e-12
    )
    assert performance([]).n == 0


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("win_rate_by_setup_and_hour", ("squeeze_breakout", 12, 1, 0.0, 0.0, 79.3, 36.7, 0, -1.939)),
        ("fee_drag", ("BTC/USD", "squeeze_breakout", 1, -203.4, 9.9, -213.3, 13.41, None)),
    ],
)
def test_an_example_query_tells_the_outcome(query, row, store):
    """0 of 1 won, 110 of 300 bps needed; bought at 1000 (mid 999.5), sold at 979.66 (mid 980.5), 5 bps of fees each.

    Gross -20.34 of 1000; slippage (0.5 + 0.84) of 999.5; fees 5 bps of 1000 and of 979.66.
    """
    with catalog.connect(store) as connection:
        ((mode, _, *found),) = connection.execute((EXAMPLES / f"{query}.sql").read_text()).fetchall()
    assert (mode, tuple(found)) == ("live", row)


def test_every_example_query_runs_on_a_store_with_outcomes(store):
    with catalog.connect(store) as connection:
        paths = [*EXAMPLES.glob("*.sql")]
        assert paths
        for path in paths:
            connection.execute(path.read_text()).fetchall()


def test_a_signal_stands_beside_its_outcome(store):
    with catalog.connect(store) as connection:
        (row,) = connection.execute(
            "SELECT verdict, exit_reason, round(r_multiple, 2), fill_model FROM signal_outcomes"
        ).fetchall()
    assert row == ("tradable", "stop", -1.94, "taker")


def test_open_trades_are_those_of_a_run_that_goes_on(rows, tmp_path):
    until = next(n for n, row in enumerate(rows) if row.table == "paper_trades")
    running = [row for row in rows[:until] if row.table != "telemetry"]
    with catalog.connect(stored(tmp_path / "on", running)) as connection:
        found = connection.execute("SELECT fill_model, state FROM open_trades ORDER BY ALL").fetchall()
    assert ("taker", "open") in found
    ended = [*running, Row("runs", running[0].values | {"ended_at": 1, "exit_reason": "stopped"})]
    with catalog.connect(stored(tmp_path / "off", ended)) as connection:
        assert connection.execute("SELECT count(*) FROM open_trades").fetchall() == [(0,)]


def test_the_value_of_advice_has_its_interval(tmp_path):
    tags = {"run_id": "r", "mode": "live", "venue": "kraken", "tape_id": "t"}
    ts = round(datetime(2026, 8, 1, tzinfo=UTC).timestamp()) * 10**9
    same = {"ts": ts, "kind": "stop_protection", "action": "exit", **tags}
    saved = [10.0, 20.0, 33.0, -4.0, None]
    given = [Row("advice", {"advice_id": str(n), "saved_bps": bps, **same}) for n, bps in enumerate(saved)]
    few = [Row("advice", {**same, "advice_id": f"few {n}", "saved_bps": 1.0 * n, "action": "hold"}) for n in range(3)]
    kept = Row("advice", {**same, "advice_id": "kept", "saved_bps": 7.0, "action": "hold", "reason": "against_bias"})
    with catalog.connect(stored(tmp_path, [*given, *few, kept])) as connection:
        found, few_found, kept_found = connection.execute(
            "SELECT n, n_known, mean_saved_bps, lower_bps, upper_bps, total_saved_bps FROM advice_value"
        ).fetchall()
        columns = [name for name, *_ in connection.execute("DESCRIBE advice_value").fetchall()]
    assert columns[:4] == ["mode", "config_hash", "kind", "action"]
    known = mean_of(saved[:4])
    assert found == pytest.approx((5, 4, known.mean, known.lower, known.upper, 59.0), rel=0.02)
    assert few_found == (3, 3, 1.0, None, None, 3.0)
    assert kept_found == (1, 1, 7.0, None, None, 7.0)


TWO = {"mode": "replay", "account_model": True, "exit_reason": "stop"}


@pytest.mark.parametrize("query", ["win_rate_by_setup_and_hour", "fee_drag", "hft_decile_against_outcome", None])
def test_one_market_under_two_configurations_is_counted_apart(query, tmp_path):
    ended = [row("paper_trades", trade_id=f"{n}", run_id=name, config_hash=name, **TWO) for n, name in enumerate("ab")]
    sql = (EXAMPLES / f"{query}.sql").read_text().rstrip().rstrip(";") if query else "SELECT * FROM win_rates"
    with catalog.connect(stored(tmp_path, ended)) as connection:
        found = connection.execute(f"SELECT config_hash, count(*) FROM ({sql}) GROUP BY ALL ORDER BY ALL").fetchall()
    assert found == [("a", 1), ("b", 1)]
