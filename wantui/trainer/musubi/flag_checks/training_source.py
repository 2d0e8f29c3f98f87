"""What a checkout's training script does with its flags, read from its source: versions differ in it."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.trainer.musubi import python_source
from wantui.trainer.musubi.checkout import script_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = ("wan_train_network.py", "hv_train_network.py", "training/trainer_base.py", "utils/model_utils.py")
"""Where it is written; the third is younger than the workflow's commit."""

SCHEDULERS = frozenset(
    {
        "adafactor", "constant", "constant_with_warmup", "cosine", "cosine_with_min_lr", "cosine_with_restarts",
        "inverse_sqrt", "linear", "piecewise_constant", "polynomial", "warmup_stable_decay",
    }
)  # fmt: skip
"""Those of the workflow's commit: taken for granted where the source cannot be read."""


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """What the source tells."""

    schedulers: frozenset[str] = SCHEDULERS
    """Values of ``lr_scheduler`` that it has a case for."""
    refused: frozenset[str] = frozenset()
    """Flags that end the training whenever they are set: ``if args.sage_attn: raise ...``."""
    opened: frozenset[str] = frozenset()
    """Flags whose values it reads weights from."""
    dtypes: frozenset[str] = frozenset()
    """Names of number formats that it knows; empty where that is not to be seen."""
    takes_schedule_free: bool = True
    """False where its dummy scheduler for such optimizers cannot be called: it lacks ``self``."""


def training_source(root: Path) -> TrainingSource:
    """What the source of the checkout at `root` tells; what cannot be read has its default."""
    folder = script_folder(root)
    stamps = []
    for name in FILES:
        try:
            stamps.append((folder / name, (folder / name).stat().st_mtime_ns))
        except OSError:
            continue  # not every commit has every file
    return _training_source(tuple(stamps))


@functools.lru_cache(maxsize=8)
def _training_source(files: tuple[tuple[Path, int], ...]) -> TrainingSource:
    schedulers, refused, opened, dtypes = set[str](), set[str](), set[str](), set[str]()
    takes_schedule_free = True
    for file, _ in files:
        tree = python_source.parsed(file)
        for node in ast.walk(tree) if tree is not None else ():
            match node:
                case ast.FunctionDef(name="get_lr_scheduler"):
                    schedulers.update(_scheduler_names(node))
                case ast.FunctionDef(name="str_to_dtype"):
                    dtypes.update(_compared(node))
                case ast.FunctionDef(name="get_dummy_scheduler"):
                    takes_schedule_free = takes_schedule_free and _can_be_called(node)
                case ast.If(test=test, body=[ast.Raise(), *_]) if (name := _flag(test)) is not None:
                    refused.add(name)
                case ast.Call(func=ast.Name(id="load_file"), args=[path, *_]) if (name := _flag(path)) is not None:
                    opened.add(name)
    return TrainingSource(
        frozenset(schedulers) or SCHEDULERS,
        frozenset(refused),
        frozenset(opened),
        frozenset(dtypes),
        takes_schedule_free,
    )


def _flag(node: ast.expr) -> str | None:
    """The flag that is read as ``args.NAME``."""
    match node:
        case ast.Attribute(value=ast.Name(id="args"), attr=name):
            return name
    return None


def _scheduler_names(function: ast.FunctionDef) -> Iterator[str]:
    """``SchedulerType.COSINE``, ``name.startswith("adafactor")``, ``name.lower() == "rex"``."""
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id="SchedulerType" | "DiffusersSchedulerType"), attr=name):
                yield name.lower()
            case ast.Call(func=ast.Attribute(attr="startswith"), args=[ast.Constant(value=str(text))]):
                yield text
            case ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=str(text))]):
                yield text


def _compared(function: ast.FunctionDef) -> Iterator[str]:
    """The texts of ``s in ["bf16", "bfloat16"]``."""
    for node in ast.walk(function):
        match node:
            case ast.Compare(ops=[ast.In()], comparators=[ast.List(elts=texts)]):
                yield from (str(each.value) for each in texts if isinstance(each, ast.Constant))


def _can_be_called(method: ast.FunctionDef) -> bool:
    decorators = {each.id for each in method.decorator_list if isinstance(each, ast.Name)}
    first = next((each.arg for each in method.args.args), None)
    return first == "self" or "staticmethod" in decorators
