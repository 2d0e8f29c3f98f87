"""The command that averages LoRA files: the trainer's ``lora_post_hoc_ema.py``.

It sorts the files by modification time unless it is told ``--no_sort``, which both commits know; a file that was
copied or restored would be out of turn. The metadata of the result are those of the last file, with new hashes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.trainer.model import TrainerError
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.checkout import AVERAGE_SCRIPT, absolute, script_folder

if TYPE_CHECKING:
    from wantui.trainer.averages import AverageTask
    from wantui.trainer.model import RunSettings, TrainerCommand
    from wantui.trainer.musubi.commands import Launcher


def average_command(settings: RunSettings, launcher: Launcher, task: AverageTask) -> TrainerCommand:
    """Average the checkpoints of a task in its order, on the processor.

    Raises:
        TrainerError: the checkout has no such script.
    """
    script = script_folder(settings.trainer_root) / AVERAGE_SCRIPT
    if str(script) in launcher.average and not script.is_file():
        raise TrainerError(f"{script}: this checkout of the trainer has no such script; a newer one has")
    decay = task.decay
    flags: dict[str, Any] = {"no_sort": True}
    flags |= {"beta": decay.beta} if decay.sigma_rel is None else {"sigma_rel": decay.sigma_rel}
    files = (str(absolute(each)) for each in task.checkpoints)
    command = commands.command(
        settings, launcher, (*launcher.average, *files), flags | {"output_file": task.target}, None
    )
    return replace(command, cwd=task.target.parent, env={**command.env, "CUDA_VISIBLE_DEVICES": ""})
