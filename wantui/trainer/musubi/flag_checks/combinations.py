"""Values and combinations of flags that the training script refuses once everything is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.formatting import as_toml
from wantui.trainer.musubi.flag_checks.model import Refusal, missing_package
from wantui.trainer.musubi.flag_source import ATTENTION_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.trainer.musubi.flag_checks.model import Training

MOST_BLOCKS_TO_SWAP = 39
"""The model has 40 blocks, and one must stay on the device."""

_LARGEST_SEED = (1 << 32) - 1
"""What numpy takes, which accelerate's ``set_seed`` passes it to."""

_AT_LEAST = {
    "block_swap_ring_size": 1,
    "gradient_accumulation_steps": 1,
    "max_data_loader_n_workers": 0,
    "network_dim": 1,
    "sample_every_n_epochs": 1,
    "sample_every_n_steps": 1,
    "save_every_n_steps": 1,
    "seed": 0,
}
"""The least values: the script divides by most of them."""

_ATTENTION_PACKAGES = {"flash_attn": "flash_attn", "flash3": "flash_attn_interface", "xformers": "xformers"}
"""Modules that the kinds of attention import (``wan/modules/attention.py``)."""


def refusals(training: Training) -> Iterator[Refusal]:
    """Everything of these kinds."""
    yield from _numbers(training)
    yield from _memory(training)
    yield from _attention(training)
    yield from _precision(training)
    yield from _logging(training)
    yield from _loading(training)


def _numbers(training: Training) -> Iterator[Refusal]:
    for flag, least in _AT_LEAST.items():
        number = training.number(flag)
        if number is not None and number < least:
            yield Refusal(flag, "bad-flag-value", f"is {training.text(flag)}", f"give {least} or more")
    if (seed := training.number("seed")) is not None and seed > _LARGEST_SEED:
        yield Refusal("seed", "bad-flag-value", f"is {training.text('seed')}", f"give {_LARGEST_SEED} or less")
    if (rate := training.number("learning_rate")) is not None and not rate > 0:
        says = f"is {training.text('learning_rate')}, with which nothing is trained"
        yield Refusal("learning_rate", "bad-flag-value", says, "give a rate above 0")
    first, last = training.number("min_timestep"), training.number("max_timestep")
    if first is not None and last is not None and first >= last:
        says = f"is {first:g}, and max_timestep is {last:g}: no step of the schedule lies between them"
        yield Refusal("min_timestep", "bad-flag-value", says, "give a smaller min_timestep")
    backend = training.text("dynamo_backend")
    if backend != backend.upper():
        yield Refusal("dynamo_backend", "bad-flag-value", f"is {as_toml(backend)}", f"write {backend.upper()}")


def _memory(training: Training) -> Iterator[Refusal]:
    flags = training.flags
    if flags.get("fp8_scaled") and not flags.get("fp8_base"):
        fix = "set fp8_base = true, or remove fp8_scaled"
        yield Refusal("fp8_scaled", "fp8-scaled-without-base", "needs fp8_base", fix)
    blocks = training.number("blocks_to_swap") or 0  # argparse takes "40" as it takes 40
    if blocks > MOST_BLOCKS_TO_SWAP:
        fix = f"set blocks_to_swap to {MOST_BLOCKS_TO_SWAP} or less"
        yield Refusal("blocks_to_swap", "too-many-blocks", f"can be {MOST_BLOCKS_TO_SWAP} at most", fix)
    if blocks > 0 and flags.get("block_swap_h2d_only") and not flags.get("gradient_checkpointing"):
        fix = "set gradient_checkpointing = true, or remove block_swap_h2d_only"
        yield Refusal("block_swap_h2d_only", "bad-combination", "needs gradient_checkpointing", fix)
    if blocks > 0 and flags.get("offload_inactive_dit") and training.text("dit_high_noise"):
        says = "does not go with blocks_to_swap"
        yield Refusal("offload_inactive_dit", "bad-combination", says, "remove one of the two")


def _attention(training: Training) -> Iterator[Refusal]:
    asked = [name for name in ATTENTION_FLAGS if training.flags.get(name)]
    usable = [name for name in ATTENTION_FLAGS if name not in training.source.refused]
    for name in sorted(training.source.refused):
        if training.flags.get(name):
            fix = "remove it: sdpa is used then" if name in ATTENTION_FLAGS else "remove it"
            says = "is refused by the trainer as it is checked out: it cannot train with it"
            yield Refusal(name, "flag-refused", says, fix)
    if not asked:
        fix = f"set one of {', '.join(usable)} to true"
        yield Refusal("sdpa", "no-attention", "is off, and the trainer needs one kind of attention", fix)
    elif len(asked) > 1:
        says = f"is set beside {' and '.join(asked[:-1])}: the trainer would silently take one of them"
        yield Refusal(asked[-1], "two-attentions", says, "set only one of them to true")
    elif asked[0] in _ATTENTION_PACKAGES and asked[0] not in training.source.refused:
        module = _ATTENTION_PACKAGES[asked[0]]
        yield from missing_package(training, asked[0], module, f"needs {module}")
    if training.flags.get("split_attn") and {"flash3", "sage_attn"} & set(asked):
        says = "works neither with flash3 nor with sage_attn"
        yield Refusal("split_attn", "split-attention", says, "remove split_attn")


def _precision(training: Training) -> Iterator[Refusal]:
    if training.flags.get("mixed_precision") not in {"fp16", "bf16", "no"}:
        fix = 'set mixed_precision = "fp16", as the workflow does, or "bf16" for bf16 weights'
        yield Refusal("mixed_precision", "bad-precision", "can be fp16, bf16 or no", fix)
    known, given = training.source.dtypes, training.text("vae_dtype")
    if known and given and given not in known:
        says = f"is {as_toml(given)}, which the trainer does not know"
        yield Refusal("vae_dtype", "bad-flag-value", says, 'write "bfloat16", or remove it')


def _logging(training: Training) -> Iterator[Refusal]:
    given = training.text("log_with")
    if given in {"tensorboard", "all"} and not training.text("logging_dir"):
        fix = 'set logging_dir = "logs", or remove log_with'
        yield Refusal("log_with", "no-logging-folder", f"is {given}, which needs logging_dir", fix)
    if given in {"wandb", "all"}:
        yield from missing_package(training, "log_with", "wandb", f"is {given}, which needs wandb")


def _loading(training: Training) -> Iterator[Refusal]:
    workers = training.number("max_data_loader_n_workers")
    if workers == 0 and training.flags.get("persistent_data_loader_workers"):
        says = "needs at least one process to keep, and max_data_loader_n_workers is 0"
        fix = "set max_data_loader_n_workers = 1, or remove persistent_data_loader_workers"
        yield Refusal("persistent_data_loader_workers", "no-workers", says, fix)
