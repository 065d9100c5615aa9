"""The bias record: what an analysis hands to the line, as a record of the tape.

It holds what the line goes by: the bias with its key level, the levels whose passing is a break, and the
setups with their entry zones. Prices are in quote currency, times in ns since the epoch, UTC.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from leadline.bias import BIAS_NUMBER, Bias
from leadline.hft import Confidence

MOST_PRICE = 1e12  # whole units of any instrument below it, and no infinity
Price = Annotated[float, msgspec.Meta(gt=0.0, lt=MOST_PRICE)]
Time = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]  # the year 2116
Figure = Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
VERDICTS = {"tradable": "tradable, unproven", "not_tradable": "not tradable"}  # nothing of a plan is calibrated
MOST = 8  # breakouts, and setups: far above what an analysis gives


class Target(msgspec.Struct, frozen=True):
    """Where a setup takes its profit."""

    price: Price


class EntryPlan(msgspec.Struct, frozen=True):
    """A setup: a zone to enter in, where it is wrong, where it leads."""

    horizon: Word
    side: Literal["buy", "sell"]
    entry_low: Price
    entry_high: Price
    stop: Price
    targets: Annotated[tuple[Target, ...], msgspec.Meta(min_length=1)]
    lasts_high_seconds: Annotated[float, msgspec.Meta(gt=0.0, lt=1e10)]  # it is over after that
    verdict: Literal["tradable", "not_tradable"] | None = None  # None: nobody counted what it costs
    cost_bps: Figure | None = None
    net_rr: Figure | None = None  # of the first target, after fees
    risk_fraction: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] | None = None  # of equity at its stop; None: no size
    confidence: Confidence | None = None  # a class of agreement, no probability; None: nobody told it
    warnings: tuple[str, ...] = ()  # of its analysis: what stands in its way, targets beyond anything traded

    @property
    def sign(self) -> int:
        """Return +1 for a long, -1 for a short."""
        return 1 if self.side == "buy" else -1

    @property
    def worth(self) -> str:
        """Return what it costs and what is left of it, in words; no setup of an analysis has been proven.

        >>> EntryPlan("swing", "buy", 98.0, 99.0, 97.0, (Target(103.0),), 60.0, "tradable", 80.0, 1.08).worth
        'tradable, unproven: costs 80.0 bps, net R:R 1.08, needs 48% to win, prior 33%'
        """
        if self.verdict is None or self.cost_bps is None:
            return "its cost is not known"
        net = "" if self.net_rr is None else f", net R:R {self.net_rr:.2f}"
        if self.net_rr is not None and self.net_rr > 0.0:
            net += f", needs {1.0 / (1.0 + self.net_rr):.0%} to win, prior {self.prior:.0%}"
        return f"{VERDICTS[self.verdict]}: costs {self.cost_bps:.1f} bps{net}"

    @property
    def prior(self) -> float:
        """Return the win rate of a market without direction, entered at the zone's worst price."""
        worst = self.entry_high if self.side == "buy" else self.entry_low
        return (worst - self.stop) / (self.targets[0].price - self.stop)

    @property
    def better(self) -> float:
        """Return the zone's best price: the edge that is nearer to the stop."""
        return self.entry_low if self.side == "buy" else self.entry_high

    def over(self, touch: float) -> bool:
        """Return whether the price that a taker would leave at has reached the stop or the first target."""
        return self.sign * (touch - self.stop) <= 0 or self.sign * (touch - self.targets[0].price) >= 0


class BreakLevel(msgspec.Struct, frozen=True):
    """A price beyond which a zone has given way."""

    side: Literal["up", "down"]
    level: Price
    reason: str = ""

    @property
    def sign(self) -> int:
        """Return +1 upwards, -1 downwards."""
        return 1 if self.side == "up" else -1


class BiasRecord(msgspec.Struct, frozen=True):
    """The bias of a symbol until its time is over."""

    id: Word  # the same for the same content
    symbol: Word
    venue: Word  # whose market was analysed
    as_of: Time
    valid_until: Time
    bias: Bias
    key_level: Price | None
    breakouts: Annotated[tuple[BreakLevel, ...], msgspec.Meta(max_length=MOST)] = ()
    setups: Annotated[tuple[EntryPlan, ...], msgspec.Meta(max_length=MOST)] = ()
    made_up: bool = False  # by a simulated market, so that one can be tried: nothing was analysed

    def worth(self, plan: EntryPlan) -> str:
        """Return what one of its plans costs and what is left of it, in words."""
        return "made up, so without a cost" if self.made_up and plan.verdict is None else plan.worth

    def opposed(self, plan: EntryPlan) -> str:
        """Return which other plans are on the other side and could be entered, too, in words; empty if none is."""
        against = [one for one in self.setups if one.sign != plan.sign and one.verdict != "not_tradable"]
        return " and ".join(f"the {one.horizon} {one.side}" for one in against)

    @property
    def number(self) -> int:
        """Return the bias in numbers, -80 to 80."""
        return BIAS_NUMBER[self.bias]

    @property
    def side(self) -> int:
        """Return +1 if it is bullish, -1 if it is bearish, else 0."""
        return (self.number > 0) - (self.number < 0)


def payload(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bias record of a row of the table `bias`, whose id follows from all that it says.

    >>> row = {"symbol": "A/B", "venue": "kraken", "as_of": 1, "valid_until": 2, "bias": "NEUTRAL",
    ...        "key_level": None, "breakouts": "[]", "setups": "[]"}
    >>> [payload(row | change)["id"] == payload(row)["id"] for change in ({"score": 51.0}, {"as_of": 0})]
    [True, False]
    """
    said = {name: row[name] for name in ("symbol", "venue", "as_of", "valid_until", "bias", "key_level")}
    for name, kind in (("breakouts", tuple[BreakLevel, ...]), ("setups", tuple[EntryPlan, ...])):
        said[name] = msgspec.to_builtins(msgspec.json.decode(row[name] or "[]", type=kind))
    digest = hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()
    return {"id": digest[:16], **said}


def understood(plain: Any) -> BiasRecord:
    """Return the record of a tape's JSON; raises ValueError, in words, where it cannot be obeyed."""
    found = msgspec.convert(plain, BiasRecord)  # its error is a ValueError
    if found.valid_until <= found.as_of:
        raise ValueError(f"it is over before it begins: as_of {found.as_of}, valid_until {found.valid_until}")
    for setup in found.setups:
        worst, sign = setup.entry_high if setup.sign > 0 else setup.entry_low, setup.sign
        if setup.entry_low > setup.entry_high or sign * (setup.better - setup.stop) <= 0:
            raise ValueError(
                f"a {setup.side} setup enters from {setup.entry_low:g} to {setup.entry_high:g}, with its stop at "
                f"{setup.stop:g}: the stop must lie behind the whole zone"
            )
        if sign * (setup.targets[0].price - worst) <= 0:
            raise ValueError(f"a {setup.side} setup has its target at {setup.targets[0].price:g}, not beyond its entry")
    return found
