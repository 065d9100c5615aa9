"""Level 3 live, over real websockets and HTTP: the tape, the books, and what becomes of a run that may not have it."""

import json
import logging
import pickle
import time

import pytest

from leadline.records import CONNECTED, DISCONNECTED, FRAME, START
from simulator import protocol
from simulator.exchange import Exchange
from simulator.faults import Fault
from simulator.tokens import SUBSCRIPTION_LIMITS, TOKEN_S, ApiKey, Budget
from sources import fatal
from sources.kraken import level3_session
from sources.kraken.feeds import without
from sources.kraken.keys import Keys
from sources.kraken.level3 import Level3Settings
from sources.kraken.refusals import WAY_OUT
from sources.tape_reader import TapeReader
from tests.sources.live_runs import Run, plan

SYMBOLS = ("BTC/USD", "XRP/USD")


@pytest.fixture
def exchange():
    with Exchange(SYMBOLS, rate=20.0, rest_decay=1000.0) as exchange:
        yield exchange


def level3(exchange, folder, *, symbols=SYMBOLS, key=None, level3_url=None, rest_url=None, depth=10, **changes):
    """Return the plan of a run that wishes for Level 3."""
    key = key or exchange.key
    settings = Level3Settings(
        level3_url or exchange.level3_url, rest_url or exchange.rest_url, depth, "standard", Keys(key.key, key.secret),
        folder / "kraken_nonce",
    )  # fmt: skip
    return plan(exchange.url, folder / "tape", symbols, **{"level3": settings} | changes)


def level(run):
    return run.of(START)[0].json()["level"]


def feeds(run):
    return {r.conn: r.json()["feed"] for r in run.of(CONNECTED)}


def lost(run, feed="level3"):
    """Return the reasons for which a feed's connections ended, or were not had."""
    return [r.json()["reason"] for r in run.of(DISCONNECTED) if r.json().get("feed", "public") == feed]


def goes_on(run, feed, wanted=20):
    """Wait for more frames of a feed."""
    conns = {conn for conn, of in feeds(run).items() if of == feed}
    before = sum(r.conn in conns for r in run.of(FRAME))
    run.until(lambda: sum(r.conn in conns for r in run.of(FRAME)) > before + wanted)


def verified_on_level2(run):
    run.listening(*SYMBOLS)
    assert level(run) == "L2"
    goes_on(run, "public")


def rows(run, table):
    return [row.values for row in run.rows if row.table == table]


# -- what it is like when all is well


def test_books_come_from_level3_and_everything_is_on_one_tape_in_order_of_arrival(exchange, tmp_path):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        goes_on(run, "level3", 200)
        run.stop()
    assert level(run) == "L3" and sorted(feeds(run).values()) == ["level3", "public"]
    counts = run.stage.counts.summary("stopped", run.stage.books)
    assert counts["book_verified"] > 200 and counts["book_mismatched"] == 0 and counts["resyncs"] == 0
    assert list(TapeReader(tmp_path / "tape" / "t")) == run.records
    assert [r.seq for r in run.records] == list(range(len(run.records))) and run.kinds()[0] == "start"
    seen = {(feeds(run)[r.conn], r.json().get("channel")) for r in run.of(FRAME)}
    assert seen >= {("level3", "level3"), ("public", "book"), ("public", "trade"), ("public", "instrument")}
    assert ("public", "level3") not in seen and ("level3", "trade") not in seen
    assert fatal.failed() is None


def test_the_start_record_has_the_depth_that_level3_offers(exchange, tmp_path):
    with Run(level3(exchange, tmp_path, depth=100, stream={"depth": 25})) as run:
        run.listening(*SYMBOLS)
    assert run.of(START)[0].json()["depth"] == 100
    acks = [r.json() for r in run.of(FRAME) if b'"level3"' in r.payload and b'"method"' in r.payload]
    assert {ack["result"]["depth"] for ack in acks} == {100}


def test_a_corrupt_level3_book_is_asked_for_anew_there_and_its_neighbour_never_notices(exchange, tmp_path):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        before = len(run.health)
        exchange.inject(Fault("corrupt", "BTC/USD", channel="level3"))
        run.until(lambda: ("BTC/USD", "desync", "checksum_mismatch") in run.health[before:])
        run.listening(*SYMBOLS)
        assert {symbol for symbol, _, _ in run.health[before:]} == {"BTC/USD"}
        assert len(run.of(CONNECTED)) == 2
    conns = feeds(run)
    left = [r for r in run.of(FRAME) if b'"unsubscribe"' in r.payload]
    assert [conns[r.conn] for r in left] == ["level3"]


def test_a_lost_level3_connection_comes_back_with_a_fresh_token_and_the_public_one_stays(exchange, tmp_path):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        nonce = exchange.key.last_nonce
        exchange.inject(Fault("disconnect", channel="level3"))
        run.until(lambda: lost(run))
        assert not run.verified("BTC/USD") and run.health[-1][1:] == ("stale", "disconnected")
        run.listening(*SYMBOLS)
        assert exchange.key.last_nonce > nonce and not lost(run, "public")
    assert [r.conn for r in run.of(CONNECTED)] == [1, 2, 3] and run.counters.reconnects == 1


def test_a_lost_public_connection_leaves_the_books_as_they_are(exchange, tmp_path):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        before = len(run.health)
        exchange.inject(Fault("disconnect", channel="trade"))
        run.until(lambda: lost(run, "public"))
        run.until(lambda: len(run.of(CONNECTED)) == 3)
        goes_on(run, "level3")
        assert run.verified(*SYMBOLS) and run.health[before:] == [] and not lost(run)


# -- what ends level3 in the middle


def test_a_token_revoked_in_mid_session_is_named_and_a_new_one_is_had(exchange, tmp_path):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        before = len(run.health)
        exchange.inject(Fault("revoke"))
        run.until(lambda: lost(run))
        assert lost(run) == ["token_revoked"]
        assert {(state, reason) for _, state, reason in run.health[before:]} == {("stale", "token_revoked")}
        run.listening(*SYMBOLS)
        assert not lost(run, "public")


def test_a_token_that_is_void_for_a_resync_is_named_and_a_new_one_is_had(exchange, tmp_path):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        exchange.call(exchange.office.revoke)  # the connection is left as it is
        exchange.inject(Fault("corrupt", "BTC/USD", channel="level3"))
        run.until(lambda: lost(run))
        assert lost(run) == ["token_revoked"]
        run.listening(*SYMBOLS)


def test_a_token_too_old_for_a_resync_is_named_and_a_new_one_is_had(exchange, tmp_path):
    exchange.office.valid_s = 4.0  # on a busy machine, too, it is used within that
    with Run(level3(exchange, tmp_path, symbols=["BTC/USD"])) as run:
        run.listening("BTC/USD")
        end = time.monotonic() + exchange.office.valid_s + 0.1
        run.until(lambda: time.monotonic() > end)
        exchange.inject(Fault("corrupt", "BTC/USD", channel="level3"))
        run.until(lambda: lost(run))
        assert lost(run) == ["token_expired"]
        run.listening("BTC/USD")


def test_an_exceeded_counter_is_named_waited_for_and_costs_nothing_else(exchange, tmp_path, monkeypatch):
    monkeypatch.setattr(level3_session, "RETRY_S", 0.3)
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        exchange.office._budgets[exchange.key.key] = Budget(0)
        exchange.inject(Fault("corrupt", "BTC/USD", channel="level3"))
        run.until(lambda: ("BTC/USD", "unverified", "counter_exceeded") in run.health)
        exchange.office._budgets[exchange.key.key] = Budget(SUBSCRIPTION_LIMITS["standard"])
        assert run.verified("XRP/USD") and not lost(run) and not lost(run, "public")
        run.listening(*SYMBOLS)


def test_a_nonce_file_lost_in_mid_session_leaves_the_public_connection_running(exchange, tmp_path):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        (tmp_path / "kraken_nonce").unlink()
        (tmp_path / "kraken_nonce").mkdir()
        exchange.inject(Fault("disconnect", channel="level3"))
        run.until(lambda: "nonce_not_kept" in lost(run))
        assert run.health[-1][1:] == ("stale", "nonce_not_kept") and not run.verified("BTC/USD")
        goes_on(run, "public")
        assert not lost(run, "public") and fatal.failed() is None


def test_a_key_withdrawn_in_mid_session_leaves_the_public_connection_running(exchange, tmp_path, caplog):
    with Run(level3(exchange, tmp_path)) as run:
        run.listening(*SYMBOLS)
        exchange.key.permitted = False
        exchange.inject(Fault("disconnect", channel="level3"))
        run.until(lambda: "permission_denied" in lost(run))
        assert run.health[-1][1:] == ("stale", "permission_denied") and not run.verified("BTC/USD")
        goes_on(run, "public")
        assert not lost(run, "public") and fatal.failed() is None
    assert "no score and no exits until Level 3 is back" in caplog.text
    assert "Access WebSockets API" in caplog.text and lost(run).count("permission_denied") == 1


# -- where it is not to be had, the run decides on Level 2 and says why


def fallen_back(run, reason):
    """Assert that a run says why it is on Level 2, in a notice and in feed_health, right behind the start."""
    verified_on_level2(run)
    assert run.kinds()[:2] == ["start", "disconnected"]
    said = run.records[1].json()
    assert said["feed"] == "level3" and said["reason"] == reason and "\n" not in said["text"]
    (notice,) = [n for n in rows(run, "notice") if n["symbol"] == "*"]
    assert said["text"] in notice["text"] and "Level 2" in notice["text"]
    health = [h for h in rows(run, "feed_health") if h["channel"] == "level3"]
    assert [(h["symbol"], h["state"], h["reason"]) for h in health] == [("*", "unverified", reason)]


@pytest.mark.parametrize("reason", ["no_key", "too_many_symbols"])
def test_what_is_known_before_anything_is_asked_is_said_at_the_start(exchange, tmp_path, reason):
    with Run(level3(exchange, tmp_path, **{"level3": without(reason)})) as run:
        fallen_back(run, reason)
    assert set(feeds(run).values()) == {"public"}


def test_a_wrong_key_a_wrong_secret_and_a_missing_permission_fall_back_at_once(exchange, tmp_path):
    other = ApiKey.generated()
    for n, (key, reason) in enumerate(
        [(other, "invalid_key"), (ApiKey(exchange.key.key, other.secret), "invalid_signature")]
    ):
        (tmp_path / str(n)).mkdir()
        with Run(level3(exchange, tmp_path / str(n), key=key)) as run:
            fallen_back(run, reason)
    exchange.key.permitted = False
    (tmp_path / "2").mkdir()
    with Run(level3(exchange, tmp_path / "2")) as run:
        fallen_back(run, "permission_denied")


def test_a_nonce_that_cannot_be_kept_falls_back(exchange, tmp_path):
    (tmp_path / "kraken_nonce").mkdir()
    with Run(level3(exchange, tmp_path)) as run:
        fallen_back(run, "nonce_not_kept")


def test_a_token_of_another_venue_is_not_accepted_and_the_run_falls_back(exchange, tmp_path):
    with Exchange(["BTC/USD"]) as other, Run(level3(other, tmp_path, level3_url=exchange.level3_url)) as run:
        run.listening("BTC/USD")
        run.until(lambda: len(run.records) > 10)
    assert level(run) == "L2" and run.records[1].json()["reason"] == "token_invalid"
    assert set(lost(run)) == {"token_invalid"}


def test_a_token_that_has_expired_before_it_is_used_is_named(tmp_path):
    with Exchange(SYMBOLS, rate=20.0, token_s=0.0) as exchange, Run(level3(exchange, tmp_path)) as run:
        verified_on_level2(run)
    said = run.records[1].json()
    assert said["reason"] == "token_expired" and said["text"] == WAY_OUT["token_expired"]


def test_a_token_that_expires_while_the_venues_list_is_waited_for_is_named_and_a_new_one_is_had(tmp_path, monkeypatch):
    monkeypatch.setattr(protocol, "instrument_frame", lambda instruments: '{"channel":"heartbeat"}')
    stream = {"instrument_timeout": 4.0}
    with Exchange(SYMBOLS, rate=20.0, token_s=1.0) as exchange:
        issue = exchange.office.issue

        def issued(key):
            """Let the first be over long before the list is done without, and any other hold."""
            if first := [*exchange.office._tokens.values()]:
                exchange.office.valid_s, first[0].issued_s = TOKEN_S, -TOKEN_S
            return issue(key)

        exchange.office.issue = issued
        with Run(level3(exchange, tmp_path, stream=stream)) as run:
            run.listening(*SYMBOLS)
    assert level(run) == "L3" and lost(run) == ["token_expired"]


def test_an_exceeded_counter_at_the_start_is_named(exchange, tmp_path):
    exchange.office._budgets[exchange.key.key] = Budget(0)
    with Run(level3(exchange, tmp_path, stream={"connect_timeout": 3.0, "instrument_timeout": 0.4})) as run:
        fallen_back(run, "counter_exceeded")


@pytest.mark.parametrize("what", ["rest_url", "level3_url"])
def test_what_cannot_be_reached_is_waited_for_and_then_done_without(exchange, tmp_path, what):
    nowhere = {"rest_url": "http://127.0.0.1:1", "level3_url": "ws://127.0.0.1:1"}[what]
    stream = {"connect_timeout": 3.0, "instrument_timeout": 0.2}
    with Run(level3(exchange, tmp_path, stream=stream, **{what: nowhere})) as run:
        fallen_back(run, "unreachable")


def test_a_level3_address_that_is_none_ends_the_run_with_one_line(exchange, tmp_path):
    with Run(level3(exchange, tmp_path, level3_url="http://nonsense")) as run:
        run.drain()
    assert "feed.level3_url 'http://nonsense' is not a websocket address" in (fatal.failed() or "")


def test_no_connection_at_all_leaves_no_tape_behind(exchange, tmp_path):
    nowhere = plan("ws://127.0.0.1:1", tmp_path / "tape", SYMBOLS, stream={"connect_timeout": 0.3},
                   level3=level3(exchange, tmp_path).level3)  # fmt: skip
    with Run(nowhere) as run:
        run.drain()
    assert "cannot reach ws://127.0.0.1:1" in (fatal.failed() or "") and not (tmp_path / "tape").exists()


def test_a_stop_before_the_level_is_settled_ends_at_once_and_leaves_no_tape(exchange, tmp_path):
    with Run(level3(exchange, tmp_path, rest_url="http://127.0.0.1:1")) as run:
        run.step()
        run.stop()
    assert run.records == [] and not (tmp_path / "tape").exists()


# -- a run that is resumed stays on its level


def test_a_resumed_run_of_level3_goes_on_with_it_even_where_it_is_not_to_be_had_just_now(exchange, tmp_path):
    live = level3(exchange, tmp_path, recoverable=True)
    with Run(live) as first:
        first.listening(*SYMBOLS)
        first.stop()
        snapshot = pickle.loads(pickle.dumps(first.partition.snapshot()))
    exchange.key.permitted = False
    with Run(live, snapshot, first.stage) as second:
        second.until(lambda: "permission_denied" in lost(second))
        assert second.health[-1][1:] == ("stale", "permission_denied") and not second.of(START)
        goes_on(second, "public")
    exchange.key.permitted = True
    with Run(live, snapshot, first.stage) as third:
        third.until(lambda: "level3" in feeds(third).values())
        third.listening(*SYMBOLS)
        assert snapshot.level == "L3"


def test_a_run_of_level3_is_not_resumed_without_a_key(exchange, tmp_path):
    live = level3(exchange, tmp_path, recoverable=True)
    with Run(live) as first:
        first.listening(*SYMBOLS)
        first.stop()
        snapshot = first.partition.snapshot()
    with Run(level3(exchange, tmp_path, recoverable=True, **{"level3": without("no_key")}), snapshot) as second:
        second.drain()
    assert "decides on Level 3" in (fatal.failed() or "") and "KRAKEN_API_KEY" in (fatal.failed() or "")


def test_a_run_that_fell_back_stays_on_level2_when_it_is_resumed_and_says_so(exchange, tmp_path, caplog):
    exchange.key.permitted = False
    live = level3(exchange, tmp_path, recoverable=True)
    with Run(live) as first:
        verified_on_level2(first)
        first.stop()
        snapshot = first.partition.snapshot()
    exchange.key.permitted = True
    assert "without -r" not in caplog.text
    with Run(live, snapshot, first.stage) as second:
        second.until(lambda: second.of(CONNECTED))
        assert "the run t began on Level 2 and stays on it; for Level 3 begin anew, without -r" in caplog.text
        second.listening(*SYMBOLS)
        assert set(feeds(second).values()) == {"public"}


@pytest.mark.parametrize("permitted", [True, False])
def test_a_kill_before_the_first_snapshot_goes_on_with_the_tape_and_its_level(exchange, tmp_path, permitted):
    exchange.key.permitted = permitted
    with Run(level3(exchange, tmp_path, recoverable=True)) as first:
        first.listening(*SYMBOLS)
        first.stop()
    exchange.key.permitted = True
    with Run(level3(exchange, tmp_path, tape_id="u", recoverable=True)) as second:
        second.until(lambda: len(second.records) > len(first.records))
        assert second.records[: len(first.records)] == first.records
        assert second.partition.snapshot().level == level(first) == ("L3" if permitted else "L2")


# -- secrets


def test_a_token_that_the_venue_repeats_is_not_on_the_tape_nor_in_a_log(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    tokens = []
    with Exchange(SYMBOLS, rate=20.0) as exchange:
        issue = exchange.office.issue
        exchange.office.issue = lambda key: tokens.append(issue(key)) or tokens[-1]
        with Run(level3(exchange, tmp_path)) as run:
            run.listening(*SYMBOLS)
            for text in (tokens[0], json.dumps({"error": f"no {tokens[0]}", "method": "subscribe", "success": False})):
                exchange.inject(Fault("garbage", "BTC/USD", text=text, channel="level3"))
            run.until(lambda: sum(b"*" * len(tokens[0]) in r.payload for r in run.of(FRAME)) == 2)
            run.stop()
        key = exchange.key
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name != "websockets.server")  # the venue's own
    assert "websockets.server" in caplog.text and "httpx" in caplog.text
    for secret in (tokens[0], key.key, key.secret):
        assert secret.encode() not in everything and secret not in logged
