"""The ultimate analyzer: `python -m bytewax.run flows.analyze`.

A batch: each symbol of `ultimate_analyzer.symbols` is read from the store, analysed as of
`ultimate_analyzer.as_of` (null: now) and stored in `analyses` and `bias`. A bias of now is left in the
inbox for the scalper. It ends by itself.
"""

import atexit
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import bytewax.operators as op
import duckdb
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, FixedPartitionedSink

from flows import biases
from flows.commandline import Engine
from flows.configuration import Loaded, load
from flows.environment import variable
from flows.refusing import refuse
from flows.schedule import as_of, valid_until_ns
from flows.starting import new_id
from leadline.analysis.as_of import written
from leadline.analysis.inputs import Inputs, Missing, World, venue_of
from leadline.errors import ConfigError, LeadlineError
from leadline.moment import Row
from leadline.settings import Settings
from operators import analysis
from operators.analysis import Run
from sinks import analysis_inputs, catalog
from sinks.analysis_lines import AnalysisLines
from sinks.console import chosen_style
from sinks.lake import LakeSink, prepare
from sources import fatal, stopping
from sources.one_by_one import OneByOne


@dataclass
class Parts:
    """What the flow is made of."""

    source: OneByOne[Inputs | Missing]
    run: Run
    lake: FixedPartitionedSink[Row, Any]
    inbox: DynamicSink[tuple[str, Row]]
    console: DynamicSink[tuple[str, Any]]


def build(parts: Parts) -> Dataflow:
    """Return the dataflow for some source and sinks."""
    dataflow = Dataflow("analyze")
    symbols = op.input("symbols", dataflow, parts.source)
    analysed = analysis.analyse("analyse", symbols, parts.run)
    rows = analysis.rows("rows", analysed)
    op.output("lake", rows, parts.lake)
    op.output("inbox", rows, parts.inbox)
    op.output("console", analysed, parts.console)
    return dataflow


def flow() -> Dataflow:
    """Return the dataflow that the configuration asks for; Bytewax calls this by its name."""
    stopping.install()
    try:
        Engine().check()
        return build(from_settings(load()))
    except LeadlineError as e:
        refuse(e)


def from_settings(loaded: Loaded) -> Parts:
    """Return the parts for validated settings; raises LeadlineError."""
    settings = loaded.settings
    if not settings.ultimate_analyzer.enabled:
        raise ConfigError(
            f"ultimate_analyzer.enabled is false: switch it on with {variable('ultimate_analyzer.enabled')}=true"
        )
    style, when = chosen_style(), as_of(settings, time.time_ns())
    run = Run(
        new_id(), settings, settings.ultimate_analyzer.as_of is None,
        valid_until_ns(when, settings.ultimate_analyzer.schedule),
    )  # fmt: skip
    data_dir = Path(settings.storage.data_dir)
    prepare(data_dir)
    catalog.refresh(data_dir)
    if style != "jsonl":
        for notice in loaded.notices:
            print(notice, flush=True)
    return Parts(
        source=of_store(data_dir, settings, when),
        run=run,
        lake=LakeSink(data_dir, "analyze", recovery=False, on_error=fatal.fail),
        inbox=biases.handing_over(settings, run.live, fatal.fail),
        console=AnalysisLines(style, written(when), fatal.fail),
    )


def of_store(data_dir: Path, settings: Settings, when_ns: int) -> OneByOne[Inputs | Missing]:
    """Return the source: each symbol once, read from the store."""
    connection = catalog.connect(data_dir)
    atexit.register(connection.close)
    of = analysis_inputs.world(connection, venue_of(settings))
    return OneByOne(list(dict.fromkeys(settings.ultimate_analyzer.symbols)), partial(_read, connection, when_ns, of))


def _read(connection: duckdb.DuckDBPyConnection, when_ns: int, of: World, symbol: str) -> Inputs | Missing:
    try:
        return analysis_inputs.read(connection, symbol, when_ns, of)
    except LeadlineError as e:
        return Missing(symbol, str(e))
