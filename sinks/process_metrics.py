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
    registry.register(AnalysisCollector(data_dir, settings.symbols(), simulated))
    return pauses.end
