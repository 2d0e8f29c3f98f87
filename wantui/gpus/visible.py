"""Which devices ``CUDA_VISIBLE_DEVICES`` leaves, by CUDA's own rules.

The CUDA programming guide, "CUDA environment variables": a comma-separated list of indices or UUIDs, which may be
cut short as long as they are unique; the first one that is invalid ends the list; an empty value hides every device.
A device that is named twice hides every device too, as `torch.cuda` counts it. Indices are read in PCI bus order,
as wantui sets ``CUDA_DEVICE_ORDER`` for every job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def visible_indices(value: str | None, uuids: Sequence[str]) -> tuple[int, ...]:
    """The indices of the devices that are left, in the order of the variable.

    Args:
        value: of ``CUDA_VISIBLE_DEVICES``; None where it is not set.
        uuids: of all devices in index order.
    """
    if value is None:
        return tuple(range(len(uuids)))
    chosen: list[int] = []
    for written in value.split(","):
        index = _index(written.strip(), uuids)
        if index is None:
            break
        if index in chosen:
            return ()
        chosen.append(index)
    return tuple(chosen)


def _index(identifier: str, uuids: Sequence[str]) -> int | None:
    """The device that one element names, or None where it names no whole GPU of this machine."""
    if identifier.isascii() and identifier.isdigit():
        index = int(identifier)
        return index if index < len(uuids) else None
    if not identifier.startswith("GPU-"):
        return None
    matching = [index for index, uuid in enumerate(uuids) if uuid.startswith(identifier)]
    return matching[0] if len(matching) == 1 else None
