"""The ladder from the fastest way to train to the leanest, and the level that fits a GPU.

Rules and where they are from:

- Attention is always ``sdpa``: xformers fails on Blackwell (the workflow's note on the RTX 5090), and the scripts
  that came after the workflow use nothing else.
- fp8 weights under 60 GiB: those scripts' rule. Which blocks are swapped follows from the estimate of `memory`; its
  margin is chosen so that the one figure known from use comes out: 32 GiB at 960x960 needs ten blocks.
- ``fp8_scaled`` is no level: it was seen to give NaN. ``offload_inactive_dit`` is none either: wantui trains each
  expert in a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from wantui.formatting import gibibytes
from wantui.trainer.memory_plans import Option
from wantui.trainer.musubi import memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wantui.gpus.model import Gpu
    from wantui.trainer.musubi.memory import BatchShape, Need

USABLE = 0.88
"""The part of a device's memory that a level may take: the allocator's pieces and the display need the rest."""

FP16_FROM_MIB = 60 * 1024
"""Devices with less than this cast the weights to fp8, whatever the estimate says."""

BFLOAT_FROM = (8, 0)
"""Compute capability from which a device calculates with bf16 (NVIDIA's CUDA C++ Programming Guide, table 5)."""

DEFAULT_NETWORK_DIM = 16
"""The workflow's."""

MOST_WORKERS = 2
"""The workflow's."""

MOST_DIGITS = 9
"""Of a number that is reckoned with; a rank or a number of blocks with more is a slip of the hand."""

MEMORY_FLAGS = ("fp8_base", "blocks_to_swap", "gradient_checkpointing_cpu_offload")
"""The flags of which the estimate depends; ``fp8_scaled`` implies the first."""

OFFLOAD = "offload"
"""The leanest level, which not every commit of the trainer knows."""


@dataclass(frozen=True, slots=True)
class MemoryLevel:
    """One way to train, as flags on top of the workflow's."""

    name: str
    """What a person chooses it by, also in ``wantui.toml``."""
    flags: Mapping[str, Any]
    """Flags by name, as in ``[training]``."""

    def under(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Its flags where a person asks for others: those win, and ``fp8_scaled`` brings what it needs."""
        flags = dict(self.flags)
        if asked.get("fp8_scaled"):
            flags["fp8_base"] = True
        return flags | {name: asked[name] for name in MEMORY_FLAGS if name in asked}


def _swapping(blocks: int) -> MemoryLevel:
    return MemoryLevel(f"swap{blocks}", {"sdpa": True, "fp8_base": True, "blocks_to_swap": blocks})


LEVELS = (
    MemoryLevel("full", {"sdpa": True, "fp8_base": False, "blocks_to_swap": False}),
    MemoryLevel("fp8", {"sdpa": True, "fp8_base": True, "blocks_to_swap": False}),
    *(_swapping(blocks) for blocks in (10, 20, 30, 36)),
    MemoryLevel(
        OFFLOAD,
        {"sdpa": True, "fp8_base": True, "blocks_to_swap": 36, "gradient_checkpointing_cpu_offload": True},
    ),
)
"""From the fastest to the leanest. With 36 blocks swapped one is worked on, one is on its way, and two wait."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a level has to suit, beside the device."""

    shape: BatchShape
    """The largest batch."""
    asked: Mapping[str, Any]
    """``[training]`` of the expert."""
    host_mib: int | None = None
    """Memory of the machine that one expert may take; None: not known."""
    knows_offload: bool = True
    """Whether the trainer has ``gradient_checkpointing_cpu_offload``."""

    @property
    def network_dim(self) -> int:
        """Rank of the LoRA."""
        return _whole(self.asked.get("network_dim", DEFAULT_NETWORK_DIM), DEFAULT_NETWORK_DIM)


def options(gpu: Gpu | None, given: Conditions) -> tuple[Option, ...]:
    """How each level suits a device, in the ladder's order; of levels that come to the same, the one that says so.

    Args:
        gpu: the device; None where it is not known yet: then everything suits.
        given: what else counts.
    """
    found: dict[_Spending, MemoryLevel] = {}
    for level in LEVELS:
        if level.name == OFFLOAD and not given.knows_offload:
            continue
        spending = _Spending.of(level.under(given.asked))
        if spending not in found or spending == _Spending.of(level.flags):
            found[spending] = level
    shown = [level for level in LEVELS if level in found.values()]
    return tuple(option_of(level.name, level.under(given.asked), gpu, given) for level in shown)


def option_of(name: str, flags: Mapping[str, Any], gpu: Gpu | None, given: Conditions) -> Option:
    """What flags come to on a device."""
    spending = _Spending.of(flags)
    need = memory.need(
        given.shape,
        is_fp8=spending.is_fp8,
        blocks_to_swap=spending.blocks,
        network_dim=given.network_dim,
        offloads_inputs=spending.offloads,
        is_checkpointed=given.asked.get("gradient_checkpointing", True) is not False,
    )
    why_not = _why_not(need, None if gpu is None else gpu.memory_total_mib, given.host_mib, is_fp8=spending.is_fp8)
    return Option(
        name, str(spending), need.device_mib, need.host_mib, need.moved_mib, why_not, _WEIGHTS[spending.is_fp8]
    )


def says(flags: Mapping[str, Any]) -> str:
    """What flags do, in a few words."""
    return str(_Spending.of(flags))


_WEIGHTS = {True: "fp8", False: "fp16"}


class _Spending(NamedTuple):
    """What flags come to, however they are written."""

    is_fp8: bool
    blocks: int
    offloads: bool

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> _Spending:
        blocks = min(_whole(flags.get("blocks_to_swap"), 0), memory.BLOCKS - 1)
        return cls(bool(flags.get("fp8_base")), blocks, bool(flags.get("gradient_checkpointing_cpu_offload")))

    def __str__(self) -> str:
        where = (
            f"{self.blocks} of {memory.BLOCKS} blocks in the machine's memory" if self.blocks else "all on the GPU"
        )
        offloaded = ", activations as well" if self.offloads else ""
        return f"{_WEIGHTS[self.is_fp8]} weights, {where}{offloaded}"


def choose(gpu: Gpu | None, every: tuple[Option, ...]) -> tuple[Option, str]:
    """The fastest that suits the device, and why; the leanest where none does, which then says so.

    Args:
        gpu: the device; None where it is not known yet.
        every: what `options` found for it.
    """
    if gpu is None or gpu.memory_total_mib is None:
        name = "the GPU" if gpu is None else gpu.name
        usual = next((option for option in every if option.name != "full"), every[0])
        return usual, f"{name} reports no memory size: using the default"
    for at, option in enumerate(every):
        if option.why_not is None:
            room = f"needs about {gibibytes(option.device_mib)} of {gibibytes(gpu.memory_total_mib)}"
            before = every[at - 1] if at else None
            return option, room + (f"; {before.name}: {before.why_not}" if before is not None else "")
    return every[-1], f"the leanest there is, and yet {every[-1].why_not}"


def _whole(value: object, otherwise: int) -> int:
    """The number that a flag gives, also as text; `otherwise` where it is none that the trainer could work with."""
    written = str(value)
    return int(written) if written.isdecimal() and len(written) <= MOST_DIGITS else otherwise


def workers(cores: int, live_jobs: int) -> int:
    """How many processes read the data for one expert: the workflow's 2, fewer where jobs share few cores.

    Args:
        cores: of the machine, or of the container's limit.
        live_jobs: experts that train at once, this one included.
    """
    return max(0, min(MOST_WORKERS, cores // max(1, live_jobs) - 1))


def cautions(flags: Mapping[str, Any], gpu: Gpu) -> Iterable[tuple[str, str, str]]:
    """What a device is known to do badly with flags: code, what is wrong, what to do."""
    if gpu.compute_capability is None:
        return
    major, minor = gpu.compute_capability
    if flags.get("mixed_precision") == "bf16" and gpu.compute_capability < BFLOAT_FROM:
        yield (
            "bf16-unsupported",
            f"{gpu.name} (compute capability {major}.{minor}) does not calculate with bf16",
            'use fp16 weights and mixed_precision = "fp16"',
        )
    if flags.get("xformers") and major >= 10:  # noqa: PLR2004  Blackwell
        yield (
            "xformers-on-blackwell",
            f"xformers has trouble on {gpu.name} (Blackwell)",
            "remove xformers: sdpa is used then",
        )


def _why_not(need: Need, total: int | None, host_mib: int | None, *, is_fp8: bool) -> str | None:
    if total is not None:
        if not is_fp8 and total < FP16_FROM_MIB:
            return f"fp16 weights want {gibibytes(FP16_FROM_MIB)} or more"
        room = int(total * USABLE)
        if need.device_mib > room:
            return f"needs about {gibibytes(need.device_mib)}, and {gibibytes(room)} may be taken"
    if host_mib is not None and need.host_mib > host_mib:
        left = gibibytes(max(0, host_mib))
        return f"keeps {gibibytes(need.host_mib)} in the machine's memory, which has {left} for it"
    return None
