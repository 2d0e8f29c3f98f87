"""Reads the header of a safetensors file: its metadata and what tensors it holds, never the tensors.

Layout (https://github.com/huggingface/safetensors): eight bytes with the length of the header, little-endian; the
header, a JSON object padded with blanks; the tensors, without gaps, to the end of the file.
"""

from __future__ import annotations

import operator
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.caches.model import CacheError

if TYPE_CHECKING:
    from pathlib import Path

_LENGTH_BYTES = 8
_FIRST_READ = 4096
"""The headers of the trainer's caches fit, but for very long captions."""
_LONGEST_HEADER = 16 << 20
"""Bytes. The safetensors library takes 100 MB, which would be a GB when parsed; those of WAN have 200 KB at most."""


class CorruptError(CacheError):
    """A safetensors file that is not whole; the message is a clause about it, without its name."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a safetensors file says about itself."""

    metadata: dict[str, str]
    shapes: dict[str, tuple[int, ...]]
    """The shape of each tensor by its name."""
    dtypes: dict[str, str]
    """The type of each tensor's numbers in the format's spelling, ``BF16``, by its name."""
    changed_ns: int
    """Modification time of the file in nanoseconds since 1970."""


def read_header(path: str | Path) -> Header:
    """Read the header of a safetensors file and check that the file is as long as it says.

    Raises:
        CorruptError: it is truncated, too long or no safetensors file.
        OSError: it cannot be read.
    """
    descriptor = reading.open_descriptor(path)
    try:
        state = os.fstat(descriptor)
        start = os.read(descriptor, _FIRST_READ)
        if len(start) < _LENGTH_BYTES:
            raise CorruptError("it is empty" if not start else "it ends within its header")
        length = int.from_bytes(start[:_LENGTH_BYTES], "little")
        tensors_start = _LENGTH_BYTES + length
        if tensors_start > state.st_size:
            raise CorruptError("it ends within its header")
        if length > _LONGEST_HEADER:
            raise CorruptError(f"its header says that it has {length} bytes")
        text = start[_LENGTH_BYTES:tensors_start]
        if len(text) < length:
            text += os.pread(descriptor, length - len(text), len(start))
    finally:
        os.close(descriptor)
    content = _parsed(text)
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise CorruptError("its header is damaged")
    shapes, dtypes, tensors_length = _tensors(content)
    missing = tensors_start + tensors_length - state.st_size
    if missing:
        raise CorruptError(
            f"{missing} bytes of it are missing" if missing > 0 else f"it is {-missing} bytes too long"
        )
    return Header(metadata, shapes, dtypes, state.st_mtime_ns)


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        content = reading.parse_json(text.decode())
    except ValueError as error:  # no JSON, nested too deeply, or no UTF-8
        raise CorruptError("its header is damaged") from error
    if not isinstance(content, dict):
        raise CorruptError("its header is damaged")
    return content


def _tensors(content: dict[str, Any]) -> tuple[dict[str, tuple[int, ...]], dict[str, str], int]:
    """The shapes and types of the tensors, and how many bytes they take in all."""
    shapes: dict[str, tuple[int, ...]] = {}
    dtypes: dict[str, str] = {}
    end = 0
    try:
        for name, tensor in content.items():
            shapes[name] = tuple(map(operator.index, tensor["shape"]))
            dtypes[name] = str(tensor["dtype"])
            end = max(end, operator.index(tensor["data_offsets"][1]))
    except (TypeError, KeyError, IndexError) as error:
        raise CorruptError("its header is damaged") from error
    return shapes, dtypes, end
