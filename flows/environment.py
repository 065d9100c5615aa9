"""Settings from the environment: `LEADLINE__FEED__SOURCE=kraken` sets `feed.source`.

Two underscores stand for the dot; case does not matter. A value is read by what its setting
accepts: text stays text, numbers and true/false are JSON's, a list is JSON or comma-separated,
`null` is nothing where nothing is allowed.
"""

import json
from collections.abc import Mapping
from typing import Any

from flows.jsonc import parse
from flows.setting_paths import SECTIONS, SETTINGS, Setting, below, nearest, types
from leadline.errors import ConfigError

OURS, PREFIX = "LEADLINE_", "LEADLINE__"
OTHERS = (  # what is not a setting
    "LEADLINE_CONFIG", "LEADLINE_CONSOLE", "LEADLINE_DATA", "LEADLINE_PARENT",
    "LEADLINE_ALERT_URLS", "LEADLINE_ALERT_HEARTBEAT_URL",
)  # fmt: skip

_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def variable(path: str) -> str:
    """Return the environment variable of a setting.

    >>> variable("feed.source")
    'LEADLINE__FEED__SOURCE'
    """
    return PREFIX + path.upper().replace(".", "__")


def overrides(env: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings given in `env` by path, in the order of their names; refuse unknown ones.

    >>> overrides({"LEADLINE__FEED__SYMBOLS": "BTC/USD, ETH/USD", "HOME": "/"})
    {'feed.symbols': ['BTC/USD', 'ETH/USD']}
    """
    values: dict[str, Any] = {}
    for name in sorted(env):
        if name.upper().startswith(OURS) and not name.upper().startswith(PREFIX) and name not in OTHERS:
            raise ConfigError(_one_underscore(name))
    for name in sorted(name for name in env if name.upper().startswith(PREFIX)):
        path = name[len(PREFIX) :].lower().replace("__", ".")
        if path not in SETTINGS:
            raise ConfigError(_unknown(name, path))
        if path in values:
            raise ConfigError(f"{variable(path)} is given twice, in different case; keep one")
        values[path] = from_text(SETTINGS[path], env[name])
    return values


def _one_underscore(name: str) -> str:
    path = name[len(OURS) :].lower().replace("__", ".").strip("_")
    meant = next((s for s in SETTINGS if s == path or s.replace(".", "_") == path.replace(".", "_")), None)
    return f"{name} is not a setting: they begin with {PREFIX}" + (
        f"; did you mean {variable(meant)}?" if meant else ""
    )


def from_text(setting: Setting, text: str) -> Any:
    """Return the value that `text` means for a setting; text that means none stays text, to be refused.

    >>> from_text(SETTINGS["paper.latency_ms"], "200"), from_text(SETTINGS["feed.tape"], "200")
    (200, '200')
    """
    accepted, word = types(setting.schema), text.strip().lower()
    if "null" in accepted and word in ("", "null", "none"):
        return None
    if "boolean" in accepted:
        return _BOOLEANS.get(word, text)
    if "array" in accepted and not text.strip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if "string" in accepted and not (text.startswith('"') and text.endswith('"')):
        return text.encode("utf-8", "replace").decode()
    return _json_or_text(text)


def _json_or_text(text: str) -> Any:
    try:
        return parse(text, "value")
    except ConfigError:
        return text.encode("utf-8", "replace").decode()


def _unknown(name: str, path: str) -> str:
    if path in SECTIONS:
        example = next(known for known in SETTINGS if known.startswith(f"{path}."))
        return f"{name} names a section; set one of its values, such as {variable(example)}"
    close = nearest(path)
    if close is not None:
        target = close if close in SETTINGS else f"{close}.{below(close)[0]}"
        return f"{name} is unknown; did you mean {variable(target)}?"
    return f"{json.dumps(name)[1:-1]} is unknown; `leadline config` lists every setting"
