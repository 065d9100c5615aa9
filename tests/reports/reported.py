"""What reports of the tests are made of: two symbols with a history, and a reader of pages."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from leadline.settings import Settings
from leadline.times import HOUR_NS
from tests.leadline.analysis.histories import end_ns, walk
from tests.sinks.analysis_stores import imported, observed

BARS, OTHER = walk(11, 24 * 400, drift=0.05), walk(12, 24 * 400, drift=-0.05)
END = end_ns(BARS)
UNTIL = END + HOUR_NS
RULES = Settings.model_validate({"ultimate_analyzer": {"symbols": ["BTC/USD", "ETH/USD", "XRP/USD"]}})
NOW = datetime(2026, 8, 2, tzinfo=UTC)


def reported(folder: Path) -> Path:
    """Return a data folder with two histories, and a fresh reading of the order book of the first."""
    imported(folder, BARS)
    imported(folder, OTHER, "ETH/USD")
    observed(folder, END - 4 * 10**9, hft_score=-73.2, hft_class="STRONG_SELL", confidence="HIGH", imbalance=-6.1,
             imbalance_ema=-5.4)  # fmt: skip
    return folder


class Needs(HTMLParser):
    """Collects what a page would fetch, and the ids in it."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.ids = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.fetched += [value for name, value in attrs if name in ("src", "href")]
        self.ids += [value for name, value in attrs if name == "id"]
