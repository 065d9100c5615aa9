"""The view of an analysis's charts: which bars are drawn, and how much room is left for what is planned."""

from datetime import timedelta

from leadline.analysis import Bars
from leadline.analysis.bars import close_ns, span_ns
from leadline.analysis.chart import MIN_BARS, WINDOW, Chart
from leadline.analysis.chart import chart as charted
from reports.analysis_facts import AnalysisFacts
from reports.ink import utc

SHOWN = 120  # bars
AHEAD = 0.3  # of the shown time: room for the plans, right of the last bar


class View:
    """What is drawn: the anchor's newest bars, their times, and the room to their right."""

    def __init__(self, facts: AnalysisFacts) -> None:
        chosen = facts.chosen
        assert chosen.anchor is not None
        bars = facts.inputs.bars[chosen.anchor]
        newest = bars.part(max(0, len(bars) - WINDOW), len(bars))
        self.chart: Chart | None = charted(newest, chosen.anchor) if len(newest) >= MIN_BARS else None
        self.n = min(SHOWN, len(newest))
        self.bars: Bars = newest.part(len(newest) - self.n, len(newest))
        self.times = [utc(int(time)) for time in self.bars.open_ns]
        self.end = utc(int(close_ns(self.bars.open_ns[-1:], chosen.anchor)[0]))
        self.until = self.end + AHEAD * (self.end - self.times[0])
        self.bar = timedelta(microseconds=span_ns(chosen.anchor) // 1000)

    def indicator(self, name: str) -> list[float | None]:
        """Return an array of the chart for the shown bars; None while it warms up."""
        values = getattr(self.chart, name)[-self.n :]
        return [None if value != value else float(value) for value in values]

    def prices(self, name: str) -> list[float | None]:
        """Return the same in quote."""
        assert self.chart is not None
        return [None if value is None else self.chart.price(value) for value in self.indicator(name)]
