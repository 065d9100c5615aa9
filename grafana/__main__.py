"""Write the boards' JSON anew: `python -m grafana`."""

from collections.abc import Callable
from pathlib import Path

from grafana.analyzer import analyzer
from grafana.board import text
from grafana.feed_health import feed_health
from grafana.latency import latency
from grafana.scalping import scalping
from grafana.sdk import dashboard

FOLDER = Path(__file__).parent / "dashboards"
BOARDS: dict[str, Callable[[], dashboard.Dashboard]] = {
    "scalping": scalping, "latency": latency, "feed_health": feed_health, "analyzer": analyzer,
}  # fmt: skip


def main() -> None:
    """Write one file for each board."""
    FOLDER.mkdir(exist_ok=True)
    for name, build in BOARDS.items():
        (FOLDER / f"{name}.json").write_text(text(build()))
        print(FOLDER / f"{name}.json")


if __name__ == "__main__":
    main()
