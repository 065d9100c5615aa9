"""`leadline run` as a process, watched through what it says and what it stores."""

import subprocess
import sys

import psutil

from tests.flows.live import Live
from tests.flows.processes import ROOT, environment


class Launched(Live):
    """`leadline run`, live against an exchange on loopback, its lines in a file."""

    def __init__(self, folder, mode, *arguments, also=None, **settings):
        self.folder = folder
        self._command = [sys.executable, "-m", "cli.main", "run", "--mode", mode, *arguments]
        self._environment = environment(folder, **{"scalping_engine__enabled": "true"} | settings) | (also or {})
        self.restart()

    def restart(self):
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def said(self, what):
        return [line for line in (self.folder / "log").read_text().splitlines() if what in line]

    def scalper(self, n=1):
        """Wait until the scalper was started for the n-th time; return its process."""
        line = self.until(lambda: self.said("scalper started")[n - 1 :], f"start {n}")[0]
        return psutil.Process(int(line.rpartition(" ")[2].rstrip(")")))
