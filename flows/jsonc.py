"""JSON with // comments, read strictly: the text of `trading_config.json` becomes a tree of plain values.

Beyond comments nothing is added to JSON, and some of it is refused: a key given twice, a
number that is not finite or needs more than 64 bits, half of a surrogate pair. Each
refusal is a ConfigError of one line that says where.
"""

import json
import re
from typing import Any

from leadline.errors import ConfigError

MAX_INTEGER = 1 << 63  # larger whole numbers are typing errors, and nothing here needs one

_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*"?)|//[^\n]*')


def strip_comments(text: str) -> str:
    r"""Return `text` with every // comment blanked, so that lines and columns stay where they were.

    >>> strip_comments('{"url": "wss://x"} // no')
    '{"url": "wss://x"}      '
    """
    return _STRING_OR_COMMENT.sub(lambda found: found[1] or " " * len(found[0]), text)


def parse(text: str, name: str) -> Any:
    """Return the values in `text`; `name` is the file in messages."""
    try:
        values = json.loads(
            strip_comments(text),
            object_pairs_hook=_object,
            parse_constant=_not_finite,
            parse_float=_float,
            parse_int=_integer,
        )
        json.dumps(values, ensure_ascii=False).encode()
        return values
    except json.JSONDecodeError as e:
        raise ConfigError(f"{name} line {e.lineno}, column {e.colno}: {_mend(e)}") from e
    except RecursionError as e:
        raise ConfigError(f"{name}: nested too deeply; settings are at most three levels deep") from e
    except UnicodeEncodeError as e:
        raise ConfigError(f"{name}: a text holds half of a surrogate pair (\\ud800 to \\udfff); remove it") from e
    except ValueError as e:
        raise ConfigError(f"{name}: {e}") from e


def _mend(error: json.JSONDecodeError) -> str:
    before = error.doc[: error.pos].rstrip()
    if before.endswith(",") and error.doc[error.pos : error.pos + 1] in ("}", "]"):
        return "a comma before a closing bracket; remove it"
    return f"not JSON ({error.msg.lower()}); mend it there, or delete the file to get the defaults"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {json.dumps(twice)} is given twice in one section; keep one")
    return values


def _not_finite(text: str) -> Any:
    raise ValueError(f"{text} is not a number JSON knows; give a finite one")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is too large")
    return value


def _integer(text: str) -> int:
    if len(text) > 20 or abs(int(text)) >= MAX_INTEGER:
        raise ValueError(f"{text[:40]} is too large")
    return int(text)
