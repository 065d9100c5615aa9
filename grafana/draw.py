"""Draw the boards from a Prometheus: `python -m grafana.draw http://127.0.0.1:9090 FOLDER`.

Every panel is drawn from what its query really returns, by a headless Chromium, one picture a board.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path

from plotly.offline import get_plotlyjs
from rich.progress import track

from grafana.__main__ import BOARDS
from grafana.asking import ALL, Asked, Prometheus, Span, filled, load, panels
from grafana.figures import drawn

WIDTH, POINTS = 1600, 240
STYLE = """
body{background:#111217;color:#ccccdc;font:13px sans-serif;margin:10px;width:1580px}
.grid{display:grid;grid-template-columns:repeat(24,1fr);grid-auto-rows:38px;gap:6px}
.panel{background:#181b1f;border:1px solid #2a2d33;padding:6px;overflow:hidden;min-width:0}
.panel h3{font-size:13px;margin:0 0 2px}.panel p{font-size:10px;color:#8e8e99;margin:0 0 4px}
.row{font-size:15px;align-self:end;border-bottom:1px solid #2a2d33}.none{font-size:16px!important;text-align:center}
table{width:100%;border-collapse:collapse;font-size:12px}th,td{text-align:right;padding:4px 8px;
border-bottom:1px solid #2a2d33}th:nth-child(-n+3),td:nth-child(-n+3){text-align:left}
.tiles{display:flex;flex-direction:column;gap:4px;height:75%}.tile{flex:1;display:flex;flex-direction:column;
align-items:center;justify-content:center;font-size:20px}.tile small{font-size:11px}
.key{font-size:11px;color:#8e8e99;margin:2px 0 0}.key i{display:inline-block;width:10px;height:10px;margin:0 4px 0 10px}
"""


def page(name: str, prometheus: Prometheus, span: Span, chosen: dict[str, str]) -> str:
    """Return a board as one HTML page."""
    board = load(name)
    cells = [_heading(panel) for panel in board["panels"] if panel["type"] == "row"]
    for panel in panels(board):
        answers = [prometheus.answer(Asked(name, panel, target), span, chosen) for target in panel["targets"]]
        about = f"<h3>{escape(filled(panel['title'], chosen))}</h3><p>{escape(panel['description'])}</p>"
        cells.append(f'<div class="panel" style="{_place(panel)}">{about}{drawn(panel, answers, span.of(panel))}</div>')
    head = f"<meta charset=utf-8><title>{escape(board['title'])}</title><style>{STYLE}</style>"
    return f'{head}<script>{get_plotlyjs()}</script><h2>{board["title"]}</h2><div class="grid">{"".join(cells)}</div>'


def _heading(panel: dict[str, dict[str, int]]) -> str:
    return f'<div class="row" style="{_place(panel)}">{escape(str(panel["title"]))}</div>'


def _place(panel: dict[str, dict[str, int]]) -> str:
    at = panel["gridPos"]
    return f"grid-column:{at['x'] + 1}/span {at['w']};grid-row:{at['y'] + 1}/span {at['h']}"


def height(name: str) -> int:
    """Return how high a board's picture must be, in pixels."""
    bottoms: list[int] = [panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in load(name)["panels"]]
    return 90 + 44 * max(bottoms)


def chromium() -> str | None:
    """Return the program, None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def photograph(html: Path, picture: Path, high: int) -> None:
    """Let Chromium draw a page."""
    program = chromium()
    if program is None:
        sys.exit("no Chromium here; apt-get install --no-install-recommends chromium")
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}",
            f"--window-size={WIDTH},{high}", "--virtual-time-budget=15000", f"--screenshot={picture}", html.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=180)


def shown(minutes: float, scrape: float) -> Span:
    """Return the time up to now, in no more steps than a chart has points."""
    end = time.time()
    return Span(end - 60 * minutes, end, max(scrape, 60 * minutes / POINTS))


def draw(
    name: str, folder: Path, prometheus: Prometheus, span: Span, chosen: dict[str, str], high: int | None = None
) -> Path:
    """Draw a board into a folder and return its picture; its page lies beside it. `high`: pixels, else all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    html, picture = (folder.absolute() / f"{name}.{kind}" for kind in ("html", "png"))
    html.write_text(page(name, prometheus, span, chosen))
    photograph(html, picture, high or height(name))
    return picture


def main() -> None:
    """Draw what is asked for."""
    asked = argparse.ArgumentParser(prog="python -m grafana.draw", description=__doc__)
    asked.add_argument("prometheus", help="its address")
    asked.add_argument("folder", type=Path, help="where the pictures go")
    asked.add_argument("--minutes", type=float, default=15.0, help="the time shown")
    asked.add_argument("--scrape", type=float, default=5.0, help="seconds between two scrapes")
    asked.add_argument("--verdict", default="tradable")
    asked.add_argument("--height", type=int, help="pixels from the top; the whole board where it is left out")
    asked.add_argument("--board", choices=BOARDS, action="append", help="all where it is left out")
    given = asked.parse_args()
    prometheus = Prometheus(given.prometheus, given.scrape)
    span = shown(given.minutes, given.scrape)
    for name in track(given.board or list(BOARDS), "drawing"):
        draw(name, given.folder, prometheus, span, {**ALL, "verdict": given.verdict}, given.height)


if __name__ == "__main__":
    main()
