"""Three sessions worked out by hand, from frames to the account: docs/signals.md sections 5 and 6."""

import pytest

from tests.operators.moments import BTC, at
from tests.operators.sessions import OrderSession, Session, trade


def same(row, **expected):
    assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_a_win():
    """Enters through two levels, leaves at its target in two parts.

    Signal at 60.5 s: entry 1000.0, stop 990.0, target 1020.0, size 3.030 (see `sessions`).
    The order is at the exchange at 60.65. The book of 60.6 is too early; that of 61.2 asks 2 at
    1000 and 10 at 1001: 2 * 1000 + 1.03 * 1001 = 3031.03 paid, 1000.339934 on average.
    At 90 s the bid is 1020.0 with 1.0: so much is sold at 1020.0. At 93 s it is 1021.0 with 5:
    the order rests at 1020.0, so the other 2.03 go at 1020.0. Got 3.03 * 1020 = 3090.60.
    Gross 3090.60 - 3031.03 = 59.57. Fees 0.05 % of 6121.63 = 3.060815. Net 56.509185.
    R = 3.03 * 1000 * 110 bps = 33.33, so 1.695446 R. Net bps 1e4 * 56.509185 / 3031.03 = 186.43558.
    Slippage against the mids: 1000.339934 - 999.5 = 0.839934 in; at 93 s the mid is 1021.5, so
    1.5 out: 2.339934 of 999.5 = 23.41105 bps.
    Best touch 1021: 3.03 * 1021 - 3031.03 = 62.60 = 1.878188 R; worst 999: -4.06 = -0.121812 R.
    The maker's order rests at 999.0 from 61.2 on. A trade at 999.0 at 62 s fills the optimist:
    3.03 * 999 = 3026.97; at 90 s the touch is its target: 3090.60. Fees 0.02 % of 6117.57 =
    1.223514, net 62.406486. The pessimist is never filled.
    """
    session = Session().book(60.6, [(998.0, 50)], [(999.0, 50)])
    session.book(61.2, [(999.0, 50)], [(1000.0, 2), (1001.0, 10)])
    session.tape.at(62).trade("BTC/USD", 999.0, 0.1, "sell")
    session.calm(63, 90).book(90, [(1020.0, 1)], [(1021.0, 5)]).book(93, [(1021.0, 5)], [(1022.0, 5)])
    session.calm(96, 156)
    rows = session.played()
    signal = rows["signals"][0]
    same(signal, entry=1000.0, stop=990.0, target=1020.0, size_base=3.03, loss_bps=110.0, win_bps=190.0,
         risk_quote=33.33, breakeven_win_rate=110 / 300, ts=at(60.5), expires_at=at(60.5 + 900))  # fmt: skip
    assert signal["verdict"] == "tradable"
    taker = trade(rows)
    assert (taker["exit_reason"], taker["on_account"], taker["outage"]) == ("target", True, False)
    same(taker, entry_ts=at(61.2), exit_ts=at(93), size_base=3.03, entry_price=3031.03 / 3.03, exit_price=1020.0,
         gross_quote=59.57, fees_quote=3.060815, pnl_quote=56.509185, pnl_bps=186.43558, r_multiple=1.695446,
         slippage_bps=23.41105, mfe_r=1.878188, mae_r=-4.06 / 33.33, equity_after=10_056.509185)  # fmt: skip
    optimist = trade(rows, "maker_optimistic")
    same(optimist, entry_ts=at(62), entry_price=999.0, exit_ts=at(90), exit_price=1020.0, fees_quote=1.223514,
         pnl_quote=62.406486)  # fmt: skip
    assert optimist["on_account"] is False
    pessimist = trade(rows, "maker_pessimistic")
    assert (pessimist["exit_reason"], pessimist["pnl_quote"], pessimist["r_multiple"]) == ("unfilled", 0.0, None)
    assert rows["runs"][-1]["equity_quote"] == pytest.approx(10_056.509185)


def test_a_stop_through_a_gap():
    """The bid falls from 999 to 980, far through the stop at 990.

    Enters 3.03 at 1000.0 = 3030 at 61.2 s. At 70 s the book bids 2 at 980 and 10 at 979: the stop
    walks, 2 * 980 + 1.03 * 979 = 2968.37. Gross -61.63, fees 0.05 % of 5998.37 = 2.999185, net
    -64.629185: -1.939070 R where a planned stop-out is -1. The account falls to 9935.370815.
    The makers' orders rest at 999.0; asks of 981 are through them, so both buy at 999.0 and are
    stopped in the same book: 3026.97 paid, gross -58.60, fees 0.02 % of 3026.97 and 0.05 % of
    2968.37 = 2.089579, net -60.689579.
    """
    session = Session().book(61.2, [(999.0, 50)], [(1000.0, 50)]).calm(63, 70)
    session.book(70, [(980.0, 2), (979.0, 10)], [(981.0, 50)])
    rows = session.played()
    taker = trade(rows)
    assert taker["exit_reason"] == "stop"
    same(taker, entry_price=1000.0, exit_price=2968.37 / 3.03, exit_ts=at(70), gross_quote=-61.63,
         fees_quote=2.999185, pnl_quote=-64.629185, r_multiple=-1.939070, equity_after=9_935.370815)  # fmt: skip
    for model in ("maker_optimistic", "maker_pessimistic"):
        maker = trade(rows, model)
        assert maker["exit_reason"] == "stop"
        same(maker, entry_ts=at(70), entry_price=999.0, fees_quote=2.089579, pnl_quote=-60.689579)


def test_a_timeout_with_an_outage_inside():
    """The book is lost before the trade's time is over, and is back after it.

    Enters 3.03 at 1000.0 at 61.2 s; expires at 960.5 s. At 950 s a checksum is wrong; nothing is
    filled from then on, though frames with bids of 940 come, until the snapshot of 980 s, which
    bids 1003.0: 3039.09. Gross 9.09, fees 0.05 % of 6069.09 = 3.034545, net 6.055455: 0.18168 R.
    It was held for 918.8 s. The bids of the outage are in no excursion: worst is 999, -3.03.
    """
    session = Session().book(61.2, [(999.0, 50)], [(1000.0, 50)]).calm(63, 950)
    session.book(950, [(940.0, 50)], [(941.0, 50)], checksum=1)
    session.book(955, [(940.0, 40)], [(941.0, 50)])
    session.tape.at(980)
    session.said("snapshot", [(1003.0, 50)], [(1004.0, 50)])
    rows = session.played()
    taker = trade(rows)
    assert (taker["exit_reason"], taker["outage"]) == ("timeout", True)
    same(taker, entry_ts=at(61.2), exit_ts=at(980), exit_price=1003.0, gross_quote=9.09, fees_quote=3.034545,
         pnl_quote=6.055455, r_multiple=6.055455 / 33.33, seconds_held=918.8, mae_r=-3.03 / 33.33)  # fmt: skip
    assert {row["exit_ts"] for row in rows["paper_trades"]} >= {at(980)}


@pytest.mark.parametrize("cuts", [range(0, 4000, 7), range(0, 4000, 101)])
def test_a_resume_between_any_batches_changes_none_of_it(cuts):
    def played(**given):
        session = Session().book(61.2, [(999.0, 50)], [(1000.0, 2), (1001.0, 10)]).calm(63, 90)
        session.book(90, [(1020.0, 1)], [(1021.0, 5)]).book(93, [(1021.0, 5)], [(1022.0, 5)]).calm(96, 156)
        return session.played(**given)

    assert played(cuts=cuts, pickled=True) == played()


def queued(left):
    """Return the pessimist's trade of `test_a_win` on Level 3, where 50 stood before its order and `left` of it stays.

    The order joins at 999.0 at 61.2 s. At 62 s a seller takes what stood before it but for `left`, and an order of 5
    joins behind. At 63 s 4 more are sold at 999.0, and never any lower. The pessimist wants 3.03 of them: they are its
    own if nobody was left before it. The optimist has it at 62 s either way.
    """
    session = OrderSession().book(60.6, [(998.0, 50)], [(999.0, 50)])
    session.book(61.2, [(999.0, 50), (900.0, 1)], [(1000.0, 2), (1001.0, 10)])
    first = ("999.0", 999.0, left, "modify", 1_000_000_000) if left else ("999.0", 999.0, 50, "delete")
    session.tape.at(62).trade(BTC, 999.0, 50 - left, "sell").orders(BTC, [first, ("late", 999.0, 5)])
    session.tape.at(63).trade(BTC, 999.0, 4, "sell").orders(BTC, [("900.0", 900.0, 2, "modify", 1_800_000_000)])
    session.tape.at(66).orders(BTC, [("900.0", 900.0, 1, "modify", 4_800_000_000)])
    rows = session.played()
    same(trade(rows, "maker_optimistic"), entry_ts=at(62), entry_price=999.0)
    return trade(rows, "maker_pessimistic")


def test_on_level_3_a_pessimist_is_filled_once_nobody_is_left_before_it():
    same(queued(left=0), entry_ts=at(63), entry_price=999.0, size_base=3.03)


def test_on_level_3_a_pessimist_waits_for_who_stood_before_it():
    waiting = queued(left=1)
    assert (waiting["exit_reason"], waiting["entry_price"]) == ("end_of_tape", None)
