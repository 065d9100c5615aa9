"""Regenerate the goldens: `python -m tests.golden` (make golden). Review the change as a diff."""

from tests.golden.default_market import PATH, measured, write

if __name__ == "__main__":
    write(measured())
    print(PATH.read_text())
