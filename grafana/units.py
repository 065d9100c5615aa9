"""Values in the units of our panels, as people read them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil, floor, log10
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
    >>> worded(1_790_000_000_000.0, of("dateTimeAsIso", 0))
    '2026-09-21 14:13:20'
    """
    defaults = panel["fieldConfig"]["defaults"]
    unit, decimals = defaults["unit"], defaults.get("decimals", 1)
    if unit == "dateTimeAsIso":
        return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S}"
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


def log_ticks(panel: Mapping[str, Any], values: Sequence[float]) -> dict[str, list[Any]]:
    """Return the ticks of a logarithmic axis around some values above 0: 1, 2, 5, 10 and so on, each with its unit.

    >>> log_ticks({"fieldConfig": {"defaults": {"unit": "s", "decimals": 1}}}, [0.0004, 0.002])["ticktext"]
    ['200 µs', '500 µs', '1 ms', '2 ms', '5 ms']
    """
    decades = range(floor(log10(min(values))) - 1, ceil(log10(max(values))) + 2)
    ticks = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    shown = [tick for tick in ticks if min(values) / 2.5 <= tick <= max(values) * 2.5]
    plain = {"fieldConfig": {"defaults": {**panel["fieldConfig"]["defaults"], "decimals": 0}}}
    return {"tickvals": shown, "ticktext": [worded(tick * (1 + 1e-9), plain) for tick in shown]}
