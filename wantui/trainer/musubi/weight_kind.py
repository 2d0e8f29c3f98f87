"""What a weight file says of itself: its kind and its precision, from its header alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.caches.header import CorruptError, read_header
from wantui.trainer.musubi.weight_content import T5_TENSOR, VAE_TENSOR, broken
from wantui.trainer.musubi.weights import IN_CHANNELS, PRECISIONS, dit_precision, input_channels, is_scaled

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.caches.header import Header


@dataclass(frozen=True, slots=True)
class WeightKind:
    """What is known of a file from its header; None where it does not say."""

    what: str | None = None
    """``t2v model``, ``i2v model``, ``diffusion model``, ``vae`` or ``text encoder``."""
    dtype: str | None = None
    """``fp16``, ``bf16``, ``fp32``, ``fp8`` or ``fp8 scaled``: that of most of its tensors."""
    trouble: str | None = None
    """Why it cannot be whole, a clause."""

    def __str__(self) -> str:
        """In a few words; empty where nothing is known."""
        if self.trouble is not None:
            return f"damaged: {self.trouble}"
        return " ".join(word for word in (self.dtype, self.what) if word)


def kind_of(path: Path) -> WeightKind:
    """Read the header of a file; a ``.pth`` has none that could be read without PyTorch."""
    try:
        trouble = broken(path)
        if trouble is not None or path.suffix != ".safetensors":
            return WeightKind(trouble=trouble)
        header = read_header(path)
    except CorruptError as error:
        return WeightKind(trouble=str(error))
    except OSError as error:
        return WeightKind(trouble=f"it cannot be read ({error.strerror})")
    return WeightKind(_what(header), _dtype(header))


def _what(header: Header) -> str | None:
    if dit_precision(header) is not None:
        channels = input_channels(header)
        task = next((task for task, wanted in IN_CHANNELS.items() if wanted == channels), "diffusion")
        return f"{task} model"
    if VAE_TENSOR in header.dtypes:
        return "vae"
    if any(name.removeprefix("encoder.") == T5_TENSOR for name in header.dtypes):
        return "text encoder"
    return None


def _dtype(header: Header) -> str | None:
    if not header.dtypes:
        return None
    most = dit_precision(header)
    if most is None:
        most = Counter(header.dtypes.values()).most_common(1)[0][0]
        most = PRECISIONS.get(most, most)
    return f"{most} scaled" if is_scaled(header) else most
