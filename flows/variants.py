"""Variants: the combinations of settings that `leadline compare` plays, checked before the first is played."""

import difflib
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from pydantic import ValidationError

from flows.configuration import merged
from flows.environment import from_text
from flows.setting_paths import DECIDES, SETTINGS, allowed, shown
from leadline.errors import ConfigError
from leadline.settings import DECIDING, Decision

SUGGESTIONS = 3


class Variant(NamedTuple):
    """One combination: what it is called, and the nested settings that make it."""

    name: str
    changes: dict[str, Any]


def variants(varied: Sequence[str]) -> list[Variant]:
    """Return every combination of `NAME=VALUE,VALUE` texts; the first has the first value of each.

    >>> [v.name for v in variants(["cooldown_seconds=1,60", "hft_integration=true"])]
    ['cooldown_seconds=1 hft_integration=true', 'cooldown_seconds=60 hft_integration=true']
    """
    axes: dict[str, tuple[str, list[str]]] = {}
    for text in varied:
        name, values = _axis(text)
        path = resolve(name)
        if path in axes:
            raise ConfigError(f"{path} is varied twice: give all its values in one --vary, separated by commas")
        axes[path] = (name, values)
    found = [
        Variant(
            " ".join(f"{name}={value}" for (name, _), value in zip(axes.values(), values, strict=True)),
            _nested(dict(zip(axes, values, strict=True))),
        )
        for values in product(*(values for _, values in axes.values()))
    ]
    if len(found) < 2:
        raise ConfigError("nothing to compare: give a setting two values, such as --vary hft_integration=true,false")
    return found


def _axis(text: str) -> tuple[str, list[str]]:
    name, sign, rest = text.partition("=")
    values = [value.strip() for value in rest.split(",") if value.strip()]
    if not sign or not values:
        raise ConfigError(
            f"--vary {text}: write it as NAME=VALUE,VALUE, such as fees.profile=kraken_futures,kraken_spot_10k-"
        )
    if len(values) != len(dict.fromkeys(values)):
        raise ConfigError(f"--vary {text}: a value is there twice")
    return name.strip(), values


def resolve(name: str) -> str:
    """Return the deciding setting that a name means: its path, or the end of one alone.

    >>> resolve("hft_integration"), resolve("fees.profile")
    ('scalping_engine.hft_integration', 'fees.profile')
    """
    if name in DECIDES:
        return name
    ending = [path for path in DECIDES if path.endswith(f".{name}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise ConfigError(f"{name} could be {_either(ending)}: write more of it")
    if any(path == name or path.endswith(f".{name}") for path in SETTINGS):
        raise ConfigError(f"{name} decides nothing on a tape; only these sections can be varied: {', '.join(DECIDING)}")
    close = _close(name)
    hint = f"did you mean {_either(close)}?" if close else "`leadline config` lists every setting"
    raise ConfigError(f"{shown(name)} is no setting; {hint}")


def _close(name: str) -> list[str]:
    """Return the settings whose end, as long as the name, is most like it."""
    parts = name.count(".") + 1
    ends = {path: ".".join(path.split(".")[-parts:]) for path in DECIDES}
    near = difflib.get_close_matches(name, dict.fromkeys(ends.values()), SUGGESTIONS, 0.75)
    return [path for end in near for path in DECIDES if ends[path] == end][:SUGGESTIONS]


def _either(paths: Sequence[str]) -> str:
    return f"{', '.join(paths[:-1])} or {paths[-1]}" if len(paths) > 1 else paths[0]


def _nested(texts: dict[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, text in texts.items():
        value: Any = from_text(SETTINGS[path], text)
        for part in reversed(path.split(".")):
            value = {part: value}
        tree = merged(tree, value)
    return tree


def check(base: dict[str, Any], variant: Variant) -> None:
    """Refuse a variant that no configuration may say; `base` holds the deciding sections it goes over."""
    try:
        Decision.model_validate(merged(base, variant.changes))
    except ValidationError as e:
        raise ConfigError("\n".join(_fault(dict(fault)) for fault in e.errors())) from e


def _fault(fault: dict[str, Any]) -> str:
    path = ".".join(map(str, fault["loc"]))
    if fault["type"] == "value_error":
        return f"{path}: {fault['ctx']['error']}"
    if path in SETTINGS:
        return f"{path} is {shown(fault['input'])}; allowed: {allowed(SETTINGS[path].schema)}"
    return f"{path}: {fault['msg']}; was the tape made by another version?"
