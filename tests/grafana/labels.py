"""The labels that a live run's metrics may have: each of a closed set, so that a store of them stays small."""

import re
from typing import get_args

from leadline.events import REJECT_REASONS
from leadline.hft import Confidence, HftClass
from leadline.paper import ExitReason
from leadline.setups import SETUPS
from leadline.trust import LEVEL3_REASONS, REASONS
from leadline.trust import STATES as TRUST
from sinks.alerts.alert import DROPPED, HELD, RULES
from sinks.analysis_coverage import COMPONENTS
from sinks.expected_series import ENDS, RESULTS, SIDES, VERDICTS
from sinks.row_metrics import LEVELS, STATES
from tests.grafana.busy import SYMBOLS

NUMBER = re.compile(r"[-+]?(Inf|\d+(\.\d+)?(e-?\d+)?)")
CLOSED = {
    "symbol": set(SYMBOLS), "state": {*TRUST, *STATES}, "channel": None, "level": set(LEVELS),
    "class": set(get_args(HftClass)),
    "reason": {*REASONS, *LEVEL3_REASONS, *REJECT_REASONS, *HELD, *DROPPED}, "rule": set(RULES),
    "result": {*RESULTS, *REASONS, *ENDS}, "setup": set(SETUPS), "side": set(SIDES),
    "verdict": set(VERDICTS), "outcome": set(get_args(ExitReason)), "generation": {"0", "1", "2"},
    "stage": {"book", "candles", "hft", "signals", "paper"}, "venue": {"simulator"}, "le": None, "mode": {"live"},
    "confidence": set(get_args(Confidence)), "component": set(COMPONENTS),
}  # fmt: skip
CHANNELS = {"book", "trade", "instrument", "reply", "status", "heartbeat", "other", "rejected", "level3"}
