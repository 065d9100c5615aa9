"""What a run without a scalper tells Prometheus: the newest analyses, the disk and the process."""

from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector

from leadline.analysis.inputs import venue_of
from leadline.settings import Settings
from sinks.analysis_metrics import AnalysisCollector
from sinks.disk_metrics import DiskCollector


def registry(settings: Settings) -> CollectorRegistry:
    """Return the registry, of the symbols that are analysed; all is read at each scrape."""
    data_dir = Path(settings.storage.data_dir)
    found = CollectorRegistry()
    ProcessCollector(registry=found)
    found.register(DiskCollector(data_dir))
    symbols = list(dict.fromkeys(settings.ultimate_analyzer.symbols))
    simulated = venue_of(settings) == "simulator"
    found.register(AnalysisCollector(data_dir, symbols, simulated, wanted=symbols))
    return found
