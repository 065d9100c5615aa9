"""What can be set: every setting's dotted path, what it accepts in words, and the nearest name to a wrong one.

All of it is derived from `leadline.settings.Settings`, so a new setting is known here at once.
"""

import difflib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from leadline.settings import DECIDING, Settings

_PATTERN_WORDS = {
    "/": 'a symbol such as "BTC/USD"',
    ":": 'a time of day such as "09:00"',
}  # by the character that tells our two patterns apart


class Setting(NamedTuple):
    """One value that can be set. `schema` is its JSON schema."""

    path: str
    schema: dict[str, Any]
    default: Any


def _walk(schema: dict[str, Any], defs: dict[str, Any], default: Any, path: str) -> Iterator[Setting | str]:
    """Yield each section's path and each setting below `schema`."""
    for name, below in schema["properties"].items():
        here = f"{path}.{name}" if path else name
        if "$ref" in below:
            yield here
            yield from _walk(defs[below["$ref"].rsplit("/", 1)[1]], defs, default[name], here)
        else:
            yield Setting(here, below, default[name])


def _all() -> list[Setting | str]:
    schema = Settings.model_json_schema()
    return list(_walk(schema, schema["$defs"], Settings().model_dump(), ""))


_ALL = _all()
SETTINGS: dict[str, Setting] = {item.path: item for item in _ALL if isinstance(item, Setting)}
SECTIONS: tuple[str, ...] = tuple(item for item in _ALL if isinstance(item, str))
_WHERE = ("scalping_engine.enabled", "scalping_engine.symbols")  # whether and where it runs, not what it decides
DECIDES = tuple(path for path in SETTINGS if path.split(".")[0] in DECIDING and path not in _WHERE)


def below(section: str) -> list[str]:
    """Return the names directly in a section; "" is the whole file.

    >>> below("ultimate_analyzer.schedule")
    ['morning_analysis', 'evening_analysis', 'timezone']
    """
    prefix = f"{section}." if section else ""
    names = [path[len(prefix) :] for path in (*SECTIONS, *SETTINGS) if path.startswith(prefix)]
    return [name for name in names if "." not in name]


def types(schema: dict[str, Any]) -> set[str]:
    """Return the JSON types a setting accepts: boolean, integer, number, string, array, null."""
    return {part["type"] for part in schema.get("anyOf", [schema])}


def allowed(schema: dict[str, Any]) -> str:
    """Return what a setting accepts, in words.

    >>> allowed(SETTINGS["scalping_engine.risk_per_trade"].schema)
    'a number above 0, at most 0.005'
    >>> allowed(SETTINGS["feed.source"].schema)
    'simulator, kraken or replay'
    """
    if "anyOf" in schema:
        return ", or ".join(allowed(part) for part in schema["anyOf"])
    if "enum" in schema:
        *most, last = [str(choice) for choice in schema["enum"]]
        return f"{', '.join(most)} or {last}"
    match schema["type"]:
        case "boolean":
            return "true or false"
        case "integer":
            return "a whole number" + _range(schema)
        case "number":
            return "a number" + _range(schema)
        case "array":
            return f"a list, each {allowed(schema['items'])}"
        case "string":
            pattern = schema.get("pattern", "")
            return next((words for sign, words in _PATTERN_WORDS.items() if sign in pattern), "text")
        case other:
            return str(other)  # null


def _range(schema: dict[str, Any]) -> str:
    words = {"exclusiveMinimum": "above", "minimum": "at least", "exclusiveMaximum": "below", "maximum": "at most"}
    limits = [f"{word} {schema[key]:g}" for key, word in words.items() if key in schema]
    return " " + ", ".join(limits) if limits else ""


def nearest(path: str) -> str | None:
    """Return the known path that a wrong one most likely means.

    A name of the same section counts first, then the same name in another section.

    >>> nearest("feed.sorce"), nearest("feed.taker_bps"), nearest("feed.zzzz")
    ('feed.source', 'fees.taker_bps', None)
    """
    section, _, name = path.rpartition(".")
    close = difflib.get_close_matches(name, below(section), 1, 0.7)
    if close:
        return f"{section}.{close[0]}" if section else close[0]
    elsewhere = [known for known in (*SETTINGS, *SECTIONS) if known.rpartition(".")[2] == name]
    return (elsewhere or difflib.get_close_matches(path, SETTINGS, 1, 0.8) or [None])[0]


def shown(value: Any) -> str:
    """Return a value on one short line, as it would be written in the file."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= 60 else f"{text[:57]}..."
