"""Say what keeps another user, such as that of a service, from running the interpreter that runs this.

Only root can make such an environment without noticing, and only root can try: for anybody else it says nothing.
uv and pyenv keep the interpreters that they fetch for root below /root, where nobody else may look.
"""

import errno
import os
import subprocess
import sys

NOBODY = 65534
HOMES = ("/root/", "/home/")  # a service with ProtectHome=yes sees neither


def hindrance(python: str) -> str:
    """Return what keeps others from running `python` with Leadline; empty where nothing does, or it cannot be tried."""
    real = os.path.realpath(python)
    for path in (python, real):
        if path.startswith(HOMES):
            return f"{path} is in a home folder"
    command = [python, "-c", "import leadline.errors"]
    try:
        done = subprocess.run(
            command, user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", capture_output=True, text=True, check=False
        )
    except OSError as e:
        return "" if e.errno == errno.EPERM else f"{real}: {e.strerror}"
    return (done.stderr.strip() or "failed").splitlines()[-1] if done.returncode else ""


if __name__ == "__main__" and os.geteuid() == 0 and (found := hindrance(sys.executable)):
    print(
        f"note: only root can run this environment ({found}): a service of another user would end "
        'with status 203/EXEC. For one, see docs/running.md, "As a service".',
        file=sys.stderr,
    )
