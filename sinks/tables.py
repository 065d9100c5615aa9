"""The store's tables: one entry each, and everything else (segments, views, docs) follows from it.

A column line is: name, type, what it means. Types: text, int, real, bool, time (a row holds ns
since the epoch; stored as TIMESTAMP, UTC, microseconds), list (of text). Every table also gets
COMMON. Prices are in quote currency, sizes in base, `_bps` = 1e-4; positive is buying pressure.
None is stored as NULL and means "not known yet" or "does not apply".

`id` names the columns (or SQL expressions) of which a view keeps one row, chosen by `prefer`.
A table with `unique` is kept free of doubles by the sink instead, because its view is too long to
be de-duplicated at each query. `fast` tables are published within a second of a row.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """One column: its type is a key of `sinks.segments.ARROW`."""

    name: str
    type: str
    about: str


class Table(NamedTuple):
    """One table of the lake, and the rule of its view."""

    name: str
    about: str
    fast: bool
    time: str  # the column whose UTC day is the partition
    id: tuple[str, ...]
    prefer: str  # ORDER BY of the view's choice among rows of one id
    columns: tuple[Column, ...]
    unique: bool = False

    def names(self) -> list[str]:
        """Return the columns' names, in order."""
        return [column.name for column in self.columns]


COMMON = """
run_id     text  the run that wrote the row
mode       text  live, replay or simulator
venue      text  kraken or simulator
tape_id    text  the tape that the row was computed from
stored_at  time  wall clock when the sink stored it; strictly increasing within a process
"""

FIRST = "mode = 'live' DESC, stored_at"  # a live row before a replayed one, then the first written
LATEST = "stored_at DESC"
# Simulated worlds never meet: their candles and changes of trust are told apart by tape.
WORLD = "CASE WHEN venue = 'simulator' THEN coalesce(tape_id, run_id) ELSE '' END"


def _table(
    name: str, about: str, *, fast: bool, id: tuple[str, ...], columns: str,
    time: str = "ts", prefer: str = FIRST, unique: bool = False,
) -> Table:  # fmt: skip
    lines = (columns + COMMON).strip().splitlines()
    parsed = [Column(*(line.split(None, 2))) for line in lines if line.strip()]
    named = {column.name: column for column in parsed}  # a table may describe a common column itself
    return Table(name, about, fast, time, id, prefer, tuple(named.values()), unique)


_ALL = (
    _table(
        "runs", "one run of a flow", fast=True, time="started_at", id=("run_id",), prefer=LATEST,
        columns="""
ts               time  the tape's clock at this row
feed             text  where the market came from
symbols          list  its symbols, in order
version          text  version of Leadline
config_hash      text  12 hex digits over the deciding settings
started_at       time  when it started
ended_at         time  when it ended; NULL while it runs, or if it was killed
frames           int   frames of the venue that were decoded
book_verified    int   book messages whose checksum matched
book_mismatched  int   book messages whose checksum did not
resyncs          int   books thrown away and asked for again
rejected         int   inputs refused, whatever the reason; see rejects
gaps             int   places where the tape misses records
connections      int   times a connection was opened
signals          int   signals of every verdict
signals_hash     text  hash chain over the signals, in tape order
exit_reason      text  end_of_tape, stopped, or what went wrong; NULL while it runs
"""),
    _table(
        "features", "one symbol sampled: each second, and at each signal", fast=False, unique=True,
        id=("ts", "symbol", "run_id"),
        columns="""
ts                 time  the tape's clock
symbol             text  base / quote
best_bid           real  best price a buyer bids
best_bid_size      real  size resting there
best_ask           real  best price a seller asks
best_ask_size      real  size resting there
mid                real  (best_bid + best_ask) / 2
spread_bps         real  1e4 * (ask - bid) / mid
microprice         real  mid weighted by the other side's size
depth_imbalance    real  (bid - ask) / (bid + ask) over ten levels, -1 to 1
imbalance          real  the same weighted by distance from mid, -10 to 10
imbalance_ema      real  its moving average, tau 10 s of event time
bid_orders         int   orders in the best ten bid levels; L3 only
ask_orders         int   orders in the best ten ask levels; L3 only
order_flow_1s      real  net order flow at the touch, last 1 s, in base
order_flow_5s      real  the same over 5 s
order_flow_10s     real  the same over 10 s
trade_flow_1s      real  signed taker volume, last 1 s, in base
trade_flow_5s      real  the same over 5 s
trade_flow_10s     real  the same over 10 s
hft_score          real  -100 to 100, in the mode that decides
hft_score_linear   real  the guide's own arithmetic, for comparison
score_imbalance    real  the score's imbalance component, -100 to 100
score_ratio        real  its order-ratio component; NULL without order counts
spread_quality     real  1 tight to 0 wide
hft_class          text  STRONG_BUY to STRONG_SELL
confidence         text  of the score: HIGH, MEDIUM or LOW
age_s              real  age of the newest event used, seconds
event_ts           time  the venue's time of that event
alerts             list  what deserves a trader's eye
trust              text  verified, unverified, desync or stale
tape_seq           int   number of the record on the tape
"""),
    _table(
        "candles", "one closed candle", fast=False, time="open_time",
        id=("venue", "symbol", "timeframe", "open_time", WORLD), prefer=f"coalesce(partial, false), {FIRST}",
        columns="""
symbol           text  base / quote
timeframe        text  1m, 5m or 15m
open_time        time  start of the candle
open             real  first price
high             real  highest price
low              real  lowest price
close            real  last price
volume           real  traded base volume
vwap             real  volume-weighted price
n_trades         int   number of trades
filled           bool  no trade happened; the prices are the close before
partial          bool  not all of it was seen
origin           text  stream or history
ema_fast         real  EMA 9 of closes; NULL while warming up, like all that follow
ema_slow         real  EMA 21 of closes
rsi              real  0 to 100; one-minute candles only, like all that follow
atr              real  average true range, quote
session_vwap     real  VWAP of the UTC day
session_sigma    real  its volume-weighted deviation, quote
session_bars     int   candles with trades since the day began
bb_upper         real  Bollinger band, 20 candles, 2 deviations
bb_middle        real  its middle
bb_lower         real  its lower edge
squeezed         bool  the bands are among the narrowest 20 % of the 120 before
relative_volume  real  volume over the mean of the 20 candles before
"""),
    _table(
        "candidates", "one armed setup, and how it ended", fast=True, id=("candidate_id",),
        prefer=f"outcome IS NULL, {FIRST}",
        columns="""
candidate_id  text  hash of tape, config, record, symbol and setup
ts            time  when it was armed, on the tape's clock
symbol        text  base / quote
setup         text  squeeze_breakout, ema_pullback or vwap_reversion
side          text  buy or sell
theta         real  the score that fires it
ended_at      time  when it ended
outcome       text  fired, expired, disarmed or filtered
reason        text  why, where the outcome alone does not say
tape_seq      int   number of the record that ended it
"""),
    _table(
        "signals", "one signal, tradable or not", fast=True, id=("signal_id",),
        columns="""
signal_id           text  hash of tape, config, record, symbol and setup
candidate_id        text  the candidate that fired
ts                  time  the tape's clock
symbol              text  base / quote
setup               text  squeeze_breakout, ema_pullback or vwap_reversion
side                text  buy or sell
verdict             text  tradable, not_tradable or filtered
reasons             list  why, the main reason first
entry               real  the touch a taker pays; pay no more (sell no lower)
stop                real  exit if the touch you would hit gets here
target              real  take the profit here
expires_at          time  leave at the latest
stop_bps            real  distance entry to stop
target_bps          real  distance entry to target
size_base           real  size, floored to the lot
size_quote          real  size times entry
risk_quote          real  money lost at a planned stop-out, costs included
strength            real  0 to 100: how well the conditions were met
confidence          real  win probability, 0 to 1; see calibrated
calibrated          bool  confidence comes from outcomes, not from the prior
proven              bool  calibrated, and its lower bound is above break-even
mid                 real  (best_bid + best_ask) / 2
spread_bps          real  1e4 * (ask - bid) / mid
hft_score           real  -100 to 100, in the mode that decides
hft_score_linear    real  the guide's own arithmetic, for comparison
hft_class           text  STRONG_BUY to STRONG_SELL
hft_confidence      text  HIGH, MEDIUM or LOW
score_imbalance     real  the score's imbalance component
score_ratio         real  its order-ratio component; NULL without order counts
spread_quality      real  1 tight to 0 wide
imbalance           real  weighted imbalance, -10 to 10
imbalance_ema       real  its moving average
bid_orders          int   orders in the best ten bid levels; L3 only
ask_orders          int   orders in the best ten ask levels; L3 only
missing             list  score components that are missing
alerts              list  what deserves a trader's eye
expected_duration   text  how long the pressure is expected to last
alignment           text  STRONG_ALIGNMENT to STRONG_CONFLICT
advice              text  what the alignment advises
size_modifier       real  what the alignment makes of the base risk
bias                text  STRONG_BULLISH to STRONG_BEARISH
technical           int   -5 to 5: the tape's own technical signs
entry_slippage_bps  real  what walking the book for this size adds at entry
stop_slippage_bps   real  and at the stop
cost_bps            real  fees and slippage of a stop-out
loss_bps            real  lost at the stop, costs included
win_bps             real  won at the target, costs included
net_rr              real  win over loss, costs included
breakeven_win_rate  real  win rate at which nothing is won or lost; above 1 is impossible
deep_fill           bool  the fill walked past the ten levels the checksum vouches for
data_level          text  L2 or L3
trust               text  verified, always
age_s               real  age of the newest event used, seconds
latency_ms          real  receipt of the causing frame to the sink; live only
tape_seq            int   number of the record on the tape
config_hash         text  12 hex digits over the deciding settings
"""),
    _table(
        "feed_health", "one change of trust", fast=True, id=("ts", "symbol", "channel", "state", "reason", WORLD),
        columns="""
ts        time  the tape's clock
symbol    text  base / quote
channel   text  book or trade
state     text  verified, unverified, desync or stale
reason    text  awaiting_snapshot, checksum_mismatch, crossed, silent, frozen, ...
tape_seq  int   number of the record on the tape
"""),
    _table(
        "rejects", "one input that was refused", fast=True, id=("ts", "tape_seq", "reason", "detail", WORLD),
        columns="""
ts          time  the tape's clock
symbol      text  base / quote, where the input still told
reason      text  invalid_json, wrong_type, unknown_channel, too_large, ...
detail      text  what was wrong
frame_head  text  its first bytes
tape_seq    int   number of the record on the tape
"""),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
PASSING = frozenset({"status", "telemetry", "resync", "notice"})  # for the console and the metrics; never stored
