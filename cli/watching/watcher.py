"""One look after another: the metrics each time, the store as often as it can be had cheaply."""

import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from cli.watching.frame import Known
from cli.watching.standing import Signs, standing
from cli.watching.stored import Store, Stored
from cli.watching.told import Metrics, Told
from flows import pulse
from leadline.errors import StoreError
from leadline.positions import Declared
from sinks import catalog, metrics_address, risk_file, risk_lock

INTERRUPTED = "Query interrupted"  # what DuckDB makes of Ctrl-C within a query: a plain RuntimeError
STORE_SHARE = 0.1  # of the time may be spent on asking the store: the run needs the machine


class Watcher:
    """Looks at one data folder. `url` names the metrics; None finds them in the folder."""

    def __init__(self, data_dir: Path, url: str | None = None) -> None:
        self._data_dir = data_dir
        self._url = url
        self._metrics: Metrics | None = None
        self._store: Store | None = None
        self._stored: Stored | None = None
        self._trouble: str | None = None
        self._next = float("-inf")
        self._frames: tuple[float, float] | None = None  # when, how many

    def look(self) -> Known:
        """Return what is known now. Raises StoreError where there is no store."""
        told, wall = self._tell(), time.time()  # before the store: on a loaded machine that takes seconds
        self._look_up(books=told is None)
        signs = Signs() if told is not None else self._signs()
        stands = standing(told, self._stored, signs, wall, self._trouble)
        wall_time = datetime.fromtimestamp(wall, UTC).replace(tzinfo=None)
        live = self._stored is not None and self._stored.run["mode"] == "live"
        return Known(
            stands, told, self._stored, wall_time if live else self._stored and self._stored.newest(), wall_time,
            self._trouble, self._rate(told), *(self._account() if live else (None, ())),
        )  # fmt: skip

    def _signs(self) -> Signs:
        folder = self._data_dir
        return Signs(risk_lock.is_held(folder), pulse.last_sign(folder), pulse.is_launched(folder))

    def _tell(self) -> Told | None:
        """Return what the metrics of this folder's run tell; another run's on the same port do not count."""
        address = metrics_address.read(self._data_dir)
        url = self._url or (address.url if address else None)
        if url is None:
            return None
        if self._metrics is None or self._metrics.url != url:
            self.close_metrics()
            self._metrics = Metrics(url)
        told = self._metrics.ask()
        if told is not None and self._url is None and address is not None and told.started != address.started:
            return None
        return told

    def _look_up(self, books: bool) -> None:
        if time.monotonic() < self._next and (not books or (self._stored and self._stored.books is not None)):
            return
        began = time.monotonic()
        try:
            if self._store is None:
                self._store = Store(self._data_dir)
            self._stored, self._trouble = self._store.look(books), None
        except RuntimeError as e:
            if str(e) != INTERRUPTED:
                raise
            raise KeyboardInterrupt from e
        except duckdb.Error as e:  # a file that was merged away under the query
            self._trouble = catalog.first_line(e)
        self._next = time.monotonic() + (time.monotonic() - began) / STORE_SHARE

    def _rate(self, told: Told | None) -> float | None:
        """Return frames a second since the last look, by the line's own clock of telling."""
        before, self._frames = self._frames, (told.at, told.frames) if told else None
        if told is None or before is None or told.at <= before[0] or told.frames < before[1]:
            return None
        return (told.frames - before[1]) / (told.at - before[0])

    def _account(self) -> tuple[float | None, list[Declared]]:
        """Return the day's limit and the declared positions, as the newest live run left them."""
        try:
            state = risk_file.load(self._data_dir)
        except StoreError:
            return None, []
        return (state.max_daily_loss, state.declared()) if state else (None, [])

    def close_metrics(self) -> None:
        """Let go of the metrics' connection."""
        if self._metrics is not None:
            self._metrics.close()

    def close(self) -> None:
        """Let go of everything."""
        self.close_metrics()
        if self._store is not None:
            self._store.close()
