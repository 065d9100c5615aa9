"""Forging: frames on their way out, and how to make a false one of a true one.

Pure text: what a forged frame does to a subscriber is the fault's business (`simulator.faults`).
`book` and `level3` frames are forged alike, each in its own words.
"""

import re
from typing import NamedTuple

from simulator.frames import BookChannel, BookText, decimal_text
from simulator.frames_l3 import OrdersChannel, order_name

BOOKS = ("book", "level3")  # the channels whose frames a checksum vouches for
GARBAGE = {
    "invalid_json": '{"channel":"%c","type":"update","data":[{"symbol":',
    "not_an_object": "[1,2,3]",
    "wrong_type": '{"channel":"book","type":"update","data":[{"symbol":"%s","bids":[{"price":"high","qty":true}],'
    '"asks":{},"checksum":"none","timestamp":7}]}',
    "unknown_channel": '{"channel":"weather","type":"update","data":[{"symbol":"%s","rain":true}]}',
}
WRONG_ORDER = (
    '{"channel":"level3","type":"update","data":[{"symbol":"%s","bids":[{"event":"dance","order_id":7,'
    '"limit_price":"high","order_qty":true,"timestamp":[]}],"asks":{},"checksum":"none","timestamp":7}]}'
)
CROSSING_SIZE = 50_000_000  # size units of the bid that crosses
_CHECKSUM = re.compile(r'"checksum":\d+')
_SIZED = {  # the price and the quantity of what a subscriber keeps
    "book": re.compile(r'\{"price":([\d.]+),"qty":([\d.]+)\}'),
    "level3": re.compile(
        r'"event":"(?:add|modify)","order_id":"[^"]*","limit_price":([\d.]+),"order_qty":([\d.]+),'
    ),
}  # fmt: skip


class Frame(NamedTuple):
    """A frame on its way out."""

    text: str
    channel: str  # book | level3 | trade | "" for everything else
    symbol: str = ""
    subscription: int = 0  # a number of its own for every subscription
    is_update: bool = False
    touches_top: bool = False
    book: BookChannel | OrdersChannel | None = None


def _levels_of(frame: Frame) -> BookText:
    """Return the levels behind a frame of a book's channel."""
    assert frame.book is not None
    return frame.book.text.book if isinstance(frame.book, OrdersChannel) else frame.book.text


def corrupted(frame: Frame, top_ten: bool | None) -> Frame | None:
    """Return the frame with one digit of a quantity changed, None where it has none that fits.

    The quantity is one of the best ten levels as they are now, or with `top_ten` False of a level below.
    """
    levels, asks_at = _levels_of(frame), frame.text.index('"asks":[')
    for match in _SIZED[frame.channel].finditer(frame.text):
        side = levels.bids if match.start() < asks_at else levels.asks
        in_top_ten = int(match[1].replace(".", "")) * side.side.sign >= side.tenth
        if top_ten in (None, in_top_ten) and match[2].strip("0."):
            last = "2" if match[2][-1] == "1" else "1"
            return frame._replace(text=frame.text[: match.end(2) - 1] + last + frame.text[match.end(2) :])
    return None


def crossed(frame: Frame) -> Frame:
    """Return the frame with a bid one unit above the best ask, and the checksum of such a book."""
    assert frame.book is not None
    market = frame.book.text.market
    price = -market.asks.keys[-1] + 1
    price_text = decimal_text(price, market.instrument.price_precision)
    qty_text = decimal_text(CROSSING_SIZE, market.instrument.qty_precision)
    if isinstance(frame.book, OrdersChannel):
        bid = (
            f'{{"event":"add","order_id":"{order_name("crossing", price)}","limit_price":{price_text},'
            f'"order_qty":{qty_text},"timestamp":"{frame.book.text.stamp}"}}'
        )
    else:
        bid = f'{{"price":{price_text},"qty":{qty_text}}}'
    with_bid = re.sub(r'"bids":\[(?=(.))', lambda m: f'"bids":[{bid}{"" if m[1] == "]" else ","}', frame.text)
    checksum = f'"checksum":{frame.book.text.crossed_checksum(price, CROSSING_SIZE)}'
    return frame._replace(text=_CHECKSUM.sub(checksum, with_bid))


def giant(symbol: str, n_bytes: int, channel: str = "book") -> str:
    """Return a message of a book's channel of at least this many bytes."""
    head = f'{{"channel":"{channel}","type":"update","data":[{{"symbol":"{symbol}","bids":[],"asks":[],"padding":"'
    return f'{head}{"x" * max(0, n_bytes - len(head) - 4)}"}}]}}'


def garbage(symbol: str, text: str, channel: str = "book") -> str:
    """Return a frame that says nothing sensible: one with a name in GARBAGE, or the text itself."""
    found = WRONG_ORDER if (text, channel) == ("wrong_type", "level3") else GARBAGE.get(text, text)
    return found.replace("%s", symbol).replace("%c", channel)
