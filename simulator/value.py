"""Value: where the market's price wants to be, and how much its order book shows of it.

The value moves by jumps of chance size. *Pressure*, -1 to 1 and positive for buying, is what the
book shows: its own noise, which forgets itself within half a minute, and the regime's wish.
Predictability p ties the two together. The chance that a jump goes up is (1 + bias) / 2 with

    bias = obedience * wish + p * LEAD * noise,     obedience = min(1, 2p)

so at p = 0 every jump is a fair coin thrown apart from everything that can be seen: pressure is
then pure noise and regimes change volatility only. At p > 0 the pressure leads the price by as
long as it lasts. Prices in price units, times in ns.
"""

from math import sqrt

from leadline.times import MINUTE_NS
from simulator.averages import DayAverage, MinuteAverages
from simulator.chance import Draw, bell, between, dice
from simulator.regimes import Segment, schedule

NOISE_TAU_S = 25.0  # the noise in the pressure forgets itself over this long
NOISE = 0.29  # its deviation
WISH_PRESSURE = 0.36  # of a regime, times p
WISH_TAU_S = 8.0
FORESIGHT_NS = 15_000_000_000  # the pressure of the next regime begins this much before it
LEAD = 0.35
MAX_BIAS = 0.9
MAX_PRESSURE = 0.85
TAIL = 0.03  # share of jumps that are three times as large
STRETCH_SIGMAS, STRETCH_BPS = 2.6, 18.0  # how far from the day's average a shock wants to go
STRETCH_LIMITS_BPS = (55.0, 150.0)
RETURN = 0.8  # of the distance from the day's average, after a shock
CROSS_PACE, HOLD_PACE = 12.0, 6.0  # bps a minute at most, towards an average


class Value:
    """The value and the pressure of one symbol."""

    def __init__(
        self, symbol: str, seed: int, start_ns: int, price: float, volatility: float, p: float, sparse: bool = False
    ) -> None:
        self.price = price
        self.pressure = 0.0
        self.now_ns = start_ns
        self.day = DayAverage(price)
        self.minutes = MinuteAverages(start_ns, price)
        self._volatility = volatility
        self._sparse = sparse  # whether so much time lies between steps that several jumps are due at one
        self._lead = p * LEAD
        self._obedience = min(1.0, 2.0 * p)
        self._wish_pressure = p * WISH_PRESSURE
        self._draw: Draw = dice(seed, symbol, "value")
        self._noise_draw: Draw = dice(seed, symbol, "pressure")
        self._schedule = schedule(dice(seed, symbol, "regimes"))
        self._noise = self._wish = 0.0
        self._held = 0.0  # weight of the price since it last moved
        self._next = next(self._schedule)
        self._end_ns = start_ns
        self._enter()

    def _enter(self) -> None:
        """Begin the next segment."""
        self.segment = segment = self._next
        self._next = next(self._schedule)
        self._end_ns += int(segment.minutes * MINUTE_NS)
        self.activity = segment.activity
        self._capacity = 60.0 * self.activity.jumps * self.activity.jump_bps * self._volatility  # bps a minute
        self._drift = self._first_drift(segment)

    def _first_drift(self, segment: Segment) -> float:
        """Return the signed drift of a segment in bps a minute, as far as it is known when it begins."""
        away, scale = self.day.away_bps(self.price), self._volatility
        if segment.aim == "return":
            pace = max(scale * segment.amount, RETURN * abs(away) / segment.minutes)
            return segment.side * pace
        if segment.aim == "stretch":
            least, most = STRETCH_LIMITS_BPS
            goal = STRETCH_SIGMAS * self.day.sigma_bps() + scale * STRETCH_BPS
            cover = min(max(goal - segment.side * away, scale * least), scale * most)
            return segment.side * cover / segment.minutes
        return segment.side * scale * segment.amount if segment.aim == "drift" else 0.0

    def _following_drift(self, segment: Segment) -> float:
        """Return the signed drift towards a segment's place among the averages, in bps a minute."""
        slow, scale = self.minutes.slow, self._volatility
        if segment.aim == "between":
            goal = slow + segment.amount * (self.minutes.slower - slow)
        else:
            goal = slow * (1.0 + segment.side * scale * segment.amount * 1e-4)
        pace = scale * (CROSS_PACE if segment.aim == "cross" else HOLD_PACE)
        return min(max(1.4e4 * (goal / self.price - 1.0), -pace), pace)

    def advance(self, now_ns: int) -> bool:
        """Go on to this time; return whether the value jumped."""
        dt_s = (now_ns - self.now_ns) * 1e-9
        self.now_ns = now_ns
        if now_ns >= self._end_ns:
            self._look_back(now_ns)
            self._enter()
        self._press(now_ns, dt_s)
        activity = self.activity
        self._held += dt_s * activity.volume
        due = activity.jumps * dt_s
        if self._draw() >= due:
            return False
        self._look_back(now_ns)
        self._jump()
        if self._sparse and due > 1.0:
            for _ in range(int(due - self._draw())):  # due - 1 of them, on average
                self._jump()
        return True

    def _look_back(self, now_ns: int) -> None:
        """Take the price that held until now into the averages."""
        self.day.add(now_ns, self.price, self._held)
        self.minutes.add(now_ns, self.price)
        self._held = 0.0

    def _press(self, now_ns: int, dt_s: float) -> None:
        side = self._next.side if now_ns > self._end_ns - FORESIGHT_NS else self.segment.side
        self._wish += (self._wish_pressure * side - self._wish) * dt_s / (WISH_TAU_S + dt_s)
        part = dt_s / NOISE_TAU_S
        self._noise += NOISE * sqrt(2.0 * part) * bell(self._noise_draw) - self._noise * part
        pressure = self._noise + self._wish
        self.pressure = MAX_PRESSURE if pressure > MAX_PRESSURE else max(pressure, -MAX_PRESSURE)

    def _jump(self) -> None:
        draw, segment = self._draw, self.segment
        if segment.aim in ("cross", "beyond", "between"):
            self._drift = self._following_drift(segment)
        bias = self._obedience * self._drift / self._capacity + self._lead * self._noise
        bias = min(max(bias, -MAX_BIAS), MAX_BIAS)
        size = self.activity.jump_bps * self._volatility * between(draw, 0.25, 1.75)
        if draw() < TAIL:
            size *= 3.0
        up = draw() < 0.5 + 0.5 * bias
        self.price *= 1.0 + (size if up else -size) * 1e-4
        if segment.aim == "cross" and segment.side * (self.price - self.minutes.slow) > 0.0:
            self._cross_done(segment)

    def _cross_done(self, segment: Segment) -> None:
        beyond_bps = 1e4 * segment.side * (self.price / self.minutes.slow - 1.0)
        if beyond_bps >= self._volatility * segment.amount:
            self._end_ns = self.now_ns
