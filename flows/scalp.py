"""The main job: `python -m bytewax.run flows.scalp`.

From the tape (live, simulated or replayed) to signals in the store. Reads top to bottom as the
line does, whose deciding steps are `flows.stages`; what a step needs is made in `flows.wiring`.
Step ids are part of the recovery store's format: renaming one is a CHANGELOG entry.
"""

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.operators import KeyedStream

from flows import wiring
from flows.stages import STAGES
from leadline.moment import Moment
from operators.decode import decode
from operators.line import chain
from operators.rows import rows
from sources import fatal
from sources.kraken import wire


def line(dataflow: Dataflow, source: wiring.Source) -> KeyedStream[list[Moment]]:
    """Put the whole line into a dataflow; its moments come out with every stage's part filled in."""
    tape = op.input("tape", dataflow, source)
    moments = decode("decode", tape, wire.decode)
    for step_id, stage in STAGES:
        moments = chain(step_id, moments, stage)
    return moments


def build(parts: wiring.Parts) -> Dataflow:
    """Return the dataflow for some source and sinks."""
    dataflow = Dataflow("scalp")
    stored = rows("rows", line(dataflow, parts.source), fatal.failed)
    op.output("lake", stored, parts.lake)
    op.output("metrics", stored, parts.metrics)
    op.output("resync", stored, parts.resync)
    op.output("risk", stored, parts.risk)
    op.output("alerts", stored, parts.alerts)
    op.output("console", stored, parts.console)
    return dataflow


def flow() -> Dataflow:
    """Return the dataflow that the configuration asks for; Bytewax calls this by its name."""
    return build(wiring.from_configuration())
