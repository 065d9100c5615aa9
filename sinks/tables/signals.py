"""Tables of setups, signals and what became of them. Column lines: see `sinks.tables.table`."""

from sinks.tables.table import FIRST, table

TABLES = (
    table(
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
    table(
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
bias_id             text  the bias record in force; NULL where bias is the tape's own
key_level           real  its key level: longs above it, shorts below it
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
    table(
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
    table(
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
)  # fmt: skip
