"""The board *Analyzer*: the slower picture, and whether it is still in force."""

from grafana import words
from grafana.board import Rows, board
from grafana.panels import Panel, bars, curves, number, states
from grafana.queries import Query, of_symbol
from grafana.sdk import dashboard

SCORE = "0 to 100; 50 is neutral, above is bullish. Not a probability."


def analyzer() -> dashboard.Dashboard:
    """Return the board."""
    return board(
        "leadline-analyzer", "Leadline: Analyzer",
        "Score and bias of the newest analysis of each symbol, as the flow reads it from the store.",
        [Rows("Now", _now()), Rows("Over time", _history())], since="now-7d",
    )  # fmt: skip


def _now() -> list[Panel]:
    overdue = f"sum({of_symbol('analysis_valid_seconds')} < bool 0)"
    return [
        bars("Score", f"Ultimate score of the newest analysis. {SCORE}", "none",
             Query(of_symbol("analysis_score"), "{{symbol}}"), high=100, decimals=1,
             limits=((None, "red"), (45, "#6b7280"), (55, "green"))),
        number("Bias", "Bias of the newest analysis; it holds until it lapses, and is neutral from then on.", "none",
               Query(of_symbol("analysis_bias"), "{{symbol}}"), words=words.BIAS, height=8),
        number("Age", "Time since the newest analysis.", "s", Query(of_symbol("analysis_age_seconds"), "{{symbol}}"),
               limits=((None, "green"), (54_000, "orange"), (90_000, "red")), height=8, decimals=1),
        number("Lapses in", "Time until the bias lapses, an hour after the next scheduled analysis. Below zero the "
               "analysis is overdue, or was never made since the start, and the bias is neutral.", "s",
               Query(of_symbol("analysis_valid_seconds"), "{{symbol}}"), limits=((None, "red"), (0, "green")), height=8,
               decimals=1),
        number("Overdue", "Symbols whose analysis is overdue, or was never made: run "
               "`python -m bytewax.run flows.analyze`.", "none",
               Query(overdue, "symbols"), limits=((None, "green"), (1, "red")), height=8, decimals=0),
    ]  # fmt: skip


def _history() -> list[Panel]:
    return [
        curves("Scores", f"Ultimate score of each symbol. {SCORE}", "none",
               Query(of_symbol("analysis_score"), "{{symbol}}"), low=0, high=100, decimals=1, steps=True,
               limits=((None, "#6b7280"), (50, "#6b7280"))),
        states("Bias over time", "What each analysis said, whether or not it had lapsed by then.",
               Query(of_symbol("analysis_bias"), "{{symbol}}"), words.BIAS),
        curves("Age of the last analysis", "It should fall to zero at each scheduled analysis.", "s",
               Query(of_symbol("analysis_age_seconds"), "{{symbol}}"), low=0, decimals=1),
        curves("Time until the bias lapses", "Below zero: overdue.", "s",
               Query(of_symbol("analysis_valid_seconds"), "{{symbol}}"), decimals=1,
               limits=((None, "red"), (0, "green"))),
    ]  # fmt: skip
