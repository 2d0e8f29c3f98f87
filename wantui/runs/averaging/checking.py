"""Whether LoRA files can be averaged: all there, none changed since it was asked for, and all of the same make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.caches.header import CorruptError, Header, read_header
from wantui.runs.errors import PlanError
from wantui.runs.probing.results import stamp_of
from wantui.runs.releasing.lora_keys import keys_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_TOLD = ("ss_network_dim", "ss_network_alpha")
"""Metadata that say rank and alpha as they were asked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A checkpoint that goes into an average."""

    epoch: int
    path: Path
    stamp: tuple[int, int]
    """See `wantui.runs.probing.results.stamp_of`."""


def check(sources: Sequence[Source]) -> None:
    """See that files are what they were, and have the same tensors in the same shapes.

    Raises:
        PlanError: one of them is not; the message names it.
    """
    first: tuple[Path, Header] | None = None
    for source in sources:
        header = _header(source)
        if first is None:
            first = source.path, header
            problem = keys_problem(header)
        else:
            problem = difference(header, first[1], str(first[0].name))
        if problem is not None:
            raise PlanError(f"{source.path}: {problem}; nothing was averaged")


def difference(header: Header, other: Header, name: str) -> str | None:
    """What keeps a file from being averaged with another one, as a clause; None: nothing.

    Args:
        header: of the file.
        other: of the other one.
        name: of the other one.
    """
    if odd := sorted(header.shapes.keys() ^ other.shapes.keys()):
        has = "has" if odd[0] in header.shapes else "lacks"
        return f"it {has} the tensor {odd[0]}, unlike {name}"
    for tensor, shape in header.shapes.items():
        wanted = other.shapes[tensor]
        if shape != wanted:
            return f"{tensor} is {_size(shape)}, but {_size(wanted)} in {name}: another rank, or another model"
    for key in _TOLD:
        mine, theirs = header.metadata.get(key), other.metadata.get(key)
        if mine != theirs:
            return f"its {key} is {mine}, but {theirs} in {name}"
    return None


def _header(source: Source) -> Header:
    """The header of a file that is what it was.

    Raises:
        PlanError: it is not.
    """
    try:
        if stamp_of(source.path) != source.stamp:
            raise PlanError(f"{source.path}: has changed since its average was asked for; ask again")
        return read_header(source.path)
    except FileNotFoundError as error:
        raise PlanError(f"{source.path}: is not there any more; choose other epochs") from error
    except CorruptError as error:
        raise PlanError(f"{source.path}: {error}; choose other epochs") from error


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a single number"  # noqa: RUF001  the sign of a product
