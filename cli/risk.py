"""`leadline risk`: the live paper account at a glance, its kill switch, and a new account."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import handing, store
from leadline.errors import StoreError
from leadline.times import DAY_NS, utc

if TYPE_CHECKING:
    from leadline.risk import Account
    from sinks.risk_file import RiskState


def add(commands: Any) -> None:
    """Add the command and its actions to the parser."""
    parser = commands.add_parser("risk", help="show the live paper account; reset its kill switch; begin a new one")
    store.add_data_dir(parser)
    store.add_json(parser)
    parser.set_defaults(do=do_show)
    actions = parser.add_subparsers(metavar="ACTION")
    reset = actions.add_parser("reset", help="free the kill switch; the day's loss stands")
    reset.add_argument("--reason", required=True, help="why, for the record")
    _also_behind(reset)
    reset.set_defaults(do=do_reset)
    new = actions.add_parser("new-account", help="move risk.json aside: the next live run begins with a fresh account")
    _also_behind(new)
    new.set_defaults(do=do_new_account)


def _also_behind(parser: argparse.ArgumentParser) -> None:
    """Let an option of the command stand behind its action, too, without undoing one before it."""
    parser.add_argument("--data-dir", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="the data folder")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON for a program")


def do_show(arguments: argparse.Namespace) -> None:
    """Print the account as the newest live run left it, or has it now."""
    from sinks import risk_file

    data_dir = handing.data_dir(arguments)
    state = risk_file.load(data_dir)
    if state is None:
        raise StoreError(f"there is no live account in {str(data_dir)!r} yet: the first live run makes one")
    status = _status(state, data_dir)
    if arguments.json:
        store.print_json(status)
        return
    for name, text in _lines(status):
        print(f"{name:<12}{text}")


def _status(state: "RiskState", data_dir: Path) -> dict[str, Any]:
    """Return what the account is worth and what it may still lose; amounts in quote currency, losses positive."""
    import msgspec

    from leadline.risk import Account
    from sinks import risk_lock
    from sources import inbox

    account = msgspec.convert(state.account, Account)
    return {
        "equity_quote": account.equity_quote, "start_quote": account.start_quote,
        "marked_quote": account.marked_quote, "day": f"{utc(account.day * DAY_NS):%Y-%m-%d}",
        "day_loss": account.day_loss, "max_daily_loss": state.max_daily_loss, "day_spent": account.day_spent,
        "drawdown": account.drawdown, "max_drawdown": account.max_drawdown,
        "open_risk_quote": account.open_risk_quote, "open_trades": _open_trades(state, account),
        "positions": [{"id": one.id, **msgspec.structs.asdict(one.of)} for one in state.declared()],
        "kill_switch": {"latched": account.latched, "since": _since(account), "reason": account.latch_reason},
        "ts": state.ts, "written_at": state.written_at, "venue": state.venue, "run_id": state.run_id,
        "tape_id": state.tape_id, "config_hash": state.config_hash,
        "running": risk_lock.is_held(data_dir), "inbox": len(inbox.waiting(data_dir)),
    }  # fmt: skip


def _since(account: "Account") -> str | None:
    if account.latched_ns is None:
        return None
    return f"{utc(account.latched_ns):%Y-%m-%dT%H:%M:%SZ}"


def _open_trades(state: "RiskState", account: "Account") -> list[dict[str, Any]]:
    """Return the account's own open trades; the other fill models' have no stake in it."""
    plans = {f"{trade['plan']['signal_id']}:{trade['model']}": trade["plan"] for trade in state.open_trades}
    return [
        {"trade_id": trade_id, "symbol": position.symbol, "setup": plans[trade_id]["setup"],
         "side": "buy" if plans[trade_id]["side"] > 0 else "sell", "risk_quote": position.risk_quote,
         "open_quote": position.open_quote}
        for trade_id, position in account.positions.items() if trade_id in plans
    ]  # fmt: skip


def _lines(status: dict[str, Any]) -> list[tuple[str, str]]:
    switch = status["kill_switch"]
    latched = f"LATCHED since {switch['since']}: {switch['reason']}"
    spent = "; spent, nothing is tradable before 00:00 UTC" if status["day_spent"] else ""
    trades = [
        ("", f"{t['symbol']} {t['side']} {t['setup']}: {t['risk_quote']:,.2f} at risk, now {t['open_quote']:+,.2f}")
        for t in status["open_trades"]
    ]
    lines = [
        ("equity", f"{status['equity_quote']:,.2f}; began with {status['start_quote']:,.2f}"),
        ("marked", f"{status['marked_quote']:,.2f}, open trades at the touch they would leave by"),
        ("day", f"{status['day']} UTC: lost {100 * status['day_loss']:.2f} % of at most "
                f"{100 * status['max_daily_loss']:g} %{spent}"),
        ("drawdown", f"{100 * status['drawdown']:.2f} %; deepest {100 * status['max_drawdown']:.2f} %"),
        ("open", f"{len(status['open_trades'])}, {status['open_risk_quote']:,.2f} at risk"),
        *trades,
        *_declared(status["positions"]),
        ("kill switch", latched if switch["latched"] else "off"),
        ("as of", f"{status['ts']} on the tape of {status['venue']}, run {status['run_id']}, "
                  f"{'which runs' if status['running'] else 'no live run now'}"),
    ]  # fmt: skip
    return [*lines, ("inbox", f"{status['inbox']} waiting")] if status["inbox"] else lines


def _declared(positions: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what a person declared, which is not the account's."""
    said = [f"{one['symbol']} {one['side']} from {one['entry']:,.10g}, stop {one['stop']:,.10g}" for one in positions]
    return (
        [("declared", f"{len(said)}, of unknown size: not in this account"), *(("", one) for one in said)]
        if said
        else []
    )


def do_reset(arguments: argparse.Namespace) -> None:
    """Write the command that frees the kill switch into the inbox."""
    from sources import inbox

    data_dir, reason = handing.data_dir(arguments), arguments.reason.strip()
    if not reason:
        raise StoreError("a reset needs a reason: leadline risk reset --reason 'what you looked at'")
    if len(reason) > inbox.MAX_REASON:
        raise StoreError(f"the reason has {len(reason)} characters, at most {inbox.MAX_REASON} are kept: shorten it")
    handing.hand_over(arguments, data_dir, {"command": "risk_reset", "reason": reason})


def do_new_account(arguments: argparse.Namespace) -> None:
    """Move the risk file aside, also one that cannot be read."""
    from sinks import risk_file, risk_lock

    data_dir = handing.data_dir(arguments)
    file = risk_file.path(data_dir)
    if not file.exists():
        raise StoreError(f"there is no {str(file)!r}: the next live run begins with a fresh account anyway")
    release = risk_lock.hold(data_dir)
    try:
        now = datetime.fromtimestamp(time.time(), UTC)
        kept = file.with_name(f"{file.stem}.{now:%Y%m%dT%H%M%S.%f}Z.json")
        file.rename(kept)
    except OSError as e:
        raise StoreError(f"cannot move {str(file)!r} aside: {e.strerror or e}") from e
    finally:
        release()
    if arguments.json:
        store.print_json({"kept": kept})
        return
    print(f"kept the old account as {kept}; the next live run begins with paper.equity_quote")
    print("a run that is resumed with -r still has the old one: give -r a new folder")
