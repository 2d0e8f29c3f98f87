"""The files that a training leaves behind: which, and how large.

The rules are those of the trainer's ``training/trainer_base.py`` (``hv_train_network.py`` in older commits) and
``utils/train_utils.py``: a checkpoint every N epochs but not at the last one, which is written without a number; with
``save_last_n_epochs`` the older ones are removed again; where asked for, a state beside each checkpoint and at the
end. Names are those of ``get_epoch_ckpt_name``, ``get_step_ckpt_name``, ``get_last_ckpt_name`` and their states; and
of ``sample_image_inference``, which writes below ``sample``.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from wantui.trainer.model import ExistingOutputs, Outputs
from wantui.trainer.musubi import commands, memory
from wantui.trainer.musubi.attempt_tasks import kept_states, whole
from wantui.trainer.musubi.flag_source import known_flags

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from wantui.trainer.model import Expert, RunSettings

HALF_BYTES, FULL_BYTES = 2, 4
MOMENT_BYTES = {
    **dict.fromkeys(("adamw8bit", "pagedadamw8bit", "ademamix8bit"), 2),
    **dict.fromkeys(("lion", "sgd"), 4),
    **dict.fromkeys(("lion8bit", "pagedlion8bit", "sgd8bit"), 1),
    **dict.fromkeys(("adafactor", "came"), 0),
    **dict.fromkeys(("prodigy", "ademamix"), 16),
}
"""What an optimizer keeps for each parameter of the LoRA, in bytes, by the last word of its name in small letters;
8 for all others: AdamW's two moments in float32. Adafactor's are of rows and columns, and next to nothing."""


def outputs(settings: RunSettings, expert: Expert) -> Outputs:
    """What a training with these settings leaves behind."""
    flags = commands.training_flags(settings, expert, None)
    folder, name = settings.output_directory, settings.output_name(expert)
    epochs = whole(flags, "max_train_epochs") or settings.epochs
    every = whole(flags, "save_every_n_epochs")
    saved = list(range(every, epochs, every)) if every else []
    kept = _last(saved, whole(flags, "save_last_n_epochs"))
    states: list[Path] = []
    more = 0
    if flags.get("save_state"):
        most = kept_states(settings, expert)
        written = [*(folder / f"{name}-{epoch:06d}-state" for epoch in saved), folder / f"{name}-state"]
        states = written if most is None else written[-most:]
        more = min(1, len(written) - len(states))
    elif flags.get("save_state_on_train_end"):
        states = [folder / f"{name}-state"]
    checkpoints = [*(folder / f"{name}-{epoch:06d}.safetensors" for epoch in kept), folder / f"{name}.safetensors"]
    parameters = _parameters(flags)
    return Outputs(
        checkpoints=tuple(checkpoints),
        states=tuple(states),
        checkpoint_bytes=parameters * _bytes_each(settings, flags),
        state_bytes=parameters * _state_bytes(flags),
        more_states=more,
    )


def existing_outputs(settings: RunSettings, expert: Expert) -> ExistingOutputs:
    """What trainings under the expert's names have left so far, however many epochs or steps they had.

    Raises:
        OSError: the output folder is there and cannot be listed.
    """
    name = re.escape(settings.output_name(expert))
    folder = settings.output_directory
    return ExistingOutputs(
        files=_named(folder, rf"{name}(-\d{{6,}}|-step\d{{8,}})?(\.safetensors|-state)"),
        samples=_named(folder / "sample", rf"{name}_e?\d{{6,}}_\d\d_\d{{14}}.*"),
    )


def _named(folder: Path, pattern: str) -> tuple[Path, ...]:
    """What lies in `folder` under names that `pattern` matches whole, in the order of their names."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  names only
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(folder / name for name in names if re.fullmatch(pattern, name, re.DOTALL))


def _last(saved: list[int], count: int | None) -> list[int]:
    return saved if count is None else saved[-count:] if count else []


def _parameters(flags: Mapping[str, Any]) -> int:
    """Of the LoRA; 0 where it is of another kind than the workflow's."""
    dim = whole(flags, "network_dim")
    return memory.lora_parameters(dim) if dim and flags.get("network_module") == "networks.lora_wan" else 0


def _state_bytes(flags: Mapping[str, Any]) -> int:
    """Of a state, for each parameter of the LoRA: its weight in float32, and what the optimizer keeps."""
    optimizer = str(flags.get("optimizer_type", "")).rpartition(".")[2].lower()
    return FULL_BYTES + MOMENT_BYTES.get(optimizer, 2 * FULL_BYTES)


def _bytes_each(settings: RunSettings, flags: Mapping[str, Any]) -> int:
    """Newer trainers write float32 unless ``save_precision`` says otherwise; older ones what the weights have."""
    precision = flags.get("save_precision")
    if precision is not None:
        return FULL_BYTES if precision == "float" else HALF_BYTES
    knows = "save_precision" in known_flags(settings.trainer_root, "train")
    return FULL_BYTES if knows else HALF_BYTES
