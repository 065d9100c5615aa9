"""What is wrong with a configuration, in words: one line a fault."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from flows.environment import variable
from flows.setting_paths import SECTIONS, SETTINGS, allowed, below, nearest, shown
from sources.kraken.keys import KEY_VARIABLE, SECRET_VARIABLE

SECRETS = re.compile(r"key$|secret|token|password|private")  # the name of a setting that there is not


def lines(error: ValidationError, given: dict[str, Any], name: str) -> Iterator[str]:
    """Yield a line a fault of the values `given` in the environment, over those of the file `name`."""
    for fault in error.errors():
        path = ".".join(map(_part, fault["loc"])).replace(".[", "[")
        setting = path.split("[")[0]
        section = f"{setting}." if fault["type"] == "value_error" else None  # a rule over several settings
        sources = [variable(p) for p in given if p == setting or (section and p.startswith(section))]
        yield f"{' and '.join(sources) or name}: {_fault(path, setting, dict(fault))}"


def _part(part: int | str) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return part if part.isidentifier() else shown(part)


def _fault(path: str, setting: str, fault: dict[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return _unknown(path)
    if fault["type"] == "value_error":
        return f"{path}: {fault['ctx']['error']}"
    if setting in SETTINGS:
        schema = SETTINGS[setting].schema
        if "[" in path:
            schema = next(part for part in schema.get("anyOf", [schema]) if "items" in part)["items"]
        return f"{path} is {shown(fault['input'])}; allowed: {allowed(schema)}"
    return f"{path} is {shown(fault['input'])}; it must be a section: {{{', '.join(below(setting))}}}"


def _unknown(path: str) -> str:
    if SECRETS.search(path.rpartition(".")[2].lower()):
        return (
            f"{path}: a key is never read from the configuration, remove it there; set {KEY_VARIABLE} and "
            f"{SECRET_VARIABLE}, or feed.key_file to a file of mode 0600"
        )
    close = nearest(path)
    if close is not None:
        return f"{path} is unknown; did you mean {close}?"
    section = path.rpartition(".")[0]
    where = section if section in SECTIONS else "the file"
    return f"{path} is unknown; {where} has {', '.join(below(section if section in SECTIONS else ''))}"
