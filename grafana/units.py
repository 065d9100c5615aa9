"""Values in the units of our panels, as people read them."""

from collections.abc import Mapping
from typing import Any

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
LONG_S = 120
_SECONDS = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"))


def worded(value: float, panel: Mapping[str, Any]) -> str:
    """Return a value in a panel's unit.

    >>> of = lambda unit, decimals: {"fieldConfig": {"defaults": {"unit": unit, "decimals": decimals}}}
    >>> worded(0.0123, of("percentunit", 1)), worded(0.00042, of("s", 1)), worded(-5400, of("s", 1))
    ('1.2 %', '420.0 µs', '-1.5 h')
    >>> worded(3.2e9, of("bytes", 1)), worded(10_010.5, of("suffix: quote", 2))
    ('3.2 GB', '10,010.50 quote')
    """
    defaults = panel["fieldConfig"]["defaults"]
    unit, decimals = defaults["unit"], defaults.get("decimals", 1)
    if unit == "percentunit":
        return f"{100 * value:.{decimals}f} %"
    if unit == "s":
        size, name = next((s for s in _SECONDS if abs(value) >= s[0]), (1, "s"))
        return f"{value / size:.{decimals}f} {name}"
    if unit in ("bytes", "Bps"):
        size, prefix = next((p for p in _PREFIXES if abs(value) >= p[0]), (1, ""))
        return f"{value / size:.{decimals}f} {prefix}B{'/s' if unit == 'Bps' else ''}"
    return f"{value:,.{decimals}f}{unit.removeprefix('suffix:') if unit != 'none' else ''}"


def axis_scale(panel: Mapping[str, Any], largest: float) -> tuple[float, str]:
    """Return what an axis counts in and its name: minutes and more for long times, not thousands of seconds.

    >>> axis_scale({"fieldConfig": {"defaults": {"unit": "s"}}}, 19_800.0)
    (3600, 'h')
    """
    if panel["fieldConfig"]["defaults"]["unit"] == "s" and largest >= LONG_S:
        return next(s for s in _SECONDS if largest >= s[0])
    return 1, ""


def axis_format(panel: Mapping[str, Any], scale: str = "") -> dict[str, str]:
    """Return how an axis in that unit is written, or in what it counts instead."""
    unit = panel["fieldConfig"]["defaults"]["unit"]
    if scale:
        return {"tickformat": ",.4~f", "ticksuffix": f" {scale}"}
    if unit == "percentunit":
        return {"tickformat": ".2~%"}
    if unit in ("s", "bytes", "Bps"):
        return {"tickformat": ".3~s", "ticksuffix": {"s": "s", "bytes": "B", "Bps": "B/s"}[unit]}
    return {"tickformat": ",.4~f", "ticksuffix": unit.removeprefix("suffix:") if unit != "none" else ""}
