"""The store's tables: one entry each, and everything else (segments, views, docs) follows from it.

A column line is: name, type, what it means. Types: text, int, real, bool, time (a row holds ns
since the epoch; stored as TIMESTAMP, UTC, microseconds), list (of text). Every table also gets
COMMON. Prices are in quote currency, sizes in base, `_bps` = 1e-4; positive is buying pressure.
None is stored as NULL and means "not known yet" or "does not apply".

`id` names the columns (or SQL expressions) of which a view keeps one row, chosen by `prefer`.
A table with `unique` is kept free of doubles by the sink instead, because its view is too long to
be de-duplicated at each query. `fast` tables are published within a second of a row. Rows of an
`imported` table that `leadline history` brought are kept by year, each once; a view looks for doubles
only on the days that a flow wrote of.
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
    imported: bool = False

    def names(self) -> list[str]:
        """Return the columns' names, in order."""
        return [column.name for column in self.columns]


COMMON = """
run_id     text  the run that wrote the row
mode       text  live, replay, simulator, or history: imported or asked for later
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
    time: str = "ts", prefer: str = FIRST, unique: bool = False, imported: bool = False,
) -> Table:  # fmt: skip
    lines = (columns + COMMON).strip().splitlines()
    parsed = [Column(*(line.split(None, 2))) for line in lines if line.strip()]
    named = {column.name: column for column in parsed}  # a table may describe a common column itself
    return Table(name, about, fast, time, id, prefer, tuple(named.values()), unique, imported)


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
trades           int   signals whose paper trade has ended
trades_hash      text  hash chain over the paper trades, in tape order
equity_quote     real  the paper account at the end
max_drawdown     real  its deepest fall from a peak, a positive fraction
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
data_level          text  L2 or L3; what follows is known on L3 only
order_ratio         real  bid_orders / ask_orders
mean_bid_order      real  mean size of an order in the best ten bid levels, in base
mean_ask_order      real  the same of the asks
largest_bid_share   real  the largest order of the best ten bid levels over their size, 0 to 1
largest_ask_share   real  the same of the asks
bid_add_rate_1s     real  new bid orders a second in the best ten levels, last 1 s
bid_add_rate_5s     real  the same over 5 s
bid_add_rate_10s    real  the same over 10 s
bid_cancel_rate_1s  real  bid orders a second that went unfilled, last 1 s
bid_cancel_rate_5s  real  the same over 5 s
bid_cancel_rate_10s real  the same over 10 s
bid_trade_rate_1s   real  trades a second that filled bid orders, last 1 s
bid_trade_rate_5s   real  the same over 5 s
bid_trade_rate_10s  real  the same over 10 s
ask_add_rate_1s     real  new ask orders a second in the best ten levels, last 1 s
ask_add_rate_5s     real  the same over 5 s
ask_add_rate_10s    real  the same over 10 s
ask_cancel_rate_1s  real  ask orders a second that went unfilled, last 1 s
ask_cancel_rate_5s  real  the same over 5 s
ask_cancel_rate_10s real  the same over 10 s
ask_trade_rate_1s   real  trades a second that filled ask orders, last 1 s
ask_trade_rate_5s   real  the same over 5 s
ask_trade_rate_10s  real  the same over 10 s
"""),
    _table(
        "candles", "one closed candle", fast=False, time="open_time", imported=True,
        id=("venue", "symbol", "timeframe", "open_time", WORLD), prefer=f"coalesce(partial, false), {FIRST}",
        columns="""
symbol           text  base / quote
timeframe        text  1m, 5m or 15m of a flow; up to 1d of a history
open_time        time  start of the candle
open             real  first price
high             real  highest price
low              real  lowest price
close            real  last price
volume           real  traded base volume
vwap             real  volume-weighted price; NULL where an archive does not say
n_trades         int   number of trades
filled           bool  no trade happened; the prices are the close before
partial          bool  not all of it was seen
origin           text  stream or history of a flow; archive, rest, or trades it was rebuilt from
source           text  the file or address it came from; NULL of a flow
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
        "trades", "one trade of a minute all of whose trades are known", fast=False, unique=True, imported=True,
        id=("ts", "symbol", "trade_id", "run_id"),
        columns="""
ts        time  the venue's time of it
symbol    text  base / quote
price     real  quote
size      real  base
side      text  buy or sell, of the taker; NULL where an archive does not say
trade_id  int   the venue's number of it; NULL where an archive does not say
origin    text  archive or rest
source    text  the file or address it came from
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
armed_at            time  when its setup was armed
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
equity_quote        real  the paper account when it was decided
account_model       text  the fill model that the account goes by
strength            real  0 to 100: how well the conditions were met
confidence          real  win probability, 0 to 1; see calibrated
confidence_lower    real  its 95 % bounds; NULL while it is a prior
confidence_upper    real  the upper one
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
        "paper_trades", "what became of one signal in one fill model", fast=True, id=("trade_id",),
        columns="""
trade_id            text  signal and fill model
signal_id           text  the signal
ts                  time  the tape's clock when it ended
armed_at            time  when the signal's setup was armed
symbol              text  base / quote
setup               text  squeeze_breakout, ema_pullback or vwap_reversion
side                text  buy or sell
verdict             text  the signal's: tradable, not_tradable or filtered
fill_model          text  taker, maker_pessimistic or maker_optimistic
account_model       bool  its fill model is the one that the account goes by
on_account          bool  it changed the account's equity: account_model, and tradable
entry_ts            time  first fill; NULL if never filled
entry_price         real  average price of the entry
exit_ts             time  last fill, or when it was given up
exit_price          real  average price of the exit
exit_reason         text  target, stop, timeout, flow_exit, kill, unfilled, end_of_tape or abandoned
size_base           real  size that was filled
fees_quote          real  all fees
gross_quote         real  result before fees
slippage_bps        real  both fills against the mid when each was decided; positive is a cost
pnl_quote           real  result after fees
pnl_bps             real  the same of the entry notional
risk_quote          real  R: money lost at a planned stop-out of this size
r_multiple          real  result after fees over R; NULL if never filled
mae_r               real  worst excursion while open, in R
mfe_r               real  best
seconds_held        real  from entry to exit
outage              bool  its book was lost while it lived
deep_fill           bool  a fill walked past the ten levels the checksum vouches for
strength            real  the signal's
confidence          real  the signal's
breakeven_win_rate  real  the signal's
hft_score           real  the signal's
equity_after        real  the account after it; NULL where it is not on the account
tape_seq            int   number of the record that ended it
config_hash         text  12 hex digits over the deciding settings
"""),
    _table(
        "trade_marks", "one paper trade that is open, each five seconds", fast=True, id=("trade_id", "ts"),
        columns="""
ts             time  the tape's clock
trade_id       text  signal and fill model
signal_id      text  the signal
symbol         text  base / quote
setup          text  squeeze_breakout, ema_pullback or vwap_reversion
side           text  buy or sell
verdict        text  the signal's
fill_model     text  taker, maker_pessimistic or maker_optimistic
account_model  bool  its fill model is the one that the account goes by
state          text  pending, open or closing
entry_ts       time  first fill; NULL while it is pending
entry_price    real  average price of the entry
size_base      real  size that was filled
stop           real  exit if the touch you would hit gets here
target         real  take the profit here
expires_at     time  leave at the latest
mark_price     real  the touch that an exit would hit
pnl_quote      real  result after fees if it left there
r_multiple     real  the same over R
mae_r          real  worst excursion so far, in R
mfe_r          real  best
outage         bool  its book was lost while it lived
"""),
    _table(
        "advice", "one piece of advice, and what following it saved", fast=True, id=("advice_id",),
        prefer=f"saved_bps IS NULL, {FIRST}",
        columns="""
advice_id     text  hash of tape, config, record and what it is about
ts            time  the tape's clock
symbol        text  base / quote
kind          text  false_breakout, stop_protection, entry_timing or size_modifier
signal_id     text  the signal it is about; NULL if none came of it
candidate_id  text  the candidate it is about
action        text  skip, wait, hold, exit, or the factor on the size
detail        text  why
saved_bps     real  result of the road taken minus the other, in bps of notional; NULL until both are known
resolved_at   time  when both were
tape_seq      int   number of the record it was given at
config_hash   text  12 hex digits over the deciding settings
"""),
    _table(
        "account", "the paper account after an event", fast=True,
        id=("ts", "tape_seq", "event", "config_hash", "tape_id"),
        columns="""
ts               time  the tape's clock
event            text  start, trade, day, latch or reset
equity_quote     real  start plus the results of closed trades
marked_quote     real  the same with open trades at the touch an exit would hit
day_start_quote  real  marked equity at 00:00 UTC
day_loss         real  its fall since then, a positive fraction
peak_quote       real  highest equity so far
drawdown         real  fall from it, a positive fraction
open_risk_quote  real  what all open trades lose at their stops
n_open           int   open trades of the account
latched          bool  the kill switch is on: nothing new is tradable
latch_reason     text  why
tape_seq         int   number of the record on the tape
config_hash      text  12 hex digits over the deciding settings
"""),
    _table(
        "commands", "one command of a person, and what it did", fast=True, id=("command_id",),
        columns="""
ts          time  the tape's clock
command_id  text  given by whoever wrote it
command     text  risk_reset
reason      text  the person's reason
result      text  what was done
tape_seq    int   number of the record on the tape
"""),
    _table(
        "calibrations", "what a setup's outcomes make of its confidence", fast=True,
        id=("setup", "version", "config_hash", "tape_id"),
        columns="""
ts              time  the tape's clock
setup           text  squeeze_breakout, ema_pullback or vwap_reversion
version         int   outcomes it is made of, so the highest is the newest
n_outcomes      int   the same
n_wins          int   of them with a profit after fees
win_rate        real  wins over outcomes
win_rate_lower  real  its 95 % bounds
win_rate_upper  real  the upper one
bins            list  confidence by strength, with bounds and counts
config_hash     text  12 hex digits over the deciding settings
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
    _table(
        "analyses", "one analysis of a symbol, of the bars that were closed by then", fast=True, time="as_of",
        id=("as_of", "symbol", "config_hash", WORLD), prefer=LATEST,
        columns="""
as_of             time  nothing later was looked at
symbol            text  base / quote
profile           text  swing, position or scalping: whose score, bias and key level these are
score             real  0 to 100, 50 is neutral; NULL where there is too little history
components        text  JSON: its four components with weight, share, score, reason and parts
bias              text  STRONG_BULLISH to STRONG_BEARISH
confidence        text  HIGH, MEDIUM or LOW; a class, not a probability
key_level         real  price that must hold for the bias to stand
key_level_reason  text  what it is
setups            text  JSON: the setups of all horizons, with their cost
price             real  last close
hft_score         real  of the order book, where a reading was fresh
missing           list  what was missing, and why
detail            text  JSON: the whole analysis with its three profiles
config_hash       text  12 hex digits over the settings that an analysis depends on
"""),
    _table(
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

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
PASSING = frozenset(
    {"status", "telemetry", "resync", "notice", "risk_state"}
)  # for the console and the metrics; never stored
