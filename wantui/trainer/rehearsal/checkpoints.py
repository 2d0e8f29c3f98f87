"""The files that training writes: LoRA files with the trainer's names and metadata, and state folders to resume from.

Title and author are kept exactly as asked. That it is a rehearsal is said in ``wantui.rehearsal``,
``modelspec.implementation``, ``modelspec.description`` and ``ss_training_comment``.
"""

from __future__ import annotations

import json
import pickle
import time
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.trainer.rehearsal import tensors
from wantui.trainer.rehearsal.arrays import Array, np

if TYPE_CHECKING:
    import argparse
    import random
    from collections.abc import Iterable, Mapping

    from wantui.dataset.model import Subset
    from wantui.trainer.rehearsal.network import Adapted
    from wantui.trainer.rehearsal.optimizer import AdamW

NOTE = "Made by wantui's rehearsal trainer: real in form, but not trained on WAN2.2 and of no use to it."

_PRECISIONS = {"float": "F32", "fp32": "F32", "fp16": "F16", "bf16": "BF16"}
_ARGUMENTS = """
    output_name learning_rate gradient_checkpointing gradient_checkpointing_cpu_offload gradient_accumulation_steps
    lr_warmup_steps lr_scheduler network_dropout mixed_precision seed max_grad_norm weighting_scheme logit_mean
    logit_std mode_scale guidance_scale timestep_sampling sigmoid_scale discrete_flow_shift fp8_base
"""
"""What of the command line the metadata tell, after ``ss_``."""
_MODEL, _OPTIMIZER, _SCHEDULER, _RANDOM = "model.safetensors", "optimizer.bin", "scheduler.bin", "random_states_0.pkl"


def epoch_name(name: str, epoch: int) -> str:
    """The LoRA file of an epoch that is not the last, without its suffix."""
    return f"{name}-{epoch:06d}"


def step_name(name: str, step: int) -> str:
    """The LoRA file of a step, without its suffix."""
    return f"{name}-step{step:08d}"


def lora_tensors(adapters: Iterable[Adapted], alpha: float, save_precision: str | None) -> dict[str, tensors.Tensor]:
    """What was learned, by the trainer's names; half precision, the weights' own, unless asked otherwise."""
    named: dict[str, Array] = {}
    for adapter in adapters:
        name = f"lora_unet_{adapter.name}"
        named |= {f"{name}.alpha": np.array(alpha)}
        named |= {f"{name}.lora_down.weight": adapter.down, f"{name}.lora_up.weight": adapter.up}
    return _stored(named, _PRECISIONS[save_precision or "fp16"])


def _stored(named: Mapping[str, Array], dtype: str) -> dict[str, tensors.Tensor]:
    return {name: tensors.tensor(values, values.shape, dtype) for name, values in named.items()}


def save_lora(
    path: Path, adapters: Iterable[Adapted], metadata: dict[str, str], arguments: argparse.Namespace
) -> None:
    """Write a LoRA file.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    path.parent.mkdir(exist_ok=True)  # not its parents: the workspace may have been moved away meanwhile
    stored = lora_tensors(adapters, arguments.network_alpha, arguments.save_precision)
    training = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    hashes = {
        "sshs_model_hash": tensors.model_hash(stored),
        "sshs_legacy_hash": tensors.legacy_hash(stored, training),
    }
    tensors.save(path, stored, metadata | hashes)


def load_lora(path: Path, adapters: Iterable[Adapted]) -> None:
    """Put what a LoRA file has learned into a network; its alpha is not looked at, as in the trainer.

    Raises:
        OSError: the file is not there.
        ValueError: it is of a network of another rank, or of another kind.
        wantui.trainer.rehearsal.tensors.TensorFileError: it is corrupt.
    """
    stored, _ = tensors.load(path)
    for adapter in adapters:
        for part, values in (("down", adapter.down), ("up", adapter.up)):
            found = stored.get(f"lora_unet_{adapter.name}.lora_{part}.weight")
            if found is None or found.shape != values.shape:
                raise ValueError(f"{path}: not of this network; use the --network_dim that it was trained with")
            values[:] = found.array()


def metadata(arguments: argparse.Namespace, facts: dict[str, Any], step: int, epoch: int) -> dict[str, str]:
    """All of a LoRA file's metadata but the hashes, or with ``--no_metadata`` the little that the trainer keeps.

    Args:
        arguments: the command line.
        facts: what else is known of the training from its start, by the metadata's keys.
        step: steps done.
        epoch: epochs done.
    """
    known = {f"ss_{name}": getattr(arguments, name) for name in ("network_module", "network_dim", "network_alpha")}
    known |= {"ss_base_model_version": "wan"} | _model_specification(arguments)
    if not arguments.no_metadata:
        known |= _training(arguments, facts) | {"ss_steps": step, "ss_epoch": epoch}
    return {key: str(value) for key, value in known.items()}


def _training(arguments: argparse.Namespace, facts: dict[str, Any]) -> dict[str, Any]:
    known = {f"ss_{name}": getattr(arguments, name) for name in _ARGUMENTS.split()}
    if arguments.network_args:
        known["ss_network_args"] = json.dumps(dict(pair.split("=", 1) for pair in arguments.network_args))
    for key, weights in (("ss_sd_model_name", arguments.dit), ("ss_vae_name", arguments.vae)):
        if weights is not None:
            known[key] = Path(weights).name
    comment = f"{arguments.training_comment} " if arguments.training_comment else ""
    return (
        known
        | facts
        | {
            "ss_training_finished_at": time.time(),
            "ss_full_fp16": False,
            "ss_full_bf16": False,
            "ss_training_comment": f"{comment}rehearsal: {NOTE}",
        }
    )


def _model_specification(arguments: argparse.Namespace) -> dict[str, Any]:
    """The ``modelspec`` keys, see https://github.com/Stability-AI/ModelSpec, and wantui's own."""
    described = f"{arguments.metadata_description} " if arguments.metadata_description else ""
    known = {
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": arguments.metadata_arch or "wan2.1/lora",
        "modelspec.implementation": "wantui rehearsal",
        "modelspec.title": arguments.output_name if arguments.metadata_title is None else arguments.metadata_title,
        "modelspec.resolution": arguments.metadata_reso or "1280x720",
        "modelspec.date": datetime.now().astimezone().replace(tzinfo=None, microsecond=0).isoformat(),
        "modelspec.description": described + NOTE,
        "wantui.rehearsal": "true",
    }
    for name in ("author", "license", "tags"):
        if getattr(arguments, f"metadata_{name}") is not None:
            known[f"modelspec.{name}"] = getattr(arguments, f"metadata_{name}")
    low, high = arguments.min_timestep, arguments.max_timestep
    if (low, high) != (None, None):
        known["modelspec.timestep_range"] = f"{low or 0},{1000 if high is None else high}"
    return known


def described(subset: Subset) -> dict[str, Any]:
    """A subset as ``ss_datasets`` tells of it: folders by their last name only."""
    kind = "video" if subset.is_video else "image"
    folders = {f"{kind}_directory": subset.media_directory, f"{kind}_jsonl_file": subset.jsonl_file}
    return {
        "resolution": list(subset.resolution),
        "caption_extension": subset.caption_extension,
        "batch_size_per_device": subset.batch_size,
        "num_repeats": subset.num_repeats,
        "enable_bucket": subset.enable_bucket,
        "bucket_no_upscale": subset.bucket_no_upscale,
        **{key: path.name for key, path in folders.items() if path is not None},
        "has_control": subset.control_directory is not None,
    }


def save_state(folder: Path, adapters: Iterable[Adapted], optimizer: AdamW, drawn: random.Random) -> None:
    """Write a state folder, under the names that accelerate gives its files and in its order.

    The weights are a safetensors file and the others zip archives, as accelerate's are; what is in the archives is
    rehearsal's own.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    folder.mkdir(exist_ok=True)
    tensors.save(folder / _MODEL, _stored(_weights(adapters), "F64"))
    with (folder / _OPTIMIZER).open("wb") as file:
        np.savez(file, means=optimizer.means, squares=optimizer.squares)
    _archive(folder / _SCHEDULER, "steps.json", json.dumps({"steps": optimizer.steps}).encode())
    _archive(folder / _RANDOM, "random.pkl", pickle.dumps(drawn.getstate()))


def load_state(folder: Path, adapters: Iterable[Adapted], optimizer: AdamW) -> None:
    """Restore weights, optimizer and the learning rate's place; random numbers are not, as in the trainer.

    Raises:
        OSError: a file is missing.
        ValueError: the state is of a network of another rank.
        zipfile.BadZipFile, wantui.trainer.rehearsal.tensors.TensorFileError: a file is corrupt.
    """
    stored, _ = tensors.load(folder / _MODEL)
    with np.load(folder / _OPTIMIZER) as moments:
        read = {name: moments[name] for name in ("means", "squares")}
    read |= {name: tensor.array() for name, tensor in stored.items()}
    for name, values in (_weights(adapters) | {"means": optimizer.means, "squares": optimizer.squares}).items():
        if read[name].shape != values.shape:
            raise ValueError(f"{folder}: of another --network_dim; resume with the one it was saved with")
        values[:] = read[name]
    with zipfile.ZipFile(folder / _SCHEDULER) as archive:
        optimizer.steps = json.loads(archive.read("steps.json"))["steps"]


def _weights(adapters: Iterable[Adapted]) -> dict[str, Array]:
    return {f"{adapter.name}.{part}": getattr(adapter, part) for adapter in adapters for part in ("down", "up")}


def _archive(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)
