"""Lines of an archive as columns: what a line must be, and why one is refused.

Kraken's archives have no header: seven columns are `unix_s,open,high,low,close,volume,trades`, three
are trades, `unix_s,price,volume`. With a header the columns may come in any order, and others are
ignored. A block is read by Arrow at once; only one that holds a bad line is read line by line.
"""

import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from leadline.analysis.bars import Array, Flags, Times
from leadline.errors import StoreError
from leadline.several import several
from sources.history_files import Block

CANDLE_COLUMNS = ("time", "open", "high", "low", "close", "volume", "trades")
TRADE_COLUMNS = ("time", "price", "volume")
OPTIONAL = ("vwap", "side", "trade_id")
BOM = b"\xef\xbb\xbf"
_NAMES = {
    "time": "time", "timestamp": "time", "unix_s": "time", "unix": "time", "ts": "time", "open_time": "time",
    "volume": "volume", "vol": "volume", "size": "volume", "qty": "volume", "amount": "volume",
    "trades": "trades", "count": "trades", "n_trades": "trades", "id": "trade_id", "tradeid": "trade_id",
}  # fmt: skip
_SIDES = {b"b": 1, b"buy": 1, b"s": 0, b"sell": 0}


class Layout(NamedTuple):
    """Which column is what; `names` has one entry a column, None for one that is ignored."""

    names: tuple[str | None, ...]
    has_header: bool

    @property
    def kind(self) -> str:
        """Return candles or trades."""
        return "candles" if "open" in self.names else "trades"


class Reject(NamedTuple):
    """A line that is left out, and why."""

    line: int
    reason: str


class Table(NamedTuple):
    """Columns by name, all numbers, with the line of each row, and the lines that are none."""

    columns: dict[str, Array]
    lines: Times
    rejects: list[Reject]


def layout(first_line: bytes, name: str) -> Layout:
    """Return the layout that a file's first line tells of; raises StoreError.

    >>> layout(b"1381093200,122.0,0.1", "XBTUSD.csv")
    Layout(names=('time', 'price', 'volume'), has_header=False)
    """
    fields = [field.strip().strip('"') for field in first_line.removeprefix(BOM).decode("utf-8", "replace").split(",")]
    if _is_number(fields[0]):
        for names in (CANDLE_COLUMNS, TRADE_COLUMNS):
            if len(fields) == len(names):
                return Layout(names, has_header=False)
        raise StoreError(
            f"{name} has {len(fields)} columns and no header: 7 are expected of candles ({','.join(CANDLE_COLUMNS)}) "
            f"and 3 of trades ({','.join(TRADE_COLUMNS)})"
        )
    lower = [field.lower().replace(" ", "_") for field in fields]
    found = tuple(_known(_NAMES.get(field, field)) for field in lower)
    for names in (CANDLE_COLUMNS, TRADE_COLUMNS):
        if all(found.count(wanted) == 1 for wanted in names):
            return Layout(found, has_header=True)
    raise StoreError(
        f"{name} begins with {','.join(fields)[:80]!r}, which names the columns of neither candles "
        f"({','.join(CANDLE_COLUMNS)}) nor trades ({','.join(TRADE_COLUMNS)})"
    )


def _known(name: str) -> str | None:
    return name if name in CANDLE_COLUMNS or name in TRADE_COLUMNS or name in OPTIONAL else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read(block: Block, names: tuple[str | None, ...]) -> Table:
    """Return a block's columns; lines that do not hold numbers are rejects, empty lines are nothing."""
    try:
        table = _by_arrow(block.text, names)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return _by_line(block, names)
    columns = {name: _numbers(name, table.column(k)) for k, name in enumerate(names) if name is not None}
    return Table(columns, np.arange(block.line, block.line + table.num_rows), [])


def _by_arrow(text: bytes, names: tuple[str | None, ...]) -> pa.Table:
    titles = [str(k) for k in range(len(names))]
    types = {
        title: pa.string() if name in (None, "side") else pa.float64()
        for title, name in zip(titles, names, strict=True)
    }
    return pc.read_csv(
        io.BytesIO(text),
        read_options=pc.ReadOptions(column_names=titles, block_size=len(text) + 1, use_threads=False),
        parse_options=pc.ParseOptions(quote_char=False, ignore_empty_lines=False),
        convert_options=pc.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False),
    )


def _numbers(name: str, column: pa.ChunkedArray) -> Array:
    if name != "side":
        return np.asarray(column.to_numpy(), np.float64)
    return np.array([_side(text.encode()) for text in column.to_pylist()], np.float64)


def _side(text: bytes) -> int:
    return _SIDES.get(text.strip().strip(b'"').lower(), -1)


def _by_line(block: Block, names: tuple[str | None, ...]) -> Table:
    rows: list[list[float]] = []
    lines: list[int] = []
    rejects: list[Reject] = []
    for number, line in enumerate(block.text.splitlines(), block.line):
        if not line.strip():
            continue
        found = _row(line, names)
        if isinstance(found, str):
            rejects.append(Reject(number, found))
        else:
            rows.append(found)
            lines.append(number)
    kept = [name for name in names if name is not None]
    values = np.array(rows, np.float64).reshape(len(rows), len(kept))
    return Table({name: values[:, k] for k, name in enumerate(kept)}, np.array(lines, np.int64), rejects)


def _row(line: bytes, names: tuple[str | None, ...]) -> list[float] | str:
    fields = line.strip().split(b",")
    if len(fields) != len(names):
        return f"{several(len(fields), 'column')} instead of {len(names)}"
    row: list[float] = []
    for name, field in zip(names, fields, strict=True):
        text = field.strip().strip(b'"')
        if name == "side":
            row.append(_side(text))
        elif name is not None:
            if not _is_number(text.decode("utf-8", "replace")) or b"_" in text:
                return f"{name} is {text[:20].decode('utf-8', 'replace')!r}, not a number"
            row.append(float(text))
    return row


def first_reasons(checks: Iterable[tuple[Flags, str]], table: Table) -> tuple[Flags, list[Reject]]:
    """Return which rows pass every check, and a reject for each that does not: (what is wrong, why)."""
    good = np.ones(len(table.lines), np.bool_)
    rejects: list[Reject] = []
    for wrong, reason in checks:
        for at in np.flatnonzero(wrong & good):
            values = {name: float(column[at]) for name, column in table.columns.items()}
            rejects.append(Reject(int(table.lines[at]), reason.format(**values)))
        good &= ~wrong
    return good, rejects
