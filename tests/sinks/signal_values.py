"""One signal as the line emits it, for the console's tests; values chosen to be read by hand."""

from typing import Any

from leadline.times import SECOND_NS
from tests.sinks.lake_rows import T0

SIGNAL: dict[str, Any] = {
    "signal_id": "s1", "candidate_id": "c1", "ts": T0, "symbol": "BTC/USD", "setup": "squeeze_breakout", "side": "buy",
    "entry": 43512.3, "stop": 43403.5, "target": 43729.9, "expires_at": T0 + 900 * SECOND_NS, "stop_bps": 25.0,
    "target_bps": 50.0, "size_base": 0.0123, "size_quote": 535.2, "risk_quote": 5.61, "strength": 72.4,
    "confidence": 0.33, "calibrated": False, "proven": False, "hft_score": 63.2, "hft_score_linear": 60.0,
    "hft_class": "STRONG_BUY", "hft_confidence": "MEDIUM", "score_imbalance": 71.0, "score_ratio": None,
    "spread_bps": 0.4, "expected_duration": "2-8 min", "alignment": "STRONG_ALIGNMENT", "advice": "enter now",
    "size_modifier": 1.5, "bias": "STRONG_BULLISH", "cost_bps": 12.0, "net_rr": 1.08, "breakeven_win_rate": 0.4805,
    "verdict": "tradable", "reasons": [], "mode": "simulator", "age_s": 0.1, "alerts": [], "data_level": "L2",
    "_mono_ns": 5,
}  # fmt: skip
IMPOSSIBLE = SIGNAL | {
    "verdict": "not_tradable", "reasons": ["impossible"], "cost_bps": 82.4, "net_rr": None, "breakeven_win_rate": None,
}  # fmt: skip
