"""The disk that holds the data folder, in bytes and in inodes; read at each scrape."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class DiskCollector(Collector):
    """What is free and what there is; nothing while the folder cannot be asked."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def collect(self) -> Iterator[Metric]:
        """Return free and total bytes, and inodes where their number has a limit."""
        try:
            disk, of = shutil.disk_usage(self._data_dir), os.statvfs(self._data_dir)
        except OSError:
            return  # a number that is not known is not told: an alert on its absence is right
        yield GaugeMetricFamily("leadline_disk_free_bytes", "Free on the data folder's disk", disk.free)
        yield GaugeMetricFamily("leadline_disk_size_bytes", "Size of the data folder's disk", disk.total)
        if of.f_files:
            yield GaugeMetricFamily("leadline_disk_free_inodes", "Files that its disk has room for", of.f_favail)
            yield GaugeMetricFamily("leadline_disk_inodes", "Files that its disk can hold", of.f_files)
