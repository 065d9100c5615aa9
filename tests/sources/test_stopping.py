"""A storm of signals asks once: no handler waits for another that it interrupted."""

import subprocess
import sys

ASKED = """
import os, subprocess, sys
from sources import stopping

stopping.install()
storm = "import os\\nfor _ in range(30_000): os.kill({0}, 2); os.kill({0}, 15)".format(os.getpid())
other = subprocess.Popen([sys.executable, "-c", storm])
while other.poll() is None:
    stopping.ask()
print(stopping.stopping(), other.returncode)
"""


def test_a_storm_of_signals_is_one_request():
    run = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, timeout=300, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "True 0\n", "")
