"""The board *Scalping*: does it win, what is at risk, and what the book says now."""

from grafana import tiles, words
from grafana.board import Rows, board
from grafana.panels import Panel, bars, counts, curves, number, states
from grafana.queries import (
    Query,
    during,
    line_now,
    numbered,
    of_line,
    of_symbol,
    risen,
    symbol_now,
    while_marked,
    while_told,
    while_trusted,
)  # fmt: skip
from grafana.sdk import dashboard, models
from grafana.tables import Column, rows

VERDICT = 'verdict=~"$verdict"'
ENTERED = (
    "Of this run, since Counted since. Only signals that were entered and have ended by themselves count, in the "
    "account's fill model, after fees."
)
MARKED = "Nothing is shown while the book of an open trade is not verified: its mark stands still."
PERCENT = "percentunit"
PROOF = ((None, "orange"), (0, "green"))  # nothing else of results is green: a mean of three proves nothing
BY_SETUP = ("instance", "setup", "verdict")


def scalping() -> dashboard.Dashboard:
    """Return the board."""
    return board(
        "leadline-scalping", "Leadline: Scalping",
        "Paper trading: win rate with its lower bound against break-even, equity, signals and book pressure.",
        [Rows("Now", _now()), Rows("Account", _account()),
         Rows("Does it win, in this run?", [*_evidence(), _setups()]),
         Rows("Signals and results", _signals()), Rows("Book pressure now", _pressure())],
        variables=[_verdict()],
    )  # fmt: skip


def _verdict() -> dashboard.CustomVariable:
    values = "tradable,not_tradable,filtered"
    now = models.VariableOption(selected=True, text="tradable", value="tradable")
    return dashboard.CustomVariable("verdict").label("Verdict").values(values).current(now)


def _now() -> list[Panel]:
    return [
        tiles.line(4), tiles.market(5), tiles.unverified(5),
        number("Kill switch", "Latched: the day lost too much, and no signal is tradable until a person frees it with "
               "`leadline risk reset`.", "none", Query(line_now("kill_switch"), "{{instance}}"),
               words=words.KILL_SWITCH, limits=((None, "green"), (1, "red")), span=5),
        number("Open trades", "Open paper trades of the account, of all symbols.", "none",
               Query(line_now("open_trades"), "{{instance}}"), decimals=0, span=5),
    ]  # fmt: skip


def _account() -> list[Panel]:
    marked, none = while_marked(of_line("marked_equity_quote")), "no mark now"
    risk = while_told(f"{of_line('open_risk_quote')} / ({of_line('marked_equity_quote')} > 0)")
    return [
        number("Equity, marked", "Paper equity with open trades at the touch they would leave by, in quote currency. "
               f"It goes on from run to run. {MARKED}", "suffix: quote", Query(marked, "{{instance}}"), decimals=2,
               none=none, span=5),
        number("Day's loss", "Fall of marked equity since 00:00 UTC, as a positive share. The kill switch latches at "
               f"`risk.max_daily_loss`, 3 % at most. {MARKED}", PERCENT,
               Query(while_marked(of_line("day_loss_ratio")), "{{instance}}"), none=none, span=5,
               limits=((None, "green"), (0.01, "orange"), (0.03, "red")), decimals=2),
        number("Drawdown", "Fall of equity from its peak, as a positive share; closed trades only.", PERCENT,
               Query(line_now("drawdown_ratio"), "{{instance}}"), decimals=2, span=5,
               limits=((None, "green"), (0.05, "orange"), (0.10, "red"))),
        number("Open risk", "What all open trades lose at their stops, as a share of equity as marked last.", PERCENT,
               Query(risk, "{{instance}}"), decimals=2),
        number("Counted since", "When this run began, by its tape's clock. Win rates and setups count since then: a "
               "fresh run begins at zero, a resumed one goes on. `leadline report performance --config` and "
               "`leadline doctor` join the runs.", "dateTimeAsIso",
               Query(while_told(f"1000 * {of_line('run_began_timestamp_seconds')}"), "{{instance}}"), span=5),
    ]  # fmt: skip


def _evidence() -> list[Panel]:
    lower, needed = of_symbol("win_rate_lower", VERDICT), of_symbol("break_even_win_rate", VERDICT)
    outcomes, impossible = of_symbol("outcomes", VERDICT), of_symbol("impossible_outcomes", VERDICT)
    return [
        curves("Win rate against break-even", "The lower bound (95 %, thick) must be above break-even (dashed) "
               "before a win rate means anything; the rate alone does not. Break-even is the mean of the signals that "
               f"could; Signals behind it says how many could not. {ENTERED}", PERCENT,
               Query(symbol_now("win_rate", VERDICT), "{{symbol}} {{verdict}} win rate"),
               Query(while_told(lower), "{{symbol}} {{verdict}} lower bound"),
               Query(while_told(needed), "{{symbol}} {{verdict}} break-even"), low=0, high=1, decimals=1, steps=True,
               thick="lower bound", dashed="break-even"),
        bars("Lower bound minus break-even", "Above zero: proven to win after fees, at 95 %. Below: not proven, "
             "however good the win rate looks. A signal that could not break even counts as one that had to win every "
             "time. Symbols that are not here: no win rate is enough at their costs.",
             PERCENT, Query(while_told(_proof(lower, needed, impossible, outcomes)), "{{symbol}} {{verdict}}"), span=6,
             decimals=1, low=None, limits=PROOF),
        bars("Signals behind it", "How many results a win rate stands on, and how many of them could not break even: "
             f"their costs left no win rate that does. {ENTERED}", "none",
             Query(while_told(outcomes), "{{symbol}} {{verdict}}"),
             Query(while_told(impossible), "{{symbol}} {{verdict}} could not"), span=6),
        curves("Expectancy", "Mean result after fees in R, the money lost at a planned stop-out; above zero earns.",
               "suffix: R", Query(symbol_now("expectancy_r", VERDICT), "{{symbol}} {{verdict}}"), decimals=2,
               limits=((None, "orange"), (0, "green")), steps=True, span=8),
        curves("Equity", "Closed trades, and with open trades at the touch they would leave by, in quote currency. A "
               "gap of the marked one: the book of an open trade was not verified.",
               "suffix: quote", Query(line_now("equity_quote"), "{{instance}} closed"),
               Query(while_marked(of_line("marked_equity_quote")), "{{instance}} marked"), decimals=2, span=8),
        curves("Drawdown and day's loss", "Positive shares: higher is worse, and 1 % wants a look. On a day of losses "
               "alone both are nearly one line. A gap of the day's loss: the book of an open trade was not verified.",
               PERCENT,
               Query(line_now("drawdown_ratio"), "{{instance}} drawdown"),
               Query(while_marked(of_line("day_loss_ratio")), "{{instance}} day's loss"),
               low=0, at_least=0.01, thick="drawdown", decimals=2, span=8),
    ]  # fmt: skip


def _proof(lower: str, needed: str, impossible: str, outcomes: str) -> str:
    """Return the lower bound minus the mean that all needed, where one that could not break even needs 1."""
    return f"{lower} - ({needed} + (1 - {needed}) * {impossible} / {outcomes})"


def _setups() -> Panel:
    def of(name: str, *labels: str) -> str:
        return f"sum by ({', '.join(BY_SETUP)}) ({of_line(name, VERDICT, *labels)})"

    def now(expr: str, legend: str) -> Query:
        return Query(while_told(expr), legend)

    ended, lower, needed = of("setup_outcomes_total"), of("setup_win_rate_lower"), of("setup_break_even_win_rate")
    impossible = of("setup_impossible_outcomes")
    return rows(
        "Setups", "What the signals of each setup came to, over all symbols whichever are chosen. "
        "Break-even is the mean of those that could; for what was needed, one that could not counts as one that had to "
        f"win every time. {ENTERED}", BY_SETUP,
        [Column(now(ended, "ended")), Column(now(of("setup_outcomes_total", 'result="won"'), "won")),
         Column(now(of("setup_win_rate"), "win rate"), PERCENT, 1),
         Column(now(lower, "lower bound"), PERCENT, 1),
         Column(now(needed, "break-even"), PERCENT, 1),
         Column(now(impossible, "could not")),
         Column(now(_proof(lower, needed, impossible, ended), "lower bound - needed"), PERCENT, 1, PROOF),
         Column(now(of("setup_expectancy_r"), "expectancy"), "suffix: R", 2),
         Column(now(of("setup_profit_factor_ratio"), "profit factor"), "none", 2),
         Column(now(of("setup_payoff_ratio"), "payoff ratio"), "none", 2)],
    )  # fmt: skip


def _signals() -> list[Panel]:
    ended = during(of_symbol("paper_trades_total", VERDICT), "outcome")
    results = during(of_symbol("r_multiple_bucket", VERDICT), "le")
    return [
        bars("Signals by verdict", "In the time shown, all setups. Tradable: could be traded under the account's "
             "limits; not tradable: costs or limits forbid it; filtered: the slower picture is against it.", "none",
             Query(during(of_symbol("signals_total"), "verdict"), "{{verdict}}"), span=6),
        counts("Signals", "Signals in each step of the chart, a minute at least, by verdict.",
               Query(risen(of_symbol("signals_total"), "verdict"), "{{verdict}}"), span=6, stacked=True),
        bars("Results in R: $verdict", "In the time shown, of signals of the verdict chosen above: how many ended with "
             "at most so many R and more than the bound before, after fees; +Inf is more than 3 R. A planned stop-out "
             "is -1.", "none", Query(results, "{{le}}", buckets=True), span=6),
        bars("How trades ended: $verdict", "In the time shown, of signals of the verdict chosen above, in the "
             "account's fill model; only tradable ones touched the account. Unfilled, end of tape and abandoned count "
             "in no win rate.", "none", Query(ended, "{{outcome}}"), span=6),
        curves("Open trades over time", "Open paper trades of the account.", "none",
               Query(line_now("open_trades"), "{{instance}}"), low=0, decimals=0, steps=True),
        states("Why there is (no) signal", "What the signal stage said of each symbol at the last full minute.",
               Query(while_told(numbered("signal_state", "state", words.codes(words.SIGNAL_STATES))), "{{symbol}}"),
               words.numbered(words.SIGNAL_STATES)),
    ]  # fmt: skip


def _pressure() -> list[Panel]:
    classes = while_trusted(numbered("hft_class", "class", words.CLASS_NUMBERS))
    score = while_trusted(of_symbol("hft_score"))
    return [
        bars("HFT score now", "Order-book pressure, -100 all selling to 100 all buying, of the books that are verified "
             "now.", "none", Query(score, "{{symbol}}"), low=-100, high=100, span=4, none="no verified book"),
        curves("HFT score", "Order-book pressure: -100 all selling, 100 all buying. Shown only while the book is "
               "verified: a gap is a book that must not be trusted.", "none",
               Query(score, "{{symbol}}"), low=-100, high=100, decimals=0, span=10,
               limits=((None, "#6b7280"), (0, "#6b7280"))),
        states("HFT class", "The class of the score, while the book is verified.", Query(classes, "{{symbol}}"),
               words.CLASSES, span=10),
    ]  # fmt: skip
