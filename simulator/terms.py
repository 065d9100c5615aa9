"""Terms: what the venue asks of whoever trades, and whether it is open, as REST tells it.

Fees are those of Kraken's spot tiers in `leadline.settings`, in percent, by the volume of 30 days.
"""

import time
from collections.abc import Iterable

from leadline.settings import FEE_PROFILES, SPOT_TIERS

Schedule = list[tuple[int, float]]  # from this volume on, so many percent


def schedules() -> tuple[Schedule, Schedule]:
    """Return what a taker and what a maker pays by volume.

    >>> [schedule[1] for schedule in schedules()]
    [(10000, 0.35), (10000, 0.2)]
    """
    tiers = [(volume, FEE_PROFILES[name]) for name, volume in SPOT_TIERS.items()]
    return [(volume, taker / 100) for volume, (_, taker) in tiers], [
        (volume, maker / 100) for volume, (maker, _) in tiers
    ]


class Terms:
    """Of one venue; a test may change them."""

    def __init__(self) -> None:
        self.taker, self.maker = schedules()
        self.volume = 0.0  # of 30 days, of everybody
        self.closed_until_s = 0.0  # of a maintenance, on the monotonic clock
        self.pair_status: dict[str, str] = {}  # of symbols that are not online

    @property
    def status(self) -> str:
        """Return the status of the whole venue."""
        return "maintenance" if time.monotonic() < self.closed_until_s else "online"

    def fees(self) -> tuple[float, float]:
        """Return what a taker and a maker pays at the present volume, in percent."""
        return _at(self.taker, self.volume), _at(self.maker, self.volume)


def _at(schedule: Iterable[tuple[int, float]], volume: float) -> float:
    return [fee for since, fee in schedule if since <= volume][-1]
