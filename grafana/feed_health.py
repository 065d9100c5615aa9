"""The board *Feed health*: what may be trusted, and what was done about the rest."""

from grafana import tiles, words
from grafana.board import Rows, board
from grafana.panels import Panel, bars, counts, curves, number, states
from grafana.queries import (
    RECENT,
    Query,
    during,
    numbered,
    of_line,
    of_symbol,
    per_second,
    risen,
    while_told,
    while_trusted,
)  # fmt: skip
from grafana.sdk import dashboard

BYTES = "bytes"
SCRAPED = "As of each scrape: Resyncs, below, counts shorter losses, too."
MISMATCHED = 'result="mismatched"'


def feed_health() -> dashboard.Dashboard:
    """Return the board."""
    return board(
        "leadline-feed-health", "Leadline: Feed health", "Trust by symbol, faults of the feed, the tape and the disk.",
        [Rows("Now", _now()), Rows("Trust", _trust()), Rows("Faults", _faults()), Rows("Flow and disk", _volume())],
    )  # fmt: skip


def _now() -> list[Panel]:
    return [
        tiles.line(3), tiles.market(4), tiles.unverified(4), tiles.unverified(4, "trade"),
        number("Oldest book", "Longest time since a verified book of the chosen symbols last changed.", "s",
               Query(f"max({while_trusted(of_symbol('book_age_seconds'))})", "oldest"), decimals=1,
               none="no verified book", span=3,
               limits=((None, "green"), (10, "orange"), (30, "red"))),
        number("Reconnects", "Connections lost and made again, in the time shown.", "none",
               Query(during(of_line("reconnects_total"), "instance"), "{{instance}}"), decimals=0, span=3,
               limits=((None, "green"), (1, "orange"), (10, "red"))),
        number("Disk free", "Share of the data folder's disk that is free. A full disk ends the run.", "percentunit",
               Query(f"{of_line('disk_free_bytes')} / {of_line('disk_size_bytes')}", "{{instance}}"), decimals=1,
               limits=((None, "red"), (0.05, "orange"), (0.15, "green")), span=3),
    ]  # fmt: skip


def _trust() -> list[Panel]:
    codes = words.codes(words.TRUST)
    return [
        *(states(f"Trust of the {channel} channel", f"{about} {SCRAPED}",
                 Query(while_told(numbered("trust_state", "state", codes, f'channel="{channel}"')), "{{symbol}}"),
                 words.numbered(words.TRUST))
          for channel, about in (
              ("book", "Only a verified book scores and signals: its newest message matched the venue's checksum."),
              ("trade", "Verified: no trade is missing. Gates candles and trade flow."))),
        curves("Book age", "Time since a book last changed, while it is verified: a gap is a book that is not.", "s",
               Query(while_trusted(of_symbol("book_age_seconds")), "{{symbol}}"), low=0, decimals=1, span=24),
    ]  # fmt: skip


def _faults() -> list[Panel]:
    failures = risen(of_symbol("book_updates_total", MISMATCHED), "symbol")
    return [
        counts("Checksum failures", "Books that did not match the venue's checksum, in each step of the chart, a "
               "minute at least. Each is thrown away and asked for again.", Query(failures, "{{symbol}}"),
               stacked=True),
        bars("Resyncs", "Books thrown away and asked for again in the time shown, by reason.", "none",
             Query(during(of_symbol("resyncs_total"), "reason"), "{{reason}}"), span=6,
             limits=((None, "blue"), (1, "orange"))),
        bars("Frames refused", "In the time shown, by reason. The view `rejects` holds each.", "none",
             Query(during(of_line("rejected_frames_total"), "reason"), "{{reason}}"), span=6,
             limits=((None, "blue"), (1, "orange"))),
        counts("Reconnects over time", "Connections lost and made again, in each step of the chart, a minute at least.",
               Query(risen(of_line("reconnects_total"), "instance"), "{{instance}}"), stacked=True),
        curves("Book messages", "A second, by symbol; a symbol at zero is silent.", "suffix: /s",
               Query(f"sum by (symbol) (rate({of_symbol('book_updates_total')}[{RECENT}]))", "{{symbol}}"), low=0,
               decimals=1),
    ]  # fmt: skip


def _volume() -> list[Panel]:
    return [
        curves("Frames by channel", "Frames received a second.", "suffix: /s",
               Query(per_second("frames_total", "channel"), "{{channel}}"), low=0, decimals=1, stacked=True, span=8),
        curves("Tape", "Bytes written to the tape a second, before closed segments are compressed.", "Bps",
               Query(per_second("tape_bytes_total", "instance"), "{{instance}}"), low=0, decimals=1, span=8),
        curves("Disk", "Free bytes on the data folder's disk.", BYTES,
               Query(of_line("disk_free_bytes"), "{{instance}} free"), low=0, decimals=1, span=8),
        curves("Memory", "Resident memory of the flow's process. It should be level after the first hours.", BYTES,
               Query('process_resident_memory_bytes{job="leadline", instance=~"$instance"}', "{{instance}}"), low=0,
               decimals=1),
        curves("Processor", "Cores that the flow's process uses; the line itself can use one.", "none",
               Query(f'rate(process_cpu_seconds_total{{job="leadline", instance=~"$instance"}}[{RECENT}])',
                     "{{instance}}"), low=0, decimals=2, limits=((None, "green"), (0.9, "red"))),
    ]  # fmt: skip
