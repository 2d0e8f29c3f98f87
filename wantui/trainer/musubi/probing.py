"""The command that asks a checkpoint for its loss: the training script itself, told to train with next to nothing.

With ``--learning_rate 1e-20`` the weights come out as they went in, and with one seed every checkpoint is asked with
the same noise, timesteps and items in the same order (observed at both commits; ``--learning_rate 0`` is refused).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.trainer.musubi import commands
from wantui.trainer.musubi.checkout import absolute
from wantui.trainer.probes import BATCHES_VARIABLE

if TYPE_CHECKING:
    from wantui.gpus.model import Gpu
    from wantui.trainer.model import Expert, RunSettings, TrainerCommand
    from wantui.trainer.musubi.commands import Launcher
    from wantui.trainer.probes import ProbeTask

NAME = "probe"
"""Of the LoRA file that the script writes at its end, which nobody needs."""
_LEFT_OUT = (
    *("resume", "resume_from_huggingface", "save_every_n_epochs", "save_every_n_steps", "save_state"),
    *(
        "save_state_on_train_end",
        "sample_prompts",
        "sample_every_n_epochs",
        "sample_every_n_steps",
        "sample_at_first",
    ),
    *("huggingface_repo_id", "save_state_to_huggingface", "max_train_steps", "persistent_data_loader_workers"),
    *("optimizer_args", "lr_scheduler_type", "lr_scheduler_args", "lr_warmup_steps", "lr_decay_steps"),
    *("network_dropout", "scale_weight_norms", "log_tracker_name", "log_tracker_config", "log_config"),
)
"""Flags of the run that would save or upload something, change weights, or let chance into the answer."""


def probe_command(
    settings: RunSettings, launcher: Launcher, expert: Expert, gpu: Gpu | None, task: ProbeTask
) -> TrainerCommand:
    """Ask one checkpoint of an expert; the flags are the run's where they do not train, save or draw.

    Args:
        settings: of the run that has trained it.
        launcher: what starts the script.
        expert: of the checkpoint.
        gpu: the device assigned.
        task: what is asked.
    """
    base = settings.base_directory or absolute(settings.dataset).parent
    asked = replace(settings, dataset=task.dataset, base_directory=base)
    flags = commands.training_flags(asked, expert, gpu) | dict.fromkeys(_LEFT_OUT, False) | _probe_flags(task)
    command = commands.command(asked, launcher, launcher.train, flags, gpu)
    return replace(command, env={**command.env, BATCHES_VARIABLE: str(task.batches)})


def _probe_flags(task: ProbeTask) -> dict[str, Any]:
    return {
        "dataset_config": task.dataset,
        "network_weights": task.checkpoint,
        "learning_rate": "1e-20",
        "lr_scheduler": "constant",
        "optimizer_type": "adamw",  # others find a learning rate by themselves
        "max_train_epochs": task.draws,
        "gradient_accumulation_steps": 1,
        "max_data_loader_n_workers": 0,
        "seed": task.seed,
        "output_dir": task.folder,
        "output_name": NAME,
        "logging_dir": task.events,
        "log_with": "tensorboard",
        "log_prefix": f"{NAME}_",
    }
