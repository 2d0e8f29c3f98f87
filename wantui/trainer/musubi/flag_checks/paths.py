"""Whether what flags name is there: the training script opens most of it hours after the start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.trainer.musubi.checkout import given_path
from wantui.trainer.musubi.environment import is_file, is_folder
from wantui.trainer.musubi.flag_checks.model import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.trainer.musubi.flag_checks.model import Training

_FILES = ("network_weights", "base_weights", "sample_prompts", "config_file", "log_tracker_config", "dit_high_noise")
"""Flags of the training script whose values it opens for reading. ``clip`` is not among them: WAN2.2 has no use for
it, and the script does not open it; what is written to (``logging_dir``, ``output_dir``) is tried elsewhere."""

_SAFETENSORS_ONLY = ("base_weights", "dit_high_noise")
"""Read with safetensors' ``load_file``, whatever they are called."""

_PROMPTS = (".txt", ".toml", ".json")
"""Endings that ``load_prompts`` has a case for; with another it ends with an UnboundLocalError."""

_LARGEST_PROMPTS = 16 << 20
"""Bytes of a file with prompts for samples."""

_STATE_FILES = ("optimizer.bin", "scheduler.bin")
"""What accelerate's ``load_state`` reads, beside the weights (accelerate 1.6, ``load_accelerator_state``)."""


def refusals(training: Training) -> Iterator[Refusal]:
    """Files and folders that are not there, or are something else."""
    for flag in _FILES:
        for value in training.words(flag):
            path = given_path(value, training.base)
            if flag == "config_file" and path.suffix != ".toml":
                path = Path(f"{path}.toml")  # as the script does
            missing = unreadable(flag, path)
            if missing is not None:
                yield missing
            elif flag == "sample_prompts":
                yield from _prompts(path)
            elif flag in _SAFETENSORS_ONLY and path.suffix != ".safetensors":
                says = f"names {path}, which is no safetensors file"
                yield Refusal(flag, "path-wrong", says, "name a .safetensors file")
    if training.text("resume") and training.flags.get("resume_from_huggingface") is not True:
        yield from _state(given_path(training.text("resume"), training.base))


def unreadable(flag: str, path: Path) -> Refusal | None:
    """What is wrong with a file that a flag names; None: it can be read."""
    fix = f"correct {flag}, which is relative to the folder of wantui.toml, or remove it"
    try:
        reading.open_file(path).close()
    except FileNotFoundError:
        return Refusal(flag, "path-missing", f"names {path}, which is not there", fix)
    except reading.NotAFileError as error:
        return Refusal(flag, "path-wrong", f"names {path}, which {error.strerror}", fix)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return Refusal(flag, "path-missing", f"names {path}, which cannot be read ({why})", fix)
    return None


def _prompts(path: Path) -> Iterator[Refusal]:
    flag, fix = "sample_prompts", "write one prompt a line in a .txt file"
    if not path.name.endswith(_PROMPTS):
        yield Refusal(flag, "path-wrong", f"names {path}, and prompts are in .txt, .toml or .json files", fix)
        return
    try:
        text = reading.read_text(path, _LARGEST_PROMPTS)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        yield Refusal(flag, "path-wrong", f"names {path}, which is not UTF-8 in line {line}", "save it as UTF-8")
        return
    except OSError as error:
        yield Refusal(flag, "path-wrong", f"names {path}, which {error.strerror}", fix)
        return
    if path.name.endswith(".json"):
        try:
            prompts = reading.parse_json(text)
        except ValueError as error:
            where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
            yield Refusal(flag, "path-wrong", f"names {path}, which is no JSON{where}", "correct the file")
            return
        if not isinstance(prompts, list) or not all(isinstance(each, str | dict) for each in prompts):
            yield Refusal(flag, "path-wrong", f"names {path}, which is no list of prompts", "correct the file")


def _state(folder: Path) -> Iterator[Refusal]:
    """A folder that ``save_state`` has written: ``NAME-000004-state``."""
    flag = "resume"
    if not is_folder(folder):
        says = "is no folder" if is_file(folder) else "is not there"
        fix = "name a folder that save_state has written (NAME-000004-state), or remove it"
        yield Refusal(flag, "path-missing", f"names {folder}, which {says}", fix)
        return
    missing = [name for name in _STATE_FILES if not is_file(folder / name)]
    if not missing:
        return
    states = sorted(
        each.name for each in folder.glob("*-state") if all(is_file(each / name) for name in _STATE_FILES)
    )
    fix = f"name the state in it: {states[-1]}" if states else "name a folder that save_state has written"
    yield Refusal(flag, "path-wrong", f"names {folder}, which is no saved state: it has no {missing[0]}", fix)
