"""TensorBoard's event files, as far as scalars go, read without TensorBoard.

A file is a row of records, framed as TensorFlow does it (``tensorflow/core/lib/io/record_writer.h``): length (64
bits), masked CRC-32C of the length, the record, masked CRC-32C of the record; all of it little-endian. A record is an
``Event`` of ``tensorboard/compat/proto/event.proto``: ``double wall_time = 1``, ``int64 step = 2``,
``Summary summary = 5``, with ``repeated Value value = 1`` of ``string tag = 1`` and ``float simple_value = 2``. Other
fields are passed over.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.trainer.model import StepTold

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = {"loss/current": "loss", "loss/average": "smoothed", "lr/unet": "learning_rate", "grad/norm": "grad_norm"}
"""What the trainer calls what a `StepTold` has."""
LARGEST_RECORD = 1 << 24
"""Bytes; one with a scalar has about 40. The head of a file of more than that is none."""
CHUNK = 1 << 20
_NAME = re.compile(r"events\.out\.tfevents\.\d+\..+\.(\d+)\.\d+")
"""``events.out.tfevents.TIME.HOST.PID.NUMBER``, as ``tensorboard/summary/writer/event_file_writer.py`` has it."""
_MOST_FILES = 1000
_MASK = 0xFFFFFFFF
_VARINT_BITS = 64
_VARINT, _64_BITS, _BYTES, _32_BITS = 0, 1, 2, 5
"""Wire types of protocol buffers."""


def event_folder(argv: tuple[str, ...]) -> Path | None:
    """The value of the last ``--logging_dir``."""
    found = None
    for word, following in pairwise((*argv, "")):
        if word == "--logging_dir":
            found = following
        elif word.startswith("--logging_dir="):
            found = word.partition("=")[2]
    return Path(found) if found else None


def event_files(folder: Path) -> tuple[tuple[Path, int], ...]:
    """Files in a folder or in ``{prefix}{time}/network_train`` below it, with the process ids in their names."""
    found: list[tuple[Path, int]] = []
    for pattern in ("events.out.tfevents.*", "*/events.out.tfevents.*", "*/*/events.out.tfevents.*"):
        for path in folder.glob(pattern):
            if (name := _NAME.fullmatch(path.name)) is not None and len(found) < _MOST_FILES:
                found.append((path, int(name[1])))
    return tuple(sorted(found, key=lambda each: each[0].name))


class MusubiEvents:
    """One event file, read as it grows."""

    def __init__(self, file: Path, offset: int = 0) -> None:
        self._file = file
        self.offset = offset
        """Where whole records end that have been read."""
        self._is_broken = False

    def read(self) -> tuple[StepTold, ...]:
        """The steps that the records since the last look tell of; one that is torn is read when the rest has come.

        Where the head of a record is wrong, nothing behind it can be found: no more is read.

        Raises:
            OSError: it cannot be read.
        """
        told: dict[int, StepTold] = {}
        if self._is_broken:
            return ()
        descriptor = reading.open_descriptor(self._file)
        try:
            while data := os.pread(descriptor, CHUNK, self.offset):
                before = self.offset
                for record in self._records(data):
                    _take(record, told)
                if self.offset == before:
                    break
        finally:
            os.close(descriptor)
        return tuple(told[step] for step in sorted(told))

    def _records(self, data: bytes) -> Iterator[bytes]:
        """The records in `data` that are whole and sound; moves the offset behind them."""
        at = 0
        while at + 12 <= len(data):
            length, check = struct.unpack_from("<QI", data, at)
            if length > LARGEST_RECORD or masked_crc(data[at : at + 8]) != check:
                self._is_broken = True
                return
            end = at + 16 + length
            if end > len(data):
                if len(data) == CHUNK and end > CHUNK and at == 0:
                    self.offset += end  # more than fits into a chunk: no scalar
                return
            record = data[at + 12 : end - 4]
            self.offset += end - at
            at = end
            if masked_crc(record) == struct.unpack_from("<I", data, end - 4)[0]:
                yield record


def _take(record: bytes, told: dict[int, StepTold]) -> None:
    """Add what an event says to what is known of its step; a message that is none says nothing."""
    time, step = None, 0
    scalars: dict[str, float] = {}
    try:
        for number, value in _fields(record):
            if number == 1 and isinstance(value, bytes) and len(value) == 8:  # noqa: PLR2004  a double
                time = struct.unpack("<d", value)[0]
            elif number == 2 and isinstance(value, int):  # noqa: PLR2004  of the message
                step = value
            elif number == 5 and isinstance(value, bytes):  # noqa: PLR2004  of the message
                scalars |= _scalars(value)
    except (ValueError, struct.error):
        return
    known: dict[str, Any] = {FIELDS[tag]: value for tag, value in scalars.items() if tag in FIELDS}
    if known and 0 < step < 1 << 53:
        told[step] = replace(told.get(step, StepTold(step)), time=time, **known)


def _scalars(summary: bytes) -> dict[str, float]:
    """The values of a summary by their tags."""
    found: dict[str, float] = {}
    for number, value in _fields(summary):
        if number != 1 or not isinstance(value, bytes):
            continue
        tag, figure = None, None
        for inner, content in _fields(value):
            if inner == 1 and isinstance(content, bytes):
                tag = content.decode("utf-8", "replace")
            elif inner == 2 and isinstance(content, bytes) and len(content) == 4:  # noqa: PLR2004  a float
                figure = struct.unpack("<f", content)[0]
        if tag is not None and figure is not None:
            found[tag] = figure
    return found


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffer's message: number and value.

    Raises:
        ValueError: it is none.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value: int | bytes
            value, at = _varint(message, at)
        else:
            if kind == _BYTES:
                size, at = _varint(message, at)
            elif kind in (_64_BITS, _32_BITS):
                size = 8 if kind == _64_BITS else 4
            else:
                raise ValueError("a group, or nothing that there is")
            value = message[at : at + size]
            at += size
            if at > len(message):
                raise ValueError("it ends within a field")
        yield key >> 3, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < _VARINT_BITS:
        if at >= len(message):
            raise ValueError("it ends within a number")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  no more follows
            return value, at
        shift += 7
    raise ValueError("a number of more than 64 bits")


@cache
def _table() -> tuple[int, ...]:
    """Of CRC-32C (Castagnoli), reflected."""
    table = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = (rest >> 1) ^ (0x82F63B78 if rest & 1 else 0)
        table.append(rest)
    return tuple(table)


def masked_crc(data: bytes) -> int:
    """As ``tensorflow/core/lib/hash/crc32c.h`` masks it."""
    table, rest = _table(), _MASK
    for byte in data:
        rest = table[(rest ^ byte) & 0xFF] ^ (rest >> 8)
    rest ^= _MASK
    return ((rest >> 15 | rest << 17) + 0xA282EAD8) & _MASK
