"""`leadline risk`: the paper account at a glance, its kill switch, and a new account."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli import store
from leadline.errors import StoreError


def add(commands: Any) -> None:
    """Add the command and its actions to the parser."""
    parser = commands.add_parser("risk", help="show the live paper account; reset its kill switch; begin a new one")
    store.add_data_dir(parser)
    store.add_json(parser)
    parser.set_defaults(do=show)
    actions = parser.add_subparsers(metavar="ACTION")
    one = actions.add_parser("reset", help="free the kill switch; the day's loss counts from then on")
    one.add_argument("--reason", required=True, help="why, for the record")
    _data_dir_again(one)
    one.set_defaults(do=reset)
    new = actions.add_parser("new-account", help="move risk.json aside: the next live run begins with a fresh account")
    _data_dir_again(new)
    new.set_defaults(do=new_account)


def _data_dir_again(parser: argparse.ArgumentParser) -> None:
    """Let --data-dir stand behind the action, too, without undoing one before it."""
    parser.add_argument("--data-dir", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="the data folder")


def show(arguments: argparse.Namespace) -> None:
    """Print the account of the last live run."""
    import msgspec

    from leadline.risk import Account
    from sinks import risk_file

    state = risk_file.load(store.data_dir(arguments))
    if state is None:
        raise StoreError("there is no live account yet (risk.json): the first live run makes one")
    if arguments.json:
        store.print_json(msgspec.to_builtins(state))
        return
    account = msgspec.convert(state.account, Account)
    rows = [
        ("equity", f"{account.equity_quote:,.2f}, began with {account.start_quote:,.2f}"),
        ("marked", f"{account.marked_quote:,.2f} with open trades at the touch"),
        ("day", f"lost {100 * account.day_loss:.2f} % since 00:00 UTC"),
        ("drawdown", f"{100 * account.drawdown:.2f} % now, {100 * account.max_drawdown:.2f} % at its deepest"),
        ("open", f"{len(account.positions)} trades, {account.open_risk_quote:,.2f} at risk"),
        ("kill switch", _switch(account)),
        ("as of", f"{state.ts} on the tape, {state.venue}, run {state.run_id}"),
    ]
    for name, text in rows:
        print(f"{name:<12}{text}")


def _switch(account: Any) -> str:
    if not account.latched:
        return "off"
    since = datetime.fromtimestamp((account.latched_ns or 0) / 1e9, UTC)
    return f"LATCHED since {since:%Y-%m-%d %H:%M:%S} UTC: {account.latch_reason}"


def reset(arguments: argparse.Namespace) -> None:
    """Write the command that frees the kill switch into the inbox."""
    from sources import inbox

    data_dir = store.data_dir(arguments)
    if not arguments.reason.strip():
        raise StoreError("a reset needs a reason: leadline risk reset --reason 'what you looked at'")
    command_id = inbox.put(data_dir, "command", {"command": "risk_reset", "reason": arguments.reason.strip()})
    if _running(data_dir):
        print(f"reset {command_id} handed over: the running flow takes it within a second or two")
    else:
        print(f"reset {command_id} waits in {data_dir / inbox.NAME}: no live flow runs; the next one takes it")


def new_account(arguments: argparse.Namespace) -> None:
    """Move the risk file aside."""
    from sinks import risk_file

    data_dir = store.data_dir(arguments)
    file = risk_file.path(data_dir)
    if _running(data_dir):
        raise StoreError(f"a live flow runs on {str(data_dir)!r}: stop it first")
    if not file.exists():
        raise StoreError(f"there is no {str(file)!r}: the next live run begins with a fresh account anyway")
    kept = file.with_name(f"risk.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json")
    file.rename(kept)
    print(f"kept the old account as {kept}; the next live run begins with paper.equity_quote")


def _running(data_dir: Path) -> bool:
    """Whether a live flow writes a tape of this data folder."""
    from sources import tape
    from sources.tape_writer import is_being_written

    return any(map(is_being_written, tape.tapes(data_dir / "tape")[-1:]))
