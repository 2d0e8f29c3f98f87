"""How experts would spend memory, as text: what was chosen, why, and what changes when another is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.formatting import gibibytes
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from wantui.gpus.model import Gpu
    from wantui.trainer.memory_plans import MemoryPlan
    from wantui.ui.drawing.styles import TextStyles

MEMORY = "memory"
"""The label of what is said of it."""
INDENT = 9
"""Cells of the labels in front."""
NAME = 9
"""Cells of an option's name."""


def memory_text(text: Text, ways: Sequence[MemoryPlan], styles: TextStyles) -> None:
    """Append what is the same on several devices, or for both experts, once."""
    for at, alike in enumerate(_alike(ways)):
        way = alike[0]
        text.append(f"{MEMORY if at == 0 else '':<{INDENT}}", styles.dim)
        for expert in dict.fromkeys(str(each.expert) for each in alike):
            text.append(f"{expert} ", styles.of_job(expert))
        text.append(way.chosen.name, styles.strong)
        text.append(f" on {_devices(alike)}\n")
        text.append(f"{'':<{INDENT}}{clean(way.chosen.says)}\n")
        text.append(f"{'':<{INDENT}}{clean(way.why)}\n", styles.caution if way.chosen.why_not else styles.dim)
        _options(text, way, styles)


def _options(text: Text, way: MemoryPlan, styles: TextStyles) -> None:
    for option in way.options:
        is_chosen = option.name == way.chosen.name
        sign = GLYPHS.cursor if is_chosen else GLYPHS.problem if option.why_not else " "
        text.append(f"{'':<{INDENT}}{sign} ", styles.accent if is_chosen else styles.dim)
        text.append(f"{option.name:<{NAME}}", styles.strong if is_chosen else styles.plain)
        text.append(f"{gibibytes(option.device_mib):>7}  ")
        what = "this one" if is_chosen else option.why_not or option.against(way.chosen)
        text.append(f"{clean(what)}\n", styles.dim)


def _devices(alike: Sequence[MemoryPlan]) -> str:
    gpus = {way.gpu.index: way.gpu for way in alike}
    return f"GPU {', '.join(str(index) for index in sorted(gpus))}, {clean(_model(alike[0].gpu))}"


def _model(gpu: Gpu) -> str:
    """The name without the number that a simulated device has in it."""
    return gpu.name.removesuffix(f" {gpu.index}")


def _alike(ways: Sequence[MemoryPlan]) -> list[list[MemoryPlan]]:
    """Ways that differ in expert and index alone, together."""
    found: dict[object, list[MemoryPlan]] = {}
    for way in ways:
        key = (_model(way.gpu), way.gpu.memory_total_mib, way.chosen, way.why.replace(way.gpu.name, ""), way.options)
        found.setdefault(key, []).append(way)
    return list(found.values())
