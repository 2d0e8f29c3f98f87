"""What failures of the trainer mean and what to do about them: a table that grows with the logs people report.

To add one: a `Cause` before those that are more general, and a line of the log it is from in the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.jobs.exits import KILLED
from wantui.trainer.model import GPU_MEMORY, MACHINE_MEMORY

if TYPE_CHECKING:
    from wantui.trainer.musubi.tracebacks import Failure


@dataclass(frozen=True, slots=True)
class Cause:
    """One kind of failure: how it is known, and how it is told."""

    exception: str
    """Pattern of the class's whole name, module left out; `output` has names for what is no exception."""
    evidence: str
    """Pattern searched for in the message; its groups, by position or by name, fill the sentence."""
    sentence: str
    """What failed, a semicolon, what to do."""
    frame: str = ""
    """A frame of the traceback must contain this: ``file:function``."""
    kinds: frozenset[str] = frozenset()
    """Kinds of job that it concerns (``latents``, ``text``, ``high``, ``low``); empty: all."""

    def tell(self, failure: Failure, kind: str) -> str | None:
        """The sentence, or None when this is another kind of failure."""
        if (self.kinds and kind not in self.kinds) or not re.fullmatch(self.exception, failure.name):
            return None
        if self.frame and not failure.passed(self.frame):
            return None
        found = re.search(self.evidence, failure.message)
        return None if found is None else self.sentence.format(*found.groups(), **found.groupdict())


_PATH = r"""No such file or directory: ["'](.+)["']"""
_OOM = r"CUDA out of memory|CUDA error: out of memory"
_RAM = f"{MACHINE_MEMORY}; close what else runs, or lower max_data_loader_n_workers in [training]"
_FULL = "the disk is full; make room and start again"
_DAMAGED_CACHE = (
    "a cache file is damaged or cut short, and training waits for it for ever; stop the job and run "
    "`wantui cache --force`"
)

DIED = "the trainer died of "
"""How a cause begins that names the signal."""

CAUSES = (
    # The command line and the installation
    Cause(
        "argparse", r"unrecognized arguments: (.+)", "the trainer does not know {}; correct [training] or [caching]"
    ),
    Cause("argparse", r"(.+)", "the trainer refuses its command line: {}; correct [training] or [caching]"),
    Cause("signal", r"SIGKILL", KILLED),
    Cause("signal", r"(.+)", DIED + "{}; see its log"),
    Cause("missing-script", r"(.+)", "the trainer's script {} is missing; check [trainer] root in wantui.toml"),
    Cause(
        "missing-module",
        r"(.+)",
        "the trainer's Python has no {0}; install the trainer's requirements or check [trainer] python",
    ),
    Cause(
        "ImportError",
        r"(?P<library>lib(?:GL|gthread|glib|SM|Xext|Xrender)[\w.-]*): cannot open shared object",
        "OpenCV needs the system's library {library}; run `apt-get install libgl1 libglib2.0-0`, or install "
        "opencv-python-headless for the trainer's Python",
    ),
    Cause(
        "ImportError",
        r"(?P<library>[^/\s:]+\.so[^:]*): undefined symbol",
        "{library} was built for another version of PyTorch; install its package again for the trainer's Python",
    ),
    Cause(
        "ImportError",
        "requires the SentencePiece library",
        "the tokenizer needs SentencePiece; install sentencepiece for the trainer's Python, or run `wantui setup`",
    ),
    Cause(
        "ImportError",
        "No wandb",
        "log_with asks for wandb; install it for the trainer's Python, or remove log_with from [training]",
    ),
    Cause(
        "UsageError",
        "api_key not configured|No API key",
        "wandb has no key; give WANDB_API_KEY to env in [trainer], or remove log_with from [training]",
    ),
    Cause(
        "NameError",
        "'xops'",
        "xformers is not installed for the trainer's Python; install it, or remove xformers: sdpa is used then",
    ),
    Cause(
        "NameError",
        "'flash_attn(_interface)?'",
        "FlashAttention is not installed for the trainer's Python; install it, or set sdpa = true instead",
    ),
    Cause("ImportError", "No bitsandbytes", "the optimizer needs bitsandbytes; install it for the trainer's Python"),
    Cause(
        "(Import|ModuleNotFound)Error",
        "tensorboard",
        "TensorBoard is not installed for the trainer's Python; install tensorboard there or train without a log",
    ),
    Cause(
        "ModuleNotFoundError",
        r"No module named '(networks\.[^']+)'",
        "there is no network module {}; correct network_module in [training]",
    ),
    Cause(
        "ModuleNotFoundError",
        r"No module named '([^'.]+)",
        "the trainer's Python has no module {0}; install the trainer's requirements or check [trainer] python",
    ),
    # Flags
    Cause(
        "AttributeError",
        r"module '([\w.]+)' has no attribute '([^']+)'",
        "{0} has no optimizer {1}; correct optimizer_type, others are given as PACKAGE.CLASS",
        frame=":get_optimizer",
    ),
    Cause(
        "AttributeError",
        r"module 'torch\.optim' has no attribute '([^']+)'",
        "torch has no optimizer {0}; correct optimizer_type, others are given as PACKAGE.CLASS",
    ),
    Cause(
        "TypeError",
        r"__init__\(\) got an unexpected keyword argument '([^']+)'",
        "the optimizer takes no {0}; correct optimizer_args in [training]",
        frame=":get_optimizer",
    ),
    Cause(
        "ValueError|SyntaxError",
        "(to unpack|malformed|never closed|invalid syntax|was never)",
        "optimizer_args cannot be read ({0}); give a list of KEY=VALUE in [training]",
        frame=":get_optimizer",
    ),
    Cause(
        "ValueError",
        r"^'?(\S+?)'? is not a valid SchedulerType",
        "the trainer knows no schedule {0}; correct lr_scheduler in [training]",
    ),
    Cause(
        "ValueError",
        r"(\S+) does not require `num_warmup_steps`",
        "the schedule {0} takes no warmup; remove lr_warmup_steps from [training]",
    ),
    Cause(
        "ValueError",
        "persistent_workers option needs num_workers",
        "no process reads the data, and persistent_data_loader_workers wants one to keep; set "
        "max_data_loader_n_workers = 1, or remove persistent_data_loader_workers",
    ),
    Cause(
        "ValueError",
        "optimizer got an empty parameter list",
        "nothing is there to train; check that network_module is networks.lora_wan and learning_rate above 0",
    ),
    Cause(
        "ValueError",
        "SageAttention doesn't support training",
        "the trainer cannot train with sage_attn; remove it: sdpa is used then",
    ),
    Cause(
        "ValueError",
        r"Tried to find (.+) but folder does not exist",
        "the state {0} is missing; correct resume in [training]",
    ),
    Cause(
        "FileNotFoundError",
        r"No such file or directory: '(.*)/(?:pytorch_model|optimizer|scheduler)\.bin'",
        "{0} is no saved state; name a folder that save_state has written in resume",
    ),
    Cause(
        "RuntimeError",
        r"loading state_dict for \w*(?:LoRA|Network)\w*.*size mismatch",
        "the LoRA to begin with has another rank; set network_dim to its rank, or remove network_weights or resume",
    ),
    # Data loaders
    Cause(
        "RuntimeError",
        r"DataLoader worker .*(Bus error|out of shared memory)",
        "the processes that read the data ran out of shared memory; start the container with --shm-size=8g, or set "
        "max_data_loader_n_workers = 0 in [training], without persistent_data_loader_workers",
    ),
    Cause(
        "RuntimeError",
        r"DataLoader worker .* killed by signal: Killed",
        "a process that reads the data was killed, most likely for lack of memory; lower max_data_loader_n_workers",
    ),
    Cause(
        "RuntimeError",
        r"DataLoader worker .* (?:killed by signal: ([\w ]+)|exited unexpectedly)",
        "a process that reads the data died; set max_data_loader_n_workers = 0 to see its own error",
    ),
    Cause(
        "OSError|RuntimeError",
        r"\[Errno 24\]|Too many open files",
        "too many files are open; raise the limit with `ulimit -n 65536` before wantui is started, or lower "
        "max_data_loader_n_workers",
    ),
    # Memory and disk
    Cause(
        r"OutOfMemoryError|RuntimeError",
        _OOM,
        f"{GPU_MEMORY}; set vae_cache_cpu = true in [caching.latents], or lower resolution or target_frames",
        frame="wan_cache_latents.py",
    ),
    Cause(
        r"OutOfMemoryError|RuntimeError",
        _OOM,
        f"{GPU_MEMORY}; set fp8_t5 = true in [caching.text], or batch_size = 1",
        frame="wan_cache_text_encoder_outputs.py",
    ),
    Cause(
        r"OutOfMemoryError|RuntimeError",
        _OOM,
        f"{GPU_MEMORY}; set blocks_to_swap higher (39 at most) in [training], or lower the resolution",
    ),
    Cause("MemoryError", "", _RAM),
    Cause("RuntimeError", r"can't allocate memory|Cannot allocate memory", _RAM),
    Cause("OSError", r"\[Errno 12\]", _RAM),
    Cause(".*", r"No space left on device|StorageFull|PytorchStreamWriter failed", _FULL),
    Cause("OSError", r"\[Errno 122\]", "the disk quota is used up; make room and start again"),
    Cause(
        "OSError",
        r"\[Errno (?:116|107|5|121)\] ([^:]+)(?:: '(.+)')?",
        "a disk has failed or gone ({0}); see whether its mount still answers (`df`, `dmesg`), and start again",
    ),
    # The GPU
    Cause(
        ".*",
        "no kernel image is available",
        "the trainer's PyTorch was not built for this GPU; run `wantui setup`, which installs a build that is",
    ),
    Cause(
        ".*",
        r"NVIDIA driver on your system is too old(?: \(found version (\w+)\))?",
        "the GPU's driver is too old for the trainer's PyTorch; update the driver, or install an older build of "
        "PyTorch (`wantui doctor` says which)",
    ),
    Cause(
        ".*",
        "Torch not compiled with CUDA enabled",
        "the trainer's PyTorch is a build without CUDA; run `wantui setup` to install one with it",
    ),
    Cause(
        ".*",
        "CUBLAS_STATUS_ALLOC_FAILED",
        f"{GPU_MEMORY}; set blocks_to_swap higher (39 at most) in [training], or lower the resolution",
        kinds=frozenset({"high", "low"}),
    ),
    Cause(
        r"RuntimeError|AcceleratorError",
        r"CUDA error: (.+)",
        "the GPU failed: {}; see the log, and `nvidia-smi` for its state",
    ),
    Cause(
        "RuntimeError", "No CUDA GPUs are available", "the trainer sees no GPU; check the driver with `nvidia-smi`"
    ),
    # Names and controls
    Cause(
        "UnicodeEncodeError",
        "surrogates not allowed",
        "the name of a file is not UTF-8; rename it (`wantui check` names it)",
    ),
    Cause(
        "ValueError",
        r"Could not find matching control images for (\d+)",
        "{0} images have no control image; add them to control_directory under the same names, or remove it from "
        "dataset.toml",
    ),
    Cause(
        "TypeError",
        r"expected np\.ndarray \(got list\)",
        "the trainer as it is checked out cannot use control images of images; remove control_directory from "
        "dataset.toml, or update the trainer",
    ),
    Cause(
        "FileNotFoundError",
        "No such file or directory: ''",
        "a dataset has an empty cache_directory; name a folder in dataset.toml, or remove the line",
        frame=":makedirs",
    ),
    # Captions and media
    Cause(
        "FileNotFoundError",
        r"No such file or directory: ''",
        'a dataset says nothing of captions; set caption_extension = ".txt" in dataset.toml',
    ),
    Cause(
        "FileNotFoundError", _PATH, "the caption {} is missing; write it or remove its image", frame=":get_caption"
    ),
    Cause("UnicodeDecodeError", "", "a caption is not UTF-8 text; `wantui check` names it", frame=":get_caption"),
    Cause("UnicodeDecodeError", "", "a text file is not UTF-8; `wantui check` names captions that are not"),
    Cause(
        "UnidentifiedImageError",
        r"cannot identify image file ['\"](.+)['\"]",
        "{} is no image that can be read; replace or remove it",
    ),
    Cause(
        "DecompressionBombError",
        r"\((\d+) pixels\)",
        "an image of {0} pixels is too large to be read; make it smaller (`wantui check` names it)",
    ),
    Cause(
        "OSError|SyntaxError|ValueError",
        r"unrecognized data stream|broken PNG file|MAX_TEXT_CHUNK|Decompressed data too large|decoder error -?\d+|"
        "cannot decode|bad image mode|Truncated File Read",
        "an image is damaged (the trainer does not say which; `wantui check` does); replace or remove it",
    ),
    Cause(
        "OSError",
        r"image file is truncated|broken data stream",
        "an image is cut short (the trainer does not say which; `wantui check` does); replace or remove it",
    ),
    Cause("InvalidDataError", r"(.*)", "a video cannot be read ({}); `wantui check` names it: replace or remove it"),
    # dataset.toml
    Cause("ValueError", r"file not found / .*?: (.+)", "{} is missing; create it or name another dataset"),
    Cause("TomlDecodeError", r"(.+)", "dataset.toml is not valid TOML: {}; correct it"),
    Cause("MultipleInvalid", r"extra keys not allowed @ data(.+)", "dataset.toml has an unknown key: {}; correct it"),
    Cause("MultipleInvalid", r"(.+?) @ data(.+)", "dataset.toml has a wrong value: {} at {}; correct it"),
    Cause("MultipleInvalid", r"(.+)", "dataset.toml is refused: {}; correct it"),
    Cause(
        "ValueError",
        "cache directory should be unique",
        "two datasets share a cache folder; give each its own cache_directory in dataset.toml",
    ),
    Cause(
        "AssertionError",
        "datasets should not be an empty",
        "dataset.toml has no [[datasets]]; add one with your media",
    ),
    # Caches
    Cause(
        "ValueError",
        "No training items found",
        "there is nothing to train on: no item has both caches; run `wantui cache` first",
    ),
    Cause(
        "KeyError",
        "latents_image",
        "the latent caches were made for t2v, and i2v needs more; run `wantui cache --task i2v --force`",
    ),
    Cause("PicklingError", "Safetensor", _DAMAGED_CACHE),
    Cause("SafetensorError", "", "the VAE file is damaged; download it again", frame="vae.py"),
    Cause(
        "SafetensorError",
        r"(.+)",
        "a cache file is damaged ({}); run `wantui cache --force`",
        frame="dataset/",
    ),
    Cause("SafetensorError", r"(.+)", "a safetensors file is damaged or cannot be written: {}"),
    # Weights
    Cause("FileNotFoundError", _PATH, "the VAE {} is missing; download it or correct [models] vae", frame="vae.py"),
    Cause("FileNotFoundError", _PATH, "the text encoder {} is missing; download it or correct [models] t5", "t5.py"),
    Cause(
        "FileNotFoundError",
        _PATH,
        "the DiT weights {} are missing; download them or correct [models]",
        "wan_sd_dtype",
    ),
    Cause("AssertionError", "vae checkpoint is required", "no VAE is named; set [models] vae"),
    Cause(
        "AssertionError",
        r"DiT weights are in (fp16|bf16), mixed precision must be",
        'the DiT weights are {0}; set mixed_precision = "{0}" in [training]',
    ),
    Cause(
        "NotImplementedError",
        "Cannot copy out of meta tensor",
        "the VAE file is no WAN 2.1 VAE; correct [models] vae",
        "vae.py",
    ),
    Cause(
        "ValueError|OSError",
        r"Unrecognized model in (\S+?)\. |Can't load tokenizer for '([^']+)'",
        "the tokenizer is not whole on this machine, and the Hub does not give it; start once with network, or set "
        "HF_HOME",
        kinds=frozenset({"text", "high", "low"}),
    ),
    Cause(
        "(SSL|Proxy|HfHubHTTP|ConnectTimeout|ReadTimeout)\\w*",
        "",
        "the Hub cannot be reached from here (proxy, certificate or network); start once with "
        "network, or set HF_HOME to a folder that has the tokenizer",
    ),
    Cause(
        "(OSError|LocalEntryNotFoundError|ConnectionError|MaxRetryError|OfflineModeIsEnabled)",
        r"couldn't connect to|locate the file on the Hub|huggingface\.co|offline mode",
        "the tokenizer is not on this machine and the Hub cannot be reached; start once with network, or set HF_HOME",
    ),
    # Folders and ports
    Cause(
        "FileNotFoundError|PermissionError|NotADirectoryError|FileExistsError|OSError",
        r"\[Errno \d+\] .+: '(.+)'",
        "the folder {} cannot be created; choose one that can be written",
        frame=":makedirs",
    ),
    Cause("PermissionError", r"Permission denied: '(.+)'", "{} must not be read or written; correct its permissions"),
    Cause("OSError", r"Read-only file system: '(.+)'", "{} is on a read-only disk; choose another folder"),
    Cause("FileNotFoundError", _PATH, "{} is missing"),
    Cause(".*", r"EADDRINUSE|[Aa]ddress already in use", "the port is in use; start the job again to get another"),
    Cause("KeyboardInterrupt", "", "interrupted"),
)
"""In the order in which they are tried: the first that fits tells."""
