"""What the metrics tell of the process and its surroundings: pauses, the disk, the analyzer."""

from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry

from leadline.settings import Settings
from sinks.analysis_metrics import AnalysisCollector
from sinks.disk_metrics import DiskCollector
from sinks.gc_metrics import GcCollector


def follow(registry: CollectorRegistry, settings: Settings) -> Callable[[], None]:
    """Show them, too; return what ends it."""
    data_dir = Path(settings.storage.data_dir)
    pauses = GcCollector()
    pauses.begin()
    registry.register(pauses)
    registry.register(DiskCollector(data_dir))
    simulated = "simulator" in (settings.feed.source, settings.feed.venue)
    registry.register(AnalysisCollector(data_dir, settings.symbols(), simulated, wanted=_wanted(settings)))
    return pauses.end


def _wanted(settings: Settings) -> list[str]:
    """Return the line's symbols that are to be analysed: none on a market that is not listened to."""
    analyzer = settings.ultimate_analyzer
    if not analyzer.enabled or settings.feed.source != "kraken":
        return []
    return [symbol for symbol in settings.symbols() if symbol in analyzer.symbols]
