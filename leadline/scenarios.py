"""Swing scenarios: what the book says where price is in an entry zone, or through a break level, of the analysis.

docs/signals.md section 10. The book is against what the analysis calls for where its score is moderate or more on
the other side, and speaks only once it has said the same for some seconds. Each thing is said once a bias,
and nothing of a plan that has come to its stop or its first target. What takes back something said before
names it: a reader who acted on that has to know. The verdict on a break is held while the scalp that it is
measured by may live: a score turns within seconds, and who acted on the verdict has a stop for that.
"""

from typing import Literal

import msgspec

from leadline.bias_record import BiasRecord, BreakLevel, EntryPlan

ZoneAction = Literal["ENTER", "WAIT"]
BreakAction = Literal["CONFIRMED", "FAKE"]


class Stance(msgspec.Struct):
    """What the book has leaned to without a break, and what has been said."""

    leaning: str | None = None
    since_ns: int = 0
    said: dict[str, int] = msgspec.field(default_factory=dict)  # and when, ns

    def settled(self, leaning: str | None, now_ns: int, hold_ns: int, held_ns: int = 0) -> bool:
        """Take what it leans to now; return whether that has lasted, and is new; what was said is held so long."""
        if leaning != self.leaning:
            self.leaning, self.since_ns = leaning, now_ns
        if leaning is None or leaning in self.said or now_ns - self.since_ns < hold_ns:
            return False
        if any(now_ns - then < held_ns for then in self.said.values()):
            return False
        self.said[leaning] = now_ns
        return True

    @property
    def before_last(self) -> tuple[str, int] | None:
        """What the newest thing said takes back, and when that was said."""
        return list(self.said.items())[-2] if len(self.said) > 1 else None


class ZoneWatch(msgspec.Struct):
    """One setup's entry zone."""

    plan: EntryPlan
    stance: Stance = msgspec.field(default_factory=Stance)

    def observe(
        self, touch: float, push: float, moderate: float, now_ns: int, hold_ns: int, kept_out: bool = False
    ) -> ZoneAction | None:
        """Take the price a taker would enter at, and the side's share of the score; return what to say.

        What the bias keeps out waits, whatever the book says. Once WAIT was said, the book has to be against it no
        more; a push that is merely less than moderate will not do. Once ENTER was said, who followed it is in:
        nothing is said any more.
        """
        if "ENTER" in self.stance.said:
            return None
        inside = self.plan.entry_low <= touch <= self.plan.entry_high
        improvable = self.plan.sign * (touch - self.plan.better) > 0  # a better price may come
        against = push <= -moderate or ("WAIT" in self.stance.said and push < 0 and improvable)
        action: ZoneAction = "WAIT" if against or kept_out else "ENTER"
        leaning = action if inside and (action == "ENTER" or improvable or kept_out) else None
        return action if self.stance.settled(leaning, now_ns, hold_ns) else None


class BreakWatch(msgspec.Struct):
    """One level whose passing is a break. It has to be seen on the near side first."""

    level: BreakLevel
    near: bool = False
    stance: Stance = msgspec.field(default_factory=Stance)
    returned: bool = False  # price was on the near side again after the first verdict: what comes is another break

    def observe(
        self, mid: float, push: float, moderate: float, now_ns: int, hold_ns: int, held_ns: int
    ) -> BreakAction | None:
        """Take the mid and the break's share of the score; return what to say. A verdict is held for `held_ns`."""
        beyond = self.level.sign * (mid - self.level.level)
        if beyond < 0:
            self.near, self.returned = True, bool(self.stance.said)
        action: BreakAction = "CONFIRMED" if push > 0 else "FAKE"
        leaning = action if self.near and beyond > 0 and abs(push) >= moderate else None
        return action if self.stance.settled(leaning, now_ns, hold_ns, held_ns) else None


class Watches(msgspec.Struct):
    """All that is watched of one symbol under one bias."""

    bias_id: str
    zones: list[ZoneWatch]
    breaks: list[BreakWatch]

    @classmethod
    def of(cls, bias: BiasRecord) -> "Watches":
        """Return what a bias has to watch."""
        return cls(bias.id, [ZoneWatch(one) for one in bias.setups], [BreakWatch(one) for one in bias.breakouts])

    def interrupted(self) -> None:
        """Forget what lasted: it is not known across an outage."""
        for stance in [*(one.stance for one in self.zones), *(one.stance for one in self.breaks)]:
            stance.leaning = None
