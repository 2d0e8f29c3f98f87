"""The ladder from the fastest way to train to the leanest, and the rung that fits a GPU.

Rules and where they are from:

- Attention is always ``sdpa``: xformers fails on Blackwell (the workflow's note on the RTX 5090), and the scripts
  that came after the workflow use nothing else.
- fp8 weights under 60 GiB: those scripts' rule. Which blocks are swapped follows from the estimate of `memory`; its
  margin is chosen so that the one figure known from use comes out: 32 GiB at 960x960 needs ten blocks.
- ``fp8_scaled`` is no rung: it was seen to give NaN. ``offload_inactive_dit`` is none either: wantui trains each
  expert in a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.trainer.musubi import memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wantui.gpus.model import Gpu
    from wantui.trainer.musubi.memory import BatchShape, Need

USABLE = 0.88
"""The part of a device's memory that a rung may take: the allocator's pieces and the display need the rest."""

FP16_FROM_MIB = 60 * 1024
"""Devices with less than this cast the weights to fp8, whatever the estimate says."""

BFLOAT_FROM = (8, 0)
"""Compute capability from which a device calculates with bf16 (NVIDIA's CUDA C++ Programming Guide, table 5)."""

DEFAULT_NETWORK_DIM = 16
"""The workflow's."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to train, as flags on top of the workflow's."""

    name: str
    """What a person chooses it by, also in ``wantui.toml``."""
    says: str
    """What it does, in a few words."""
    flags: Mapping[str, Any]
    """Flags by name, as in ``[training]``."""

    @property
    def is_fp8(self) -> bool:
        """Whether weights are cast to fp8."""
        return bool(self.flags.get("fp8_base"))

    @property
    def blocks_to_swap(self) -> int:
        """Blocks kept in the machine's memory."""
        return int(self.flags.get("blocks_to_swap") or 0)

    def need(self, shape: BatchShape, network_dim: int = DEFAULT_NETWORK_DIM) -> Need:
        """What it takes."""
        return memory.need(shape, is_fp8=self.is_fp8, blocks_to_swap=self.blocks_to_swap, network_dim=network_dim)


def _swapping(blocks: int) -> Rung:
    says = f"fp8 weights, {blocks} of {memory.BLOCKS} blocks in the machine's memory"
    return Rung(f"swap{blocks}", says, {"sdpa": True, "fp8_base": True, "blocks_to_swap": blocks})


LADDER = (
    Rung("full", "fp16 weights, all on the GPU", {"sdpa": True, "fp8_base": False, "blocks_to_swap": False}),
    Rung("fp8", "fp8 weights, all on the GPU", {"sdpa": True, "fp8_base": True, "blocks_to_swap": False}),
    *(_swapping(blocks) for blocks in (10, 20, 30, 36)),
)
"""From the fastest to the leanest. With 36 blocks swapped one is worked on, one is on its way, and two wait."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a rung suits a device."""

    rung: Rung
    need: Need
    room_mib: int | None
    """What the device offers; None where it does not tell."""
    why_not: str | None
    """Why it is not for this device; None: it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The rung for a device, and why."""

    fit: Fit
    why: str
    """A sentence without a final stop."""
    fits: tuple[Fit, ...]
    """Every rung, in the ladder's order."""


def fits(gpu: Gpu | None, shape: BatchShape, network_dim: int, host_mib: int | None = None) -> tuple[Fit, ...]:
    """How each rung suits a device.

    Args:
        gpu: the device; None where it is not known yet: then everything suits.
        shape: the largest batch.
        network_dim: rank of the LoRA.
        host_mib: memory of the machine that may be taken; None: not known.
    """
    total = gpu.memory_total_mib if gpu is not None else None
    room = None if total is None else int(total * USABLE)
    found = []
    for rung in LADDER:
        need = rung.need(shape, network_dim)
        found.append(Fit(rung, need, room, _why_not(rung, need, total, room, host_mib)))
    return tuple(found)


def choose(
    gpu: Gpu | None, shape: BatchShape, *, network_dim: int = DEFAULT_NETWORK_DIM, host_mib: int | None = None
) -> Choice:
    """The fastest rung that suits the device; the leanest where none does, which then says so."""
    every = fits(gpu, shape, network_dim, host_mib)
    name = "this GPU" if gpu is None else gpu.name
    if gpu is None or gpu.memory_total_mib is None:
        fit = _named(every, "fp8")
        return Choice(fit, f"{name} does not tell its memory: the workflow's way", every)
    for at, fit in enumerate(every):
        if fit.why_not is None:
            passed = every[at - 1].why_not if at else None
            room = f"needs about {_gib(fit.need.device_mib)} of {_gib(gpu.memory_total_mib)}"
            return Choice(fit, room + (f"; {every[at - 1].rung.name}: {passed}" if passed else ""), every)
    last = every[-1]
    return Choice(last, f"the leanest there is, and yet {last.why_not}", every)


def workers(cores: int, live_jobs: int) -> int:
    """How many processes read the data for one expert: the workflow's 2, fewer where jobs share few cores.

    Args:
        cores: of the machine, or of the container's limit.
        live_jobs: experts that train at once, this one included.
    """
    return max(0, min(2, cores // max(1, live_jobs) - 1))


def refused(flags: Mapping[str, Any], gpu: Gpu | None) -> Iterable[tuple[str, str, str]]:
    """What a device refuses of flags: code, what is wrong, what to do; the trainer would say so after minutes."""
    if gpu is None or gpu.compute_capability is None:
        return
    major, minor = gpu.compute_capability
    if flags.get("mixed_precision") == "bf16" and gpu.compute_capability < BFLOAT_FROM:
        yield (
            "bf16-unsupported",
            f"{gpu.name} (compute capability {major}.{minor}) does not calculate with bf16",
            'use fp16 weights and mixed_precision = "fp16"',
        )
    if flags.get("xformers") and major >= 12:  # noqa: PLR2004  Blackwell
        yield (
            "xformers-on-blackwell",
            f"xformers does not work on {gpu.name} (Blackwell)",
            "remove xformers: sdpa is used then",
        )


def _why_not(rung: Rung, need: Need, total: int | None, room: int | None, host_mib: int | None) -> str | None:
    if total is not None and not rung.is_fp8 and total < FP16_FROM_MIB:
        return f"fp16 weights want {_gib(FP16_FROM_MIB)} or more"
    if room is not None and need.device_mib > room:
        return f"needs about {_gib(need.device_mib)}, and {_gib(room)} may be taken"
    if host_mib is not None and need.host_mib > host_mib:
        return f"keeps {_gib(need.host_mib)} in the machine's memory, which has {_gib(host_mib)} left"
    return None


def _named(every: Iterable[Fit], name: str) -> Fit:
    return next(fit for fit in every if fit.rung.name == name)


def _gib(mib: int) -> str:
    return f"{mib / 1024:.0f} GiB"
