"""What a live run is to do, and what its tape begins with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from leadline import records
from leadline.records import Start
from leadline.settings import Retention
from sources.kraken.feeds import Fallback
from sources.kraken.level3 import Level3Settings
from sources.kraken.stream import StreamSettings
from sources.kraken.warmup import LakeHistory
from sources.recorder import Item, TapeSettings


@dataclass(frozen=True)
class LivePlan:
    """What a live run is to do."""

    stream: StreamSettings
    start: Start  # as it is on Level 2
    tapes: Path  # the folder that holds one folder a tape
    batch: int
    recoverable: bool  # the engine keeps a recovery store
    rest_url: str | None
    segment_bytes: int
    segment_seconds: float
    retention: Retention = field(default_factory=Retention)
    record: bool = True
    data_dir: Path | None = None  # whose inbox is read
    account_of: str | None = None  # the tape of the run that had the account last
    account_ns: int = 0  # the time of its last event there, by the tape's clock
    lake_history: LakeHistory | None = None
    biases: tuple[dict[str, Any], ...] = ()  # payloads of the bias records in force
    level3: Level3Settings | Fallback | None = None  # how to have it, or why it cannot be had where it is wished for

    @property
    def tape(self) -> TapeSettings | None:
        """How the tape is kept, None where it is not."""
        if not self.record:
            return None
        return TapeSettings(self.tapes, self.segment_bytes, self.segment_seconds, self.retention)

    def begun(self, level: str | None) -> Start:
        """Return the start record of a run that decides on a level."""
        if level != "L3" or not isinstance(self.level3, Level3Settings):
            return self.start
        return msgspec.structs.replace(self.start, level="L3", depth=self.level3.depth)

    def opening(self, level: str | None, denied: Fallback | None, first: Item) -> list[Item]:
        """Return what a tape begins with: the start record, the biases in force, and why it is not of Level 3."""
        _, _, wall_ns, mono_ns, _ = first
        opening: list[Item] = [(records.START, 0, wall_ns, mono_ns, msgspec.json.encode(self.begun(level)))]
        opening += [(records.BIAS, 0, wall_ns, mono_ns, msgspec.json.encode(one)) for one in self.biases]
        why = self.level3 if isinstance(self.level3, Fallback) else denied
        if why is not None:
            told = msgspec.json.encode({"reason": why.reason, "feed": "level3", "text": why.text})
            opening.append((records.DISCONNECTED, 0, wall_ns, mono_ns, told))
        return opening

    def cannot_go_on(self) -> str:
        """Return why a run that decided on Level 3 cannot be resumed."""
        why = self.level3.text if isinstance(self.level3, Fallback) else "feed.level is L2"
        return f"the run to resume decides on Level 3, which is not to be had: {why}; or begin anew without -r"

    def stays_on_level2(self, tape_id: str) -> str:
        """Return what to say of a run that fell back and is resumed where Level 3 is wished for."""
        return f"the run {tape_id} began on Level 2 and stays on it; for Level 3 begin anew, without -r"

    def account_ahead(self, tape_id: str, end_ns: Callable[[], int]) -> bool:
        """Return whether the account has gone on beyond a tape, which ends at a time: to go on with it would undo that.

        So it is where another run has had it since, and where the tape was cut or restored from an older copy.
        """
        if self.account_of is None or self.account_of < tape_id:  # tape ids sort by time
            return False
        return self.account_of > tape_id or end_ns() < self.account_ns

    def tape_behind(self, tape_id: str) -> str:
        """Return why a run cannot be resumed whose tape lacks what the account has seen."""
        return (
            f"the tape of the run to resume, {tape_id}, ends before the last event of the account in risk.json: it was "
            "cut, or restored from an older copy. Give -r a new folder: a new tape then begins with that account"
        )

    def account_went_on(self, tape_id: str) -> str:
        """Return why a run cannot be resumed whose account another run has had since."""
        return (
            f"the account of the run to resume, {tape_id}, went on in the run {self.account_of}: run without -r, or "
            "with a new folder, to go on with it"
        )
