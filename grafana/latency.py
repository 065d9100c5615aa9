"""The board *Latency*: from a tick to its signal, and where the time goes."""

from grafana import tiles
from grafana.board import Rows, board
from grafana.panels import Panel, bars, curves, number
from grafana.queries import RANGE, RECENT, Query, during, line_now, of_line, per_second, quantile
from grafana.sdk import dashboard

PROMISE_S = 0.5
PROMISE = "The promise is 500 ms from the receipt of the causing frame to the stored signal."
LIMITS = ((None, "blue"), (0.25, "orange"), (PROMISE_S, "red"))  # never green: one quick signal proves nothing
FEW = "Of few signals it says little: see Signals measured."
RARE = "15m"  # signals are rare: a quantile of the last few seconds would nearly always be empty
EPOCHS = "2m"  # snapshots come every few seconds
STAGE = "{{instance}} {{stage}}"
TOGETHER = "{{instance}} together"  # a curve, not a stack: in a stack the stages of several lines would add up


def latency() -> dashboard.Dashboard:
    """Return the board."""
    return board(
        "leadline-latency", "Leadline: Latency", "Tick to signal against its promise, and what the line waits for.",
        [Rows("Now", tiles.now()), Rows("The promise", _promise()), Rows("Inside the line", _line()),
         Rows("Around the line", _around())],
    )  # fmt: skip


def _promise() -> list[Panel]:
    name = "tick_to_signal_seconds"
    kept = of_line(f"{name}_bucket", f'le="{PROMISE_S}"')
    signals = of_line(f"{name}_count")
    share = f"sum by (instance) (increase({kept}[{RANGE}])) / sum by (instance) (increase({signals}[{RANGE}])) >= 0"
    return [
        number("Signals measured", "How many signals the tiles beside it stand on, in the time shown: p99 of less than "
               "a hundred is the slowest of them.", "none", Query(during(signals, "instance"), "{{instance}}"), span=4,
               decimals=0),
        *(number(f"Tick to signal, {label}", f"Of the signals measured. {FEW} {PROMISE}", "s",
                 Query(quantile(q, name, RANGE, "instance"), f"{{{{instance}}}} {label}"), span=5, limits=LIMITS,
                 decimals=1, none="no signal")
          for q, label in ((0.5, "p50"), (0.99, "p99"), (0.999, "p99.9"))),
        number("Within 500 ms", f"Share of the signals measured that kept the promise. {FEW} {PROMISE}", "percentunit",
               Query(share, "{{instance}}"), span=5, limits=((None, "red"), (0.99, "orange"), (0.999, "blue")),
               decimals=2, none="no signal"),
        curves("Tick to signal over time", "Quantiles of the last 15 minutes, on a logarithmic scale; a gap is a "
               f"quarter of an hour without a signal. The red line is the promise. {PROMISE}", "s",
               *(Query(quantile(q, name, RARE, "instance"), f"{{{{instance}}}} {label}")
                 for q, label in ((0.5, "p50"), (0.99, "p99"), (0.999, "p99.9"))),
               limits=((None, "green"), (PROMISE_S, "red")), log=True, span=24, decimals=1, dashed="p99.9"),
    ]  # fmt: skip


def _line() -> list[Panel]:
    epoch = f"rate({of_line('snapshot_seconds_sum')}[{EPOCHS}]) / rate({of_line('snapshot_seconds_count')}[{EPOCHS}])"
    return [
        curves("Stage, p99 of a batch", "Time a stage was busy with one batch of records.", "s",
               Query(quantile(0.99, "stage_seconds", RECENT, "instance", "stage"), STAGE), low=0, decimals=1),
        curves("Load by stage", "Share of one core that each stage needs. All stages of a line share that core: near "
               "100 % together, the line falls behind.", "percentunit",
               Query(per_second("stage_seconds_sum", "instance", "stage"), STAGE),
               Query(per_second("stage_seconds_sum", "instance"), TOGETHER), low=0, thick="together", decimals=1,
               limits=((None, "green"), (0.8, "red"))),
        curves("Epoch stall", "Time the line stands still at each snapshot of the engine, by the stage whose state is "
               "written, and together. Mean of two minutes.", "s",
               Query(f"sum by (instance, stage) ({epoch} >= 0)", STAGE),
               Query(f"sum by (instance) ({epoch} >= 0)", TOGETHER), low=0, thick="together", decimals=1),
        curves("Garbage collection", "Share of time in which the collector stops everything, by generation.",
               "percentunit", Query(per_second("gc_pause_seconds_sum", "instance", "generation"),
                                    "{{instance}} generation {{generation}}"), low=0, decimals=3),
    ]  # fmt: skip


def _around() -> list[Panel]:
    return [
        curves("Feed latency", "Venue's stamp to our receipt. Clocks differ, so it can be below zero: look at its "
               "spread, and at the clocks.", "s",
               *(Query(quantile(q, "feed_latency_seconds", "1m", "instance"), f"{{{{instance}}}} {label}")
                 for q, label in ((0.5, "p50"), (0.99, "p99"))), decimals=1),
        curves("Clocks", "Least time from the venue's stamp to receipt in a minute: network plus the difference of "
               "the clocks. Beyond a second either way, a clock is wrong or the feed is late.", "s",
               Query(line_now("clock_offset_seconds"), "{{instance}}"), decimals=1,
               limits=((None, "red"), (-1, "red"), (1, "red"))),
        curves("Queue", "Frames received that the line has not taken yet: a few. A curve that climbs falls behind.",
               "none", Query(of_line("queue_frames"), "{{instance}}"), low=0, decimals=0),
        bars("Reading paused", "How often, in the time shown, the line was so far behind that we stopped reading.",
             "none", Query(during(of_line("queue_stalls_total"), "instance"), "{{instance}}"), span=12,
             limits=((None, "green"), (1, "orange"))),
    ]  # fmt: skip
