"""The tiles that all boards begin with: whether what is shown is alive, of which market, and to be trusted."""

from grafana import words
from grafana.panels import Panel, number
from grafana.queries import STILL_S, Query, of_line, of_symbol, silence, while_told


def now(span: int = 8) -> list[Panel]:
    """Return the three of them, each so wide."""
    return [line(span), market(span), unverified(span)]


def line(span: int) -> Panel:
    """Whether the line moves, and whether Prometheus reaches it."""
    about = (
        f"DOWN: Prometheus does not reach it. STANDS STILL: it answers, but its line has told nothing for {STILL_S} s. "
        "Either way no trade is followed, and nothing is shown as now."
    )
    return number("Line", about, "none", Query(_line(), "{{instance}}"), words=words.LINE, span=span)


def market(span: int) -> Panel:
    """Of which market all numbers are."""
    return number(
        "Market", "Real prices: of a venue, now; the trades are on paper all the same. SIMULATED: a made-up market, "
        "whose results say nothing of a real one. REPLAY: a tape of the past.", "none",
        Query(while_told(_market()), "{{instance}}"), words=words.MARKET, span=span, none="not live",
    )  # fmt: skip


def unverified(span: int, channel: str = "book") -> Panel:
    """How many channels of the chosen symbols are not to be trusted."""
    verified = of_symbol("trust_state", f'channel="{channel}"', 'state="verified"')
    moves = f"({silence()} <= bool {STILL_S})"  # of a line that stands still none is
    title, about, unit, colour = {
        "book": ("Books not verified", "Symbols that neither score nor signal now, and whose open trades have no mark.",
                 "books", "red"),
        "trade": ("Trades not verified", "Symbols whose candles and trade flow are not trusted now.", "trade channels",
                  "orange"),
    }[channel]  # fmt: skip
    return number(
        title, about, "none", Query(f"sum({verified} * on (instance) group_left () {moves} == bool 0)", unit),
        decimals=0, span=span, limits=((None, "green"), (1, colour)),
    )  # fmt: skip


def _line() -> str:
    starts = f"max by (instance) ({of_line('telemetry_timestamp_seconds')} == 0) + 3"
    still = f"max by (instance) ({silence()} > {STILL_S}) * 0 + 2"
    return f'{starts} or {still} or max by (instance) (up{{job="leadline", instance=~"$instance"}})'


def _market() -> str:
    kinds = {2: ('mode!="replay"', 'venue!="simulator"'), 1: ('mode!="replay"', 'venue="simulator"'),
             0: ('mode="replay"',)}  # fmt: skip
    return " or ".join(f"max by (instance) ({of_line('run_info', *of)}) * 0 + {n}" for n, of in kinds.items())
