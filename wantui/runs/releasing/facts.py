"""What is kept of a run that a release tells of, and where ComfyUI is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.caches.content import text_digest
from wantui.caches.model import CacheError
from wantui.dataset.trigger import sure_trigger
from wantui.jobs.shown import HIDDEN, shown
from wantui.runs.training_set import TrainingSet
from wantui.trainer.catalogue import trainer
from wantui.weights.copies import COMFYUI_FOLDERS

if TYPE_CHECKING:
    from wantui.caches.items import Row
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.trainer.model import Expert, RunSettings

_UNTOLD = frozenset({
    "task", "dit", "vae", "t5", "dataset_config", "output_dir", "output_name", "logging_dir", "log_prefix", "resume",
    "max_train_epochs", "metadata_title", "metadata_author",
})  # fmt: skip
"""Flags that say where something lies, or what a release tells by itself."""
_TRAINED_ON = ("subset", "name", "media_hash", "caption", "bucket")


def trained_on(workspace: Workspace, run: Run) -> list[Row]:
    """The items that a run has trained on; empty where nobody knows."""
    try:
        return TrainingSet.of(workspace, run).rows()
    except CacheError:
        return []


def trigger(rows: list[Row]) -> str:
    """What nearly all captions begin with; empty where there is nothing like it."""
    return sure_trigger([str(row["caption"]) for row in rows if row["caption"]])


def dataset_digest(rows: list[Row]) -> str:
    """The same for the same names, captions, media and buckets, wherever they lie; empty without any."""
    told = sorted(json.dumps([row[key] for key in _TRAINED_ON]) for row in rows)
    return text_digest("\n".join(told)) if told else ""


def told_settings(settings: RunSettings, expert: Expert) -> dict[str, Any]:
    """The flags that an expert was trained with, as strangers may read them: no secrets, no paths of this machine."""
    flags = trainer(settings.trainer_kind).training_flags(settings, expert)
    given = {"epochs": settings.epochs} | {name: value for name, value in flags.items() if name not in _UNTOLD}
    told = {name: shown(name, value) for name, value in given.items() if value is not False}
    return {name: value for name, value in told.items() if not _is_private(value)}


def comfyui_loras() -> Path | None:
    """The folder of LoRA files of a ComfyUI in one of its usual places; None: there is none."""
    folders = (Path(name).expanduser() / "loras" for name in COMFYUI_FOLDERS)
    return next((folder for folder in folders if folder.is_dir()), None)


def _is_private(value: Any) -> bool:
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(each, str) and (HIDDEN in each or "/" in each) for each in texts)
