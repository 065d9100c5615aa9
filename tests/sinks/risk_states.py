"""Rows that the paper stage really emits for the risk file, and data folders that hold one."""

from pathlib import Path

from leadline.moment import Row
from operators.rows import RowsLogic
from sinks.risk_file import RiskFilePartition
from tests.operators.test_paper_stage import latched, reset, signalled

Item = tuple[str, Row]


def items(script, mode: str = "live") -> list[Item]:
    """Return the rows of a script as a sink gets them, tagged with its run."""
    script.moments[0].event.mode = mode
    rows, _ = RowsLogic(None).on_batch([script.play()])
    return [("main", row) for row in rows]


def with_open_trades(**given) -> list[Item]:
    """Return the rows of a run that has a trade of the account open."""
    return items(signalled(**given))


def with_latch() -> list[Item]:
    """Return the rows of a run whose kill switch latched at 3 s, with nothing open since 4 s."""
    return items(latched().at(4).book(bid=101.8, ask=101.81))


def freed() -> list[Item]:
    """Return the same, its kill switch freed at 5 s."""
    return items(reset(latched().at(4).book(bid=101.8, ask=101.81).at(5)))


def states(rows: list[Item]) -> list[Item]:
    """Return what the risk file is made of."""
    return [item for item in rows if item[1].table == "risk_state"]


def written(data_dir: Path, rows: list[Item]) -> Path:
    """Return a data folder whose risk file holds the last state of some rows."""

    def fail(text: str) -> None:
        raise AssertionError(text)

    data_dir.mkdir(parents=True, exist_ok=True)
    RiskFilePartition(data_dir, fail).write_batch(rows)
    return data_dir
