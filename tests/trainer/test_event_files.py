"""TensorBoard's event files: whole ones of the real trainer, torn ones, and nonsense."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.trainer.model import StepTold
from wantui.trainer.musubi.event_files import (
    LARGEST_RECORD,
    MusubiEvents,
    _fields,
    event_files,
    event_folder,
    masked_crc,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES = Path(__file__).parent.parent / "fixtures"
HEAD = bytes.fromhex("09bd5a90ff") + b"\xc2\xda\x41" + b"\x1a\x0dbrain.Event:2"
"""A wall time and the version, as each file begins."""


def record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + struct.pack("<I", masked_crc(length)) + content + struct.pack("<I", masked_crc(content))


def scalar(step: int, tag: str, value: float, time: float = 1000.0) -> bytes:
    inner = b"\x0a" + bytes([len(tag)]) + tag.encode() + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(inner)]) + inner
    event = b"\x09" + struct.pack("<d", time) + b"\x10" + varint(step) + b"\x2a" + bytes([len(summary)]) + summary
    return record(event)


def varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], MusubiEvents]:
    def make(content: bytes) -> MusubiEvents:
        path = tmp_path / "events.out.tfevents.1795823994.vm.23144.0"
        path.write_bytes(content)
        return MusubiEvents(path)

    return make


def test_a_file_of_the_real_trainer() -> None:
    ((path, pid),) = event_files(FIXTURES)
    events = MusubiEvents(path)
    told = events.read()
    assert [each.step for each in told] == list(range(1, 37))
    assert (pid, events.offset) == (23515, path.stat().st_size)
    first = told[0]
    figures = [first.loss, first.smoothed, first.learning_rate, first.time]
    assert figures == pytest.approx([1.4262011, 1.4262011, 2.3948714e-4, 1795824037.57])


def test_steps_with_all_that_is_told_of_them(file: Callable[[bytes], MusubiEvents]) -> None:
    content = record(HEAD)
    for step in (1, 300):
        content += scalar(step, "loss/current", 0.5) + scalar(step, "loss/average", 0.25)
        content += (
            scalar(step, "lr/unet", 0.125, 2000.0) + scalar(step, "lr/group0", 9) + scalar(step, "grad/norm", 4)
        )
    content += scalar(1, "loss/epoch", 7)
    events = file(content)
    assert events.read() == (
        StepTold(1, None, 0.5, 0.25, 0.125, 4.0, 1000.0),
        StepTold(300, None, 0.5, 0.25, 0.125, 4.0, 1000.0),
    )
    assert events.read() == ()
    assert events.offset == len(content)


def test_a_torn_record_is_read_when_the_rest_has_come(tmp_path: Path) -> None:
    content = scalar(1, "loss/current", 0.5) + scalar(2, "loss/current", 0.25)
    path = tmp_path / "events"
    events = MusubiEvents(path)
    told: list[StepTold] = []
    for end in range(len(content) + 1):
        path.write_bytes(content[:end])
        told += events.read()
    assert [each.loss for each in told] == [0.5, 0.25]


def test_a_record_that_is_damaged_is_passed_over(file: Callable[[bytes], MusubiEvents]) -> None:
    damaged = bytearray(scalar(1, "loss/current", 0.5))
    damaged[30] ^= 1
    assert [each.step for each in file(bytes(damaged) + scalar(2, "loss/current", 1)).read()] == [2]


def test_nothing_is_read_behind_a_damaged_head(file: Callable[[bytes], MusubiEvents]) -> None:
    damaged = bytearray(scalar(2, "loss/current", 0.5))
    damaged[0] ^= 1
    events = file(scalar(1, "loss/current", 1) + bytes(damaged) + scalar(3, "loss/current", 1))
    assert [each.step for each in events.read()] == [1]
    assert events.read() == ()


def test_large_records_are_passed_over(file: Callable[[bytes], MusubiEvents]) -> None:
    picture = record(b"\x2a\x80\x80\x80\x01" + bytes(1 << 21))
    assert [each.step for each in file(scalar(1, "lr/unet", 1) + picture + scalar(2, "lr/unet", 1)).read()] == [1, 2]
    length = struct.pack("<Q", LARGEST_RECORD + 1)
    assert file(length + struct.pack("<I", masked_crc(length)) + bytes(100)).read() == ()


@given(st.binary(max_size=200))
def test_nonsense_is_no_message(content: bytes) -> None:
    with suppress(ValueError):
        assert all(number >= 0 for number, _ in _fields(content))


def test_files_and_their_processes(tmp_path: Path) -> None:
    for name in (
        "a_20261122134010/network_train/events.out.tfevents.1795354810.host.19691.0",
        "events.out.tfevents.1795354811.a.b.7.0",
        "a_20261122134010/events.out.tfevents.x",
        "other",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [pid for _, pid in event_files(tmp_path)] == [19691, 7]
    assert event_files(tmp_path / "missing") == ()


def test_the_folder_of_a_command_line(tmp_path: Path) -> None:
    assert event_folder(("python", "train.py", "--logging_dir", str(tmp_path), "--sdpa")) == tmp_path
    assert event_folder(("--logging_dir=/a", "--logging_dir=/b")) is not None
    assert event_folder(("--log_with", "tensorboard")) is None
    assert event_folder(("--logging_dir",)) is None
