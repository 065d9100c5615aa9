"""How a run stands: whether what is shown is live, and if not, why and what to do."""

from datetime import UTC, datetime
from typing import NamedTuple

from cli.watching.stored import Stored
from cli.watching.told import Told
from cli.watching.words import age

STALE_S = 5.0  # the line tells of itself twice a second, and at least at each tick of a second
STARTS = "start one: `make run` (simulated market), `make demo` (live client, our own exchange), or a live feed"


class Standing(NamedTuple):
    """`live`: what is shown is now. The sentence says what it is, and what to do where something is wrong."""

    live: bool
    word: str
    sentence: str


def standing(
    told: Told | None, stored: Stored | None, held: bool, wall_s: float, trouble: str | None = None
) -> Standing:  # fmt: skip
    """Return how it stands at a wall time in seconds; `held`: a live run keeps the folder's account.

    `told` is of this folder's own run, None where its metrics do not answer; `trouble` is why the store did not.
    """
    if told is not None:
        silent_s = wall_s - told.at
        if silent_s <= STALE_S:
            return Standing(True, "RUNNING", _market(stored))
        if not told.at:
            return Standing(False, "STARTING", "it has not told anything yet")
        return Standing(
            False,
            f"STALE for {age(silent_s)}",
            "its metrics answer, but the line has told nothing since: it stands still, or the machine is overloaded",
        )
    if stored is None and trouble:
        return Standing(False, "UNKNOWN", "what ran here cannot be told: `leadline doctor` looks at the store")
    if stored is None:
        return Standing(False, "NOTHING HAS RUN", f"this store is empty; {STARTS}")
    if held:
        why = "a live run keeps this folder, but its metrics do not answer (metrics.port); prices come a minute late"
        return Standing(False, "RUNS WITHOUT METRICS", why)
    run = stored.run
    if run["ended_at"] is not None:
        ended = f"ended {age(wall_s - epoch(run['stored_at']))} ago ({(run['exit_reason'] or '').replace('_', ' ')})"
        return Standing(False, "NOT RUNNING", f"the last run {ended}; {STARTS}")
    stored_ago = age(wall_s - max(map(epoch, _stored_at(stored))))
    return Standing(
        False,
        "NOT ANSWERING",
        f"the last run has not ended, and stored something {stored_ago} ago: killed, or without metrics",
    )


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
