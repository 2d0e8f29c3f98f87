"""Writes the losses and learning rates of each step as the trainer does through TensorBoard: one event file."""

from __future__ import annotations

import os
import socket
import struct
import time
from typing import TYPE_CHECKING

from wantui.trainer.musubi.event_files import masked_crc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FOLDER = "network_train"
"""The trainer's name for its tracker, where ``--log_tracker_name`` gives none."""


class EventWriter:
    """``{folder}/{prefix}{date and time}/network_train/events.out.tfevents.TIME.HOST.PID.0``.

    Records and messages are laid out as `wantui.trainer.musubi.event_files` describes them.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        """Begin a file.

        Raises:
            OSError: it cannot be made.
        """
        now = time.time()
        inner = folder / (prefix + time.strftime("%Y%m%d%H%M%S", time.localtime(now))) / _FOLDER
        inner.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{int(now)}.{socket.gethostname()}.{os.getpid()}.0"
        self._file = (inner / name).open("ab")
        self._write(b"\x1a\x0dbrain.Event:2")

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """Add what a step came to, by its tags.

        Raises:
            OSError: the disk refuses it.
        """
        summary = b"".join(
            _bytes(1, _bytes(1, tag.encode()) + b"\x15" + struct.pack("<f", figure))
            for tag, figure in figures.items()
        )
        self._write(b"\x10" + _varint(step) + _bytes(5, summary))

    def _write(self, content: bytes) -> None:
        event = b"\x09" + struct.pack("<d", time.time()) + content
        length = struct.pack("<Q", len(event))
        checks = [struct.pack("<I", masked_crc(each)) for each in (length, event)]
        self._file.write(length + checks[0] + event + checks[1])
        self._file.flush()


def _bytes(field: int, content: bytes) -> bytes:
    """A field of a protocol buffer's message that holds bytes."""
    return bytes([field << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:  # noqa: PLR2004  seven bits in each byte
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])
