"""The keys of ``wantui.toml``: what each section may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.config.checks import (
    Check,
    caption_command,
    choice,
    command,
    environment,
    file_name_part,
    gpu_indices,
    name,
    notify_addresses,
    path_from,
    paths_from,
    price,
    seconds,
    slurm_name,
    slurm_names,
    slurm_options,
    slurm_size,
    slurm_time,
    switch,
    text,
    web_address,
    whole,
    words,
)
from wantui.config.schema import NOTIFY_ON, WEIGHT_KEYS
from wantui.memory_ways import MEMORY

if TYPE_CHECKING:
    from pathlib import Path

SECRET_KEYS = frozenset({("notify", "urls")})
"""Keys whose value no message repeats."""
RENAMED_KEYS = {("run", "preset"): "memory"}
"""Keys by their old names, which are still read."""
COMMAND_KEYS = "keys"
"""The section that holds keys of the screen by the names of its commands."""
FREE_SECTIONS = {"training": ("high", "low"), "caching": ("latents", "text")}
"""Sections that hold flags of the trainer, with their sub-sections."""


def known_keys(folder: Path) -> dict[str, dict[str, Check]]:
    """Every key of every section but those of `FREE_SECTIONS`, with what it may hold; ``a.b`` is a section of `a`.

    Args:
        folder: where relative paths start.
    """
    path = path_from(folder)
    return {
        "trainer": {"kind": choice("musubi", "rehearsal"), "root": path, "python": path, "env": environment},
        "models": dict.fromkeys(WEIGHT_KEYS, path) | {"endpoint": web_address, "search": paths_from(folder)},
        "run": {
            "dataset": path,
            "suffix": file_name_part,
            "author": text,
            "task": choice("t2v", "i2v"),
            "experts": choice("both", "high", "low"),
            "epochs": whole(1),
            "save_every": whole(1),
            "output_directory": path,
            "memory": choice(*MEMORY),
            "keep_states": whole(0, 1000),
            "retries": whole(0, 100),
        },
        "gpus": {
            "provider": choice("auto", "nvml", "simulated"),
            "use": gpu_indices,
            "free_below_mib": whole(0),
            "simulated": whole(0, 64),
        },
        "watch": {"enabled": switch, "polling": switch, "quiet_s": seconds},
        "captions": {
            "command": caption_command,
            "tool": choice("qwen-vl"),
            "model": path,
            "prompt": text,
            "fp8": switch,
            "gpu": switch,
            "limit_s": seconds,
        },
        "probe": {"after_run": switch, "draws": whole(1)},
        "sample": {"prompts": path, "after_run": switch},
        "release": {"folder": path, "comfyui_loras": path},
        "after": {"command": command},
        "notify": {"urls": notify_addresses, "urls_file": path, "on": words(*NOTIFY_ON)},
        "setup": {
            "repository": text,
            "commit": text,
            "python": text,
            "torch": choice("auto", "cu130", "cu128", "cu124", "cpu", "default"),
            "xformers": switch,
        },
        "machine": {"price_per_hour": price},
        "machines": {"engine": choice("local", "slurm")},
        "machines.slurm": {
            "partition": slurm_name,
            "account": slurm_name,
            "time": slurm_time,
            "gpu": slurm_name,
            "gpu_memory": slurm_size,
            "memory": slurm_size,
            "exclude": slurm_names,
            "options": slurm_options,
        },
        "screen": {
            "preview": choice("auto", "halfcell", "quadrant", "sextant", "sixel", "kitty", "off"),
            "bell": switch,
            "curves": choice("braille", "picture"),
            "theme": name,
        },
    }
