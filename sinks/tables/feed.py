"""Tables of a run and of what it received. Column lines: see `sinks.tables.table`."""

from sinks.tables.table import FIRST, LATEST, WORLD, table

TABLES = (
    table(
        "runs", "one run of a flow", fast=True, time="started_at", id=("run_id",), prefer=LATEST,
        columns="""
ts               time  the tape's clock at this row
feed             text  where the market came from
symbols          list  its symbols, in order
version          text  version of Leadline
config_hash      text  12 hex digits over the deciding settings
goes_by_bias     bool  hybrid_mode.bias; NULL in runs of before this column
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
    table(
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
    table(
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
    table(
        "trades", "one trade of a minute all of whose trades are known", fast=False, unique=True, imported=True,
        id=("ts", "symbol", "trade_id", "run_id"),
        columns="""
ts        time  the venue's time of it
symbol    text  base / quote
price     real  quote
size      real  base
side      text  buy or sell, of the taker; NULL where an archive does not say
trade_id  int   the venue's number of it; NULL where an archive does not say
origin    text  stream of a live flow; archive or rest
source    text  the file or address it came from; NULL of a flow
"""),
    table(
        "feed_health", "one change of trust", fast=True, id=("ts", "symbol", "channel", "state", "reason", WORLD),
        columns="""
ts        time  the tape's clock
symbol    text  base / quote
channel   text  book or trade
state     text  verified, unverified, desync or stale
reason    text  awaiting_snapshot, checksum_mismatch, crossed, silent, frozen, ...
tape_seq  int   number of the record on the tape
"""),
    table(
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
