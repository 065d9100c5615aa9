"""Options: the command line of the exchange.

A secret is read from a file, never from an argument, which every user of the machine could see.
"""

import argparse
import base64
import binascii
import os
from pathlib import Path
from typing import Any

from leadline.errors import FeedError
from simulator.faults import Fault
from simulator.tape import DEFAULT_SYMBOLS
from simulator.tokens import SUBSCRIPTION_LIMITS, TOKEN_S, ApiKey

LEVEL3_ABOVE = 2  # the port of level3 above the public one; REST has the one between


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
    parser.add_argument("--rest-port", type=int, default=8766)
    parser.add_argument("--level3-port", type=int, default=None, help="two above --port where it is left out")
    parser.add_argument("--symbols", default=",".join(DEFAULT_SYMBOLS), help="separated by commas")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--predictability", type=float, default=0.5)
    parser.add_argument("--rate", type=float, default=1.0, help="seconds of market in one second")
    parser.add_argument("--messages-per-second", type=float, default=None, help="instead of the market's own pace")
    parser.add_argument("--fault", type=fault_of, action="append", default=[], help="kind:symbol:field=value,...")
    parser.add_argument("--api-key", default=None, help="generated where it is left out")
    parser.add_argument(
        "--api-secret-file", type=Path, default=None, help="the key's secret; written where it is not there"
    )
    parser.add_argument("--tier", choices=sorted(SUBSCRIPTION_LIMITS), default="standard", help="of level3's budget")
    parser.add_argument("--token-seconds", type=float, default=TOKEN_S, help="in which a token must be used")
    return parser


def level3_port(port: int, given: int | None) -> int:
    """Return the port of level3; any free one where the public port is any.

    >>> level3_port(8765, None), level3_port(0, None), level3_port(8765, 9000)
    (8767, 0, 9000)
    """
    if given is not None:
        return given
    return port + LEVEL3_ABOVE if port else 0


def api_key(key: str | None, secret_file: Path | None) -> ApiKey:
    """Return the key that lets in; what is not given is generated, and its secret written for its owner alone.

    Raises FeedError where the file cannot be read or written, or holds no secret.
    """
    generated = ApiKey.generated()
    secret = generated.secret
    if secret_file is not None:
        try:
            secret = _secret(secret_file, secret)
        except OSError as e:
            raise FeedError(f"--api-secret-file {secret_file}: {e.strerror}") from e
    elif key is not None:
        raise FeedError(f"--api-key {key} has no secret: name its file with --api-secret-file")
    return ApiKey(key or generated.key, secret)


def _secret(path: Path, new: str) -> str:
    """Return the secret in a file; a file that is not there gets the new one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = path.read_text().strip()
        try:
            base64.b64decode(found, validate=True)
        except binascii.Error as e:
            raise FeedError(f"--api-secret-file {path} holds no secret in base64: write one, or delete the file") from e
        return found
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{new}\n")
    return new
