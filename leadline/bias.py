"""Technical bias: which way the slower picture points, as a label and a number.

Where no analysis is in force the tape's own is used: n, the sum of five signs (EMA 9 against
21 on 1, 5 and 15 minutes, close against VWAP, RSI against 50), from -5 to 5.
"""

from typing import Literal

Bias = Literal["STRONG_BULLISH", "WEAK_BULLISH", "NEUTRAL", "WEAK_BEARISH", "STRONG_BEARISH"]

BIAS_NUMBER: dict[Bias, int] = {
    "STRONG_BULLISH": 80, "WEAK_BULLISH": 30, "NEUTRAL": 0, "WEAK_BEARISH": -30, "STRONG_BEARISH": -80,
}  # fmt: skip

STRONG_SIGNS, WEAK_SIGNS = 5, 3


def technical_bias(signs: int) -> Bias:
    """Return the tape's own bias for a sum of signs.

    >>> technical_bias(5), technical_bias(-3), technical_bias(2)
    ('STRONG_BULLISH', 'WEAK_BEARISH', 'NEUTRAL')
    """
    if abs(signs) < WEAK_SIGNS:
        return "NEUTRAL"
    if signs > 0:
        return "STRONG_BULLISH" if signs >= STRONG_SIGNS else "WEAK_BULLISH"
    return "STRONG_BEARISH" if signs <= -STRONG_SIGNS else "WEAK_BEARISH"
