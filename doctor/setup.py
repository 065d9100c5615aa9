"""Set-up: the configuration, and the versions of what runs it."""

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

import leadline
from doctor.finding import Finding, error, unchecked, warning
from doctor.system import System
from flows.configuration import DEFAULT_PATH, PATH_VARIABLE, Loaded, check_live, effective, load
from flows.level3 import with_level
from flows.modes import NEEDS, check_analyses
from flows.schedule import zone_of
from leadline.errors import ConfigError
from leadline.settings import SPOT_TIERS

PROJECT = Path(leadline.__file__).parents[1] / "pyproject.toml"
PINNED = "bytewax"  # its snapshots are pickles: another version may not read them
FORMER: dict[str, tuple[object, ...]] = {  # defaults of versions before, which a first run wrote into the file
    "feed.level": ("L2",), "feed.hours": (8.0, 5.0),
}  # fmt: skip


def read(env: Mapping[str, str]) -> tuple[Loaded | None, list[Finding]]:
    """Return the configuration, None where it is not to be had, and what is wrong with it; writes no file."""
    missing = list(_missing(env))
    try:
        return load(env=env, write=False), missing
    except ConfigError as e:
        fix = "docs/configuration.md lists every setting. Nothing that depends on the settings was looked at"
        return None, missing or [error("config_invalid", line, fix) for line in str(e).splitlines()]


def _missing(env: Mapping[str, str]) -> Iterator[Finding]:
    """A run makes the file that it does not find, where it can; its market is then a simulated one."""
    path = Path(env.get(PATH_VARIABLE) or DEFAULT_PATH)
    if path.exists():
        return
    if not env.get(PATH_VARIABLE):
        yield unchecked("config_missing", f"there is no {path} in this folder: these are the defaults")
        return
    fix = f"make it, or set {PATH_VARIABLE} to another"
    told = f"{PATH_VARIABLE} names {path}, which is not there"
    if os.access(path.parent, os.W_OK | os.X_OK):
        yield warning("config_missing", f"{told}: a run writes it with the defaults, of a simulated market", fix)
    else:
        yield error("config_missing", f"{told}, nor can be written: a run is refused", fix)


def live(system: System) -> Iterator[Finding]:
    """A live run must be switched on, and everything in it must be there."""
    if system.mode is not None and not NEEDS[system.mode].scalper:
        return
    try:
        check_live(system.settings)
    except ConfigError as e:
        yield _refused(e)


def analyses(system: System) -> Iterator[Finding]:
    """A mode that analyses must be allowed to; where nobody says which is run, a live feed may go without."""
    mode = system.mode or "hybrid"
    if not NEEDS[mode].analyses or (system.mode is None and not system.live):
        return
    try:
        check_analyses(mode, system.settings)
    except ConfigError as e:
        if system.mode is not None:
            yield _refused(e)
        else:
            yield unchecked("run_refused", f"`leadline run --mode {mode}` would be refused, if that is what runs: {e}")


def _refused(e: ConfigError) -> Finding:
    what, _, fix = str(e).partition(": ")
    return error("run_refused", what, fix)


def schedule(system: System) -> Iterator[Finding]:
    """The analyzer's time zone must be one that this machine knows."""
    try:
        zone_of(system.settings.ultimate_analyzer.schedule)
    except ConfigError as e:
        what, _, fix = str(e).partition("; ")
        yield error("timezone_unknown", what, fix)


def defaults(system: System) -> Iterator[Finding]:
    """A default of old that is written down in the file stays in force."""
    for path, value, origin in effective(system.loaded):
        if origin == "file" and value in FORMER.get(path, ()) and _matters(path, system):
            yield warning(
                "default_outdated", f"{path} is {value} in {system.loaded.path.name}, the default of an older version",
                "remove it there to follow the default",
            )  # fmt: skip


def _matters(path: str, system: System) -> bool:
    """Return whether the default of now would do anything else."""
    if path == "feed.hours":
        return system.feed.source == "simulator"
    free = system.settings.model_copy(update={"feed": system.feed.model_copy(update={"level": None})})
    try:
        return system.feed.source != "replay" and with_level(free).feed.level != system.feed.level
    except ConfigError:
        return False  # the key's own checks tell


def fees(system: System) -> Iterator[Finding]:
    """A live feed is of the spot market: the fees of another one make every verdict one of that market."""
    of = system.settings.fees
    used = None in (of.maker_bps, of.taker_bps)  # else a person's own numbers stand for both
    if system.live and not system.simulated and used and of.profile not in SPOT_TIERS:
        yield warning(
            "fees_of_another_market", f"the feed is Kraken's spot market, and fees.profile is {of.profile}: "
            "every verdict and result is of costs that no order there has",
            "choose a spot profile, or set fees.maker_bps and fees.taker_bps; signals of other fees are no evidence",
        )  # fmt: skip


def python(system: System) -> Iterator[Finding]:
    """The interpreter must be one that the engine has a wheel for."""
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        yield error("python_version", f"CPython {sys.version.split()[0]} runs this", "use 3.11 or 3.12")


def parts(system: System) -> Iterator[Finding]:
    """What is installed must be what this Leadline was made for."""
    try:
        wanted = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        yield unchecked("part_version", f"there is no {PROJECT} to say which versions are wanted")
        return
    for requirement in map(Requirement, wanted):
        yield from _part(requirement)


def _part(wanted: Requirement) -> Iterator[Finding]:
    fix = "install requirements.txt: make setup, or pip install --require-hashes -r requirements.txt"
    try:
        found = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        yield error("part_missing", f"{wanted.name} is not installed", fix)
        return
    if not wanted.specifier.contains(found, prereleases=True):
        told = f"{wanted.name} is {found}, wanted is {wanted.specifier}"
        if wanted.name == PINNED:
            yield error("engine_version", told, fix)
        else:
            yield warning("part_version", told, fix)


CHECKS = (live, analyses, schedule, defaults, fees, python, parts)
