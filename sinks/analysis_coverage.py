"""Coverage: how much of what a score is made of had data, from the breakdown that an analysis stores.

1 is all of it, by the weights as configured: a score of a third of its parts is still 0 to 100, and does not show it.
"""

import json
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

COMPONENTS = ("multi_timeframe", "volume_profile", "technical", "hft_microstructure")

Part = Mapping[str, Any]  # of the breakdown: name, weight, score, silent, parts


def coverage(components: str | None) -> dict[str, float]:
    """Return the coverage of each component, 0 to 1, and of the whole score as `score`.

    Empty where there is no breakdown, or none that can be read.

    >>> coverage('[{"name": "technical", "weight": 0.5, "score": 3.0, "parts": []},'
    ...          ' {"name": "volume_profile", "weight": 0.3, "score": null, "parts": []}]')
    {'technical': 1.0, 'volume_profile': 0.0, 'score': 0.625}
    >>> coverage(None), coverage("[1]")
    ({}, {})
    """
    try:
        given: Sequence[Part] = json.loads(components) if components else ()
        return {part["name"]: _covered(part) for part in given} | ({"score": _mean(given)} if given else {})
    except (ValueError, KeyError, TypeError):
        return {}


def _covered(part: Part) -> float:
    if part["score"] is None and not part.get("silent"):
        return 0.0
    return _mean(part.get("parts") or ())


def _mean(parts: Sequence[Part]) -> float:
    total = fsum(part["weight"] for part in parts)
    return fsum(part["weight"] * _covered(part) for part in parts) / total if total > 0.0 else 1.0
