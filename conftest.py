"""Hypothesis profiles for every test: `dev` while working, `ci` (the same examples each time) in `make check`.

Neither has a deadline: the tests claim what is computed, never how fast.
"""

import os

from hypothesis import settings

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
