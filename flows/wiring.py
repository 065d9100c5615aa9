"""Wiring: makes the source and the sinks that the configuration asks for, and checks first.

Everything that a user can get wrong before the first record is found here and said in one line.
"""

import atexit
import faulthandler
import gc
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import DynamicSink, FixedPartitionedSink

from flows import biases, recovery
from flows.alerting import alert_sink
from flows.commandline import Engine
from flows.configuration import Loaded, check_live, explicit_environment, load
from flows.keeping import WHERE
from flows.lake_history import from_lake
from flows.level3 import level3_of, with_level
from flows.refusing import refuse
from flows.starting import new_id, replayed, simulated_spec, start_record
from leadline.errors import ConfigError, LeadlineError
from leadline.moment import Row
from leadline.records import Record, Start
from leadline.settings import config_hash, decision
from sinks import catalog, expected_series, metrics_address, process_metrics, risk_file, risk_lock
from sinks.console import ConsoleSink, banner, chosen_style
from sinks.lake import LakeSink, prepare
from sinks.metrics import Metrics, MetricsSink
from sinks.resync import ResyncSink
from sources import fatal, stopping, tape
from sources.counters import FeedCounters
from sources.kraken.rest import rest_url_for
from sources.kraken.stream import StreamSettings
from sources.live import LiveSource
from sources.live_plan import LivePlan
from sources.recorder import TapeSettings
from sources.replay import ReplaySource
from sources.resyncs import ResyncQueue
from sources.simulated import SimulatedSource

Item = tuple[str, Row]
Source = FixedPartitionedSource[tuple[str, list[Record]], Any]

NO_RECOVERY = (
    "running without -r: a crash loses the books and candidates of this run (the tape, what is stored and a live "
    "account with its open trades stay); with `-r {store} -s 10 -b 0` it would resume"
)


@dataclass
class Parts:
    """What a flow is made of besides its line."""

    source: Source
    lake: FixedPartitionedSink[Row, Any]
    metrics: DynamicSink[Item]
    resync: DynamicSink[Item]
    risk: DynamicSink[Item]
    alerts: DynamicSink[Item]
    console: DynamicSink[Item]


def from_configuration() -> Parts:
    """Return the parts for `trading_config.json` and the environment; end the process where they are wrong."""
    stopping.install()  # already: a stop while we prepare is one, too
    faulthandler.register(WHERE, file=2)  # standard error gets where all threads are, also of one that hangs
    logging.basicConfig(level=logging.WARNING, format="leadline: %(message)s", stream=sys.stderr)
    try:
        loaded = load()
        engine = Engine()
        engine.check()
        parts = from_settings(loaded, engine)
    except LeadlineError as e:
        refuse(e)
    settle_memory()
    return parts


def settle_memory() -> None:
    """Let the collector look rarely: what lives long is here already, what is new dies with its batch."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def from_settings(loaded: Loaded, engine: Engine) -> Parts:
    """Return the parts for validated settings; raises LeadlineError."""
    settings = with_level(loaded.settings)
    loaded = replace(loaded, settings=settings)
    check_live(settings)
    data_dir = Path(settings.storage.data_dir)
    prepare(data_dir)
    live = settings.feed.source == "kraken"
    if live:
        atexit.register(risk_lock.hold(data_dir))
    style, notices = chosen_style(), list(loaded.notices)
    counters, resyncs, metrics = FeedCounters(), ResyncQueue(), Metrics()
    if live:  # a replay's symbols are its tape's
        metrics.apply(expected_series.zeros(settings.symbols()))
        metrics.apply({"run": ("live", settings.feed.venue or "kraken", None)})
    alerts = alert_sink(settings, metrics.registry, notices)
    source = _SOURCES[settings.feed.source](loaded, engine, counters, resyncs, notices)
    catalog.refresh(data_dir)
    if settings.metrics.port is not None:
        atexit.register(process_metrics.follow(metrics.registry, settings))
        endpoint = metrics.serve(settings.metrics.host, settings.metrics.port)
        atexit.register(endpoint.close)
        atexit.register(metrics_address.write(data_dir, settings.metrics.host, endpoint.port, metrics.started))
    if engine.recovery is not None:
        atexit.register(recovery.prepare(engine.recovery, same_run(loaded)))
    if style != "jsonl":
        _say(loaded, engine, data_dir, notices)
    return Parts(
        source=source,
        lake=LakeSink(
            data_dir, on_signal=metrics.observe_signal, on_error=fatal.fail, recovery=engine.recovery is not None
        ),
        metrics=MetricsSink(metrics, counters),
        resync=ResyncSink(resyncs.put if live else None),
        risk=risk_file.RiskFileSink(data_dir, fatal.fail),
        alerts=alerts,
        console=ConsoleSink(
            data_dir,
            style=style,
            compact=not live and settings.feed.pace == "max",
            ending=stopping.stopping,
            away=fatal.later,
        ),
    )


def _say(loaded: Loaded, engine: Engine, data_dir: Path, notices: list[str]) -> None:
    print(banner(loaded.settings), flush=True)
    for notice in notices:
        print(notice, flush=True)
    if engine.recovery is None and loaded.settings.feed.source == "kraken":  # another is simply run again
        print(NO_RECOVERY.format(store=data_dir / "recovery"), flush=True)


def same_run(loaded: Loaded) -> dict[str, object]:
    """Return what makes a run the one that a recovery store may be resumed by."""
    settings = loaded.settings
    feed = settings.feed
    run: dict[str, object] = {
        "feed.source": feed.source, "storage.data_dir": str(Path(settings.storage.data_dir).absolute()),
    }  # fmt: skip
    if feed.source == "replay":
        return run | {"feed.tape": str(Path(feed.tape or "").absolute()), "overrides": explicit_environment(loaded)}
    if feed.source == "simulator":
        run["the simulated market"] = simulated_spec(settings).tape_id
    if feed.level == "L3":  # a store made before there was a choice says nothing, and is of Level 2
        run["feed.level"] = "L3"
    return run | {
        "feed.symbols": settings.symbols(), "feed.depth": feed.depth, "config_hash": config_hash(decision(settings)),
    }  # fmt: skip


def _simulated(
    loaded: Loaded, engine: Engine, counters: FeedCounters, resyncs: ResyncQueue, notices: list[str]
) -> Source:
    settings = loaded.settings
    feed = settings.feed
    arguments = {
        "seed": feed.seed, "hours": feed.hours, "symbols": ",".join(settings.symbols()), "depth": feed.depth,
        "predictability": feed.predictability, "level": feed.level, "bias": feed.bias,
    }  # fmt: skip
    spec = simulated_spec(settings)
    start = start_record(settings, spec.tape_id, new_id())
    start.level, start.depth = spec.level, spec.subscribed_depth
    flat = [text for name, value in arguments.items() if value is not None for text in (f"--{name}", str(value))]
    tape = None
    if feed.record:
        tape = TapeSettings(
            Path(settings.storage.data_dir) / "tape",
            feed.segment_bytes,
            feed.segment_seconds,
            settings.storage.retention,
        )
    return SimulatedSource(flat, start, batch=feed.batch, realtime=feed.pace == "realtime", tape=tape)


def _replayed(
    loaded: Loaded, engine: Engine, counters: FeedCounters, resyncs: ResyncQueue, notices: list[str]
) -> Source:
    feed = loaded.settings.feed
    if not feed.tape:
        raise ConfigError("feed.source is replay, but no tape is named: set LEADLINE__FEED__TAPE to a tape's folder")
    changes, run_id = explicit_environment(loaded), new_id()

    def restart(start: Start) -> Start:
        return replayed(start, run_id, changes)

    return ReplaySource(tape.resolve(Path(feed.tape)), feed.batch, restart, realtime=feed.pace == "realtime")


def _live(loaded: Loaded, engine: Engine, counters: FeedCounters, resyncs: ResyncQueue, notices: list[str]) -> Source:
    settings, data_dir = loaded.settings, Path(loaded.settings.storage.data_dir)
    feed = settings.feed
    symbols = settings.symbols()
    stream = StreamSettings(
        feed.url, symbols, feed.depth, feed.connect_timeout_seconds, feed.instrument_timeout_seconds,
        feed.max_frame_bytes,
    )  # fmt: skip
    krakens_own = rest_url_for(feed.url, None) is not None  # only its candles are kept for the next warm-up
    lake = from_lake(data_dir, "kraken") if krakens_own else None
    tape_id, account = new_id(), risk_file.load(data_dir)
    start, told = risk_file.begun_with(start_record(settings, tape_id, tape_id), account)
    notices += told
    in_force = biases.in_force(data_dir, start.venue, symbols, time.time_ns())
    plan = LivePlan(
        stream=stream, start=start, tapes=data_dir / "tape",
        batch=feed.batch, recoverable=engine.recovery is not None, rest_url=rest_url_for(feed.url, feed.rest_url),
        segment_bytes=feed.segment_bytes, segment_seconds=feed.segment_seconds,
        retention=settings.storage.retention, lake_history=lake,
        record=feed.record is not False, data_dir=data_dir, account_of=account.tape_id if account else None,
        account_ns=account.ts_ns if account else 0,
        level3=level3_of(settings), biases=tuple(in_force),
    )  # fmt: skip
    return LiveSource(plan, counters, resyncs)


_SOURCES: dict[str, Callable[[Loaded, Engine, FeedCounters, ResyncQueue, list[str]], Source]] = {
    "simulator": _simulated, "replay": _replayed, "kraken": _live,
}  # fmt: skip
