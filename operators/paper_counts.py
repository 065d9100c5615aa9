"""Counts of the paper stage: signals, trades and their tallies, for the run's row and the metrics.

The hash chains are here too: one over the signals, one over what became of them. Nothing here
decides anything.
"""

from typing import Any

from leadline.paper import NO_OUTCOME
from leadline.risk import Account
from leadline.signals import chain
from leadline.tally import Tally


class PaperCounts:
    """What the paper stage has seen since its run began, and since the metrics last asked."""

    def __init__(self) -> None:
        self.n_signals = 0
        self.n_trades = 0  # signals whose trade in the account's fill model has ended
        self.signals_digest = b""
        self.trades_digest = b""
        self.tallies: dict[tuple[str, str], Tally] = {}  # by symbol and verdict, in the account's fill model
        self.by_setup: dict[tuple[str, str], Tally] = {}  # and by setup and verdict
        self._signals: dict[tuple[str, str, str], int] = {}
        self._trades: dict[tuple[str, str, str], int] = {}  # by symbol, how it ended, and verdict
        self._results_r: dict[tuple[str, str], list[float]] = {}  # in R, by symbol and verdict
        self._opened: dict[str, int] = {}  # open trades by symbol, as last told
        self._results: dict[tuple[str, str, str], int] = {}  # by setup, verdict, and won or lost

    def signal(self, row: dict[str, Any]) -> None:
        """Take in a signal's row."""
        self.n_signals += 1
        self.signals_digest = chain(self.signals_digest, row)
        key = (row["symbol"], row["side"], row["verdict"])
        self._signals[key] = self._signals.get(key, 0) + 1

    def trade(self, row: dict[str, Any]) -> None:
        """Take in the row of a trade that has ended."""
        self.trades_digest = chain(self.trades_digest, row)
        if not row["account_model"]:
            return
        self.n_trades += 1
        symbol, verdict, reason, r = row["symbol"], row["verdict"], row["exit_reason"], row["r_multiple"]
        how = (symbol, reason, verdict)
        self._trades[how] = self._trades.get(how, 0) + 1
        if reason in NO_OUTCOME:
            return
        setup, pnl, needed = row["setup"], row["pnl_quote"], row["breakeven_win_rate"]
        self.tallies.setdefault((symbol, verdict), Tally()).add(pnl, r, needed)
        self.by_setup.setdefault((setup, verdict), Tally()).add(pnl, r, needed)
        result = (setup, verdict, "won" if pnl > 0 else "lost")
        self._results[result] = self._results.get(result, 0) + 1
        if r is not None:
            self._results_r.setdefault((symbol, verdict), []).append(r)

    def run(self, account: Account) -> dict[str, Any]:
        """Return what the run's last row says of its signals and trades."""
        return {
            "signals": self.n_signals, "signals_hash": self.signals_digest.hex(), "trades": self.n_trades,
            "trades_hash": self.trades_digest.hex(), "equity_quote": account.equity_quote,
            "max_drawdown": account.max_drawdown,
        }  # fmt: skip

    def telemetry(self, account: Account) -> dict[str, Any]:
        """Return what the metrics should know: counts since the last call, and values now."""
        signals, self._signals = self._signals, {}
        trades, self._trades = self._trades, {}
        r_multiples, self._results_r = self._results_r, {}
        results, self._results = self._results, {}
        tallies = self.tallies
        return {
            "signals": signals,
            "paper": {
                "trades": trades,
                "r_multiples": r_multiples,
                "outcomes": {key: t.n for key, t in tallies.items()},
                "win_rate": {key: t.win_rate for key, t in tallies.items() if t.win_rate is not None},
                "win_rate_lower": {key: t.win_rate_lower for key, t in tallies.items()},
                "expectancy_r": {key: t.expectancy_r for key, t in tallies.items() if t.expectancy_r is not None},
                "break_even": {key: t.break_even for key, t in tallies.items() if t.break_even is not None},
                "impossible": {key: t.impossible for key, t in tallies.items()},
                "setup_results": results,
                "setups": self._setups({(setup, verdict) for setup, verdict, _ in results}),
                "equity_quote": account.equity_quote,
                "marked_quote": account.marked_quote,
                "drawdown": account.drawdown,
                "day_loss": account.day_loss,
                "open_trades": len(account.positions),
                "symbol_trades": self._open(account),
                "open_risk_quote": account.open_risk_quote,
                "kill_switch": int(account.latched),
            },
        }

    def _open(self, account: Account) -> dict[str, int]:
        """Return the open trades of each symbol that has, or had, one."""
        self._opened = dict.fromkeys(self._opened, 0)
        for position in account.positions.values():
            self._opened[position.symbol] = self._opened.get(position.symbol, 0) + 1
        return self._opened

    def _setups(self, changed: set[tuple[str, str]]) -> dict[tuple[str, str], dict[str, float]]:
        """Return what is known of the setups and verdicts that have new results; the others are as last told."""
        return {key: _known(self.by_setup[key]) for key in sorted(changed)}


def _known(tally: Tally) -> dict[str, float]:
    values = {
        "win_rate": tally.win_rate, "win_rate_lower": tally.win_rate_lower, "break_even": tally.break_even,
        "impossible": tally.impossible, "expectancy_r": tally.expectancy_r, "profit_factor": tally.profit_factor,
        "payoff_ratio": tally.payoff_ratio,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}
