"""A flow that runs live against an exchange of ours and soon has something to show on every board.

Its rules are far too eager for a trader: setups arm at nearly every minute, fire at once and end
within seconds. What is shown is still what the line really decided.
"""

import subprocess
import sys
from pathlib import Path

from simulator.exchange import Exchange
from sinks.alerts.endpoints import URLS
from tests.flows.live import Live
from tests.flows.processes import ROOT, environment

SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD")
EAGER: dict[str, object] = {
    "setups__squeeze_breakout__theta": 1, "setups__ema_pullback__theta": 1, "setups__vwap_reversion__theta": 1,
    "setups__breakout_relative_volume": 0.01, "setups__reversion_sigma": 0.01, "setups__reversion_rsi": 49.9,
    "setups__hold_ms": 0, "setups__stop_min_bps": 10, "setups__stop_spreads": 4, "setups__stop_atr": 0.1,
    "setups__expiry_seconds": 4, "indicators__bollinger_sigma": 0.05, "indicators__squeeze_fraction": 1.0,
    "risk__cooldown_seconds": 1, "fees__maker_bps": 0, "fees__taker_bps": 0, "ultimate_analyzer__profile": "scalping",
    "feed__level": "L2", "feed__venue": "simulator",
    "feed__symbols": ",".join(SYMBOLS), "ultimate_analyzer__symbols": ",".join(SYMBOLS),
}  # fmt: skip
TALKATIVE: dict[str, object] = {
    "alerts__enabled": "true", "alerts__simulated": "true", "alerts__trust_seconds": 0, "alerts__cooldown_seconds": 0,
    "alerts__max_per_hour": 1000,
}  # fmt: skip
# Whole ones: a run that begins just before a minute's end stores the rest of that minute before its history has come.
ALL_CANDLES = f"SELECT 1 FROM candles WHERE NOT partial HAVING count(DISTINCT symbol) = {len(SYMBOLS)}"
SOME_SIGNALS = "SELECT 1 FROM paper_trades WHERE account_model AND exit_reason NOT IN ('unfilled', 'abandoned')"


def busy(folder: Path, exchange: Exchange, port: int, people: str | None = None) -> Live:
    """Return the run; it snapshots every second, and tells `people`, an apprise URL, whatever happens."""
    recovery = ("-r", str(folder / "recovery"), "-s", "1", "-b", "0")
    settings = EAGER | {"feed__rest_url": exchange.rest_url, "metrics__port": port}
    if people is None:
        return Live(folder, exchange.url, *recovery, **settings)
    return Live(folder, exchange.url, *recovery, also={URLS: people}, **settings | TALKATIVE)


def analyse(folder: Path) -> str:
    """Analyse the run's symbols as a person does; return what that printed."""
    command = [sys.executable, "-m", "bytewax.run", "flows.analyze"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(folder, **EAGER), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout
