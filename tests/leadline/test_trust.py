"""Trust states, the clocks' offset, and what one symbol's messages prove."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.checksum import book_checksum
from leadline.events import BookMessage, PriceLevel, Trade
from leadline.instrument import Instrument
from leadline.symbol_book import FROZEN_NS, SILENT_NS, TRADE_LEAD_NS, SymbolBook
from leadline.times import SECOND_NS
from leadline.trust import AWAITING, DISCONNECTED, REASONS, STATES, VERIFIED, ClockOffset, Trust, TrustBoard
from tests.leadline.books import WHOLE

# -- the board


def test_nothing_is_trusted_before_a_snapshot():
    board = TrustBoard(["A/USD", "B/USD"])
    assert [key for key, _ in board.items()] == [
        ("A/USD", "book"), ("A/USD", "trade"), ("B/USD", "book"), ("B/USD", "trade")]  # fmt: skip
    assert all(trust == AWAITING for _, trust in board.items())


def test_the_board_says_what_changed_and_touches_one_channel_of_one_symbol():
    board = TrustBoard(["A/USD", "B/USD"])
    assert board.set("A/USD", "book", VERIFIED)
    assert not board.set("A/USD", "book", VERIFIED)
    assert board.set("A/USD", "book", Trust("desync", "crossed"))
    others = [trust for key, trust in board.items() if key != ("A/USD", "book")]
    assert board["A/USD", "book"] == Trust("desync", "crossed")
    assert others == [AWAITING] * 3


def test_the_named_states_are_of_the_closed_sets():
    for trust in (VERIFIED, AWAITING, DISCONNECTED):
        assert trust.state in STATES
        assert trust.reason in (*REASONS, "")


# -- the clocks


def offset_after(*lags_s):
    clock = ClockOffset()
    late = [clock.observe(round(lag * SECOND_NS)) / SECOND_NS for lag in lags_s]
    return clock.offset_ns / SECOND_NS, late


def test_the_usual_difference_of_the_clocks_is_the_smallest_seen_and_the_rest_is_lateness():
    assert offset_after(0.5, 0.7, 0.4, 0.4, 3.0) == (0.4, [0.0, 0.2, 0.0, 0.0, 2.6])


def test_a_receipt_before_the_event_is_no_lateness():
    assert offset_after(-0.45, -0.4) == (-0.45, [0.0, 0.05])


def test_a_fall_of_a_second_is_taken_at_once():
    assert offset_after(5.0, 4.0)[0] == 4.0


@pytest.mark.parametrize(
    ("lags", "offset"),
    [((5.0, 3.9), 5.0), ((5.0, 3.9, 3.9), 5.0), ((5.0, 3.9, 3.8, 3.95), 3.8),
     ((5.0, 3.9, 3.9, 5.0, 3.9, 3.9), 5.0), ((5.0, 3.9, 3.9, 4.5, 3.4, 3.4), 4.5)],
    ids=["one", "two", "three in a row", "interrupted", "interrupted by a small fall"],
)  # fmt: skip
def test_a_fall_of_more_than_a_second_needs_three_events_in_a_row(lags, offset):
    assert offset_after(*lags)[0] == offset


def test_a_second_fall_is_believed_as_the_first_was():
    assert offset_after(9.0, 5.0, 5.0, 5.0, 1.0, 1.0, 1.0)[0] == 1.0
    assert offset_after(9.0, 5.0, 5.0, 5.0, 1.0, 1.0)[0] == 5.0


def test_a_fall_is_counted_from_just_above_a_second():
    clock = ClockOffset()
    clock.observe(2 * SECOND_NS)
    clock.observe(SECOND_NS - 1)
    assert clock.offset_ns == 2 * SECOND_NS


def test_what_was_learned_before_a_believed_fall_is_void():
    assert offset_after(5.0, 0.5, 0.5, 0.5, 0.8) == (0.5, [0.0, 0.0, 0.0, 0.0, pytest.approx(0.3)])


@pytest.mark.parametrize(("lag_s", "skewed"), [(0.9, False), (1.0, False), (1.1, True), (-1.1, True), (-1.0, False)])
def test_clocks_that_differ_by_more_than_a_second_are_skewed(lag_s, skewed):
    clock = ClockOffset()
    assert not clock.skewed
    clock.observe(round(lag_s * SECOND_NS))
    assert clock.skewed is skewed


@given(
    st.lists(st.integers(-10 * SECOND_NS, 10 * SECOND_NS), min_size=1), st.integers(-100 * SECOND_NS, 100 * SECOND_NS)
)
def test_lateness_is_never_negative_and_does_not_know_what_the_clocks_say(lags, shift):
    here, there = ClockOffset(), ClockOffset()
    late = [here.observe(lag) for lag in lags]
    assert min(late) >= 0
    assert late == [there.observe(lag + shift) for lag in lags]
    assert there.offset_ns == here.offset_ns + shift


# -- one symbol's book


def said(bids, asks, event_s=None, snapshot=False, wrong=False, whole=None):
    """Return a message; its checksum is that of the `whole` book it leaves, by default of its own levels."""
    bids_then, asks_then = whole or (bids, asks)
    return BookMessage(
        "TEST/USD", [PriceLevel(*b) for b in bids], [PriceLevel(*a) for a in asks],
        book_checksum(asks_then, bids_then) ^ wrong, None if event_s is None else round(event_s * SECOND_NS), snapshot,
    )  # fmt: skip


def opened(event_s=1.0):
    """Return a symbol's book with bid 99 x 1 and ask 101 x 1, changed at 1 s."""
    book = SymbolBook("TEST/USD")
    outcome = book.snapshot(said([(99, 1)], [(101, 1)], event_s, snapshot=True), WHOLE, 10, SECOND_NS)
    assert outcome == "verified"
    return book


def changed(size, event_s):
    return said([(99, size)], [], event_s, whole=([(99, size)], [(101, 1)]))


def test_an_update_with_the_right_checksum_is_verified():
    book = opened()
    assert book.update(changed(2, 1.5), 2 * SECOND_NS) == "verified"
    assert (book.changed_ns, book.n_verified) == (2 * SECOND_NS, 2)


def test_a_wrong_checksum_is_found_at_once():
    assert opened().update(said([(99, 2)], [], 1.5, wrong=True), 2 * SECOND_NS) == "checksum_mismatch"


def test_a_message_without_a_checksum_proves_nothing():
    message = changed(2, 1.5)
    message.checksum = None
    assert opened().update(message, 2 * SECOND_NS) == "checksum_mismatch"


def test_a_crossed_book_is_found_though_its_checksum_is_right():
    crossed = said([(102, 1)], [], 1.5, whole=([(102, 1), (99, 1)], [(101, 1)]))
    assert opened().update(crossed, 2 * SECOND_NS) == "crossed"


def test_an_older_message_is_a_reordering():
    assert opened().update(changed(2, 0.9), 2 * SECOND_NS) == "reordered"


def test_a_repeated_message_is_a_duplicate_and_no_sign_of_life():
    book = opened()
    assert book.update(changed(2, 1.5), 2 * SECOND_NS) == "verified"
    assert book.update(changed(2, 1.5), 3 * SECOND_NS) == "duplicate"
    assert (book.changed_ns, book.book.bids.sizes) == (2 * SECOND_NS, [2])


def test_a_message_that_changes_no_level_is_no_sign_of_life():
    book = opened()
    assert book.update(said([], [], 1.5, whole=([(99, 1)], [(101, 1)])), 2 * SECOND_NS) == "idle"
    assert book.changed_ns == SECOND_NS


def test_messages_without_a_time_are_taken_in_their_order():
    book = opened(event_s=None)
    assert book.update(changed(2, None), 2 * SECOND_NS) == "verified"
    assert book.update(changed(3, 0.1), 2 * SECOND_NS) == "verified"


def test_a_book_that_does_not_change_falls_silent_after_ten_seconds():
    book = opened()
    assert book.stalled(SECOND_NS + SILENT_NS) is None
    assert book.stalled(SECOND_NS + SILENT_NS + 1) == "silent"


def test_a_book_that_only_repeats_itself_is_frozen():
    book = opened()
    for n in range(12):
        book.update(changed(1, 1.0), (2 + n) * SECOND_NS)
    assert book.stalled(SECOND_NS + SILENT_NS + 1) == "frozen"


def test_a_book_that_only_repeats_its_snapshot_is_frozen():
    book = opened()
    for n in range(12):
        book.snapshot(said([(99, 1)], [(101, 1)], 1.0, snapshot=True), WHOLE, 10, (2 + n) * SECOND_NS)
    assert book.stalled(14 * SECOND_NS) == "frozen"


def trade(event_s, trade_id=1):
    return Trade("buy", 101.0, 1.0, trade_id, round(event_s * SECOND_NS))


def test_a_book_is_frozen_when_trades_that_must_have_changed_it_go_by():
    book = opened()
    book.take_trades([trade(1.2)], 2 * SECOND_NS)
    assert book.stalled(2 * SECOND_NS + FROZEN_NS) is None
    assert book.stalled(2 * SECOND_NS + FROZEN_NS + 1) == "frozen"


def test_a_book_that_moves_on_after_a_trade_is_not_frozen():
    book = opened()
    book.take_trades([trade(1.2)], 2 * SECOND_NS)
    book.update(changed(2, 1.3), 3 * SECOND_NS)
    assert book.stalled(2 * SECOND_NS + FROZEN_NS + 1) is None


def test_a_trade_as_old_as_the_book_does_not_accuse_it():
    book = opened()
    book.take_trades([Trade("buy", 101.0, 1.0, 1, SECOND_NS + TRADE_LEAD_NS)], 2 * SECOND_NS)
    assert book.stalled(2 * SECOND_NS + FROZEN_NS + 1) is None


def test_a_book_that_nobody_listens_to_is_not_stalled():
    book = opened()
    book.clear(0)
    assert book.stalled(1000 * SECOND_NS) is None


def test_an_ack_that_is_followed_by_silence_is_found():
    book = SymbolBook("TEST/USD")
    book.clear(5 * SECOND_NS)
    assert book.stalled(5 * SECOND_NS + SILENT_NS + 1) == "silent"


@pytest.mark.parametrize(("ids", "gaps"), [([1, 2, 3], []), ([1, 3, 4], [3]), ([5, 5, 6], []), ([5, 4, 6], [])])
def test_missing_trade_ids_are_a_gap_and_repeated_ones_are_not(ids, gaps):
    book = opened()
    assert [n for n in ids if book.take_trades([trade(1.0, n)], SECOND_NS)] == gaps


def test_missing_trade_ids_within_one_frame_are_a_gap_too():
    assert not opened().take_trades([trade(1.0, 1), trade(1.0, 2), trade(1.0, 2)], SECOND_NS)
    assert opened().take_trades([trade(1.0, 1), trade(1.0, 3)], SECOND_NS)


# -- the precision


def test_the_venues_instrument_stands_unless_the_snapshot_is_written_finer():
    book = SymbolBook("TEST/USD")
    book.instrument = Instrument("TEST/USD", 1, 8)
    assert book.agreed(1, 8) is book.instrument
    assert book.agreed(0, 3) is book.instrument
    assert book.agreed(2, 8) is None
    assert book.agreed(1, 9) is None


def test_without_an_instrument_the_finest_text_seen_gives_the_precision():
    book = SymbolBook("TEST/USD")
    first = book.agreed(1, 8)
    assert (first.price_precision, first.qty_precision, first.origin) == (1, 8, "snapshot_text")
    assert book.agreed(0, 5) is first
    finer = book.agreed(2, 5)
    assert (finer.price_precision, finer.qty_precision) == (2, 8)


def test_a_book_resumes_from_its_pickle():
    book = opened()
    book.update(changed(2, 1.5), 2 * SECOND_NS)
    book.take_trades([trade(1.9)], 2 * SECOND_NS)
    again = pickle.loads(pickle.dumps(book))
    for each in (book, again):
        assert each.stalled(8 * SECOND_NS) == "frozen"
        assert each.update(changed(3, 2.0), 8 * SECOND_NS) == "verified"
    assert again.book.bids.keys == book.book.bids.keys
    assert again.book.checksum == book.book.checksum
