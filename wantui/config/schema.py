"""The configuration as values, section by section as in ``wantui.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wantui.config.addresses import masked
from wantui.config.checks import (
    Check,
    caption_command,
    choice,
    environment,
    file_name_part,
    gpu_indices,
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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FlagScalar: TypeAlias = str | int | float | bool
FlagValue: TypeAlias = FlagScalar | tuple[FlagScalar, ...]
"""A trainer's flag: a value; True, a bare flag; False, the flag left out; a tuple, several values."""


@dataclass(frozen=True, slots=True)
class TrainerConfig:
    """``[trainer]``: which trainer, and where it lies."""

    kind: Literal["musubi", "rehearsal"]
    root: Path
    """The checkout."""
    python: Path
    """Its interpreter; accelerate is run as a module of it."""
    env: dict[str, str]
    """Added to the environment of every trainer process."""


WEIGHT_KEYS = ("t5", "vae", "t2v_high", "t2v_low", "i2v_high", "i2v_low")
"""The keys of ``[models]`` that name a file."""


@dataclass(frozen=True, slots=True)
class ModelsConfig:
    """``[models]``: the weight files, and where they come from."""

    t5: Path
    vae: Path
    t2v_high: Path
    t2v_low: Path
    i2v_high: Path
    i2v_low: Path
    endpoint: str | None
    """Of the Hub or a mirror of it; None: what ``HF_ENDPOINT`` says, else the Hub itself."""
    search: tuple[Path, ...]
    """Folders that may hold the files already, beside those that are looked into anyway; unless given, the
    checkout's own ``models``, whatever way its files are sorted there."""

    def by_key(self) -> dict[str, Path]:
        """The files by their keys."""
        return {key: getattr(self, key) for key in WEIGHT_KEYS}


@dataclass(frozen=True, slots=True)
class RunConfig:
    """``[run]``: what the run form starts with."""

    dataset: Path
    """The ``dataset.toml``."""
    suffix: str
    """End of the LoRA files' names."""
    author: str
    task: Literal["t2v", "i2v"]
    experts: Literal["both", "high", "low"]
    epochs: int
    save_every: int
    """Epochs between two checkpoints."""
    output_directory: Path
    memory: str
    """How memory is spent: by the GPU (``auto``), as the workflow does (``workflow``), or by a level's name."""
    keep_states: int
    """Newest optimizer states kept for each expert, to resume from; 0: none is written."""
    retries: int
    """How often an expert that crashed is tried again by itself."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """``[training]``: flags of the training script, on top of the workflow's own values."""

    flags: dict[str, FlagValue] = field(default_factory=dict)
    """For both experts."""
    high: dict[str, FlagValue] = field(default_factory=dict)
    """For the high-noise expert alone; they win over `flags`."""
    low: dict[str, FlagValue] = field(default_factory=dict)
    """For the low-noise expert alone."""


@dataclass(frozen=True, slots=True)
class CachingConfig:
    """``[caching]``: flags of the two cache scripts."""

    flags: dict[str, FlagValue] = field(default_factory=dict)
    """For both scripts."""
    latents: dict[str, FlagValue] = field(default_factory=dict)
    """For the script that encodes media alone; they win over `flags`."""
    text: dict[str, FlagValue] = field(default_factory=dict)
    """For the script that encodes captions alone."""


@dataclass(frozen=True, slots=True)
class GpusConfig:
    """``[gpus]``: which GPUs, and when one is free."""

    provider: Literal["auto", "nvml", "simulated"]
    use: tuple[int, ...] | None
    """Numbers in PCI bus order; None: all that ``CUDA_VISIBLE_DEVICES`` allows."""
    free_below_mib: int
    """A GPU with this much memory in use, or more, is not free."""
    simulated: int
    """How many GPUs the simulated provider has."""


@dataclass(frozen=True, slots=True)
class WatchConfig:
    """``[watch]``: re-caching when captions or media change."""

    enabled: bool
    polling: bool
    """Look instead of being told, for network file systems."""
    quiet_s: float
    """Seconds without a change before a cache run starts."""


@dataclass(frozen=True, slots=True)
class CaptionsConfig:
    """``[captions]``: what proposes captions."""

    command: tuple[str, ...] | None
    """A program that prints the caption of one file, with ``{media}`` for the file and ``{workspace}`` for its
    folder; None: none is set."""
    tool: Literal["qwen-vl"] | None
    """A captioner that the trainer brings; None: none is set."""
    model: Path | None
    """The weights of `tool`."""
    prompt: str
    """What `tool` is asked; empty: its own question."""
    fp8: bool
    """Whether `tool` keeps its weights in 8 bits: half the GPU memory."""
    gpu: bool | None
    """Whether it waits for a GPU of its own; None: a tool does, a command does not."""
    limit_s: float
    """Seconds that one file may take."""


@dataclass(frozen=True, slots=True)
class NotifyConfig:
    """``[notify]``: who is told what happens, with no screen open; the recorder sends it."""

    urls: tuple[str, ...] = field(repr=False)
    """Addresses as apprise writes them. They hold secrets: `wantui.config.addresses.masked` is what may be shown."""
    urls_file: Path | None
    """A file with more of them, one a line."""
    on: tuple[str, ...]
    """What is told, of `NOTIFY_ON`."""


@dataclass(frozen=True, slots=True)
class SetupConfig:
    """``[setup]``: what ``wantui setup`` installs, and from where."""

    repository: str
    """The trainer's git repository: an address or a folder."""
    commit: str
    """A tag or a commit of it."""
    python: str
    """Version of the environment's Python; the trainer takes 3.10 to 3.12."""
    torch: Literal["auto", "cu130", "cu128", "cu124", "cpu", "default"]
    """The build of PyTorch; ``auto`` goes by driver and GPUs, ``default`` takes what the package index gives."""
    xformers: bool


@dataclass(frozen=True, slots=True)
class MachineConfig:
    """``[machine]``: what is known of it beyond what it tells itself."""

    price_per_hour: float | None
    """What an hour of it costs, in whatever currency; None: nobody has said."""


@dataclass(frozen=True, slots=True)
class SlurmConfig:
    """``[machines.slurm]``: what each job asks Slurm for; None: Slurm's own default."""

    partition: str | None = None
    account: str | None = None
    time: str | None = None
    """The limit of one Slurm job, as ``sbatch --time`` takes it. A training that needs longer goes on in another."""
    gpu: str | None = None
    """The type of GPU, as the cluster names it in its generic resources."""
    gpu_memory: str | None = None
    """What such a GPU has: the memory level is chosen by it before the job is submitted."""
    memory: str | None = None
    """The machine's memory for one job."""
    exclude: tuple[str, ...] = ()
    """Nodes that are not used."""
    options: tuple[str, ...] = ()
    """Further options of ``sbatch``, one word each."""


@dataclass(frozen=True, slots=True)
class MachinesConfig:
    """``[machines]``: where jobs run."""

    engine: Literal["local", "slurm"] = "local"
    slurm: SlurmConfig = field(default_factory=SlurmConfig)


@dataclass(frozen=True, slots=True)
class ScreenConfig:
    """``[screen]``: how the screen shows things."""

    preview: Literal["auto", "halfcell", "sixel", "kitty", "off"]
    """How pictures reach the terminal; ``auto`` asks it, or tmux, what it can show."""
    bell: bool
    """Whether the terminal rings, and is asked for a notification, when a run ends or something is wrong."""
    curves: Literal["braille", "picture"]
    """What the curves screen draws with; ``picture`` where `preview` comes to kitty's protocol or sixels."""


@dataclass(frozen=True, slots=True)
class Config:
    """A workspace's configuration, complete and checked; every path is absolute."""

    file: Path
    """The ``wantui.toml``, which need not exist."""
    trainer: TrainerConfig
    models: ModelsConfig
    run: RunConfig
    training: TrainingConfig
    caching: CachingConfig
    gpus: GpusConfig
    watch: WatchConfig
    captions: CaptionsConfig
    notify: NotifyConfig
    setup: SetupConfig
    machine: MachineConfig
    machines: MachinesConfig
    screen: ScreenConfig
    sources: dict[str, str] = field(default_factory=dict, compare=False)
    """Where each value is from, by dotted key: ``default``, ``wantui.toml:12``, ``environment ...``, ``--set``."""


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """One value of the effective configuration."""

    key: str
    """Dotted, as TOML would write it: ``run.epochs``."""
    value: Any
    source: str
    """As in `Config.sources`."""


MEMORY = ("auto", "workflow", "full", "fp8", "swap10", "swap20", "swap30", "swap36", "offload")
"""What ``[run] memory`` takes: the levels are those of `wantui.trainer.musubi.memory_levels.LEVELS`."""
NOTIFY_ON = ("failed", "finished", "stalled", "disk", "gpu")
"""What ``[notify] on`` takes; all of it unless given."""
SECRET_KEYS = frozenset({("notify", "urls")})
"""Keys whose value no message repeats."""
RENAMED_KEYS = {("run", "preset"): "memory"}
"""Keys by their old names, which are still read."""
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
            "preview": choice("auto", "halfcell", "sixel", "kitty", "off"),
            "bell": switch,
            "curves": choice("braille", "picture"),
        },
    }


def build(
    file: Path,
    given: dict[str, dict[str, Any]],
    flags: dict[str, dict[str, dict[str, FlagValue]]],
    sources: dict[str, str],
) -> Config:
    """Fill what was not given with the defaults.

    Args:
        file: the ``wantui.toml``.
        given: checked values by section and key.
        flags: for each of `FREE_SECTIONS` the flags by sub-section; those of the section itself under ``flags``.
        sources: where what was given is from, by dotted key; the defaults are added.
    """
    folder = file.parent
    trainer: dict[str, Any] = {"kind": "musubi", "root": folder / "musubi-tuner", "env": {}}
    trainer |= given.get("trainer", {})
    trainer.setdefault("python", trainer["root"] / "venv" / "bin" / "python")
    gpus: dict[str, Any] = {"provider": "auto", "use": None, "free_below_mib": 2048, "simulated": 2}
    watch: dict[str, Any] = {"enabled": True, "polling": False, "quiet_s": 10.0}
    captions: dict[str, Any] = dict.fromkeys(("command", "tool", "model", "gpu"))
    captions |= {"prompt": "", "fp8": False, "limit_s": 300.0}
    screen: dict[str, Any] = {"preview": "auto", "bell": True, "curves": "braille"}
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
        notify=NotifyConfig(**{"urls": (), "urls_file": None, "on": NOTIFY_ON} | given.get("notify", {})),
        setup=SetupConfig(**_DEFAULT_SETUP | given.get("setup", {})),
        machine=MachineConfig(**{"price_per_hour": None} | given.get("machine", {})),
        machines=MachinesConfig(**given.get("machines", {}), slurm=SlurmConfig(**given.get("machines.slurm", {}))),
        screen=ScreenConfig(**screen | given.get("screen", {})),
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
    for section in (
        "trainer",
        "models",
        "run",
        "training",
        "caching",
        "gpus",
        "watch",
        "captions",
        "notify",
        "setup",
        "machine",
        "machines",
        "screen",
    ):
        values += _flat_section(section, getattr(config, section))
    return values


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
