"""Says in a sentence why the trainer failed, and what to do about it."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.trainer.musubi.tracebacks import Failure

KILLED = (
    "killed, most likely by the kernel for lack of memory; see what else runs, or lower max_data_loader_n_workers"
)

_JAPANESE_HALF = re.compile(r"\s*/\s+[^/]*[\u3040-\u30ff\u4e00-\u9fff].*$")
"""The trainer says most things twice: ``No training items found / データセットに学習データがありません``."""

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class _Rule:
    """How one kind of failure is told."""

    exception: str
    """Pattern of the class's whole name, module left out."""
    message: str
    """Pattern searched for in the message; its groups fill the sentence."""
    sentence: str
    frame: str = ""
    """A frame must contain this."""

    def tell(self, failure: Failure) -> str | None:
        """The sentence, or None when this is another kind of failure."""
        if not re.fullmatch(self.exception, failure.name) or (self.frame and not failure.passed(self.frame)):
            return None
        found = re.search(self.message, failure.message)
        return None if found is None else self.sentence.format(*found.groups())


_PATH = r"""No such file or directory: ["'](.+)["']"""
GPU_MEMORY = "the GPU ran out of memory"
"""How a sentence begins that says so."""
_OOM = r"CUDA out of memory|CUDA error: out of memory"
_RAM = "the machine ran out of memory; close what else runs, or lower max_data_loader_n_workers in [training]"
_FULL = "the disk is full; make room and start again"
_DAMAGED_CACHE = (
    "a cache file is damaged or cut short, and training waits for it for ever; stop the job and run "
    "`wantui cache --force`"
)

_RULES = (
    # The command line and the installation
    _Rule(
        "argparse", r"unrecognized arguments: (.+)", "the trainer does not know {}; correct [training] or [caching]"
    ),
    _Rule("argparse", r"(.+)", "the trainer refuses its command line: {}; correct [training] or [caching]"),
    _Rule("signal", r"SIGKILL", KILLED),
    _Rule("signal", r"(.+)", "the trainer died of {}; see its log"),
    _Rule("missing-script", r"(.+)", "the trainer's script {} is missing; check [trainer] root in wantui.toml"),
    _Rule(
        "missing-module",
        r"(.+)",
        "the trainer's Python has no {0}; install the trainer's requirements or check [trainer] python",
    ),
    _Rule("ImportError", "No bitsandbytes", "the optimizer needs bitsandbytes; install it for the trainer's Python"),
    _Rule(
        "(Import|ModuleNotFound)Error",
        "tensorboard",
        "TensorBoard is not installed for the trainer's Python; install tensorboard there or train without a log",
    ),
    _Rule("ModuleNotFoundError", r"No module named '(networks\.[^']+)'", "there is no network module {}"),
    _Rule(
        "ModuleNotFoundError",
        r"No module named '([^'.]+)",
        "the trainer's Python has no module {0}; install the trainer's requirements or check [trainer] python",
    ),
    # Memory and disk
    _Rule(
        r"OutOfMemoryError|RuntimeError",
        _OOM,
        f"{GPU_MEMORY}; set vae_cache_cpu = true in [caching.latents], or lower resolution or target_frames",
        frame="wan_cache_latents.py",
    ),
    _Rule(
        r"OutOfMemoryError|RuntimeError",
        _OOM,
        f"{GPU_MEMORY}; set fp8_t5 = true in [caching.text], or batch_size = 1",
        frame="wan_cache_text_encoder_outputs.py",
    ),
    _Rule(
        r"OutOfMemoryError|RuntimeError",
        _OOM,
        f"{GPU_MEMORY}; set blocks_to_swap higher (39 at most) in [training], or lower the resolution",
    ),
    _Rule("MemoryError", "", _RAM),
    _Rule("RuntimeError", r"can't allocate memory|Cannot allocate memory", _RAM),
    _Rule("OSError", r"\[Errno 12\]", _RAM),
    _Rule(".*", r"No space left on device|StorageFull|PytorchStreamWriter failed", _FULL),
    _Rule("OSError", r"\[Errno 122\]", "the disk quota is used up; make room and start again"),
    _Rule(
        r"RuntimeError|AcceleratorError",
        r"CUDA error: (.+)",
        "the GPU failed: {}; see the log, and `nvidia-smi` for its state",
    ),
    _Rule(
        "RuntimeError", "No CUDA GPUs are available", "the trainer sees no GPU; check the driver with `nvidia-smi`"
    ),
    # Captions and media
    _Rule(
        "FileNotFoundError",
        r"No such file or directory: ''",
        'a dataset says nothing of captions; set caption_extension = ".txt" in dataset.toml',
    ),
    _Rule(
        "FileNotFoundError", _PATH, "the caption {} is missing; write it or remove its image", frame=":get_caption"
    ),
    _Rule("UnicodeDecodeError", "", "a caption is not UTF-8 text; `wantui check` names it", frame=":get_caption"),
    _Rule("UnicodeDecodeError", "", "a text file is not UTF-8; `wantui check` names captions that are not"),
    _Rule(
        "UnidentifiedImageError",
        r"cannot identify image file ['\"](.+)['\"]",
        "{} is no image that can be read; replace or remove it",
    ),
    _Rule(
        "OSError",
        r"image file is truncated|broken data stream",
        "an image is cut short (the trainer does not say which; `wantui check` does); replace or remove it",
    ),
    _Rule("InvalidDataError", r"(.*)", "a video cannot be read ({}); replace or remove it"),
    # dataset.toml
    _Rule("ValueError", r"file not found / .*?: (.+)", "{} is missing; create it or name another dataset"),
    _Rule("TomlDecodeError", r"(.+)", "dataset.toml is not valid TOML: {}; correct it"),
    _Rule("MultipleInvalid", r"extra keys not allowed @ data(.+)", "dataset.toml has an unknown key: {}; correct it"),
    _Rule("MultipleInvalid", r"(.+?) @ data(.+)", "dataset.toml has a wrong value: {} at {}; correct it"),
    _Rule("MultipleInvalid", r"(.+)", "dataset.toml is refused: {}; correct it"),
    _Rule(
        "ValueError",
        "cache directory should be unique",
        "two datasets share a cache folder; give each its own cache_directory in dataset.toml",
    ),
    _Rule(
        "AssertionError",
        "datasets should not be an empty",
        "dataset.toml has no [[datasets]]; add one with your media",
    ),
    # Caches
    _Rule(
        "ValueError",
        "No training items found",
        "there is nothing to train on: no item has both caches; run `wantui cache` first",
    ),
    _Rule(
        "KeyError",
        "latents_image",
        "the latent caches were made for t2v, and i2v needs more; run `wantui cache --task i2v --force`",
    ),
    _Rule("PicklingError", "Safetensor", _DAMAGED_CACHE),
    _Rule("SafetensorError", "", "the VAE file is damaged; download it again", frame="vae.py"),
    _Rule(
        "SafetensorError",
        r"(.+)",
        "a cache file is damaged ({}); run `wantui cache --force`",
        frame="dataset/",
    ),
    _Rule("SafetensorError", r"(.+)", "a safetensors file is damaged or cannot be written: {}"),
    # Weights
    _Rule("FileNotFoundError", _PATH, "the VAE {} is missing; download it or correct [models] vae", frame="vae.py"),
    _Rule("FileNotFoundError", _PATH, "the text encoder {} is missing; download it or correct [models] t5", "t5.py"),
    _Rule(
        "FileNotFoundError",
        _PATH,
        "the DiT weights {} are missing; download them or correct [models]",
        "wan_sd_dtype",
    ),
    _Rule("AssertionError", "vae checkpoint is required", "no VAE is named; set [models] vae"),
    _Rule(
        "AssertionError",
        r"DiT weights are in (fp16|bf16), mixed precision must be",
        'the DiT weights are {0}; set mixed_precision = "{0}" in [training]',
    ),
    _Rule(
        "NotImplementedError",
        "Cannot copy out of meta tensor",
        "the VAE file is no WAN 2.1 VAE; correct [models] vae",
        "vae.py",
    ),
    _Rule(
        "(OSError|LocalEntryNotFoundError|ConnectionError|MaxRetryError|OfflineModeIsEnabled)",
        r"couldn't connect to|locate the file on the Hub|huggingface\.co|offline mode",
        "the tokenizer is not on this machine and the Hub cannot be reached; start once with network, or set HF_HOME",
    ),
    # Folders and ports
    _Rule(
        "FileNotFoundError|PermissionError|NotADirectoryError|FileExistsError|OSError",
        r"\[Errno \d+\] .+: '(.+)'",
        "the folder {} cannot be created; choose one that can be written",
        frame=":makedirs",
    ),
    _Rule("PermissionError", r"Permission denied: '(.+)'", "{} must not be read or written; correct its permissions"),
    _Rule("OSError", r"Read-only file system: '(.+)'", "{} is on a read-only disk; choose another folder"),
    _Rule("FileNotFoundError", _PATH, "{} is missing"),
    _Rule(".*", r"EADDRINUSE|[Aa]ddress already in use", "the port is in use; start the job again to get another"),
    _Rule("KeyboardInterrupt", "", "interrupted"),
)


def explain(failure: Failure) -> str:
    """The cause as one sentence: what failed, naming the file where the trainer does, and what to do."""
    for rule in _RULES:
        sentence = rule.tell(failure)
        if sentence is not None:
            return sentence
    message = plain(failure.message)
    return f"{failure.name}: {message}" if message else failure.name


def plain(message: str) -> str:
    """A message of the trainer's in one language, not too long."""
    short = _JAPANESE_HALF.sub("", message).strip()
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1]}…"


def describe_exit(exit_code: int, cause: str | None) -> str:
    """Why a job ended that did not succeed, from its exit code and from what its output told.

    Args:
        exit_code: as `subprocess` has it: minus the signal's number for a process that a signal ended.
        cause: `wantui.trainer.protocol.Progress.cause`.
    """
    number = -exit_code if exit_code < 0 else exit_code - 128  # a shell adds 128 to the signal's number
    if number == signal.SIGKILL:
        return KILLED
    if cause is not None:
        return cause
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"ended with exit code {exit_code} and did not say why; see its log"
    return f"ended by {name}; see its log"
