"""Hypothesis profiles for every test: `dev` while working, `ci` (the same examples each time) in `make check`.

Neither has a deadline, nor minds slow examples: the tests claim what is computed, never how fast, and a busy
machine is slow. What a person has set for a terminal or for the way out of a network is not for the tests,
which look at whole texts and talk to this machine alone.
"""

import os

from hypothesis import HealthCheck, settings

SET_BY_A_PERSON = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
                   "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")  # fmt: skip

for name in SET_BY_A_PERSON:
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", PATIENT)
settings.register_profile("ci", PATIENT, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
