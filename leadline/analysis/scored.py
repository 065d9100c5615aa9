"""Scored: a signed number with its weight, its reason in words and what it is made of.

Scores run from -100 to 100, positive is bullish. A missing score is None and says why; the
weights of the rest are renormalised, so each part's `share` is what it really counts for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

DEAD_BAND = 10.0  # points: a score nearer to 0 points nowhere
LIMIT = 100.0


@dataclass(frozen=True)
class Scored:
    """One node of the breakdown."""

    name: str
    weight: float  # as configured, among its siblings
    score: float | None  # None is missing
    reason: str
    share: float = 0.0  # the weight renormalised over the siblings that are present
    parts: tuple["Scored", ...] = ()
    silent: bool = False  # not missing for want of data: it has nothing to say, and `reason` says so


def clip(value: float, limit: float = 1.0) -> float:
    """Return a value held to -limit..limit."""
    return min(max(value, -limit), limit)


def shared(parts: Sequence[Scored]) -> tuple[Scored, ...]:
    """Return the parts with their shares, which sum to 1 over those that are present."""
    total = fsum(part.weight for part in parts if part.score is not None)
    return tuple(
        replace(part, share=part.weight / total if part.score is not None and total > 0.0 else 0.0) for part in parts
    )


def mean(parts: Sequence[Scored]) -> float | None:
    """Return the mean of the scores by their shares; None where all are missing."""
    present = [part.share * part.score for part in parts if part.score is not None and part.share > 0.0]
    return clip(fsum(present), LIMIT) if present else None


def combined(name: str, weight: float, parts: Sequence[Scored], reason: str | None = None) -> Scored:
    """Return a score made of parts. Without a reason of its own it takes those of its parts.

    >>> both = combined("both", 1.0, [Scored("a", 0.3, 50.0, "up"), Scored("b", 0.1, None, "no bars")])
    >>> both.score, both.parts[0].share, both.reason
    (50.0, 1.0, 'a: up')
    """
    given = shared(parts)
    score = mean(given)
    said = [f"{part.name}: {part.reason}" for part in given if (part.score is None) == (score is None)]
    return Scored(name, weight, score, "; ".join(said) if reason is None else reason, parts=given)


def direction(score: float | None) -> int:
    """Return -1, 0 or 1: which way a score points; 0 inside the dead band."""
    if score is None or abs(score) < DEAD_BAND:
        return 0
    return 1 if score > 0.0 else -1


def confluence(parts: Sequence[Scored]) -> float | None:
    """Return how much the parts agree on a direction, 0 (not at all) to 1 (all of them); None without parts.

    >>> confluence(shared([Scored("a", 0.5, 80.0, ""), Scored("b", 0.3, 40.0, ""), Scored("c", 0.2, -40.0, "")]))
    0.6
    """
    present = [part for part in parts if part.score is not None]
    if not present:
        return None
    return round(abs(fsum(part.share * direction(part.score) for part in present)), 12)


def missing(part: Scored, path: str = "") -> list[str]:
    """Return what is missing below a score and why, one line each; of a missing one only itself."""
    here = f"{path} {part.name}".strip()
    if part.score is None:
        return [] if part.silent else [f"{here}: {part.reason}"]
    return [line for below in part.parts for line in missing(below, here)]
