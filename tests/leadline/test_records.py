"""Records as bytes: whole ones come back, damaged ones say where and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline import records
from leadline.records import HEADER_SIZE, KIND_NAMES, DamagedRecord, Record, decode, encode, encode_json

payloads = st.binary(max_size=200)
plain = st.tuples(
    st.sampled_from(sorted(KIND_NAMES)), st.integers(0, 2**32 - 1), st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1), payloads,
)  # fmt: skip


def read(data, seq=0):
    return list(decode(data, 0, seq))


@given(st.lists(plain, max_size=5), st.integers(0, 10**12))
def test_what_is_written_is_read(many, seq):
    data = b"".join(encode(*one) for one in many)
    found = read(data, seq)
    assert [r for r, _ in found] == [Record(seq + n, *one) for n, one in enumerate(many)]
    assert [end for _, end in found][-1:] == ([len(data)] if many else [])


@given(plain, plain, st.data())
def test_a_tape_cut_short_anywhere_is_truncated_behind_its_last_whole_record(one, two, data):
    first, second = encode(*one), encode(*two)
    cut = data.draw(st.integers(1, len(second) - 1))
    reader = decode((first + second)[: len(first) + cut], 0, 0)
    assert next(reader)[0] == Record(0, *one)
    with pytest.raises(DamagedRecord) as caught:
        next(reader)
    assert (caught.value.offset, caught.value.truncated) == (len(first), True)


@given(plain, st.data())
def test_one_changed_bit_anywhere_is_found(one, data):
    whole = bytearray(encode(*one))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DamagedRecord) as caught:
        read(bytes(whole))
    assert caught.value.offset == 0


def test_an_impossible_length_is_damage_and_no_truncation():
    data = b"\xff" * HEADER_SIZE
    with pytest.raises(DamagedRecord, match="impossible length at byte 0") as caught:
        read(data)
    assert not caught.value.truncated


def test_reading_can_begin_anywhere():
    first, second = encode(records.TICK, 1, 2, 3), encode(records.FRAME, 1, 4, 5, b"x")
    ((record, end),) = decode(first + second, len(first), 17)
    assert (record.seq, record.payload, end) == (17, b"x", len(first + second))


def test_a_json_payload_comes_back():
    ((record, _),) = read(encode_json(records.END, 0, 0, 0, {"reason": "end_of_tape"}))
    assert record.json() == {"reason": "end_of_tape"}


def test_every_kind_has_a_name_of_its_own():
    assert sorted(KIND_NAMES) == list(range(records.START, records.OVERSIZE + 1))
    assert len(set(KIND_NAMES.values())) == len(KIND_NAMES)
