"""How a run stands: whether what is shown is live, and if not, why and what to do."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cli.watching.stored import Row, Stored
from cli.watching.told import Told
from cli.watching.words import age
from flows.configuration import PATH_VARIABLE
from flows.pulse import QUIET_S

STALE_S = 5.0  # the line tells of itself twice a second, and at least at each tick of a second
SERVICES = Path("/etc/leadline")  # where a service's configuration is, named as its instance: docs/running.md
END_IT = "end it (SIGTERM, then kill -9) and start it again"


class Standing(NamedTuple):
    """`live`: what is shown is now. The sentence says what it is, and what to do where something is wrong.

    `recent`: what is shown is at most a minute or two old, and trust is still what it says.
    """

    live: bool
    word: str
    sentence: str
    recent: bool = False


class Signs(NamedTuple):
    """Signs of a run that need no metrics. `held`: a live run keeps the folder's account; `last` was seen, in seconds.

    `launched`: a launcher starts the scalper whenever it ends.
    """

    held: bool = False
    last: float = 0.0
    launched: bool = False


def standing(
    told: Told | None, stored: Stored | None, signs: Signs, wall_s: float, trouble: str | None = None
) -> Standing:  # fmt: skip
    """Return how it stands at a wall time in seconds.

    `told` is of this folder's own run, None where its metrics do not answer; `trouble` is why the store did not.
    """
    if told is not None:
        return _told(told, stored, wall_s)
    if signs.held and wall_s - signs.last > QUIET_S:
        silent = f"its metrics do not answer, and it has written nothing for {age(wall_s - signs.last)}: {END_IT}"
        return Standing(False, "STANDS STILL", f"a live run keeps this folder, but {silent}")
    if stored is None and trouble:
        return Standing(False, "UNKNOWN", "what ran here cannot be told: `leadline doctor` looks at the store")
    if signs.held:
        return _without_metrics(stored)
    if signs.launched:
        why = "it waits for its first analysis, or its venue is away and it tries again: its output says which"
        return Standing(False, "STARTING", f"`leadline run` lives and has no scalper now: {why}")
    if stored is None:
        return Standing(False, "NOTHING HAS RUN", f"this store is empty; {starts()}")
    return _over(stored, wall_s)


def _told(told: Told, stored: Stored | None, wall_s: float) -> Standing:
    silent_s = wall_s - told.at
    if silent_s <= STALE_S:
        return Standing(True, "RUNNING", _market(stored), recent=True)
    if not told.at:
        return Standing(False, "STARTING", "it has not told anything yet")
    return Standing(
        False,
        f"STALE for {age(silent_s)}",
        "its metrics answer, but the line has told nothing since: it stands still, or the machine is overloaded",
    )


def _without_metrics(stored: Stored | None) -> Standing:
    if stored is None or stored.run["ended_at"] is not None:
        return Standing(False, "STARTING", "a live run has begun, and has not told or stored anything yet")
    why = "a live run keeps this folder, but its metrics do not answer (metrics.port); prices come a minute late"
    return Standing(False, "RUNS WITHOUT METRICS", why, recent=True)


def _over(stored: Stored, wall_s: float) -> Standing:
    run = stored.run
    if run["ended_at"] is not None:
        ended = f"ended {age(wall_s - epoch(run['stored_at']))} ago ({(run['exit_reason'] or '').replace('_', ' ')})"
        return Standing(False, "NOT RUNNING", f"the last run {ended}; {starts(run)}")
    stored_ago = age(wall_s - max(map(epoch, _stored_at(stored))))
    return Standing(
        False,
        "NOT ANSWERING",
        f"the last run has not ended, and stored something {stored_ago} ago: killed, or without metrics",
    )


def starts(run: Row | None = None, env: Mapping[str, str] = os.environ) -> str:
    """Return how to start a run like the last one, which `env` says is a service where its configuration is one's."""
    config = Path(env.get(PATH_VARIABLE, ""))
    if config.parent == SERVICES:
        return f"start the service: `sudo systemctl start leadline@{config.stem}`"
    if run is not None and run["mode"] == "live" and run["venue"] != "simulator":
        return "start it as before: `leadline run`, or the service that ran it"
    return "start one: `make run` (simulated market), `make demo` (live client, our own exchange), or a live feed"


def _market(stored: Stored | None) -> str:
    if stored is None:
        return "nothing is stored yet"
    run = stored.run
    if run["mode"] == "live" and run["venue"] == "simulator":
        return "SIMULATED EXCHANGE, no real prices"
    kinds = {"live": f"LIVE on {run['venue']}, paper only", "simulator": "SIMULATED MARKET, no real prices"}
    return kinds.get(run["mode"], "REPLAY of a tape")


def _stored_at(stored: Stored) -> list[datetime]:
    return [stored.run["stored_at"], *(book["stored_at"] for book in stored.books or ())]


def epoch(time: datetime) -> float:
    """Return a stored time in seconds since the epoch."""
    return time.replace(tzinfo=UTC).timestamp()
