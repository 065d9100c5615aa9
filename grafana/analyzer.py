"""The board *Analyzer*: the slower picture, what it is made of, and whether it is still in force."""

from grafana import tiles, words
from grafana.board import Rows, board
from grafana.panels import Panel, bars, curves, number, states
from grafana.queries import Query, numbered, of_symbol, symbol_now, while_told
from grafana.sdk import dashboard
from grafana.tables import Column, rows

SCORE = "0 to 100; 50 is neutral, above is bullish. Not a probability."
SIDE = ((None, "red"), (30.01, "dark-red"), (45.01, "#6b7280"), (55, "dark-green"), (70, "green"))  # as the bias has it
BY_SYMBOL = ("instance", "symbol")
COMPONENTS = {
    "timeframes": "multi_timeframe", "volume profile": "volume_profile", "technical": "technical",
    "order book": "hft_microstructure",
}  # fmt: skip
ENOUGH = ((None, "orange"), (0.5, "text"), (0.99, "green"))  # never red: a lack is no fault, and lowers the confidence

NONE = {0: ("no data", "orange")}


def analyzer() -> dashboard.Dashboard:
    """Return the board."""
    return board(
        "leadline-analyzer", "Leadline: Analyzer",
        "Score and bias of the newest analysis of each symbol, as the flow reads it from the store.",
        [Rows("Now", [*tiles.now(), *_now()]), Rows("How far to trust the score", _trust()),
         Rows("Over time", _history())], since="now-7d",
    )  # fmt: skip


def _in_force(expr: str) -> str:
    """Return an expression of a symbol that has a value only until its bias lapses."""
    return f"({expr}) and on (instance, symbol) ({of_symbol('analysis_valid_seconds')} >= 0)"


def _bias() -> str:
    """Return the bias in force, or that there is none: it has lapsed, or no analysis was ever made.

    Both without a metric's name: a bias that lapses is to be one series, not two of the same legend.
    """
    bias, left = of_symbol("analysis_bias"), of_symbol("analysis_valid_seconds")
    none = f"on (instance, symbol) ({bias} or {left}) * 0 + {words.NO_BIAS}"
    return while_told(f"{_in_force(f'{bias} + 0')} or {none}")


def _now() -> list[Panel]:
    overdue = f"sum(({symbol_now('analysis_valid_seconds')}) < bool 0)"
    return [
        bars("Score", f"Ultimate score of the newest analysis, while it is in force. {SCORE} The colour is "
             "that of the bias: grey is neutral.", "none",
             Query(while_told(_in_force(of_symbol("analysis_score"))), "{{symbol}}"), high=100, decimals=1,
             none="none in force", limits=SIDE),
        number("Bias", "Bias in force: of the newest analysis until it lapses. None in force counts as neutral.",
               "none", Query(_bias(), "{{symbol}}"), words=words.BIAS, height=8),
        number("Age", "Time since the newest analysis.", "s", Query(symbol_now("analysis_age_seconds"), "{{symbol}}"),
               limits=((None, "green"), (54_000, "orange"), (90_000, "red")), height=8, decimals=1),
        number("Lapses in", "Time until the bias lapses, an hour after the next scheduled analysis. Below zero the "
               "analysis is overdue, or was never made since the start, and the bias is neutral.", "s",
               Query(symbol_now("analysis_valid_seconds"), "{{symbol}}"), limits=((None, "red"), (0, "green")),
               height=8, decimals=1),
        number("Overdue", "Symbols whose analysis is overdue, or was never made: run "
               "`python -m bytewax.run flows.analyze`.", "none",
               Query(overdue, "symbols"), limits=((None, "green"), (1, "red")), height=8, decimals=0),
    ]  # fmt: skip


def _trust() -> list[Panel]:
    def of(name: str, *labels: str) -> str:
        return f"max by ({', '.join(BY_SYMBOL)}) ({symbol_now(name, *labels)})"

    return [
        number("Confidence", "How far the score is from neutral, and how far its timeframes agree: a class, not a "
               "probability. With little data it may be MEDIUM, never HIGH.", "none",
               Query(while_told(numbered("analysis_confidence", "confidence", words.CONFIDENCE_NUMBERS)), "{{symbol}}"),
               words=words.CONFIDENCE, height=6),
        rows("How much data the score had", "Not the score: the share of its weights that had data, in all and by "
             "component. What had none is left out, and the others count for more. Without timeframes, volume profile "
             "or technical no confidence is HIGH. `leadline report analysis` says what is missing, and why.", BY_SYMBOL,
             [Column(Query(of("analysis_coverage_ratio"), "data in all"), "percentunit", 0, ENOUGH, NONE),
              *(Column(Query(of("analysis_component_coverage_ratio", f'component="{name}"'), word), "percentunit", 0,
                       ENOUGH, NONE) for word, name in COMPONENTS.items())], span=20),
    ]  # fmt: skip


def _history() -> list[Panel]:
    return [
        curves("Scores", f"Ultimate score of each symbol, whether or not it was still in force. {SCORE}", "none",
               Query(symbol_now("analysis_score"), "{{symbol}}"), low=0, high=100, decimals=1, steps=True,
               limits=((None, "#6b7280"), (50, "#6b7280"))),
        states("Bias over time", "The bias that was in force.", Query(_bias(), "{{symbol}}"), words.BIAS),
        curves("Age of the oldest analysis", "Of the chosen symbols' newest ones; Age, above, has each. It should fall "
               "to near zero at each scheduled analysis.", "s",
               Query(f"max by (instance) ({symbol_now('analysis_age_seconds')})", "{{instance}} oldest"), low=0,
               decimals=1),
        curves("Time until the first bias lapses", "Of the chosen symbols' biases; Lapses in, above, has each. Below "
               "zero: one is overdue.", "s",
               Query(f"min by (instance) ({symbol_now('analysis_valid_seconds')})", "{{instance}} first"), decimals=1,
               limits=((None, "red"), (0, "green"))),
    ]  # fmt: skip
