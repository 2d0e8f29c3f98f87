"""What holds where ``wantui.toml`` says nothing, and the whole of a configuration value by value."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from wantui.config.addresses import masked
from wantui.config.keys import COMMAND_KEYS, SECRET_KEYS
from wantui.config.schema import (
    NOTIFY_ON,
    AfterConfig,
    CachingConfig,
    CaptionsConfig,
    Config,
    ConfigValue,
    GpusConfig,
    MachineConfig,
    MachinesConfig,
    ModelsConfig,
    NotifyConfig,
    ProbeConfig,
    ReleaseConfig,
    RunConfig,
    SampleConfig,
    ScreenConfig,
    SetupConfig,
    SlurmConfig,
    TrainerConfig,
    TrainingConfig,
    WatchConfig,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.config.schema import FlagValue, KeyChoice


def build(
    file: Path,
    given: dict[str, dict[str, Any]],
    flags: dict[str, dict[str, dict[str, FlagValue]]],
    sources: dict[str, str],
    keys: tuple[KeyChoice, ...] = (),
) -> Config:
    """Fill what was not given with the defaults.

    Args:
        file: the ``wantui.toml``.
        given: checked values by section and key.
        flags: for each of `FREE_SECTIONS` the flags by sub-section; those of the section itself under ``flags``.
        sources: where what was given is from, by dotted key; the defaults are added.
        keys: what ``[keys]`` says.
    """
    folder = file.parent
    trainer: dict[str, Any] = {"kind": "musubi", "root": folder / "musubi-tuner", "env": {}}
    trainer |= given.get("trainer", {})
    trainer.setdefault("python", trainer["root"] / "venv" / "bin" / "python")
    gpus: dict[str, Any] = {"provider": "auto", "use": None, "free_below_mib": 2048, "simulated": 2}
    watch: dict[str, Any] = {"enabled": True, "polling": False, "quiet_s": 10.0}
    captions: dict[str, Any] = dict.fromkeys(("command", "tool", "model", "gpu"))
    captions |= {"prompt": "", "fp8": False, "limit_s": 300.0}
    sample: dict[str, Any] = {"prompts": folder / "prompts.txt", "after_run": False}
    release: dict[str, Any] = {"folder": folder / "releases", "comfyui_loras": None}
    screen: dict[str, Any] = {"preview": "auto", "bell": True, "curves": "braille", "theme": None}
    models: dict[str, Any] = _default_models(trainer["root"]) | {
        "endpoint": None,
        "search": (trainer["root"] / "models",),
    }
    config = Config(
        file=file,
        trainer=TrainerConfig(**trainer),
        models=ModelsConfig(**models | given.get("models", {})),
        run=RunConfig(**_default_run(folder) | given.get("run", {})),
        training=TrainingConfig(**flags.get("training", {})),
        caching=CachingConfig(**flags.get("caching", {})),
        gpus=GpusConfig(**gpus | given.get("gpus", {})),
        watch=WatchConfig(**watch | given.get("watch", {})),
        captions=CaptionsConfig(**captions | given.get("captions", {})),
        probe=ProbeConfig(**{"after_run": False, "draws": None} | given.get("probe", {})),
        sample=SampleConfig(**sample | given.get("sample", {})),
        release=ReleaseConfig(**release | given.get("release", {})),
        after=AfterConfig(**{"command": ()} | given.get("after", {})),
        notify=NotifyConfig(**{"urls": (), "urls_file": None, "on": NOTIFY_ON} | given.get("notify", {})),
        setup=SetupConfig(**_DEFAULT_SETUP | given.get("setup", {})),
        machine=MachineConfig(**{"price_per_hour": None} | given.get("machine", {})),
        machines=MachinesConfig(**given.get("machines", {}), slurm=SlurmConfig(**given.get("machines.slurm", {}))),
        screen=ScreenConfig(**screen | given.get("screen", {})),
        keys=keys,
        sources=sources,
    )
    for key, _ in _flat(config):
        sources.setdefault(key, "default")
    return config


def effective(config: Config) -> list[ConfigValue]:
    """Every value with its dotted key and where it is from, in the order of the contract; secrets are masked."""
    return [ConfigValue(key, value, config.sources.get(key, "default")) for key, value in _flat(config)]


_DEFAULT_SETUP: dict[str, Any] = {
    "repository": "https://github.com/kohya-ss/musubi-tuner.git",
    "commit": "v0.3.4",
    "python": "3.12",
    "torch": "auto",
    "xformers": False,
}


def _default_models(root: Path) -> dict[str, Path]:
    """The workflow's paths: where its download commands put the files below the checkout."""
    models = root / "models"
    diffusion = models / "diffusion_models" / "split_files" / "diffusion_models"
    experts = ("t2v_high", "t2v_low", "i2v_high", "i2v_low")
    return {
        "t5": models / "text_encoders" / "models_t5_umt5-xxl-enc-bf16.pth",
        "vae": models / "vae" / "split_files" / "vae" / "wan_2.1_vae.safetensors",
    } | {expert: diffusion / f"wan2.2_{expert}_noise_14B_fp16.safetensors" for expert in experts}


def _default_run(folder: Path) -> dict[str, Any]:
    return {
        "dataset": folder / "dataset" / "dataset.toml",
        "suffix": "mylora",
        "author": "authorName",
        "task": "t2v",
        "experts": "both",
        "epochs": 100,
        "save_every": 20,
        "output_directory": folder / "output",
        "memory": "auto",
        "keep_states": 1,
        "retries": 2,
    }


def _flat(config: Config) -> list[tuple[str, Any]]:
    """Every value with its dotted key."""
    values: list[tuple[str, Any]] = []
    for each in fields(config):
        section = getattr(config, each.name)
        if is_dataclass(section):
            values += _flat_section(each.name, section)
    return [*values, *((f"{COMMAND_KEYS}.{choice.command}", choice.keys) for choice in config.keys)]


def _flat_section(section: str, record: Any) -> Iterator[tuple[str, Any]]:
    for each in fields(record):
        value = getattr(record, each.name)
        key = section if each.name == "flags" else f"{section}.{each.name}"
        if is_dataclass(value):
            yield from _flat_section(key, value)
        elif isinstance(value, dict):
            yield from ((f"{key}.{name}", content) for name, content in value.items())
        elif (section, each.name) in SECRET_KEYS:
            yield key, tuple(masked(address) for address in value)
        else:
            yield key, value
