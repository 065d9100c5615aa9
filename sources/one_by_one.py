"""One by one: a source of a fixed list of keys, each read when its turn comes; it ends after the last."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from sources import stopping

Value = TypeVar("Value")


class _Partition(StatefulSourcePartition[tuple[str, Value], None], Generic[Value]):
    def __init__(self, keys: Sequence[str], read: Callable[[str], Value]) -> None:
        self._left = iter(keys)
        self._read = read

    def next_batch(self) -> list[tuple[str, Value]]:
        key = next(self._left, None)
        if key is None or stopping.stopping():
            raise StopIteration
        return [(key, self._read(key))]

    def snapshot(self) -> None:
        return None


class OneByOne(FixedPartitionedSource[tuple[str, Value], None], Generic[Value]):
    """A batch of keyed values. Stream: (key, value). State: none, so a run always begins with the first."""

    def __init__(self, keys: Sequence[str], read: Callable[[str], Value]) -> None:
        self._keys, self._read = list(keys), read

    def list_parts(self) -> list[str]:
        """Return the one partition."""
        return ["keys"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Partition[Value]":
        """Return the partition."""
        return _Partition(self._keys, self._read)
