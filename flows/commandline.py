"""What the engine was asked for on its command line, as far as it concerns us."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from leadline.errors import ConfigError


class Engine:
    """The engine's options: its recovery store, and whether more than one worker was asked for."""

    def __init__(self, argv: Sequence[str] | None = None, env: Mapping[str, str] | None = None) -> None:
        env = os.environ if env is None else env
        parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
        parser.add_argument("-r", "--recovery-directory", default=env.get("BYTEWAX_RECOVERY_DIRECTORY"))
        parser.add_argument("-w", "--workers-per-process", default=env.get("BYTEWAX_WORKERS_PER_PROCESS"))
        parser.add_argument("-a", "--addresses", default=env.get("BYTEWAX_ADDRESSES"))
        options, _ = parser.parse_known_args(list(sys.argv[1:] if argv is None else argv))
        self.recovery: Path | None = Path(options.recovery_directory) if options.recovery_directory else None
        self._workers: str | None = options.workers_per_process
        self._addresses: str | None = options.addresses

    def check(self) -> None:
        """Raise ConfigError where more than one worker was asked for: a line is one, in one order."""
        if self._workers not in (None, "", "1") or self._addresses:
            raise ConfigError(
                "one line runs on one worker: leave out -w and addresses; for more symbols run more processes, "
                "each with its own feed.symbols and storage.data_dir"
            )
