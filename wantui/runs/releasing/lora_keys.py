"""Whether loaders will know a LoRA file by the names of its tensors.

musubi-tuner names them ``lora_unet_blocks_0_self_attn_q.lora_down.weight``, ``.lora_up.weight`` and ``.alpha``: the
prefix and the module's name with dots as underscores (its ``networks/lora.py``). ComfyUI looks for that prefix with
the names of its own model (``comfy/lora.py``, ``model_lora_keys_unet``), which are the same for WAN, and musubi's
``wan_generate_video.py`` for it alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.caches.header import Header

PREFIX = "lora_unet_"
_NAME = re.compile(r"lora_unet_(?P<module>\w+)\.(?P<part>alpha|lora_down\.weight|lora_up\.weight)")
_BLOCK = re.compile(r"blocks_\d+_")
"""What every LoRA of WAN's transformer has, as the trainer's ``lora_wan.py`` targets its blocks."""
_DOWN, _UP = "lora_down.weight", "lora_up.weight"


def keys_problem(header: Header) -> str | None:
    """Why loaders would not take the file, as a clause; None: they will."""
    if not header.shapes:
        return "it holds no tensors"
    modules: dict[str, set[str]] = {}
    for name in header.shapes:
        found = _NAME.fullmatch(name)
        if found is None:
            wanted = f"{PREFIX}blocks_0_self_attn_q.{_DOWN}"
            return f"its tensor {name!r} is named otherwise than loaders of WAN LoRAs look for ({wanted!r} say)"
        modules.setdefault(found["module"], set()).add(found["part"])
    for module, parts in modules.items():
        missing = next((part for part in (_DOWN, _UP) if part not in parts), None)
        if missing is not None:
            return f"{PREFIX}{module} has no {missing}"
        down, up = (header.shapes[f"{PREFIX}{module}.{part}"] for part in (_DOWN, _UP))
        if len(down) < 2 or len(up) < 2 or down[0] != up[1]:  # noqa: PLR2004  out and in
            return f"the two halves of {PREFIX}{module} are of different ranks"
    if not any(_BLOCK.match(module) for module in modules):
        return "it changes none of WAN's blocks"
    return None
