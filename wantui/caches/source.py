"""What a step encodes with, besides the media and captions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WITHOUT_EFFECT = frozenset(
    {
        # Where things are; their content is compared, not their paths.
        *("dataset_config", "vae", "t5"),
        # Seen in the cache file itself.
        "i2v",
        # How fast, on what, and with how much memory.
        *("device", "batch_size", "num_workers", "vae_cache_cpu", "disable_cudnn_backend"),
        # What becomes of files that are there.
        *("skip_existing", "keep_cache"),
        # Only shown.
        *("debug_mode", "console_width", "console_back", "console_num_images"),
        # Accepted by the shared parser; WAN's scripts do not look at them.
        *("vae_tiling", "vae_chunk_size", "vae_spatial_tile_sample_min_size"),
        *("text_encoder1", "text_encoder2", "text_encoder_dtype", "fp8_llm"),
    }
)
"""Flags of the cache scripts that do not change what is encoded. Any other flag does, known or not."""
_DEFAULTS = {"vae_dtype": ("bfloat16", "bf16")}
"""Values that say what the trainer does without the flag."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a step encodes with."""

    weights: Path | None = None
    """The VAE or the T5; None: not known, and then not compared."""
    flags: Mapping[str, Any] = field(default_factory=dict)
    """Flags of the cache script by their names, as the configuration has them."""
    rehearsal: bool = False
    """Whether the rehearsal trainer encodes; what it made, no other trainer may train on."""

    @property
    def effective_flags(self) -> str:
        """The flags that change what is encoded, as a text that is the same for the same flags."""
        named = {name.lstrip("-").replace("-", "_"): value for name, value in self.flags.items()}
        effective = {
            name: value
            for name, value in named.items()
            if name not in WITHOUT_EFFECT and value not in (None, False) and value not in _DEFAULTS.get(name, ())
        }
        return json.dumps(effective, sort_keys=True, default=str)
