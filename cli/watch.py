"""`leadline watch`: the running flow at a glance, in the terminal, read from its metrics and its store."""

import argparse
import os
import re
import signal
import sys
import time
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import store
from leadline.errors import StoreError

if TYPE_CHECKING:
    from cli.watching.watcher import Watcher

PIPE_WIDTH, PIPE_HEIGHT = 100, 30  # of a frame that goes to no terminal
FONTS_FROM_AFAR = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # a picture fetches nothing
KINDNESS = 10  # the flow comes first


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("watch", help="watch the running flow: books, trades, signals, account")
    parser.add_argument("--once", action="store_true", help="print one frame and end; so it is in a pipe")
    parser.add_argument(
        "--refresh", type=_seconds, default=1.0, metavar="S", help="seconds between frames (default: 1)"
    )
    parser.add_argument("--metrics", metavar="URL", help="where the run's metrics are (default: as the run says)")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write one frame as a picture and end")
    store.add_data_dir(parser)
    parser.set_defaults(do=do)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.1 and 3600")
    return value


def do(arguments: argparse.Namespace) -> None:
    """Show frames until Ctrl-C, or one."""
    from cli.watching.watcher import Watcher

    watcher = Watcher(store.data_dir(arguments), arguments.metrics)
    try:
        if arguments.once or arguments.svg or not sys.stdout.isatty():
            _one(watcher, arguments.svg)
        else:
            with suppress(KeyboardInterrupt):
                _many(watcher, arguments.refresh)
    finally:
        watcher.close()


def _one(watcher: "Watcher", svg: Path | None) -> None:
    from rich.console import Console

    from cli.watching.frame import frame

    out = None if svg is None else StringIO()
    console = Console(file=out, highlight=False, markup=False, emoji=False, record=svg is not None)
    if not console.is_terminal:
        console.height = PIPE_HEIGHT
        if "COLUMNS" not in os.environ:
            console.width = PIPE_WIDTH
    if svg is not None:  # the rate of frames takes two looks
        watcher.look()
        time.sleep(1.0)
    known = watcher.look()
    console.print(frame(known, console))
    if svg is not None:
        try:
            svg.write_text(FONTS_FROM_AFAR.sub("", console.export_svg(title="leadline watch")))
        except OSError as e:
            raise StoreError(f"cannot write {str(svg)!r}: {e.strerror or e}") from e


def _many(watcher: "Watcher", refresh: float) -> None:
    from rich.console import Console
    from rich.live import Live

    asked: list[int] = []  # to end; a query of DuckDB that ends just then may swallow the exception

    def end(number: int, stack: Any) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)  # as Ctrl-C: the terminal is given back
    os.nice(KINDNESS)
    console = Console(highlight=False, markup=False, emoji=False)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while not asked:
            began = time.monotonic()
            live.update(_frame_or_wait(watcher, console), refresh=True)
            time.sleep(max(0.0, refresh - (time.monotonic() - began)))


def _frame_or_wait(watcher: "Watcher", console: Any) -> Any:
    from rich.text import Text

    from cli.watching.frame import frame
    from cli.watching.standing import starts

    try:
        return frame(watcher.look(), console)
    except StoreError as e:
        return Text(f"{e}\n\nWaiting for it; {starts()}. Ctrl-C ends.")
