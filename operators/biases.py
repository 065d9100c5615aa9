"""The bias desk: the bias in force of each symbol, from the records on the tape.

Kept by the signals stage and recovered with it; all that the line does by a bias it does by what is in force
here, so `hybrid_mode.bias` is decided here alone. A bias is in force from its record to its `valid_until`, on
the tape's clock. A record is obeyed once; one that is older than what is known is not.
"""

from leadline.bias_record import BiasRecord
from leadline.moment import Moment
from leadline.settings import HybridMode
from leadline.shown import shown_price
from leadline.times import utc


class BiasDesk:
    """The biases of a line; what changes them is told as a notice."""

    def __init__(self) -> None:
        self.of: dict[str, BiasRecord] = {}
        self.waiting: dict[str, BiasRecord] = {}  # come into force when the one of their symbol is over
        self.newest: dict[str, tuple[int, str]] = {}  # time and id of the newest record by symbol

    def now(self, symbol: str, now_ns: int) -> BiasRecord | None:
        """Return a symbol's bias in force, or None."""
        for known in (self.of.get(symbol), self.waiting.get(symbol)):
            if known is not None and now_ns < known.valid_until:
                return known
        return None

    def take(self, m: Moment, record: BiasRecord, rules: HybridMode) -> None:
        """Obey a record, where biases count; where a new one does not renew the old, it waits until that is over."""
        symbol = record.symbol
        as_of, known_id = self.newest.get(symbol, (0, ""))
        if record.as_of < as_of or record.id == known_id:
            return
        self.newest[symbol] = record.as_of, record.id
        if not rules.bias:
            self._tell(m, symbol, f"bias {words(record)}: left out, since hybrid_mode.bias is false")
            return
        held = self.of.get(symbol)
        if rules.morning_bias_update or held is None or m.clock_ns >= held.valid_until:
            self.waiting.pop(symbol, None)
            self._begin(m, record)
        else:
            self.waiting[symbol] = record
            self._tell(m, symbol, f"{record.bias} waits until the bias in force is over at {clock(held.valid_until)}")

    def tick(self, m: Moment) -> None:
        """Put away what is over."""
        for symbol, held in list(self.of.items()):
            if m.clock_ns < held.valid_until:
                continue
            del self.of[symbol]
            follows = self.waiting.pop(symbol, None)
            if follows is not None and m.clock_ns < follows.valid_until:
                self._begin(m, follows)
            else:
                self._tell(m, symbol, f"the bias of {clock(held.as_of)} is over: nothing is filtered until the next")

    def _begin(self, m: Moment, record: BiasRecord) -> None:
        self.of[record.symbol] = record
        self._tell(m, record.symbol, f"bias {words(record)}")

    @staticmethod
    def _tell(m: Moment, symbol: str, text: str) -> None:
        m.emit("notice", {"ts": m.clock_ns, "symbol": symbol, "text": text})


def words(record: BiasRecord) -> str:
    """Return a bias in words.

    >>> words(BiasRecord("b", "A/B", "kraken", 0, 3600 * 10**9, "WEAK_BEARISH", 99.5))
    'WEAK_BEARISH until 01:00 UTC, key level 99.5, of the analysis of 00:00 UTC'
    >>> from leadline.bias_record import EntryPlan
    >>> plan = EntryPlan("swing", "sell", 99.8, 100.0, 101.1, (), 60.0)
    >>> words(BiasRecord("b", "A/B", "kraken", 0, 1, "WEAK_BEARISH", 99.4567, setups=(plan,)))[30:46]
    'key level 99.5, '
    >>> words(BiasRecord("b", "A/B", "simulator", 0, 3600 * 10**9, "NEUTRAL", None, made_up=True))
    'NEUTRAL until 01:00 UTC, no key level, made up and not analysed'
    """
    on_steps = [price for plan in record.setups for price in (plan.entry_low, plan.entry_high, plan.stop)]
    level = "no key level" if record.key_level is None else f"key level {shown_price(record.key_level, on_steps)}"
    origin = "made up and not analysed" if record.made_up else f"of the analysis of {clock(record.as_of)}"
    return f"{record.bias} until {clock(record.valid_until)}, {level}, {origin}"


def clock(ns: int) -> str:
    """Return a time of day, UTC."""
    return f"{utc(ns):%H:%M} UTC"
