"""The inbox: each file becomes one record of the tape; what cannot be understood does, too, and says why."""

import json
import os

import msgspec
import pytest

from leadline import records
from leadline.errors import StoreError
from leadline.moment import Moment
from leadline.records import BIAS, COMMAND, CONNECTED, TICK
from operators.accounts import AccountDesk
from simulator.exchange import Exchange
from sources import fatal, inbox, stopping
from sources.inbox import MAX_BYTES, MAX_DEPTH, MAX_FILES, MAX_REASON, Inbox
from sources.tape_reader import TapeReader
from tests.sources.live_runs import Run, plan

RESET = {"command": "risk_reset", "reason": "looked at it"}
NESTED = "[" * MAX_DEPTH + "]" * MAX_DEPTH


def drop(data_dir, name, content):
    """Put a file into the inbox as a writer does."""
    folder = data_dir / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / f".{name}.tmp").write_bytes(data)
    (folder / f".{name}.tmp").rename(folder / name)


def command(**payload):
    return {"kind": "command", "payload": {"id": "c1", **RESET, **payload}}


def payloads(box):
    return [msgspec.json.decode(item[4]) for item in box.items(1, 2)]


def left(data_dir):
    return sorted(path.name for path in (data_dir / "inbox").iterdir())


# -- what is in it


def test_files_are_taken_in_the_order_of_their_names_and_removed_when_they_are_taken(tmp_path):
    for name in ("b", "a"):
        drop(tmp_path, f"{name}.json", command(id=name))
    drop(tmp_path, "c.json", {"kind": "bias", "payload": {"symbol": "BTC/USD"}})
    box = Inbox(tmp_path)
    items = box.items(5, 6)
    assert [item[:4] for item in items] == [(COMMAND, 0, 5, 6), (COMMAND, 0, 5, 6), (BIAS, 0, 5, 6)]
    assert [json.loads(item[4]).get("id") for item in items] == ["a", "b", None]
    assert left(tmp_path) == ["a.json", "b.json", "c.json"]  # until they are on the tape
    box.taken()
    assert left(tmp_path) == [] and box.items(7, 8) == []


def test_what_is_put_is_taken_in_that_order_with_the_id_that_was_told(tmp_path):
    ids = [inbox.put(tmp_path, "command", {**RESET, "reason": str(n)}) for n in range(20)]
    found = payloads(Inbox(tmp_path))
    assert [(p["id"], p["command"], p["reason"]) for p in found] == [
        (i, "risk_reset", str(n)) for n, i in enumerate(ids)
    ]


def test_unfinished_and_foreign_files_are_left_alone(tmp_path):
    drop(tmp_path, "notes.txt", b"mine")
    (tmp_path / "inbox" / ".half.json").write_bytes(b'{"kind"')
    box = Inbox(tmp_path)
    assert box.items(1, 2) == []
    box.taken()
    assert left(tmp_path) == [".half.json", "notes.txt"]


def test_no_inbox_is_an_empty_one(tmp_path):
    assert Inbox(tmp_path / "nowhere").items(1, 2) == [] == inbox.waiting(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "truncated"),
        (b"not json", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"[1]", "Expected `object`"),
        ({"payload": {}}, "`kind`"),
        ({"kind": "order", "payload": {}}, "'order'"),
        ({"kind": "bias", "payload": [1]}, "Expected `object`"),
        ({"kind": "bias", "payload": {}, "more": 1}, "`more`"),
        (command(id=7), "$.id"),
        (command(id=""), "$.id"),
        (command(id="x" * 65), "$.id"),
        (command(reason="x" * (MAX_REASON + 1)), "$.reason"),
        ({"kind": "command", "payload": {"id": "c1"}}, "`command`"),
        (command(x=float("nan")), "malformed"),
        (b'{"kind":"bias","payload":{"x":1e999}}', "out of range"),
        (b'{"kind":"bias","payload":{"x":%s}}' % NESTED.encode(), "nested"),
        (b'{"kind":"bias","payload":{"x":%s}}' % (b"[" * 20_000 + b"]" * 20_000), "recursion"),
        (b'{"kind":"bias","payload":{"x":"%s"}}' % (b"x" * MAX_BYTES), f"more than {MAX_BYTES} bytes"),
    ],
)
def test_a_file_that_cannot_be_understood_is_a_command_that_says_why_and_is_moved_aside(tmp_path, content, why):
    drop(tmp_path, "odd.json", content)
    box = Inbox(tmp_path)
    ((kind, _, _, _, payload),) = box.items(1, 2)
    told = msgspec.json.decode(payload)
    assert (kind, told["command"]) == (COMMAND, "invalid") and told["id"].startswith("odd.json:")
    assert told["reason"].startswith("odd.json: ") and why in told["reason"] and len(told["reason"]) <= MAX_REASON
    box.taken()
    assert left(tmp_path) == ["rejected"] and (tmp_path / "inbox" / "rejected" / "odd.json").exists()


def test_a_second_bad_file_of_the_same_name_has_an_id_of_its_own(tmp_path):
    box, ids = Inbox(tmp_path), set()
    for n in range(2):
        drop(tmp_path, "odd.json", b"not json")
        os.utime(tmp_path / "inbox" / "odd.json", ns=(n, n))
        ids |= {told["id"] for told in payloads(box)}
        box.taken()
    assert len(ids) == 2


def test_what_is_no_plain_file_is_refused_and_holds_nobody_up(tmp_path):
    drop(tmp_path, "real.json", command())
    folder = tmp_path / "inbox"
    os.mkfifo(folder / "fifo.json")
    (folder / "folder.json").mkdir()
    (folder / "link.json").symlink_to(folder / "real.json")
    os.mkfifo(os.fsencode(folder) + b"/\xff.json")
    box = Inbox(tmp_path)
    assert [told["command"] for told in payloads(box)] == ["invalid"] * 3 + ["risk_reset", "invalid"]
    box.taken()
    assert left(tmp_path) == ["rejected"] and len(list((folder / "rejected").iterdir())) == 4


def test_a_tick_takes_no_more_than_its_share(tmp_path):
    for n in range(MAX_FILES + 3):
        drop(tmp_path, f"{n:04d}.json", command(id=str(n)))
    box = Inbox(tmp_path)
    assert [told["id"] for told in payloads(box)] == [str(n) for n in range(MAX_FILES)]
    box.taken()
    assert [told["id"] for told in payloads(box)] == ["100", "101", "102"]


def test_what_cannot_be_removed_is_taken_once_and_blocks_nothing(tmp_path, monkeypatch, caplog):
    drop(tmp_path, "a.json", command(id="a"))
    box = Inbox(tmp_path)

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as read_only:  # as root nothing is refused, so a folder's mode would not do
        read_only.setattr(os, "unlink", refuse)
        assert [told["id"] for told in payloads(box)] == ["a"]
        box.taken()
        assert "a.json was taken, but cannot be removed: Permission denied" in caplog.text
        drop(tmp_path, "b.json", command(id="b"))
        assert [told["id"] for told in payloads(box)] == ["b"]
        box.taken()
    drop(tmp_path, "a.json", command(id="a2"))
    os.utime(tmp_path / "inbox" / "a.json", ns=(1, 1))
    assert [told["id"] for told in payloads(box)] == ["a2"]


def test_an_inbox_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "inbox").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot write into .*inbox"):
        inbox.put(tmp_path, "command", RESET)


# -- in a live run, over a real websocket


@pytest.fixture(scope="module")
def exchange():
    with Exchange(("BTC/USD",), rate=20.0) as exchange:
        yield exchange


def live(exchange, tmp_path, **changes):
    return plan(exchange.url, tmp_path / "tape", ("BTC/USD",), data_dir=tmp_path, **changes)


def commands_on_tape(tmp_path):
    return [r for r in TapeReader(tmp_path / "tape" / "t") if r.kind == COMMAND]


def test_a_command_that_waited_or_comes_while_a_run_lives_is_one_record_behind_a_tick(exchange, tmp_path):
    early = inbox.put(tmp_path, "command", RESET)
    with Run(live(exchange, tmp_path)) as run:
        run.until(lambda: run.of(COMMAND))
        late = inbox.put(tmp_path, "command", RESET)
        run.until(lambda: len(run.of(COMMAND)) == 2)
        seen = len(run.of(TICK))
        run.until(lambda: len(run.of(TICK)) > seen)
    assert [r.json()["id"] for r in run.of(COMMAND)] == [early, late]
    assert commands_on_tape(tmp_path) == run.of(COMMAND) and inbox.waiting(tmp_path) == []
    kinds = run.kinds()
    assert kinds[0] == "start" and kinds.index("tick") < kinds.index("command")


def test_a_run_without_a_tape_takes_commands_all_the_same(exchange, tmp_path):
    inbox.put(tmp_path, "command", RESET)
    with Run(live(exchange, tmp_path, record=False)) as run:
        run.until(lambda: run.of(COMMAND))
    assert inbox.waiting(tmp_path) == [] and not (tmp_path / "tape").exists()


def test_a_file_that_nobody_understands_is_counted_and_stored_as_a_reject(exchange, tmp_path):
    drop(tmp_path, "odd.json", b"{")
    with Run(live(exchange, tmp_path)) as run:
        run.until(lambda: run.of(COMMAND))
    (reject,) = [values for table, values in run.rows if table == "rejects"]
    assert reject["reason"] == "bad_command" and reject["detail"].startswith("odd.json: ")
    assert run.stage.counts.rejected == 1
    assert left(tmp_path) == ["rejected"]


class Killed(BaseException):
    """What a kill looks like from inside."""


def test_a_kill_between_the_tape_and_the_removal_does_not_make_a_command_act_twice(exchange, tmp_path, monkeypatch):
    command_id = inbox.put(tmp_path, "command", RESET)
    first = Run(live(exchange, tmp_path, recoverable=True))
    with first, monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Inbox, "taken", lambda self: (_ for _ in ()).throw(Killed))
        first.until(lambda: first.of(COMMAND))
    assert len(commands_on_tape(tmp_path)) == 1 == len(inbox.waiting(tmp_path))
    with Run(live(exchange, tmp_path, recoverable=True)) as second:  # goes on with the tape from its beginning
        second.until(lambda: len(second.of(COMMAND)) == 2)
        second.until(lambda: second.of(CONNECTED)[-1].conn == 2)
    found = second.of(COMMAND)
    assert [r.json()["id"] for r in found] == [command_id] * 2 and inbox.waiting(tmp_path) == []
    desk, obeyed = AccountDesk(), []
    for r in found:
        m = Moment(r.seq, r.kind, r.conn, r.wall_ns, r.mono_ns, r.payload, r.json(), None)
        obeyed.append(desk.command(m, lambda m, rules: None))
    assert obeyed == [True, False]


def test_a_disk_that_refuses_the_record_leaves_the_file(exchange, tmp_path, monkeypatch):
    with Run(live(exchange, tmp_path)) as run:
        run.listening("BTC/USD")
        inbox.put(tmp_path, "command", RESET)
        encode = records.encode

        def full(kind, *rest):
            if kind == COMMAND:
                raise run.partition._recorder._writer._unusable(OSError(28, "No space left on device"))
            return encode(kind, *rest)

        monkeypatch.setattr(records, "encode", full)
        run.until(lambda: run.ended)
    assert "No space left on device" in (fatal.failed() or "") and len(inbox.waiting(tmp_path)) == 1
    assert commands_on_tape(tmp_path) == []


def test_a_run_whose_account_went_on_in_another_is_not_resumed(exchange, tmp_path):
    with Run(live(exchange, tmp_path, recoverable=True)) as first:
        first.listening("BTC/USD")
        snapshot = first.partition.snapshot()
    for account_of, goes_on in (("u", False), ("t", True), ("s", True), (None, True)):
        with Run(live(exchange, tmp_path, recoverable=True, account_of=account_of), snapshot) as second:
            second.step()
            assert second.ended is not goes_on
            assert goes_on or "went on in the run u: run without -r" in (fatal.failed() or "")
        fatal.clear()
        stopping.clear()
