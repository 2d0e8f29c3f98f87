"""What keeps a musubi-tuner checkout from running given settings, found before anything starts."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from wantui.caches.header import CorruptError, read_header
from wantui.dataset.model import Problem, Severity
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.checkout import SCRIPTS, absolute, given_path, script_folder
from wantui.trainer.musubi.dataset_keys import key_problems
from wantui.trainer.musubi.environment import environment_of
from wantui.trainer.musubi.expert_weights import expert_weight_problems
from wantui.trainer.musubi.flags import config_file, flag_problems
from wantui.trainer.musubi.weight_content import content_problems
from wantui.trainer.musubi.writable import output_problems, try_writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.trainer.model import Expert, RunSettings

_NEEDED_MODULES = ("torch", "accelerate", "safetensors")


def problems(settings: RunSettings) -> list[Problem]:
    """Everything that is wrong, errors and warnings; no experts among the settings means a cache run."""
    found = [
        *_checkout_problems(settings),
        *_python_problems(settings),
        *key_problems(absolute(settings.trainer_root), settings.dataset),
        *_weight_problems(settings, "t5"),
        *_weight_problems(settings, "vae"),
    ]
    for expert in settings.experts:
        found += _expert_problems(settings, expert)
    if not any(problem.code == "weights-unset" for problem in found):
        found += flag_problems(settings)
    if settings.experts:
        found += output_problems(settings.output_directory)
        found += _logging_problems(settings)
        found += _logging_folder_problems(settings)
    return found


def _checkout_problems(settings: RunSettings) -> Iterator[Problem]:
    root = absolute(settings.trainer_root)
    if not root.is_dir():
        fix = "run `wantui setup`, or set root in [trainer] to a musubi-tuner checkout"
        yield Problem(Severity.ERROR, "trainer-missing", root, "there is no trainer here", fix)
        return
    for name in SCRIPTS.values():
        script = script_folder(root) / name
        if not script.is_file():
            fix = "set root in [trainer] to a musubi-tuner checkout of August 2025 or later"
            yield Problem(Severity.ERROR, "script-missing", script, "the trainer has no such script", fix)


def _python_problems(settings: RunSettings) -> Iterator[Problem]:
    python = absolute(settings.trainer_python)
    fix = "run `wantui setup`, or set python in [trainer] to the interpreter of the trainer's environment"
    if not python.is_file():
        yield Problem(Severity.ERROR, "python-missing", python, "there is no interpreter for the trainer", fix)
    elif not os.access(python, os.X_OK):
        yield Problem(Severity.ERROR, "python-missing", python, "the trainer's interpreter is not executable", fix)
    else:
        environment = environment_of(settings)
        for module in _NEEDED_MODULES:
            if environment.lacks(module):
                message = f"the trainer's environment has no {module}"
                yield Problem(Severity.ERROR, "trainer-incomplete", python, message, fix)


def _weight_problems(settings: RunSettings, key: str) -> Iterator[Problem]:
    """Whether the file that ``[models]`` names by `key` is there, and all of it."""
    path = settings.models.get(key)
    if path is None:
        message = f"no {key} weights are named"
        yield Problem(Severity.ERROR, "weights-unset", config_file(settings), message, f"set {key} in [models]")
        return
    try:
        is_there = stat.S_ISREG(path.stat().st_mode)
        yield from content_problems(settings, key) if is_there else _missing(settings, key)
    except (FileNotFoundError, NotADirectoryError):
        yield from _missing(settings, key)
    except OSError as error:
        message = f"the {key} weights cannot be read ({error.strerror})"
        fix = "correct its permissions and those of its folders, or look whether its disk answers"
        yield Problem(Severity.ERROR, "weights-unreadable", path, message, fix)


def _missing(settings: RunSettings, key: str) -> Iterator[Problem]:
    """A file that is not there, or a link to nothing."""
    path, message = settings.models[key], f"the {key} weights are missing"
    if path.is_symlink():
        message += f": the link points to {path.readlink()}, which is gone"
    fix = f"download it with `wantui models download --task {settings.task}`, or correct {key} in [models]"
    yield Problem(Severity.ERROR, "weights-missing", path, message, fix)


def _expert_problems(settings: RunSettings, expert: Expert) -> Iterator[Problem]:
    """An expert's weights: whether they are there and whole, and then whether they are the right ones."""
    key = commands.model_key(settings.task, expert)
    found = list(_weight_problems(settings, key))
    yield from found
    if found:
        return
    try:
        header = read_header(settings.models[key])
    except (OSError, CorruptError):
        return  # it was whole a moment ago
    yield from expert_weight_problems(settings, expert, header)


def _logging_folder_problems(settings: RunSettings) -> Iterator[Problem]:
    """Whether TensorBoard's files can be written: the trainer finds out once the model is loaded."""
    base = settings.base_directory or absolute(settings.dataset).parent
    given = [settings.training_flags(expert).get("logging_dir") for expert in settings.experts]
    folders = {given_path(each, base) for each in given if isinstance(each, str)}
    for folder in sorted(folders):
        try:
            try_writing(folder)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            message, fix = f"TensorBoard's files cannot be written here ({why})", "choose another logging_dir"
            yield Problem(Severity.ERROR, "logging-unwritable", folder, message, fix)


def _logging_problems(settings: RunSettings) -> Iterator[Problem]:
    environment = environment_of(settings)
    if environment.lacks("tensorboard") and environment.lacks("tensorboardX"):
        python = absolute(settings.trainer_python)
        message = "the trainer's environment has no tensorboard: learning rate and loss of each step are not kept"
        fix = "run `wantui setup`: it installs what is missing there"
        yield Problem(Severity.WARNING, "tensorboard-missing", python, message, fix)
