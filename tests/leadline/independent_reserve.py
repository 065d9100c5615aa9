"""Independent Reserve's recorded order flow as our own events: a genuine order-by-order feed of another venue.

The recording (bmoscon/cryptofeed) has a REST book for five symbols and, on the websocket, every order
that came and went. A channel speaks of one coin and names each order's price in every currency. The
venue gives no checksums, and no times for the orders of the REST book: these stand as they are listed.
"""

import gzip
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

from leadline.events import OrderChange, OrderMessage
from leadline.instrument import Instrument, precision_of_text

SIDES = {"LimitBid": "bids", "LimitOffer": "asks"}
_REST = re.compile(r"primaryCurrencyCode=(\w+)&secondaryCurrencyCode=(\w+) -> [0-9.]+: (\{.*)")
_EVENT = re.compile(r"[0-9.]+: (\{.*)")


class Recording:
    """Snapshots and updates of each symbol, in whole units by `instruments`, and what was in the files."""

    def __init__(self, folder: Path) -> None:
        self.snapshots: dict[str, OrderMessage] = {}
        self.updates: dict[str, list[OrderMessage]] = {}
        self.instruments: dict[str, Instrument] = {}
        self.counts: Counter[str] = Counter()
        for line in _lines(folder / "cryptofeed_INDEPENDENT_RESERVE.http.0.0.gz"):
            if found := _REST.search(line):
                self._snapshot(f"{found[1]}/{found[2]}".upper(), json.loads(found[3], parse_float=Decimal))
        for line in _lines(folder / "cryptofeed_INDEPENDENT_RESERVE.ws.1.0.gz"):
            if found := _EVENT.fullmatch(line):
                self._event(json.loads(found[1], parse_float=Decimal))

    def _snapshot(self, symbol: str, book: dict) -> None:
        everyone = {side: book[name] for side, name in (("bids", "BuyOrders"), ("asks", "SellOrders"))}
        sides = {side: [o for o in listed if o["Price"]] for side, listed in everyone.items()}
        self.counts["listed for nothing"] += sum(not o["Price"] for listed in everyone.values() for o in listed)
        orders = {
            side: [OrderChange(o["Guid"], float(o["Price"]), float(o["Volume"]), "add", time_ns=n + 1)
                   for n, o in enumerate(listed)] for side, listed in sides.items()
        }  # fmt: skip
        listed = [o for side in sides.values() for o in side]
        self.instruments[symbol] = Instrument(
            symbol, *(max(precision_of_text(str(o[name])) for o in listed) for name in ("Price", "Volume"))
        )
        self.snapshots[symbol] = OrderMessage(symbol, orders["bids"], orders["asks"], snapshot=True)
        self.updates[symbol] = []
        self.counts["listed"] += len(listed)

    def _event(self, event: dict) -> None:
        coin = event.get("Channel", "").removeprefix("orderbook-").upper()
        data, time_ns = event.get("Data"), event["Time"] * 1_000_000
        for symbol in self.snapshots:
            base, _, quote = symbol.partition("/")
            if base != coin:
                continue
            self.counts[event["Event"]] += 1
            if event["Event"] == "NewOrder":
                price = data["Price"][quote.lower()]
                self._finer(symbol, price, data["Volume"])
                change = OrderChange(data["OrderGuid"], float(price), float(data["Volume"]), "add", time_ns=time_ns)
            else:
                change = OrderChange(data["OrderGuid"], event="delete")
            message = OrderMessage(symbol, [], [], event_ns=time_ns)
            getattr(message, SIDES[data["OrderType"]]).append(change)
            self.updates[symbol].append(message)

    def _finer(self, symbol: str, price: Decimal, volume: Decimal) -> None:
        known = self.instruments[symbol]
        self.instruments[symbol] = Instrument(
            symbol, max(known.price_precision, precision_of_text(str(price))),
            max(known.qty_precision, precision_of_text(str(volume))),
        )  # fmt: skip


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt") as file:
        return [line.rstrip("\n") for line in file]
