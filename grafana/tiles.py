"""The tiles that all boards begin with: whether what is shown is alive, of which market, and to be trusted."""

from grafana import words
from grafana.panels import Panel, number
from grafana.queries import Query, of_line, of_symbol

UP = Query('max by (instance) (up{job="leadline", instance=~"$instance"})', "{{instance}}")


def now(span: int = 8) -> list[Panel]:
    """Return the three of them, each so wide."""
    return [line(span), market(span), unverified(span)]


def line(span: int) -> Panel:
    """Whether Prometheus reaches the flow."""
    about = "Whether Prometheus reaches the flow's metrics. DOWN: no trade is followed, and every curve has ended."
    return number("Line", about, "none", UP, words=words.UP, span=span)


def market(span: int) -> Panel:
    """Of which market all numbers are."""
    return number(
        "Market", "Real prices: of a venue, now; the trades are on paper all the same. SIMULATED: a made-up market, "
        "whose results say nothing of a real one. REPLAY: a tape of the past.", "none",
        Query(_market(), "{{instance}}"), words=words.MARKET, span=span,
    )  # fmt: skip


def unverified(span: int, channel: str = "book") -> Panel:
    """How many channels of the chosen symbols are not to be trusted."""
    verified = of_symbol("trust_state", f'channel="{channel}"', 'state="verified"')
    title, about, unit, colour = {
        "book": ("Books not verified", "Symbols that neither score nor signal now, and whose open trades have no mark.",
                 "books", "red"),
        "trade": ("Trades not verified", "Symbols whose candles and trade flow are not trusted now.", "trade channels",
                  "orange"),
    }[channel]  # fmt: skip
    return number(
        title, about, "none", Query(f"sum({verified} == bool 0)", unit), decimals=0, span=span,
        limits=((None, "green"), (1, colour)),
    )  # fmt: skip


def _market() -> str:
    kinds = {2: ('mode!="replay"', 'venue!="simulator"'), 1: ('mode!="replay"', 'venue="simulator"'),
             0: ('mode="replay"',)}  # fmt: skip
    return " or ".join(f"max by (instance) ({of_line('run_info', *of)}) * 0 + {n}" for n, of in kinds.items())
