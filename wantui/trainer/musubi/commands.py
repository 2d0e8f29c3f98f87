"""The workflow's command lines: both cache scripts and both experts, with what GPU, form and user change.

The flags are shared: any trainer whose scripts take the same flags builds its commands here with a `Launcher` of
its own. Values are the workflow's unless the settings say otherwise.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.gpus import host
from wantui.trainer.memory_plans import WORKFLOW
from wantui.trainer.model import Expert, RunSettings, Task, TrainerCommand, TrainerError
from wantui.trainer.musubi import memory_level
from wantui.trainer.musubi.checkout import AVERAGE_SCRIPT, SAMPLE_SCRIPT, SCRIPTS, absolute, given_path, script_folder
from wantui.trainer.musubi.flag_source import ATTENTION_FLAGS
from wantui.trainer.musubi.schedules import KNOWN, schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wantui.gpus.model import Gpu
    from wantui.trainer.attempts import AttemptTask

BLOCK_SWAP_BELOW_MIB = 33 * 1024
"""Devices with less memory than this swap blocks: the workflow says so for the 32 GiB RTX 5090."""

BLOCKS_TO_SWAP = 10
"""How many of the 40 DiT blocks; the workflow's number."""

MIXED_PRECISION = "fp16"
"""The workflow's, and that of its weights: the trainer wants the two to be the same."""

PATH_FLAGS = frozenset(
    {
        "base_weights", "clip", "config_file", "dit", "dit_high_noise", "log_tracker_config", "logging_dir",
        "network_weights", "output_dir", "resume", "sample_prompts", "t5", "vae",
    }
)  # fmt: skip
"""Flags whose values are paths: a relative one is made absolute, since trainers run in the dataset's folder."""

TIMESTEPS = {
    (Task.T2V, Expert.HIGH): (875, 1000),
    (Task.T2V, Expert.LOW): (0, 875),
    (Task.I2V, Expert.HIGH): (900, 1000),
    (Task.I2V, Expert.LOW): (0, 900),
}
"""The part of the noise schedule that an expert works on, of 1000 steps (WAN2.2's boundaries 0.875 and 0.9)."""

ACCELERATE_CONFIG = Path(__file__).with_name("accelerate.yaml")
"""Keeps ``accelerate launch`` from reading the user's own configuration."""
LAUNCH = "import sys; sys.path[:] = filter(None, sys.path); from accelerate.commands.launch import main; main()"
"""``accelerate launch``, but for the folder that ``python -m`` looks for modules in first: the current one, which is
the dataset's, where an ``argparse.py`` may lie. (``python -P`` does so from 3.11 on; the trainer may have 3.10.)"""


@dataclass(frozen=True, slots=True)
class Launcher:
    """How the scripts are started: everything before their flags."""

    latents: tuple[str, ...]
    text: tuple[str, ...]
    train: tuple[str, ...]
    python_path: tuple[Path, ...] = ()
    """Folders put in front of ``PYTHONPATH``."""
    sample: tuple[str, ...] = ()
    """Makes pictures."""
    average: tuple[str, ...] = ()
    """Averages LoRA files."""


def latents_command(
    settings: RunSettings, launcher: Launcher, gpu: Gpu | None, *, skip_existing: bool
) -> TrainerCommand:
    """Encode the media."""
    return command(settings, launcher, launcher.latents, latents_flags(settings, skip_existing=skip_existing), gpu)


def text_command(
    settings: RunSettings, launcher: Launcher, gpu: Gpu | None, *, skip_existing: bool
) -> TrainerCommand:
    """Encode the captions."""
    return command(settings, launcher, launcher.text, text_flags(settings, skip_existing=skip_existing), gpu)


def training_command(
    settings: RunSettings, launcher: Launcher, expert: Expert, gpu: Gpu | None, task: AttemptTask | None = None
) -> TrainerCommand:
    """Train one expert; `task` is the attempt, while planning None."""
    flags = training_flags(settings, expert, gpu)
    if task is not None:
        flags |= _attempt_flags(task) | _event_flags(settings, expert, task)
    return command(settings, launcher, launcher.train, flags, gpu)


def latents_flags(settings: RunSettings, *, skip_existing: bool) -> dict[str, Any]:
    """The flags of the latents script, by name, in order."""
    flags = {
        "dataset_config": settings.dataset,
        "vae": model(settings, "vae"),
        "i2v": settings.task is Task.I2V,
        "skip_existing": skip_existing,
    }
    return flags | settings.caching_latents


def text_flags(settings: RunSettings, *, skip_existing: bool) -> dict[str, Any]:
    """The flags of the text encoder script, by name, in order."""
    flags = {
        "dataset_config": settings.dataset,
        "t5": model(settings, "t5"),
        "skip_existing": skip_existing,
    }
    return flags | settings.caching_text


def training_flags(settings: RunSettings, expert: Expert, gpu: Gpu | None) -> dict[str, Any]:
    """The flags of the training script, by name, in order: the workflow's, the GPU's, then the user's on top."""
    asked = settings.training_flags(expert)
    flags = _workflow_flags(settings, expert)
    if any(asked.get(name) for name in ATTENTION_FLAGS if name != "sdpa"):
        flags["sdpa"] = False
    if asked.get("xformers"):
        flags["split_attn"] = True  # the trainer's help: xformers "requires --split_attn"
    flags |= _device_flags(settings, expert, gpu)
    return flags | asked


def _attempt_flags(task: AttemptTask) -> dict[str, Any]:
    """What an attempt changes: where it writes, and what it goes on from, with the whole number of epochs.

    The schedule of the learning rate belongs to the total: told of the remaining epochs alone, the trainer would
    train them all at the schedule's end (observed).
    """
    flags: dict[str, Any] = {"output_dir": task.folder}
    if task.start.state is not None:
        flags |= {"resume": task.start.state, "resume_from_huggingface": False}
        if task.save_every_counted is not None:
            flags["save_every_n_epochs"] = task.save_every_counted
    return flags


def _event_flags(settings: RunSettings, expert: Expert, task: AttemptTask) -> dict[str, Any]:
    """Where the attempt writes TensorBoard's event files: losses of single steps and learning rates are in no log.

    Whoever asks for a folder or another tracker gets that instead. The trainer's Python may lack tensorboard: it
    writes none then (accelerate's `filter_trackers` leaves out what is not installed).
    """
    if task.events is None or settings.training_flags(expert).keys() & {"logging_dir", "log_with"}:
        return {}
    return {"logging_dir": task.events, "log_with": "tensorboard", "log_prefix": f"{task.name}_"}


def _device_flags(settings: RunSettings, expert: Expert, gpu: Gpu | None) -> dict[str, Any]:
    """How the device's memory is spent: by the workflow's rule, or by a level of the ladder."""
    if settings.memory == WORKFLOW:
        is_small = (
            gpu is not None and gpu.memory_total_mib is not None and gpu.memory_total_mib < BLOCK_SWAP_BELOW_MIB
        )
        return {"blocks_to_swap": BLOCKS_TO_SWAP} if is_small else {}
    return memory_level.device_flags(settings, expert, gpu)


def learning_rate(settings: RunSettings, expert: Expert, steps: int) -> Callable[[int], float] | None:
    """The learning rate at each step, from 0, of a training of so many steps; None where it is not known here."""
    flags = training_flags(settings, expert, None)
    name = str(flags.get("lr_scheduler") or "constant")
    if name not in KNOWN or flags.get("lr_scheduler_type") or flags.get("lr_scheduler_args"):
        return None
    try:
        return schedule(
            name,
            float(flags["learning_rate"]),
            steps,
            warmup=float(flags.get("lr_warmup_steps") or 0),
            power=float(flags.get("lr_scheduler_power") or 1),
            cycles=int(flags.get("lr_scheduler_num_cycles") or 1),
        )
    except (KeyError, TypeError, ValueError):
        return None


def mixed_precision(settings: RunSettings, expert: Expert) -> str:
    """``fp16``, ``bf16`` or ``no``: what the training script and its launcher are both told."""
    return str(settings.training_flags(expert).get("mixed_precision", MIXED_PRECISION) or "no")


def model_key(task: Task, expert: Expert) -> str:
    """The key of ``[models]`` that names an expert's weights."""
    return f"{task.value}_{expert.value}"


def model(settings: RunSettings, key: str) -> Path:
    """The weight file that ``[models]`` names by `key`.

    Raises:
        TrainerError: it names none.
    """
    try:
        return settings.models[key]
    except KeyError:
        raise TrainerError(f"wantui.toml names no {key} weights; set {key} in [models]") from None


def musubi_launcher(settings: RunSettings, expert: Expert | None = None, port: int | None = None) -> Launcher:
    """The launcher of a musubi-tuner checkout; the expert decides the precision that accelerate is told."""
    python = str(absolute(settings.trainer_python))
    folder = script_folder(settings.trainer_root)
    return Launcher(
        latents=(python, str(folder / SCRIPTS["latents"])),
        text=(python, str(folder / SCRIPTS["text"])),
        train=(*_accelerate(settings, python, expert, port), str(folder / SCRIPTS["train"])),
        sample=(python, str(folder / SAMPLE_SCRIPT)),
        average=(python, str(folder / AVERAGE_SCRIPT)),
        python_path=(folder.parent,),  # the scripts import `musubi_tuner`, which need not be installed
    )


def arguments(flags: Mapping[str, Any], base: Path) -> tuple[str, ...]:
    """Flags as a command line: True is a bare flag, False leaves it out, a list is several values.

    Args:
        flags: values by name without dashes.
        base: what relative paths are relative to.
    """
    words: list[str] = []
    for name, value in flags.items():
        if value is False or value is None:
            continue
        if name == "resume" and flags.get("resume_from_huggingface"):
            words += ["--resume", str(value)]  # USER/REPOSITORY/FOLDER on the Hub
            continue
        if value is True:
            words.append(f"--{name}")
        elif isinstance(value, list | tuple):
            words += [f"--{name}", *(_word(name, each, base) for each in value)]
        else:
            word = _word(name, value, base)
            # argparse takes "-1e-05" or "-x" for a flag unless it is tied to its own.
            words += [f"--{name}={word}"] if word.startswith("-") else [f"--{name}", word]
    return tuple(words)


def _word(name: str, value: Any, base: Path) -> str:
    if isinstance(value, Path):
        return str(absolute(value))
    if name in PATH_FLAGS and isinstance(value, str):
        return str(given_path(value, base))
    return str(value)


def command(
    settings: RunSettings, launcher: Launcher, prefix: tuple[str, ...], flags: Mapping[str, Any], gpu: Gpu | None
) -> TrainerCommand:
    """The command line of a script.

    Args:
        settings: of the run.
        launcher: whose environment it gets.
        prefix: the script with what starts it.
        flags: by name.
        gpu: the device assigned.
    """
    folder = absolute(settings.dataset).parent
    return TrainerCommand(
        argv=(*prefix, *arguments(flags, settings.base_directory or folder)),
        cwd=folder,  # relative paths in dataset.toml are relative to the file
        env=_environment(settings, launcher, gpu),
    )


def _environment(settings: RunSettings, launcher: Launcher, gpu: Gpu | None) -> dict[str, str]:
    """What a trainer process gets on top of the environment; ``[trainer] env`` wins except for the leased GPU."""
    environment = {
        "PYTHONUNBUFFERED": "1",  # else what is printed reaches the log only at the end
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUTF8": "1",
        **_threads(),
        **settings.trainer_env,
    }
    if launcher.python_path:
        inherited = settings.trainer_env.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        folders = [*(str(folder) for folder in launcher.python_path), *([inherited] if inherited else [])]
        environment["PYTHONPATH"] = os.pathsep.join(folders)
    if gpu is not None and not gpu.is_to_be_chosen:
        environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        environment["CUDA_VISIBLE_DEVICES"] = gpu.cuda_name
    return environment


def _threads() -> dict[str, str]:
    """As many threads as there are cores for us: torch asks the machine, and knows nothing of a container's quota.

    Training has one, as the workflow has it: accelerate sets that itself.
    """
    allowed = host.cores()
    return {"OMP_NUM_THREADS": str(allowed)} if allowed < (os.cpu_count() or 1) else {}


def _accelerate(settings: RunSettings, python: str, expert: Expert | None, port: int | None) -> tuple[str, ...]:
    """``accelerate launch`` with everything said, so that neither a configuration nor the machine decides."""
    precision = mixed_precision(settings, expert) if expert is not None else "no"
    return (
        *(python, "-c", LAUNCH),
        *("--config_file", str(ACCELERATE_CONFIG)),
        *("--num_processes", "1"),
        *("--num_machines", "1"),
        *("--num_cpu_threads_per_process", "1"),
        *("--mixed_precision", precision),
        *("--dynamo_backend", "no"),
        *("--gpu_ids", "all"),  # all that CUDA_VISIBLE_DEVICES shows, which is the one assigned
        *(() if port is None else ("--main_process_port", str(port))),
    )


def _workflow_flags(settings: RunSettings, expert: Expert) -> dict[str, Any]:
    """The workflow's training command, flag by flag, with the form's answers in it."""
    name = settings.output_name(expert)
    min_timestep, max_timestep = TIMESTEPS[settings.task, expert]
    return {
        "task": f"{settings.task.value}-A14B",
        "dit": model(settings, model_key(settings.task, expert)),
        "vae": model(settings, "vae"),
        "t5": model(settings, "t5"),
        "dataset_config": settings.dataset,
        "sdpa": True,  # the workflow's xformers has no kernels for Blackwell
        "mixed_precision": MIXED_PRECISION,
        "fp8_base": True,
        "optimizer_type": "adamw",
        "learning_rate": "3e-4",
        "gradient_checkpointing": True,
        "gradient_accumulation_steps": 1,
        "max_data_loader_n_workers": 2,
        "network_module": "networks.lora_wan",
        "network_dim": 16,
        "network_alpha": 16,
        "timestep_sampling": "shift",
        "discrete_flow_shift": "1.0",
        "max_train_epochs": settings.epochs,
        "save_every_n_epochs": settings.save_every,
        "seed": 5,
        "optimizer_args": ["weight_decay=0.1"],
        "max_grad_norm": 0,
        "lr_scheduler": "polynomial",
        "lr_scheduler_power": 8,
        "lr_scheduler_min_lr_ratio": "5e-5",
        **({"save_state": True} if settings.keep_states else {}),
        "output_dir": settings.output_directory,
        "output_name": name,
        "metadata_title": name,
        "metadata_author": settings.author,
        "preserve_distribution_shape": True,
        "min_timestep": min_timestep,
        "max_timestep": max_timestep,
    }
