"""The configuration as values, section by section as in ``wantui.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
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
    """How often an expert that crashed is retried automatically."""


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
class ProbeConfig:
    """``[probe]``: asking checkpoints for their loss on held-out items."""

    after_run: bool
    """Whether each training run is followed by a probe, where items are held out."""
    draws: int | None
    """Of each item; None: by their number."""


@dataclass(frozen=True, slots=True)
class SampleConfig:
    """``[sample]``: pictures by pairs of checkpoints."""

    prompts: Path
    """A text file with a prompt in each line."""
    after_run: bool
    """Whether each training run of both experts is followed by pictures of every epoch."""


@dataclass(frozen=True, slots=True)
class ReleaseConfig:
    """``[release]``: LoRA files to hand out."""

    folder: Path
    """Where releases are made, each in a folder of its own."""
    comfyui_loras: Path | None
    """ComfyUI's folder of LoRA files, which each release is put into as well; None: it is not unless asked for."""


@dataclass(frozen=True, slots=True)
class AfterConfig:
    """``[after]``: what a person may want once a run has ended. Nothing of it happens unasked."""

    command: tuple[str, ...]
    """A program and its arguments; empty: none."""


NOTIFY_ON = ("failed", "finished", "stalled", "disk", "gpu")
"""What ``[notify] on`` takes; all of it unless given."""


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

    preview: Literal["auto", "halfcell", "quadrant", "sextant", "sixel", "kitty", "off"]
    """How pictures reach the terminal; ``auto`` asks it, or tmux, what it can show."""
    bell: bool
    """Whether the terminal rings, and is asked for a notification, when a run ends or something is wrong."""
    curves: Literal["braille", "picture"]
    """What the curves screen draws with; ``picture`` where `preview` comes to kitty's protocol or sixels."""
    theme: str | None
    """The name of a theme, which wins over one that was chosen on the screen; None: none is named. The screen knows
    which there are."""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """One line of ``[keys]``: what gives a command of the screen, which alone knows its commands and keys."""

    command: str
    """Its name: ``dataset.edit``."""
    keys: str
    """Comma separated; empty: none."""
    line: int
    """Where it stands in the file, from 1."""


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
    probe: ProbeConfig
    sample: SampleConfig
    release: ReleaseConfig
    after: AfterConfig
    notify: NotifyConfig
    setup: SetupConfig
    machine: MachineConfig
    machines: MachinesConfig
    screen: ScreenConfig
    keys: tuple[KeyChoice, ...] = ()
    """``[keys]``, in the order of the file."""
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
