"""The cause of a failure, as a sentence."""

from __future__ import annotations

import signal

import pytest

from tests.trainer.transcripts import NAMES, kind_of, progress_of, read
from wantui.jobs.exits import KILLED, describe_exit
from wantui.trainer.musubi.failure_causes import CAUSES as TABLE

DAMAGED = "a cache file is damaged or cut short, and training waits for it for ever"

CAUSES = {
    "fail-head-lat-corrupt-image.err": "/workspace/fail/head7/images/img_00.png is no image that can be read",
    "fail-pinned-lat-corrupt-image.err": "/workspace/fail/pinned7/images/img_00.png is no image that can be read",
    "fail-head-lat-missing-vae.err": "the VAE /nope/vae.safetensors is missing",
    "fail-pinned-lat-missing-vae.err": "the VAE /nope/vae.safetensors is missing",
    "pinned-lat-missing-vae.pty": "the VAE /nope.safetensors is missing",
    "fail-head-lat-unknown-key.err": "dataset.toml has an unknown key: ['datasets'][0]['num_repeat']",
    "fail-pinned-lat-unknown-key.err": "dataset.toml has an unknown key: ['datasets'][0]['num_repeat']",
    "fail-head-train-no-cache.err": "there is nothing to train on",
    "fail-pinned-train-no-cache.err": "there is nothing to train on",
    "fail-head-train-outdir-unwritable.err": "the folder /proc/nope cannot be created",
    "fail-pinned-train-outdir-unwritable.err": "the folder /proc/nope cannot be created",
    "fail-lat-bad-flag.err": "the trainer does not know --nope",
    "fail-lat-bad-toml.err": "dataset.toml is not valid TOML: Key group not on a line by itself. (line 1 column 1",
    "fail-lat-cache-unwritable.err": "the folder /proc/nope cannot be created",
    "fail-lat-float-reso.err": "dataset.toml is not valid TOML: Not a homogeneous array (line 2 column 1",
    "fail-lat-missing-toml.err": "/workspace/fail/9/dataset.toml is missing",
    "fail-lat-no-caption-extension.err": "a dataset says nothing of captions; set caption_extension",
    "fail-lat-no-datasets.err": "dataset.toml has no [[datasets]]",
    "fail-lat-no-vae-flag.err": "no VAE is named",
    "fail-lat-same-cache-dir.err": "two datasets share a cache folder",
    "fail-lat-truncated-jpg.err": "an image is cut short (the trainer does not say which",
    "fail-lat-wrong-type.err": (
        "dataset.toml has a wrong value: expected int for dictionary value at ['general']['batch_size']"
    ),
    "fail-lat-wrong-vae-file.err": "the VAE file is no WAN 2.1 VAE",
    "fail-pinned-lat-missing-caption.err": "the caption /workspace/fail/pinned3/images/img_01.txt is missing",
    "fail-pinned-te-missing-caption.err": "the caption /workspace/fail/pinned3b/images/img_01.txt is missing",
    "fail-te-latin1-caption.err": "a caption is not UTF-8 text",
    "fail-te-missing-t5.err": "the text encoder /nope/t5.pth is missing",
    "fail-te-real-tokenizer-offline.err": "the tokenizer is not on this machine",
    "fail-train-bad-flag.err": "the trainer does not know --nope",
    "fail-train-bad-module.err": "there is no network module networks.nope",
    "fail-train-bf16-dit-fp16-mp.err": 'the DiT weights are bf16; set mixed_precision = "bf16"',
    "fail-train-gc-cpu-blocks-swap.err": "TypeError: synchronize_device() missing 1 required positional argument",
    "fail-train-missing-dit.err": "the DiT weights /nope/dit.safetensors are missing",
    "fail-train-no-tb-writable.err": "the folder /proc/nope cannot be created",
    "fail-train-optimizer-8bit-absent.err": "the optimizer needs bitsandbytes",
    "fail-train-truncated-cache.err": DAMAGED,
    "head-truncated.err": DAMAGED,
    "fail-train-wrong-task-i2v.err": "the latent caches were made for t2v, and i2v needs more",
    "feat-pinned-control-images-0.err": "the trainer as it is checked out cannot use control images",
    "head-boundary-float.err": "the trainer refuses its command line: argument --timestep_boundary: invalid int",
    "pinned-no-output-name.err": "TypeError: unsupported operand type(s)",
    "pinned-truncated-w0.err": "no process reads the data, and persistent_data_loader_workers wants one",
    "pinned-train-ctrlc.pty": "interrupted",
    "sig-accel-int-group.err": "interrupted",
    "sig-direct-int.err": "interrupted",
    "sig-head-accel-int-group.err": "interrupted",
    "sig-lat-int.err": "interrupted",
    "sig-te-int.err": "interrupted",
}
"""How the cause begins; transcripts that are not here tell none."""


@pytest.mark.parametrize("name", NAMES)
def test_cause(name: str) -> None:
    cause = progress_of(read(name), kind_of(name)).cause
    if name not in CAUSES:
        assert cause is None
    else:
        assert cause is not None
        assert cause.startswith(CAUSES[name])


def test_every_cause_belongs_to_a_transcript() -> None:
    assert set(CAUSES) <= set(NAMES)


def traceback(exception: str, *frames: str) -> bytes:
    places = "".join(
        f'  File "/x/{frame.split(":")[0]}", line 1, in {frame.split(":")[1]}\n    ...\n' for frame in frames
    )
    return f"Traceback (most recent call last):\n{places}{exception}\n".encode()


LAUNCHER = traceback(
    "subprocess.CalledProcessError: Command '['python', 'wan_train_network.py']' returned non-zero exit status 1.",
    "launch.py:simple_launcher",
)


@pytest.mark.parametrize(
    ("exception", "frames", "expected"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", (), "the GPU ran out of memory"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to", (), "the GPU ran out of memory; set blocks"),
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to",
            ("wan_cache_latents.py:main",),
            "the GPU ran out of memory; set vae_cache_cpu = true in [caching.latents]",
        ),
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to",
            ("wan_cache_text_encoder_outputs.py:main",),
            "the GPU ran out of memory; set fp8_t5 = true in [caching.text]",
        ),
        (
            "RuntimeError: [enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory",
            (),
            "the machine",
        ),
        ("OSError: [Errno 28] No space left on device: '/o/a.safetensors'", (), "the disk is full"),
        (
            "safetensors_rust.SafetensorError: Error while serializing: IoError(Os { code: 28, kind: StorageFull })",
            (),
            "the disk is full",
        ),
        (
            "safetensors_rust.SafetensorError: Error while deserializing header: MetadataIncompleteBuffer",
            ("dataset/image_video_dataset.py:__getitem__",),
            "a cache file is damaged (Error while deserializing header: MetadataIncompleteBuffer)",
        ),
        ("RuntimeError: The server socket has failed to listen: EADDRINUSE", (), "the port is in use"),
        ("PermissionError: [Errno 13] Permission denied: '/o/a.safetensors'", (), "/o/a.safetensors must not be"),
        (
            "PermissionError: [Errno 13] Permission denied: '/o'",
            ("os.py:makedirs",),
            "the folder /o cannot be created",
        ),
        ("ModuleNotFoundError: No module named 'tensorboard'", (), "TensorBoard is not installed"),
        ("ModuleNotFoundError: No module named 'torch'", (), "the trainer's Python has no module torch"),
        (
            "torch.AcceleratorError: CUDA error: device-side assert triggered",
            (),
            "the GPU failed: device-side assert",
        ),
        ("RuntimeError: No CUDA GPUs are available", (), "the trainer sees no GPU"),
        ("AssertionError", (), "AssertionError"),
        (
            "AssertionError: DiT weights are in fp16, mixed precision must be fp16 or no",
            (),
            'the DiT weights are fp16; set mixed_precision = "fp16"',
        ),
    ],
)
def test_causes_that_no_transcript_shows(exception: str, frames: tuple[str, ...], expected: str) -> None:
    cause = progress_of(
        b"\rsteps:   0%| | 0/9 [00:00<?, ?it/s]" + traceback(exception, *frames) + LAUNCHER, "high"
    ).cause
    assert cause is not None
    assert cause.startswith(expected)


def test_a_message_that_announces_more_is_told_with_it() -> None:
    printed = traceback("RuntimeError: Error(s) in loading state_dict for WanModel:\n\tsize mismatch for a.weight")
    cause = progress_of(printed, "high").cause
    assert cause == "RuntimeError: Error(s) in loading state_dict for WanModel: size mismatch for a.weight"


def test_a_loaders_exception_is_told_by_its_original() -> None:
    printed = traceback(
        "RuntimeError: Caught RuntimeError in DataLoader worker process 0.\n"
        "Original Traceback (most recent call last):\n"
        '  File "/x/dataset/a.py", line 3, in b\n'
        "KeyError: 'latents_image'"
    )
    cause = progress_of(printed, "high").cause
    assert cause is not None
    assert cause.startswith("the latent caches were made for t2v")


def test_an_exception_that_training_survived_is_no_cause() -> None:
    before = b"\rsteps:  50%| | 1/3 [00:01<00:01,  1.00s/it]"
    after = b"\rsteps:  66%| | 2/3 [00:02<00:01,  1.00s/it]"
    survived = before + traceback("ValueError: a sample could not be drawn")
    assert progress_of(survived, "high").cause == "ValueError: a sample could not be drawn"
    assert progress_of(survived + before, "high").cause is not None
    assert progress_of(survived + after, "high").cause is None


def test_a_damaged_cache_stays_the_cause_while_the_last_batches_come() -> None:
    printed = traceback(
        "_pickle.PicklingError: Can't pickle <class 'safetensors_rust.SafetensorError'>: import failed"
    )
    cause = progress_of(printed + b"\rsteps:  66%| | 2/3 [00:02<00:01,  1.00s/it]\n", "high").cause
    assert cause is not None
    assert cause.startswith(DAMAGED)


def test_a_child_killed_under_the_launcher() -> None:
    printed = traceback("subprocess.CalledProcessError: Command '['python']' died with <Signals.SIGKILL: 9>.")
    assert progress_of(printed, "high").cause == KILLED


def test_words_of_python_itself() -> None:
    script = (
        b"/t/venv/bin/python: can't open file '/t/src/wan_train_network.py': [Errno 2] No such file or directory\n"
    )
    module = b"/t/venv/bin/python: Error while finding module specification for 'accelerate.commands.launch' (Module"
    assert "/t/src/wan_train_network.py is missing" in (progress_of(script, "high").cause or "")
    assert "has no accelerate" in (
        progress_of(module + b"NotFoundError: No module named 'accelerate')\n", "high").cause or ""
    )


@pytest.mark.parametrize(
    ("exit_code", "cause", "expected"),
    [
        (1, "the disk is full", "the disk is full"),
        (1, None, "ended with exit code 1 and did not say why; see its log"),
        (-signal.SIGKILL, "an older exception", KILLED),
        (128 + signal.SIGKILL, None, KILLED),
        (-signal.SIGTERM, None, "ended by SIGTERM; see its log"),
        (-signal.SIGSEGV, None, "ended by SIGSEGV; see its log"),
        (-signal.SIGINT, "interrupted", "interrupted"),
    ],
)
def test_describe_exit(exit_code: int, cause: str | None, expected: str) -> None:
    assert describe_exit(exit_code, cause) == expected


TRAINING, LATENTS = ("wan_train_network.py:<module>",), ("wan_cache_latents.py:<module>",)
TEXT = ("wan_cache_text_encoder_outputs.py:<module>", "wan/modules/t5.py:__init__")
OPTIMIZER = (*TRAINING, "training/trainer_base.py:get_optimizer")

REPORTED = [
    (
        "text",
        "ValueError: Unrecognized model in Wan-AI/Wan2.1-T2V-14B. Should have a `model_type` key",
        TEXT,
        "HF_HOME",
    ),
    ("text", "requests.exceptions.SSLError: (MaxRetryError(\"HTTPSConnectionPool(host='huggingface.co'", TEXT, "Hub"),
    (
        "text",
        "ImportError: \nT5Tokenizer requires the SentencePiece library but it was not found",
        TEXT,
        "sentencepiece",
    ),
    (
        "latents",
        "ImportError: libGL.so.1: cannot open shared object file: No such file",
        LATENTS,
        "apt-get install libgl1",
    ),
    (
        "high",
        "ImportError: /v/flash_attn_2_cuda.so: undefined symbol: _ZN3c104",
        TRAINING,
        "another version of PyTorch",
    ),
    (
        "high",
        "RuntimeError: CUDA error: no kernel image is available for execution on the device",
        TRAINING,
        "PyTorch",
    ),
    (
        "high",
        "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update",
        TRAINING,
        "update the driver",
    ),
    ("high", "AssertionError: Torch not compiled with CUDA enabled", TRAINING, "wantui setup"),
    (
        "high",
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`",
        TRAINING,
        "blocks_to_swap",
    ),
    (
        "high",
        "RuntimeError: DataLoader worker (pid 4242) is killed by signal: Bus error. It is possible that",
        TRAINING,
        "--shm-size",
    ),
    ("high", "RuntimeError: DataLoader worker (pid 4242) is killed by signal: Killed. ", TRAINING, "lack of memory"),
    ("high", "RuntimeError: DataLoader worker (pid(s) 4242) exited unexpectedly", TRAINING, "its own error"),
    ("high", "OSError: [Errno 24] Too many open files: '/x/a.safetensors'", TRAINING, "ulimit"),
    ("high", "OSError: [Errno 116] Stale file handle: '/mnt/x'", TRAINING, "mount"),
    ("high", "NameError: name 'xops' is not defined", TRAINING, "xformers is not installed"),
    ("high", "NameError: name 'flash_attn' is not defined", TRAINING, "FlashAttention is not installed"),
    ("high", "AttributeError: module 'torch.optim' has no attribute 'Prodigy'", TRAINING, "optimizer_type"),
    ("high", "AttributeError: module 'prodigyopt' has no attribute 'prodigy'", OPTIMIZER, "optimizer_type"),
    ("high", "TypeError: AdamW.__init__() got an unexpected keyword argument 'wd'", OPTIMIZER, "takes no wd"),
    ("high", "ValueError: too many values to unpack (expected 2)", OPTIMIZER, "KEY=VALUE"),
    (
        "high",
        "ValueError: cosin is not a valid SchedulerType, please select one of ['linear']",
        TRAINING,
        "schedule cosin",
    ),
    (
        "high",
        "ValueError: SchedulerType.CONSTANT does not require `num_warmup_steps`. Set None or 0.",
        TRAINING,
        "remove lr_warmup_steps",
    ),
    ("high", "ValueError: optimizer got an empty parameter list", TRAINING, "networks.lora_wan"),
    ("high", "ValueError: SageAttention doesn't support training currently. Please use", TRAINING, "remove it"),
    ("high", "ImportError: No wandb / wandb がインストールされていないようです", TRAINING, "log_with"),
    (
        "high",
        "wandb.errors.errors.UsageError: api_key not configured (no-tty). call wandb.login",
        TRAINING,
        "WANDB_API_KEY",
    ),
    (
        "high",
        "ValueError: Tried to find /x/out/a-state but folder does not exist",
        TRAINING,
        "state /x/out/a-state is",
    ),
    (
        "high",
        "RuntimeError: Error(s) in loading state_dict for LoRANetwork:\n\tsize mismatch for lora_unet_a.lora_down",
        TRAINING,
        "network_dim",
    ),
    (
        "high",
        "FileNotFoundError: [Errno 2] No such file or directory: 'out/pytorch_model.bin'",
        TRAINING,
        "out is no saved state",
    ),
    ("latents", "ValueError: Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK", LATENTS, "wantui check"),
    ("latents", "OSError: unrecognized data stream contents when reading image file", LATENTS, "wantui check"),
    ("latents", "SyntaxError: broken PNG file (chunk b'IDAT')", LATENTS, "wantui check"),
    (
        "latents",
        "PIL.Image.DecompressionBombError: Image size (236000000 pixels) exceeds limit of 178956970 pixels",
        LATENTS,
        "236000000 pixels is too large",
    ),
    (
        "latents",
        "av.error.InvalidDataError: [Errno 1094995529] Invalid data found when processing input",
        LATENTS,
        "wantui check",
    ),
    (
        "latents",
        "ValueError: Could not find matching control images for 3 images",
        LATENTS,
        "3 images have no control",
    ),
    (
        "high",
        "UnicodeEncodeError: 'utf-8' codec can't encode character '\\udce9' in position 48: surrogates not allowed",
        TRAINING,
        "is not UTF-8; rename it",
    ),
    (
        "latents",
        "FileNotFoundError: [Errno 2] No such file or directory: ''",
        (*LATENTS, "frozen/os.py:makedirs"),
        "an empty cache_directory",
    ),
]
"""Kind of job, what public reports show, frames, and words of the sentence."""


@pytest.mark.parametrize(("kind", "exception", "frames", "words"), REPORTED)
def test_causes_of_public_reports(kind: str, exception: str, frames: tuple[str, ...], words: str) -> None:
    launcher = LAUNCHER if kind == "high" else b""
    cause = progress_of(traceback(exception, *frames) + launcher, kind).cause
    assert cause is not None
    assert words in cause


def test_every_cause_says_what_to_do() -> None:
    told_as_they_are = {"SafetensorError", "FileNotFoundError", "KeyboardInterrupt"}
    assert {cause.exception for cause in TABLE if ";" not in cause.sentence} <= told_as_they_are


def test_an_unknown_exception_is_told_whole() -> None:
    message = "nobody has seen this before, " * 30
    assert (
        progress_of(traceback(f"RuntimeError: {message}"), "high").cause == f"RuntimeError: {message}".strip()[:1014]
    )
