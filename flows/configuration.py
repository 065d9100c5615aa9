"""The configuration: `trading_config.json`, overridden by the environment, validated, with each value's origin.

The file is written with safe defaults on the first run. Later ones win: default, file,
environment. Whatever is wrong becomes one ConfigError, one line a fault: where it was said,
the setting's path, its value, what is allowed.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from flows.config_faults import lines
from flows.environment import overrides, variable
from flows.jsonc import parse
from flows.setting_paths import DECIDES, SETTINGS, below, shown
from leadline.errors import ConfigError
from leadline.settings import Settings

DEFAULT_PATH = "trading_config.json"
PATH_VARIABLE = "LEADLINE_CONFIG"

Origin = Literal["default", "file", "environment"]


@dataclass(frozen=True)
class Loaded:
    """Validated settings, where each came from, and what the user should be told once."""

    settings: Settings
    origins: dict[str, Origin]  # by dotted path, every setting
    path: Path
    environment: dict[str, Any] = field(default_factory=dict)  # values given there, by dotted path
    notices: tuple[str, ...] = ()


def load(path: str | Path | None = None, env: Mapping[str, str] | None = None, *, write: bool = True) -> Loaded:
    """Return the settings of `path` (default LEADLINE_CONFIG, else trading_config.json) under `env`.

    A file that is not there is written with the defaults, unless `write` is false. One that was named and can be
    neither read nor written is refused: the defaults would play a simulated market where a real one was meant.
    """
    env = os.environ if env is None else env
    named = path or env.get(PATH_VARIABLE)
    path = Path(named or DEFAULT_PATH)
    tree, notices = _from_file(path, write, named=bool(named))
    given = overrides(env)
    return Loaded(_validated(tree, given, path.name), _origins(tree, given), path, given, notices)


def effective(loaded: Loaded) -> list[tuple[str, Any, Origin]]:
    """Return (path, value, origin) of every setting, in the file's order."""
    tree = loaded.settings.model_dump()
    return [(path, _at(tree, path), loaded.origins[path]) for path in SETTINGS]


def explicit_environment(loaded: Loaded) -> dict[str, Any]:
    """Return the environment's values of deciding sections, nested: they override a replayed tape's decision.

    Whether and where the scalper runs (`enabled`, `symbols`) is not part of a decision.
    """
    tree: dict[str, Any] = {}
    for path, value in loaded.environment.items():
        if path in DECIDES:
            _put(tree, path, value)
    return tree


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the nested values of `changes` put over it; neither is changed.

    >>> merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}})
    {'a': {'b': 1, 'c': 3}}
    """
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def check_live(settings: Settings) -> None:
    """Refuse to scalp on a live feed unless the user has switched it on."""
    if settings.feed.source == "kraken" and not settings.scalping_engine.enabled:
        raise ConfigError(
            "scalping_engine.enabled is false, and feed.source is kraken, a live feed: switch the scalper on with "
            f'{variable("scalping_engine.enabled")}=true, or "scalping_engine": {{"enabled": true}} in {DEFAULT_PATH} '
            "(signals only: no order is ever placed)"
        )


def default_text() -> str:
    """Return what the first run writes: every setting with its default, as JSON.

    `scalping_engine.symbols` is left out: until a user sets it, the simulator plays its own
    three symbols and a live feed the scalper's default two.
    """
    tree = Settings().model_dump()
    del tree["scalping_engine"]["symbols"]
    return json.dumps(tree, indent=2) + "\n"


def _from_file(path: Path, write: bool, *, named: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the file's values and what to tell."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}, _without(path, write, named)
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8") from e
    except (OSError, ValueError) as e:
        raise ConfigError(f"cannot read the configuration {path}: {_reason(e)}; set {PATH_VARIABLE} to another") from e
    tree = parse(text, path.name)
    if not isinstance(tree, dict):
        raise ConfigError(f"{path.name} is {shown(tree)}; it must be an object of sections: {', '.join(below(''))}")
    return tree, ()


def _without(path: Path, write: bool, named: bool) -> tuple[str, ...]:
    """Write the file that is not there, and return what to tell."""
    fault = _write_defaults(path) if write else None if path.parent.is_dir() else "there is no such folder"
    if fault is None:
        return (f"wrote {path} with safe defaults",) if write else ()
    if named:
        raise ConfigError(
            f"there is no configuration {path}, and it cannot be written ({fault}): make it, or set {PATH_VARIABLE} "
            "to another"
        )
    return (f"cannot write {path} ({fault}): running on the built-in defaults",)


def _write_defaults(path: Path) -> str | None:
    """Return why it cannot be written, None where it is."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(default_text())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except (OSError, ValueError) as e:
        return _reason(e)
    return None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _validated(tree: dict[str, Any], given: dict[str, Any], name: str) -> Settings:
    whole = merged(tree, {})
    for path, value in given.items():
        whole = merged(whole, _nested(path, value)) if _reachable(tree, path) else whole
    try:
        return Settings.model_validate(whole)
    except ValidationError as e:
        raise ConfigError("\n".join(lines(e, given, name))) from e


def _reachable(tree: dict[str, Any], path: str) -> bool:
    """Tell whether every section above `path` is one in the file too; if not, the file is refused first."""
    node: Any = tree
    for part in path.split(".")[:-1]:
        node = node.get(part, {})
        if not isinstance(node, dict):
            return False
    return True


def _origins(tree: dict[str, Any], given: dict[str, Any]) -> dict[str, Origin]:
    def origin(path: str) -> Origin:
        if path in given:
            return "environment"
        try:
            _at(tree, path)
        except (KeyError, TypeError):
            return "default"
        return "file"

    return {path: origin(path) for path in SETTINGS}


def _at(tree: dict[str, Any], path: str) -> Any:
    node: Any = tree
    for part in path.split("."):
        node = node[part]
    return node


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    *sections, name = path.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[name] = value


def _nested(path: str, value: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    _put(tree, path, value)
    return tree
