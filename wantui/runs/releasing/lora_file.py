"""A copy of a LoRA file for a release: in half precision where it is in single, else byte for byte; with metadata."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.caches.header import CorruptError, read_header
from wantui.errors import BadInputError
from wantui.runs.releasing.lora_keys import keys_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

_SINGLE, _HALF = "F32", "F16"
_LENGTH_BYTES = 8
_ALIGNMENT = 8
_MODEL_HASH, _LEGACY_HASH = "sshs_model_hash", "sshs_legacy_hash"
"""What front ends know a file by: the sha256 of all tensors, and one of 64 KiB of the file as it was saved."""


class ReleaseError(BadInputError):
    """A release that cannot be made; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    """From the start of the file, in bytes."""
    length: int

    @property
    def converts(self) -> bool:
        return self.dtype == _SINGLE


def check(path: Path) -> bool:
    """Look at a LoRA file's header; whether its copy is converted to half precision.

    Raises:
        ReleaseError: it is gone, not whole, or loaders would not know it.
    """
    try:
        header = read_header(path)
    except CorruptError as error:
        raise ReleaseError(f"{path}: {error}; choose another epoch") from error
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read ({error.strerror}); choose another epoch") from error
    problem = keys_problem(header)
    if problem is not None:
        raise ReleaseError(f"{path}: {problem}; the release would not load")
    return _SINGLE in header.dtypes.values()


def write(source: Path, target: Path, changed: Mapping[str, str]) -> str:
    """Copy a LoRA file to `target`, which must not be there, and read it again to compare; its sha256.

    Args:
        source: the checkpoint.
        target: the copy.
        changed: metadata that it gets on top of the trainer's.

    Raises:
        ReleaseError: a number cannot be copied, or the copy is not what it should be.
        OSError: the disk refuses something.
    """
    metadata, tensors = _read(source)
    metadata = _told(source, metadata, tensors, changed)
    with reading.open_file(source) as original, target.open("xb") as copy:
        copy.write(_header(tensors, metadata))
        for tensor in tensors:
            copy.write(_copied(original, tensor, source))
        copy.flush()
        os.fsync(copy.fileno())
    _compare(source, target, metadata)
    with target.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def is_copy(source: Path, target: Path, changed: Mapping[str, str]) -> bool:
    """Whether `target` is what `write` would make of `source`.

    Raises:
        OSError: one of them cannot be read.
    """
    try:
        read_header(target)
        metadata, tensors = _read(source)
        _compare(source, target, _told(source, metadata, tensors, changed))
    except (CorruptError, ReleaseError):
        return False
    return True


def seems_copy(source: Path, target: Path, changed: Mapping[str, str]) -> bool:
    """Whether `target` has the metadata that `write` would give a copy of `source`, but for hashes of the tensors."""
    try:
        told, copied = {**read_header(source).metadata, **changed}, dict(read_header(target).metadata)
    except (CorruptError, OSError):
        return False
    for name in (_MODEL_HASH, _LEGACY_HASH):
        told.pop(name, None)
        copied.pop(name, None)
    return told == copied


def _told(
    source: Path, metadata: Mapping[str, str], tensors: list[_Tensor], changed: Mapping[str, str]
) -> dict[str, str]:
    """The metadata of the copy."""
    told = {**metadata, **changed}
    if any(each.converts for each in tensors):
        told.pop(_LEGACY_HASH, None)
        if _MODEL_HASH in told:
            told[_MODEL_HASH] = _digest(source, tensors)
    return told


def _compare(source: Path, target: Path, metadata: Mapping[str, str]) -> None:
    """Read a copy from the disk and hold it against its original, tensor by tensor.

    Raises:
        ReleaseError: they differ by more than rounding.
    """
    from wantui.runs.releasing.half_precision import worst_rounding  # noqa: PLC0415  numpy, when it is needed

    read_header(target)
    told, copies = _read(target)
    _, originals = _read(source)
    named = {each.name: each for each in copies}
    if told != metadata or named.keys() != {each.name for each in originals}:
        raise ReleaseError(f"{target}: was not written as it should be; look at the disk, and try again")
    with reading.open_file(source) as original, reading.open_file(target) as copy:
        for each in originals:
            other = named[each.name]
            before, after = _data(original, each), _data(copy, other)
            same = worst_rounding(before, after) <= 1 if each.converts else before == after
            if other.shape != each.shape or not same:
                raise ReleaseError(f"{target}: {each.name} is not what it is in {source}; look at the disk")


def _read(path: Path) -> tuple[dict[str, str], list[_Tensor]]:
    """The metadata and the tensors of a file whose header was found whole, in the order of the file."""
    with reading.open_file(path) as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        content: dict[str, Any] = json.loads(file.read(length))
    metadata = content.pop("__metadata__", {})
    start = _LENGTH_BYTES + length
    found = [
        _Tensor(name, each["dtype"], tuple(each["shape"]), start + each["data_offsets"][0], _length(each))
        for name, each in content.items()
    ]
    return metadata, sorted(found, key=lambda each: each.begin)


def _length(tensor: Mapping[str, Any]) -> int:
    begin, end = tensor["data_offsets"]
    return int(end) - int(begin)


def _header(tensors: list[_Tensor], metadata: Mapping[str, str]) -> bytes:
    content: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    offset = 0
    for each in tensors:
        end = offset + (each.length // 2 if each.converts else each.length)
        dtype = _HALF if each.converts else each.dtype
        content[each.name] = {"dtype": dtype, "shape": list(each.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text


def _copied(file: BinaryIO | Any, tensor: _Tensor, path: Path) -> bytes:
    from wantui.runs.releasing.half_precision import halved, numbers_problem  # noqa: PLC0415  as above

    data = _data(file, tensor)
    problem = numbers_problem(data, tensor.dtype, converts=tensor.converts)
    if problem is not None:
        raise ReleaseError(f"{path}: {tensor.name} {problem}; choose another epoch")
    return halved(data) if tensor.converts else data


def _data(file: BinaryIO | Any, tensor: _Tensor) -> bytes:
    file.seek(tensor.begin)
    data: bytes = file.read(tensor.length)
    return data


def _digest(source: Path, tensors: list[_Tensor]) -> str:
    """The sha256 of all that will follow the header."""
    digest = hashlib.sha256()
    for piece in _pieces(source, tensors):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(source: Path, tensors: list[_Tensor]) -> Iterator[bytes]:
    with reading.open_file(source) as file:
        for each in tensors:
            yield _copied(file, each, source)
