"""A tape that ends before the account's last event, by a restore or a power cut: going on with it would undo that."""

from dataclasses import replace

import msgspec
import pytest

from leadline.times import MS_NS
from simulator.exchange import Exchange
from sources import adoption, fatal
from tests.sources.live_runs import Run, plan

SYMBOL = "BTC/USD"


@pytest.fixture
def exchange():
    with Exchange([SYMBOL], rate=20.0) as running:
        yield running


def live(exchange, folder, **changes):
    return plan(exchange.url, folder / "tape", (SYMBOL,), data_dir=folder, recoverable=True, **changes)


@pytest.fixture
def snapshot(exchange, tmp_path):
    """Return the snapshot of a run that was cut short."""
    with Run(live(exchange, tmp_path)) as run:
        run.listening(SYMBOL)
        return run.partition.snapshot()


def end_ns(tmp_path):
    return adoption.end_ns(tmp_path / "tape" / "t")


@pytest.mark.parametrize("ahead_ns", [MS_NS, 0])
def test_a_run_is_resumed_only_where_its_tape_has_what_the_account_has_seen(exchange, tmp_path, snapshot, ahead_ns):
    with Run(live(exchange, tmp_path, account_of="t", account_ns=end_ns(tmp_path) + ahead_ns), snapshot) as resumed:
        resumed.step()
        assert resumed.ended is bool(ahead_ns)
    assert ("ends before the last event of the account" in (fatal.failed() or "")) is bool(ahead_ns)


@pytest.mark.parametrize(
    ("account_of", "ahead_ns", "adopted"), [("t", 0, True), ("t", MS_NS, False), ("v", 0, False), ("s", MS_NS, True)]
)
def test_a_tape_without_an_end_is_adopted_only_then(exchange, tmp_path, snapshot, account_of, ahead_ns, adopted):
    begun = live(exchange, tmp_path, account_of=account_of, account_ns=end_ns(tmp_path) + ahead_ns)
    with Run(replace(begun, start=msgspec.structs.replace(begun.start, tape_id="w", run_id="w"))) as run:
        run.listening(SYMBOL)
    tapes = sorted(folder.name for folder in (tmp_path / "tape").iterdir())
    assert tapes == (["t"] if adopted else ["t", "w"])
