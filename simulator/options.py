"""Options: the command line of the exchange.

A secret is read from a file, never from an argument, which every user of the machine could see.
"""

import argparse
import base64
import os
from pathlib import Path
from typing import Any

from leadline.errors import FeedError
from simulator.faults import Fault
from simulator.tape import DEFAULT_SYMBOLS
from simulator.tokens import SUBSCRIPTION_LIMITS, TOKEN_S, ApiKey

HIGHEST_PORT = 65_535
REST_ABOVE, LEVEL3_ABOVE = 1, 2  # ports of REST and level3 above the public one


def fault_of(text: str) -> Fault:
    """Read a fault from `kind[:symbol[:field=value[,field=value]...]]`.

    >>> fault = fault_of("drop:BTC/USD:after=100,top_ten=no")
    >>> fault.kind, fault.symbol, fault.after, fault.top_ten
    ('drop', 'BTC/USD', 100, False)
    """
    kind, _, rest = text.partition(":")
    symbol, _, options = rest.partition(":")
    known: dict[str, Any] = {"after": int, "count": int, "seconds": float, "bytes": int, "text": str,
                             "resend": _yes, "top_ten": _yes, "channel": str}  # fmt: skip
    values = dict(option.split("=", 1) for option in options.split(",") if option)
    return Fault(kind, symbol or None, **{name: known[name](value) for name, value in values.items()})  # type: ignore[arg-type]


def _yes(text: str) -> bool:
    return text in ("yes", "true", "1")


def arguments() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(prog="python -m simulator.exchange", description="Serve a simulated market.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--rest-port", type=int, default=None, help="one above --port where it is left out")
    parser.add_argument("--level3-port", type=int, default=None, help="two above --port where it is left out")
    parser.add_argument("--symbols", default=",".join(DEFAULT_SYMBOLS), help="separated by commas")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--predictability", type=float, default=0.5)
    parser.add_argument("--rate", type=float, default=1.0, help="seconds of market in one second")
    parser.add_argument("--messages-per-second", type=float, default=None, help="instead of the market's own pace")
    parser.add_argument("--fault", type=fault_of, action="append", default=[], help="kind:symbol:field=value,...")
    parser.add_argument(
        "--key-file", type=Path, default=None, help="API key and secret on two lines; written where it is not there"
    )
    parser.add_argument("--tier", choices=sorted(SUBSCRIPTION_LIMITS), default="standard", help="of level3's budget")
    parser.add_argument("--token-seconds", type=float, default=TOKEN_S, help="in which a token must be used")
    return parser


def ports(given: argparse.Namespace) -> tuple[int, int, int]:
    """Return the ports of the public feed, REST and level3; any free ones where the public port is any.

    Raises FeedError where one is none.

    >>> parsed = arguments().parse_args
    >>> ports(parsed([])), ports(parsed(["--port", "0"])), ports(parsed(["--port", "28765", "--level3-port", "9000"]))
    ((8765, 8766, 8767), (0, 0, 0), (28765, 28766, 9000))
    """

    def port(own: int | None, above: int) -> int:
        if own is not None:
            return own
        return given.port + above if given.port else 0

    found = given.port, port(given.rest_port, REST_ABOVE), port(given.level3_port, LEVEL3_ABOVE)
    if not 0 <= min(found) <= max(found) <= HIGHEST_PORT:
        raise FeedError(f"--port {given.port}: of the ports {found} each must be at most {HIGHEST_PORT}")
    return found


def api_key(path: Path | None) -> ApiKey:
    """Return the key in a file, whose two lines are key and secret; a file that is not there gets a new one.

    It is written for its owner alone. Raises FeedError where it cannot be read, written or understood.
    """
    new = ApiKey.generated()
    if path is None:
        return new
    try:
        return _read(path) if path.exists() else _written(path, new)
    except (OSError, UnicodeDecodeError) as e:
        raise FeedError(f"--key-file {path}: {getattr(e, 'strerror', 'it is no text')}") from e


def _read(path: Path) -> ApiKey:
    words = path.read_text().split()
    if len(words) != 2 or not _is_base64(words[1]):
        raise FeedError(f"--key-file {path} is not a key and its secret in base64 on two lines: write it, or delete it")
    return ApiKey(words[0], words[1])


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def _written(path: Path, key: ApiKey) -> ApiKey:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{key.key}\n{key.secret}\n")
    return key
