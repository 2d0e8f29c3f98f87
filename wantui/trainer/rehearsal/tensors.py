"""safetensors files, and the number formats in them, by numpy.

The format: 8 bytes of header length (little-endian), a JSON header padded with spaces to a multiple of 8, the data.
See https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import atomic
from wantui.trainer.rehearsal.arrays import Array, np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

ITEM_SIZES = {"BF16": 2, "F16": 2, "F32": 4, "F64": 8}
"""Bytes a number takes, by its name in the header."""

_FORMATS = {"BF16": "<f4", "F16": "<f2", "F32": "<f4", "F64": "<f8"}
_LENGTH = struct.Struct("<Q")
_ALIGNMENT = 8


class TensorFileError(Exception):
    """A file that is not the safetensors file that it should be; the message names it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array of numbers as it lies in a file."""

    dtype: str
    """``BF16``, ``F16``, ``F32`` or ``F64``."""
    shape: tuple[int, ...]
    data: bytes
    """Little-endian, last dimension fastest."""

    def numbers(self) -> Array:
        """All numbers in one dimension."""
        return decode(self.data, self.dtype)

    def array(self) -> Array:
        """The numbers in the tensor's shape."""
        return self.numbers().reshape(self.shape)


def tensor(numbers: ArrayLike, shape: Sequence[int], dtype: str) -> Tensor:
    """`numbers` in the format named `dtype`."""
    return Tensor(dtype, tuple(shape), encode(numbers, dtype))


def encode(numbers: ArrayLike, dtype: str) -> bytes:
    """`numbers` as little-endian data, rounded to the nearest, ties to even.

    Raises:
        FloatingPointError: a number is too large for the format.
        ValueError: `dtype` is none of `ITEM_SIZES`.
    """
    with np.errstate(over="raise"):
        values: NDArray[Any] = np.asarray(numbers, float).astype(_format(dtype))
    if dtype == "BF16":  # numpy has none: the upper half of a float32, rounded
        bits = values.view("<u4")
        values = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
    return values.tobytes()


def decode(data: bytes, dtype: str) -> Array:
    """The numbers in little-endian `data`.

    Raises:
        ValueError: `dtype` is none of `ITEM_SIZES`, or `data` ends within a number.
    """
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").astype(float)
    return np.frombuffer(data, _format(dtype)).astype(float)


def _format(dtype: str) -> str:
    """numpy's name of a number format; for ``BF16`` that of the float32 which it is half of."""
    if dtype not in _FORMATS:
        raise ValueError(f"{dtype}: not a number format that rehearsal knows; use one of {', '.join(_FORMATS)}")
    return _FORMATS[dtype]


def serialize(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """The content of a safetensors file, the same for the same arguments."""
    header: dict[str, Any] = {}
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    offset = 0
    for name, values in sorted(tensors.items()):
        end = offset + len(values.data)
        header[name] = {"dtype": values.dtype, "shape": list(values.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    text += b" " * (-len(text) % _ALIGNMENT)
    return b"".join([_LENGTH.pack(len(text)), text, *(values.data for _, values in sorted(tensors.items()))])


def save(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write a safetensors file, whole or not at all.

    Raises:
        OSError: the folder is missing, not writable or full.
    """
    atomic.write_bytes(path, serialize(tensors, metadata))


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file.

    Raises:
        OSError: the file cannot be read.
        TensorFileError: it is truncated or something else.
    """
    content = path.read_bytes()
    try:
        (length,) = _LENGTH.unpack_from(content)
        header = json.loads(content[_LENGTH.size : _LENGTH.size + length])
        metadata = header.pop("__metadata__", {})
        start = _LENGTH.size + length
        tensors = {name: _from_header(entry, content, start) for name, entry in header.items()}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TensorFileError(f"{path}: not a whole safetensors file ({error}); delete it and cache again") from error
    return tensors, metadata


def _from_header(entry: dict[str, Any], content: bytes, start: int) -> Tensor:
    begin, end = entry["data_offsets"]
    if start + end > len(content):
        raise ValueError(f"{start + end - len(content)} bytes are missing")
    return Tensor(entry["dtype"], tuple(entry["shape"]), content[start + begin : start + end])


def model_hash(tensors: Mapping[str, Tensor]) -> str:
    """``sshs_model_hash``: SHA-256 of all that follows the header.

    Front ends compute it from a LoRA file to know the file again when its metadata has been edited.
    """
    digest = hashlib.sha256()
    for _, values in sorted(tensors.items()):
        digest.update(values.data)
    return digest.hexdigest()


def legacy_hash(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """``sshs_legacy_hash``: eight digits of the SHA-256 of the 64 KiB at 1 MiB, the older way to know a file."""
    window = serialize(tensors, metadata)[0x100000 : 0x100000 + 0x10000]
    return hashlib.sha256(window).hexdigest()[:8]
