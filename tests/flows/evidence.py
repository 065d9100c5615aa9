"""Evidence: many paper trades on simulated markets whose order flow predicts by a known amount.

Origin of the numbers: a signal needs a candle a minute, so trades in great number need many hours, and
hours cost messages. The markets here are sparse (a fortieth of the messages, the same moves), the setups
eager (they arm at most candles and wait for a fair score), and stops nearer, so that a symbol trades seven
to ten times an hour. Fees, fills, targets (2R) and expiry are the line's own; advice is off, so that every
trade is its setup's.
"""

import gc
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

from flows.offline import play, simulated
from leadline.performance import Outcome
from leadline.settings import Settings
from simulator.tape import TapeSpec
from sinks.outcomes import of_row

SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD", "SOL/USD", "DOGE/USD", "ADA/USD", "LTC/USD")
DENSITY = 0.025  # hardly anything is silent for the 10 s that make a book stale
RULE = {"theta": 45.0}
ADVICE = dict.fromkeys(("stop_protection", "false_breakout", "entry_timing", "size_modifier"), False)
EAGER: dict[str, Any] = {
    "fees": {"profile": "kraken_futures"},
    "advice": ADVICE,
    "risk": {"cooldown_seconds": 1.0},
    "hft": {"sample_seconds": 60},
    "indicators": {"ema_fast": 3, "ema_slow": 8, "rsi": 3, "bollinger_sigma": 0.5, "squeeze_fraction": 1.0},
    "setups": {
        "squeeze_breakout": RULE, "ema_pullback": RULE, "vwap_reversion": RULE, "hold_ms": 0, "stop_atr": 0.8,
        "candidate_seconds": 240.0, "breakout_relative_volume": 0.1, "reversion_sigma": 0.5, "reversion_rsi": 45.0,
    },
}  # fmt: skip


class Traded(NamedTuple):
    """An entered signal, and what its costs were."""

    outcome: Outcome
    mid_bps: float  # how far the mid went its way from the decision to the exit: the result before any cost
    cost_r: float  # fees, spread and slippage, in R


def markets(
    predictability: float, hours: float, seeds: Sequence[int], symbols: Sequence[str] = SYMBOLS
) -> list[TapeSpec]:
    """Return a sparse market for each seed."""
    return [
        TapeSpec(seed=seed, hours=hours, symbols=tuple(symbols), depth=10, predictability=predictability, level="L2",
                 density=DENSITY)
        for seed in seeds
    ]  # fmt: skip


def traded(spec: TapeSpec, rules: dict[str, Any] = EAGER) -> list[Traded]:
    """Play a market and return its entered signals, in the account's fill model."""
    gc.set_threshold(50_000, 50, 100)
    found = []
    for row in play(simulated(spec, Settings.model_validate(rules))):
        values = row.values
        if row.table == "paper_trades" and values["account_model"] and (outcome := of_row(values)).entered:
            notional = values["entry_price"] * values["size_base"]
            slippage_quote = 1e-4 * values["slippage_bps"] * notional
            found.append(
                Traded(
                    outcome, 1e4 * (values["gross_quote"] + slippage_quote) / notional,
                    (values["fees_quote"] + slippage_quote) / values["risk_quote"],
                )
            )  # fmt: skip
    return found


def in_processes(specs: Sequence[TapeSpec], rules: dict[str, Any] = EAGER) -> list[list[Traded]]:
    """Return what each market came to; two are played at a time."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(traded, specs, [rules] * len(specs)))
