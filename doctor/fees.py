"""Fees: what the settings take for the cost of a trade, against what the venue asks for it now.

Every verdict hangs on them, and public tables drift.
"""

from collections.abc import Iterator

from doctor.finding import Finding, unchecked, warning
from doctor.system import System
from doctor.venue import Venue
from leadline.settings import SPOT_TIERS
from sources.kraken.pairs import Pair, fee_bps

NEAR_BPS = 0.005  # what rounding of percent to four digits makes
FIX = "choose the right fees.profile, or set fees.maker_bps and fees.taker_bps; signals of other fees are no evidence"

Pays = tuple[float, float]  # as maker, as taker, in bps


def schedule(system: System, venue: Venue) -> Iterator[Finding]:
    """A profile must still be the venue's for its tier."""
    fees = system.settings.fees
    if fees.maker_bps is not None or fees.taker_bps is not None:
        return  # a person's own numbers; only the account can tell
    volume = SPOT_TIERS.get(fees.profile)
    if volume is None:
        yield unchecked("fee_drift", f"the venue's spot pairs do not tell the fees of {fees.profile}")
        return
    ours = (fees.bps("maker"), fees.bps("taker"))
    told = {symbol: _at(pair, volume) for symbol, pair in _pairs(system, venue).items()}
    yield from _differing("fee_drift", f"{fees.profile} is", ours, told, "the venue asks")


def account(system: System, venue: Venue) -> Iterator[Finding]:
    """Where the key may ask, what the account really pays must be what the settings say."""
    facts = venue.key.answer
    if facts is None or not facts.taker_bps:
        return
    fees = system.settings.fees
    ours = (fees.bps("maker"), fees.bps("taker"))
    told: dict[str, Pays | None] = {}
    for symbol, pair in _pairs(system, venue).items():
        taker, maker = facts.taker_bps.get(pair.rest_name), facts.maker_bps.get(pair.rest_name)
        told[symbol] = None if taker is None or maker is None else (maker, taker)
    yield from _differing("fee_tier", "the settings say", ours, told, "this account pays")


def _pairs(system: System, venue: Venue) -> dict[str, Pair]:
    known = venue.pairs.answer or {}
    return {symbol: known[symbol] for symbol in system.settings.symbols() if symbol in known}


def _at(pair: Pair, volume: float) -> Pays | None:
    maker, taker = fee_bps(pair.maker, volume), fee_bps(pair.taker, volume)
    return None if maker is None or taker is None else (maker, taker)


def _differing(name: str, says: str, ours: Pays, told: dict[str, Pays | None], who: str) -> Iterator[Finding]:
    """Yield one finding for each answer that is not ours, with the symbols that it is of."""
    by_fees: dict[Pays, list[str]] = {}
    for symbol, pays in told.items():
        if pays is not None and any(abs(a - b) > NEAR_BPS for a, b in zip(pays, ours, strict=True)):
            by_fees.setdefault(pays, []).append(symbol)
    for pays, symbols in by_fees.items():
        yield warning(name, f"{says} {_text(ours)}, {who} {_text(pays)} bps for {', '.join(symbols)}", FIX)


def _text(pays: Pays) -> str:
    return f"{pays[0]:g}/{pays[1]:g}"


CHECKS = (schedule, account)
