"""The modes of `leadline run`: what each needs, checked before anything starts, and put together.

ultimate  analyses at the scheduled times        (flows.analyze)
scalping  the scalper                            (flows.scalp)
hybrid    both: the analyses give the bias, the scalper keeps to it
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, TextIO, get_args

import duckdb

from files import beat
from flows.analyses import Analyses, Job
from flows.away import Away
from flows.configuration import Loaded, check_live, load
from flows.environment import variable
from flows.keeping import REFUSALS, Kept, Restarts, Tell
from flows.launcher import LOOK_S, Launcher, starter
from flows.pulse import launching
from flows.schedule import is_stale, next_due, zone_of
from flows.watchdog import Watchdog
from leadline.analysis.inputs import venue_of
from leadline.errors import ConfigError, LeadlineError
from leadline.settings import Settings
from sinks import analysis_endpoint, catalog, endpoint, risk_lock
from sinks.analysis_inputs import has_bars, world
from sinks.analysis_metrics import latest
from sinks.console import chosen_style
from sinks.lake import prepare
from sources import stopping
from sources.kraken.rest import rest_url_for

Mode = Literal["ultimate", "scalping", "hybrid"]
MODES: tuple[Mode, ...] = get_args(Mode)
LEAVING_S = 4.0  # a scalper whose launcher was killed ends by itself, and keeps port and account as long
BIAS = variable("feed.bias")
LIVE = f"{variable('feed.source')}=kraken {variable('scalping_engine.enabled')}=true"
BACKFILL_S = 300.0  # at most: unanswered it tries for some minutes


class Needs(NamedTuple):
    """Which halves a mode has."""

    analyses: bool
    scalper: bool


NEEDS: dict[Mode, Needs] = {
    "ultimate": Needs(True, False), "scalping": Needs(False, True), "hybrid": Needs(True, True),
}  # fmt: skip


def run(mode: Mode, recovery: Sequence[str], hung_s: float | None = None) -> None:
    """Run a mode to its end; raises LeadlineError.

    `recovery` are the engine's options of the scalper; who has stood still for `hung_s` seconds is begun again.
    """
    stopping.install()
    loaded = load()
    check(mode, loaded.settings)
    probe(mode, loaded.settings)
    out = sys.stderr if chosen_style() == "jsonl" else sys.stdout  # there only the flows' objects go
    for notice in loaded.notices:
        print(notice, file=out, flush=True)
    tell = teller(mode, out)
    with _seen(mode, loaded.settings), _metrics(mode, loaded.settings):
        in_order = launcher(mode, loaded, recovery, tell, hung_s).run()
    if not in_order:
        raise LeadlineError("not everything ended in order, see above; what was stored is whole")
    tell("stopped" if stopping.stopping() else "over")
    if apart := unfiltered(mode, loaded.settings):
        tell(apart)  # its beginning has left the screen


def probe(mode: Mode, settings: Settings) -> None:
    """Refuse what the scalper could not have now, before a backfill and an analysis take their time; LeadlineError."""
    if not NEEDS[mode].scalper:
        return
    data_dir, port = Path(settings.storage.data_dir), settings.metrics.port
    prepare(data_dir)
    give_up = time.monotonic() + LEAVING_S
    while True:
        try:
            if settings.feed.source == "kraken":
                risk_lock.hold(data_dir)()
            if port:
                endpoint.probe(settings.metrics.host, port)
            return
        except LeadlineError:
            if time.monotonic() > give_up or stopping.stopping():
                raise
        time.sleep(LOOK_S)


def check(mode: Mode, settings: Settings) -> None:
    """Refuse what a mode cannot run with; raises ConfigError."""
    needs = NEEDS[mode]
    if needs.scalper:
        check_live(settings)
    if needs.analyses:
        zone_of(settings.ultimate_analyzer.schedule)
        check_analyses(mode, settings)


def check_analyses(mode: Mode, settings: Settings) -> None:
    """Refuse a mode whose analyses are switched off, or are not of the present; raises ConfigError."""
    needs, analyzer = NEEDS[mode], settings.ultimate_analyzer
    if not analyzer.enabled:
        instead = ", or take --mode scalping" if needs.scalper else ""
        raise ConfigError(
            f"ultimate_analyzer.enabled is false, and mode {mode} needs its analyses: switch it on with "
            f"{variable('ultimate_analyzer.enabled')}=true{instead}"
        )
    if analyzer.as_of is not None:
        raise ConfigError(
            f"ultimate_analyzer.as_of is {analyzer.as_of!r}, but mode {mode} analyses the present, at scheduled times: "
            "set it to null, or analyse that time once with `python -m bytewax.run flows.analyze`"
        )


def launcher(mode: Mode, loaded: Loaded, recovery: Sequence[str], tell: Tell, hung_s: float | None = None) -> Launcher:
    """Return the launcher of a mode, and say what it will do."""
    needs, settings = NEEDS[mode], loaded.settings
    if apart := unfiltered(mode, settings):
        tell(apart)
    analyses = analyses_of(settings, tell) if needs.analyses else None
    return Launcher(analyses, scalper_of(settings, recovery, tell, hung_s) if needs.scalper else None, tell)


def unfiltered(mode: Mode, settings: Settings) -> str:
    """Return which scalps go by no bias of the analyses of hybrid, and why; empty if all do."""
    if mode != "hybrid":
        return ""
    if not settings.hybrid_mode.bias:
        return (
            "NOT HYBRID: hybrid_mode.bias is false: the scalper goes by no bias; those of the analyses are kept on "
            "its tape"
        )
    if settings.feed.source != "kraken":
        return _two_markets(settings)
    scalped = settings.symbols()
    others = [symbol for symbol in scalped if symbol not in settings.ultimate_analyzer.symbols]
    if not others:
        return ""
    without = f"not in ultimate_analyzer.symbols, so without its bias: {', '.join(others)}"
    return without if len(others) < len(scalped) else f"NOT HYBRID: {without}"


def _two_markets(settings: Settings) -> str:
    """Return which market is analysed and which is scalped, whose biases that goes by, and how both are of one."""
    feed, simulated = settings.feed, settings.feed.source == "simulator"
    scalped = f"simulated {', '.join(settings.symbols())}" if simulated else "that of a tape"
    said = (
        f"NOT HYBRID: two markets: analysed is {', '.join(settings.ultimate_analyzer.symbols)} of "
        f"{venue_of(settings)}, scalped is {scalped}, which goes by its tape's own biases"
    )
    if not simulated:
        return said
    own = f"{feed.bias} of feed.bias, made up" if feed.bias else f"and it has none: {BIAS} makes one up"
    return f"{said}, {own}; both halves on one market: `make demo DEMO_MODE=hybrid`, or live, {LIVE}"


def analyses_of(settings: Settings, tell: Tell) -> Analyses:
    """Return the analyses: the first at once if the newest in the store is older than the last scheduled time.

    Not at once where no history is in the store, nor fetched: that one could only fail, again and again.
    """
    analyzer, now = settings.ultimate_analyzer, datetime.now(UTC)
    symbols = list(dict.fromkeys(analyzer.symbols))
    newest = made(settings, symbols)
    stale = is_stale(newest, symbols, now, analyzer.schedule)
    made_by = jobs(settings, symbols)
    vain = stale and len(made_by) == 1 and not _has_history(settings, symbols)
    due = now if stale and not vain else next_due(now, analyzer.schedule)
    analyses = Analyses(made_by, analyzer.schedule, due, tell)
    schedule = analyzer.schedule
    clocks = f"{schedule.morning_analysis} and {schedule.evening_analysis} {schedule.timezone}"
    state = analyses.next_text(now)
    if due == now:
        state = "none with a score was made since the last of these, so one at once"
    elif vain:
        state = f"the store has no history of them: bring some with `leadline history import FILE`; {state}"
    tell(f"analyses of {', '.join(symbols)} at {clocks}; {state}")
    return analyses


def jobs(settings: Settings, symbols: Sequence[str]) -> list[Job]:
    """Return what an analysis is made by. Where a real market is on, its newest history is fetched before."""
    analysis = Job("analysis", starter("-m", "bytewax.run", "flows.analyze"))
    if settings.feed.source != "kraken" or rest_url_for(settings.feed.url, settings.feed.rest_url) is None:
        return [analysis]
    fetch = starter("-m", "cli.main", "history", "backfill", *symbols, quiet=True)
    return [Job("history backfill", fetch, helpful=True, limit_s=BACKFILL_S), analysis]


def made(settings: Settings, symbols: list[str]) -> dict[str, datetime]:
    """Return when the newest analysis of each symbol with a bias of its present was made, UTC.

    Raises StoreError where there can be no store.
    """
    data_dir = Path(settings.storage.data_dir)
    prepare(data_dir)
    catalog.refresh(data_dir)
    try:
        found = latest(data_dir, symbols, simulated=venue_of(settings) == "simulator", useful=True)
    except duckdb.Error as e:
        raise catalog.broken(data_dir, e) from e
    return {one.symbol: datetime.fromtimestamp(one.as_of, UTC) for one in found}


def _has_history(settings: Settings, symbols: Sequence[str]) -> bool:
    data_dir = Path(settings.storage.data_dir)
    try:
        with closing(catalog.connect(data_dir)) as store:
            return has_bars(store, symbols, world(store, venue_of(settings)))
    except duckdb.Error as e:
        raise catalog.broken(data_dir, e) from e


def scalper_of(settings: Settings, recovery: Sequence[str], tell: Tell, hung_s: float | None = None) -> Kept:
    """Return the scalper. A market that ends by itself is not begun again because of an error, and has no pulse."""
    live = settings.feed.source == "kraken"
    restarts = Restarts(REFUSALS if live else 1)
    start = starter("-m", "bytewax.run", "flows.scalp", *recovery)
    away, seen = Away(settings, tell), partial(beat.last, Path(settings.storage.data_dir))
    watchdog = None if hung_s is None or not live else Watchdog(seen, hung_s)
    return Kept("scalper", start, restarts, tell, away.failed, watchdog=watchdog, hung=away.hung)


def _seen(mode: Mode, settings: Settings) -> AbstractContextManager[None]:
    """Let a watcher know that a scalper is on its way while there is none."""
    return launching(Path(settings.storage.data_dir)) if NEEDS[mode].scalper else nullcontext()


@contextmanager
def _metrics(mode: Mode, settings: Settings) -> Iterator[None]:
    """Serve the analyses' metrics where there is no scalper that does."""
    port = settings.metrics.port
    if NEEDS[mode].scalper or port is None:
        yield
        return
    with closing(endpoint.serve(analysis_endpoint.registry(settings), settings.metrics.host, port)):
        yield


def teller(mode: Mode, out: TextIO) -> Callable[[str], None]:
    """Return what prints a line with its time, UTC."""

    def tell(line: str) -> None:
        print(f"{datetime.now(UTC):%H:%M:%S} {mode}: {line}", file=out, flush=True)

    return tell
