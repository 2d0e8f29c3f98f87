"""The seam's values for pictures that both experts make together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.trainer.prompts import Prompt


@dataclass(frozen=True, slots=True)
class SampleTask:
    """What one process of the trainer makes: some prompts by one pair of checkpoints."""

    high: Path
    """LoRA file of the high-noise expert."""
    low: Path
    """LoRA file of the low-noise expert."""
    prompts: tuple[Prompt, ...]
    """One, or several of different texts without an image: what may be made at once, see `batches`."""
    folder: Path
    """For what the trainer writes; it is there and empty."""
    memory: str | None = None
    """Name of the option of `Trainer.sample_memory` that both experts share the device by; None: the one chosen
    there."""

    @property
    def prompt_file(self) -> Path:
        """Where the lines of several prompts are read from."""
        return self.folder / "prompts.txt"

    @property
    def made(self) -> Path:
        """Folder for what is made."""
        return self.folder / "made"


def batches(prompts: tuple[Prompt, ...]) -> list[tuple[Prompt, ...]]:
    """Prompts in groups that one process can make.

    The models are loaded once for each group, and nothing of a group is there before all of it is. Pictures go
    together, since loading takes longer than making them; a clip goes alone, since it takes longer than loading. So
    does what begins with an image: the workflow's commit fails with a list of those (its ``process_batch_prompts``
    deletes a ``clip`` that WAN2.2 has not). A text goes once into each group, since the script remembers what it has
    encoded by the text alone, also where the negative prompts differ.
    """
    groups: list[list[Prompt]] = []
    for prompt in prompts:
        alone = prompt.is_clip or prompt.image is not None or prompt.control is not None
        fits = (group for group in groups if not alone and _may_join(group, prompt))
        group = next(fits, None)
        if group is None:
            groups.append([prompt])
        else:
            group.append(prompt)
    return [tuple(group) for group in groups]


def _may_join(group: list[Prompt], prompt: Prompt) -> bool:
    first = group[0]
    is_single = first.is_clip or first.image is not None or first.control is not None
    return not is_single and all(other.text != prompt.text for other in group)
