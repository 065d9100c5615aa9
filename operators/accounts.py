"""The account desk: the paper account of a line, with the rows that it leaves at each event.

Kept by the paper stage and recovered with it.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from leadline.moment import Moment
from leadline.paper import PaperTrade
from leadline.paper_result import result
from leadline.records import Start
from leadline.risk import Account
from leadline.settings import Decision
from operators.paper_rows import account_row


class AccountDesk:
    """An account under the rules of a run; each method that changes it emits an `account` row."""

    def __init__(self) -> None:
        self.decision = Decision()
        self.config_hash = ""
        self.account = Account.fresh(self.decision.paper.equity_quote)

    def begin(self, m: Moment, start: Start, decision: Decision, open_ids: set[str]) -> None:
        """Begin a run with the account of its start record: a whole one, or one that starts with an equity."""
        self.decision, self.config_hash = decision, start.config_hash
        if "start_quote" in start.account:
            self.account = msgspec.convert(start.account, Account)
            positions = self.account.positions
            self.account.positions = {key: value for key, value in positions.items() if key in open_ids}
        else:
            self.account = Account.fresh(float(start.account.get("equity_quote", decision.paper.equity_quote)))
        self.account.roll(m.clock_ns)
        self._tell(m, "start")

    def _tell(self, m: Moment, event: str, trade_id: str | None = None) -> None:
        m.emit("account", account_row(m, self.account, event, trade_id, self.config_hash))

    def roll(self, m: Moment) -> bool:
        """Begin a new UTC day if one has begun; return whether."""
        if not self.account.roll(m.clock_ns):
            return False
        self._tell(m, "day")
        return True

    def settle(self, m: Moment, trade_id: str, pnl_quote: float) -> float:
        """Book the result of a trade; return the equity after it."""
        self.roll(m)
        self.account.settle(trade_id, pnl_quote)
        self._tell(m, "trade", trade_id)
        return self.account.equity_quote

    def value(self, trades: Iterable[PaperTrade]) -> None:
        """Value those of the trades that are the account's at the touch."""
        for trade in trades:
            position = self.account.positions.get(trade.trade_id)
            if position is not None:
                position.open_quote = result(trade, self.decision.fees).pnl_quote

    def latch(self, m: Moment) -> bool:
        """Latch the kill switch if the day has lost its limit; return whether it latched now."""
        self.roll(m)
        if not self.account.latch_if_lost(self.decision, m.clock_ns):
            return False
        self._tell(m, "latch")
        return True

    def command(self, m: Moment, others: Callable[[Moment, Decision], str | None]) -> bool:
        """Obey a person's command, each once; return whether it was new. `others` obeys what is not the account's."""
        event: dict[str, Any] = m.event
        command, command_id = str(event.get("command")), str(event.get("id"))
        reason = str(event.get("reason", ""))
        if self.account.obeyed(command_id):
            return False
        self.roll(m)
        if command == "risk_reset":
            outcome = self._reset(m)
        elif command == "invalid":
            outcome = "refused: see the view rejects"
        else:
            outcome = others(m, self.decision) or "unknown command: nothing was done"
        m.emit("commands", {"ts": m.clock_ns, "command_id": command_id, "command": command, "reason": reason,
                            "result": outcome, "tape_seq": m.seq})  # fmt: skip
        return True

    def _reset(self, m: Moment) -> str:
        """Free the kill switch; return what that did."""
        if not self.account.latched:
            return "the kill switch was not latched"
        self.account.reset(self.decision)
        self._tell(m, "reset")
        spent = "; the day's loss is spent, nothing is tradable before 00:00 UTC" if self.account.day_spent else ""
        return f"kill switch cleared{spent}"
