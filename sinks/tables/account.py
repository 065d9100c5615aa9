"""Tables of the paper account: its course, advice, commands, calibration. Column lines: see `sinks.tables.table`."""

from sinks.tables.table import FIRST, table

TABLES = (
    table(
        "advice", "one piece of advice, and what following it saved", fast=True, id=("advice_id",),
        prefer=f"resolved_at IS NULL, {FIRST}",
        columns="""
advice_id     text  hash of tape, config, record and what it is about
ts            time  the tape's clock
symbol        text  base / quote
kind          text  false_breakout, stop_protection, entry_timing, bias_filter, size_modifier, swing_zone ...
signal_id     text  the signal it is about; NULL if none came of it
candidate_id  text  the candidate it is about
position_id   text  the declared position it is about
action        text  skip, wait, hold, honour, exit, ENTER, WAIT, CONFIRMED, FAKE, or the factor on the size
price         real  the better price of a zone, the level that broke, or the stop of a position
until         time  how long the better price is waited for, or when the bias that keeps an entry out is over
verdict       text  of the setup whose zone it is (NULL: cost unknown) or a break's scalp; filtered: by the bias
reason        text  why the bias keeps a zone's entry or a break's scalp out, as of candidates; NULL where it does not
confidence    text  of the same setup: HIGH, MEDIUM or LOW; NULL where nobody told it
size_base     real  what the limits on risk allow, of ENTER in a zone, in base; NULL where no size was planned
size_quote    real  the same in quote
risk_quote    real  what it loses at the stop, fees and slippage inside
equity_quote  real  the paper account that these are of
detail        text  why
saved_bps     real  result of the road taken minus the other, in bps of notional; NULL until both are known
unknown       text  why it will never be known: end_of_tape, or abandoned at a restart; NULL otherwise
resolved_at   time  when one of the two was settled; NULL while it is open
tape_seq      int   number of the record it was given at
config_hash   text  12 hex digits over the deciding settings
"""),
    table(
        "account", "the paper account after an event", fast=True,
        id=("ts", "tape_seq", "event", "trade_id", "config_hash", "tape_id"),
        columns="""
ts               time  the tape's clock
event            text  start, trade, day, latch or reset
trade_id         text  the trade that ended; NULL unless the event is trade
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
    table(
        "commands", "one command of a person, and what it did", fast=True, id=("command_id",),
        columns="""
ts          time  the tape's clock
command_id  text  given by whoever wrote it
command     text  risk_reset, position_add or position_close
reason      text  the person's reason
result      text  what was done
tape_seq    int   number of the record on the tape
"""),
    table(
        "positions", "one position that a person declared", fast=True, id=("position_id",),
        prefer=f"ended_at IS NULL, {FIRST}",
        columns="""
position_id  text  the command that declared it
ts           time  the tape's clock when it was declared
symbol       text  base / quote
side         text  buy or sell
entry        real  price that it was entered at, as the person said
stop         real  its stop
target       real  its target; NULL where none was said
ended_at     time  the tape's clock when it was declared no more; NULL while it is
end_reason   text  closed by the person, or stopped: its stop was touched; NULL while it is declared
tape_seq     int   number of the record that this row was made at
"""),
    table(
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
)  # fmt: skip
