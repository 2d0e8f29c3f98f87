"""Which devices ``CUDA_VISIBLE_DEVICES`` leaves, by CUDA's own rules.

The CUDA programming guide, "CUDA environment variables": a comma-separated list of indices or UUIDs, which may be
cut short as long as they are unique; the first one that is invalid ends the list; an empty value hides every device.
A device that is named twice hides every device too, as `torch.cuda` counts it. Indices are read in PCI bus order,
as wantui sets ``CUDA_DEVICE_ORDER`` for every job.

The MIG user guide, "CUDA device enumeration": a slice is named ``MIG-`` and its UUID, in older drivers
``MIG-GPU-<UUID of its GPU>/<GPU instance>/<compute instance>``. A GPU that is cut up cannot be used as a whole: a
process gets one of its slices. wantui names each job's slice, so that whoever may use the GPU may use all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Slice(NamedTuple):
    """A part of a GPU that is a device of its own (MIG)."""

    number: int
    """Its own number, beyond those of the GPUs."""
    gpu: int
    """Index of the GPU that it is a part of."""
    names: tuple[str, ...]
    """What CUDA knows it by: its UUID, and the name that older drivers give it."""


def visible_indices(value: str | None, uuids: Sequence[str], slices: Sequence[Slice] = ()) -> tuple[int, ...]:
    """The indices of the devices that are left, in the order of the variable.

    Args:
        value: of ``CUDA_VISIBLE_DEVICES``; None where it is not set.
        uuids: of all GPUs in index order.
        slices: of those GPUs that are cut up, in index order; they take the place of their GPU.
    """
    if value is None:
        return tuple(index for gpu in range(len(uuids)) for index in _devices_of(gpu, slices))
    chosen: list[int] = []
    for written in value.split(","):
        named = _named(written.strip(), uuids, slices)
        if not named:
            break
        if any(index in chosen for index in named):
            return ()
        chosen += named
    return tuple(chosen)


def _devices_of(gpu: int, slices: Sequence[Slice]) -> tuple[int, ...]:
    """A GPU, or its slices where it has some."""
    return tuple(each.number for each in slices if each.gpu == gpu) or (gpu,)


def _named(identifier: str, uuids: Sequence[str], slices: Sequence[Slice]) -> tuple[int, ...]:
    """The device that one element names; all slices of a GPU that is cut up; nothing where it names no device."""
    if identifier.isascii() and identifier.isdigit():
        index = int(identifier)
        return _devices_of(index, slices) if index < len(uuids) else ()
    if identifier.startswith("MIG-"):
        matching = [each.number for each in slices if any(name.startswith(identifier) for name in each.names)]
        return tuple(matching) if len(matching) == 1 else ()
    if not identifier.startswith("GPU-"):
        return ()
    found = [index for index, uuid in enumerate(uuids) if uuid.startswith(identifier)]
    return _devices_of(found[0], slices) if len(found) == 1 else ()
