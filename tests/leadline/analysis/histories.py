"""Histories for the analyzer's tests: synthetic hours or real ones, rolled up to any timeframe.

Synthetic prices are multiples of 1/64 below MIRROR, so that turning them upside down is exact.
"""

import csv
import gzip
from pathlib import Path

import numpy as np

from leadline.analysis import Bars, Timeframe
from leadline.analysis.bars import MINUTES
from leadline.analysis.profiles import ProfileName
from leadline.times import MINUTE_NS

TICK = 1 / 64
MIRROR = 65_536.0  # c of p -> c - p
START_NS = 1_577_836_800 * 10**9  # 2020-01-01, a Wednesday
WEEKS = 62  # of a trend: the weekly timeframe needs 60
DRIFT = 0.2  # of a trend, standard deviations a bar of four hours: 0.5 a day
WEEK_ORIGIN_NS = 345_600 * 10**9  # 1970-01-05, a Monday


def walk(
    seed: int, n: int, drift: float = 0.0, minutes: int = 60, start: float = 32_768.0, sigma: float = 40.0
) -> Bars:
    """Return bars of a walk with normal steps; `drift` is in standard deviations a bar."""
    rng = np.random.default_rng(seed)
    closes = np.round((start + sigma * np.cumsum(rng.standard_normal(n) + drift)) / TICK) * TICK
    opens = np.concatenate(([start], closes))[:n]
    up, down = np.round(np.abs(rng.standard_normal((2, n))) * sigma / 2 / TICK) * TICK
    volume = np.round(rng.lognormal(3.0, 0.7, n), 3)
    open_ns = START_NS + np.arange(n) * minutes * MINUTE_NS
    return Bars.of(open_ns, opens, np.maximum(opens, closes) + up, np.minimum(opens, closes) - down, closes, volume)


def trend(seed: int, drift: float) -> Bars:
    """Return WEEKS of four-hour bars of a walk; `drift` is in standard deviations a bar."""
    return walk(seed, 6 * 7 * WEEKS, drift, minutes=240, sigma=24.0)


def driftless(profile: ProfileName, seed: int) -> tuple[dict[Timeframe, Bars], int]:
    """Return a walk without direction that is long enough for all of a profile's timeframes, and when it ends."""
    if profile == "scalping":
        minutes = walk(seed, 1440 * 4, minutes=1, sigma=4.0)
        return series(minutes, "1m", "5m", "15m", "1h"), end_ns(minutes, 1)
    bars = trend(seed, 0.0) if profile == "swing" else walk(seed, 6 * 1950, minutes=240, sigma=24.0)
    months: tuple[Timeframe, ...] = () if profile == "swing" else ("1M",)
    return series(bars, "4h", "1d", "1w", *months), end_ns(bars, 240)


def rolled(bars: Bars, timeframe: Timeframe) -> Bars:
    """Return longer bars, aligned to UTC; weeks begin on Mondays, months on their first day."""
    if timeframe == "1M":
        starts = bars.open_ns.astype("datetime64[ns]").astype("datetime64[M]").astype("datetime64[ns]").astype(np.int64)
    else:
        span, origin = MINUTES[timeframe] * MINUTE_NS, WEEK_ORIGIN_NS if timeframe == "1w" else 0
        starts = bars.open_ns - (bars.open_ns - origin) % span
    at = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    last = np.append(at[1:], len(bars)) - 1
    step_ns = int(np.diff(bars.open_ns).min()) if len(bars) > 1 else 0
    return Bars.of(
        starts[at], bars.open[at], np.maximum.reduceat(bars.high, at), np.minimum.reduceat(bars.low, at),
        bars.close[last], np.add.reduceat(bars.volume, at), reached_ns=bars.open_ns[last] + step_ns,
    )  # fmt: skip


def series(bars: Bars, *timeframes: Timeframe) -> dict[Timeframe, Bars]:
    """Return the same history in several timeframes."""
    return {timeframe: rolled(bars, timeframe) for timeframe in timeframes}


def hourly(bars: Bars) -> dict[Timeframe, Bars]:
    """Return an hourly history in every timeframe that it can make."""
    return series(bars, "1h", "4h", "1d", "1w", "1M")


def end_ns(bars: Bars, minutes: int = 60) -> int:
    """Return when the last bar closes."""
    return int(bars.open_ns[-1]) + minutes * MINUTE_NS


def upside_down(bars: Bars, about: float = MIRROR) -> Bars:
    """Turn prices p -> c - p; volumes and times stay."""
    prices = (about - column for column in (bars.open, bars.low, bars.high, bars.close))
    return Bars.of(bars.open_ns, *prices, bars.volume)


def bitcoin(recordings: Path) -> Bars:
    """Return Kraken's hourly BTC/USD history, 2013 to 2023."""
    with gzip.open(recordings / "kraken_ohlcvt" / "XBTUSD_60.csv.gz", "rt") as lines:
        columns = np.array([row[:6] for row in csv.reader(lines)], dtype=np.float64).T
    return Bars.of(columns[0].astype(np.int64) * 10**9, *columns[1:])
