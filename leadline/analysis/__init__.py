"""The ultimate analyzer: the slow, deep half. One symbol at one time, from closed bars.

In the order in which data flows:

    bars              closed candles of one timeframe, as arrays
    parts             of how many finer bars each was made
    chart, adx        these with their indicators (TA-Lib)       swings  their turning points
    scored            a signed number with its weight, its reason and its parts
    timeframe         what one timeframe says: trend, momentum, structure, bands
    place             what the volume profile says (leadline.volume_profile)
    technical         what the classic indicators say            divergences
    ultimate          the score, its weights, the bias and the confidence
    base_rates        what confidence a market without direction gets
    newest            the last price, and how old data may be
    key_level         the price that must hold
    levels, zones     support and resistance, breakout levels
    steps             the market's smallest steps
    setups, sizing    how it would be traded, and what that costs
    profiles          swing, position, scalping: what each looks at
    profile_analysis  one profile put together
    opposed           plans that are on opposite sides
    ultimate_analysis the entry point
    result            the whole as a tree of plain values
"""

from leadline.analysis.bars import TIMEFRAMES, Bars, Timeframe
from leadline.analysis.place import Trades
from leadline.analysis.result import Analysis, ProfileAnalysis, plain
from leadline.analysis.ultimate import HftReading
from leadline.analysis.ultimate_analysis import Now, analyse, bars_needed

__all__ = [
    "TIMEFRAMES", "Analysis", "Bars", "HftReading", "Now", "ProfileAnalysis", "Timeframe", "Trades", "analyse",
    "bars_needed", "plain",
]  # fmt: skip
