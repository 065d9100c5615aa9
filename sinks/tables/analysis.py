"""Tables of the batch analysis. Column lines: see `sinks.tables.table`."""

from sinks.tables.table import LATEST, WORLD, table

TABLES = (
    table(
        "analyses", "one analysis of a symbol, of the bars that were closed by then", fast=True, time="as_of",
        id=("as_of", "symbol", "config_hash", WORLD), prefer=LATEST,
        columns="""
as_of             time  nothing later was looked at
symbol            text  base / quote
profile           text  swing, position or scalping: whose score, bias and key level these are
score             real  0 to 100, 50 is neutral; NULL where the history is too short or too old
components        text  JSON: its four components with weight, share, score, reason and parts
bias              text  STRONG_BULLISH to STRONG_BEARISH
confidence        text  HIGH, MEDIUM or LOW; a class, not a probability
key_level         real  price that must hold for the bias to stand
key_level_reason  text  what it is
setups            text  JSON: the setups of all horizons, with their cost
price             real  newest close of any timeframe; detail says when
hft_score         real  of the order book, where a reading was fresh
missing           list  what was missing, and why
detail            text  JSON: the whole analysis with its three profiles
config_hash       text  12 hex digits over the settings that an analysis depends on
"""),
    table(
        "bias", "the bias of a symbol from one analysis until its time is over", fast=True, time="as_of",
        id=("as_of", "symbol", WORLD), prefer=LATEST,
        columns="""
as_of             time  when it was made
symbol            text  base / quote
bias              text  STRONG_BULLISH to STRONG_BEARISH
key_level         real  longs above it, shorts below it; NULL where there is none
key_level_reason  text  what it is
valid_until       time  an hour after the next scheduled analysis; NEUTRAL from then on
profile           text  swing, position or scalping
score             real  0 to 100, 50 is neutral
confidence        text  HIGH, MEDIUM or LOW
zones             text  JSON: support and resistance with their reasons
breakouts         text  JSON: levels whose passing is a break
setups            text  JSON: the setups of all horizons
config_hash       text  12 hex digits over the settings that an analysis depends on
"""),
)  # fmt: skip
