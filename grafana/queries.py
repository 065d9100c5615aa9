"""Pieces of PromQL that the boards share. Every selector is bound to the board's variables."""

from typing import NamedTuple

INSTANCE = 'instance=~"$instance"'
SYMBOL = 'symbol=~"$symbol"'
RECENT = "$__rate_interval"
RANGE = "$__range"
INTERVAL = "$__interval"
STILL_S = 10  # the line tells of itself once a second at least; no more than a busy machine's pause, seen at a scrape


class Query(NamedTuple):
    """A query and the legend of its series; `{{label}}` stands for a label's value."""

    expr: str
    legend: str
    buckets: bool = False  # cumulative buckets, shown as counts between their bounds


def of_line(name: str, *labels: str) -> str:
    """Return a selector of a metric that has no symbol.

    >>> of_line("equity_quote")
    'leadline_equity_quote{instance=~"$instance"}'
    """
    return f"leadline_{name}{{{','.join((INSTANCE, *labels))}}}"


def of_symbol(name: str, *labels: str) -> str:
    """Return a selector of a metric of one symbol."""
    return of_line(name, SYMBOL, *labels)


def silence() -> str:
    """Return for how many seconds a line had told nothing of itself when it was scraped; long, before its first word.

    A launcher of analyses has no line, and no such series.
    """
    told = of_line("telemetry_timestamp_seconds")
    return f"timestamp({told}) - {told}"


def while_told(expr: str) -> str:
    """Return an expression of a line that has no value while it stands still: its metrics answer with what was."""
    return f"({expr}) unless on (instance) ({silence()} > {STILL_S})"


def line_now(name: str, *labels: str) -> str:
    """Return a metric that has no symbol, as the line told it last, while it does not stand still."""
    return while_told(of_line(name, *labels))


def symbol_now(name: str, *labels: str) -> str:
    """Return a metric of one symbol so."""
    return while_told(of_symbol(name, *labels))


def while_trusted(expr: str, channel: str = "book") -> str:
    """Return an expression that has a value only while the channel is verified: what is old is not shown as now."""
    verified = of_symbol("trust_state", f'channel="{channel}"', 'state="verified"')
    return while_told(f"({expr}) and on (instance, symbol) ({verified} == 1)")


def while_marked(expr: str) -> str:
    """Return an expression of a line that has a value only while the book of each open trade is verified.

    A trade whose book is lost keeps its last mark, and so does all that is made of it.
    """
    verified = of_line("trust_state", 'channel="book"', 'state="verified"')
    lost = f"{of_line('symbol_open_trades')} > 0 unless on (instance, symbol) {verified} == 1"
    return while_told(f"({expr}) unless on (instance) ({lost})")


def numbered(name: str, label: str, values: dict[str, int], *labels: str) -> str:
    """Return a one-hot gauge as the number of the label in force.

    >>> numbered("hft_class", "class", {"NEUTRAL": 0, "STRONG_BUY": 2}).count("max without")
    2
    """
    selectors = ((of_symbol(name, *labels, f'{label}="{value}"'), n) for value, n in values.items())
    terms = (f"max without ({label}) ({selector} == 1) * 0 + {n}" for selector, n in selectors)
    return " or ".join(terms)


def quantile(q: float, name: str, window: str, *by: str, symbol: bool = False) -> str:
    """Return a quantile of a histogram; no point, rather than NaN, where nothing was observed."""
    selector = of_symbol(f"{name}_bucket") if symbol else of_line(f"{name}_bucket")
    return f"histogram_quantile({q}, sum by ({', '.join(('le', *by))}) (increase({selector}[{window}]))) >= -1e9"


def per_second(name: str, *by: str, window: str = RECENT) -> str:
    """Return the rate of a counter, summed by labels."""
    return f"sum by ({', '.join(by)}) (rate({of_line(name)}[{window}]))"


def during(selector: str, *by: str) -> str:
    """Return how much a counter rose in the time shown, summed by labels; whole, as the counter is."""
    return f"round(sum by ({', '.join(by)}) (increase({selector}[{RANGE}])))"


def risen(selector: str, *by: str) -> str:
    """Return how much a counter rose in each step of the chart, summed by labels; no point where it began anew.

    `increase` is no count: it stretches what it saw to its window, and windows longer than a step count twice.
    """
    return f"sum by ({', '.join(by)}) (({selector} - {selector} offset {INTERVAL}) >= 0)"
