"""The dataset of a run, looked at as its trainer will."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.frame_counts import FrameCounts
from wantui.dataset.scan import scan
from wantui.trainer import media

if TYPE_CHECKING:
    from wantui.dataset.model import Dataset
    from wantui.paths import Workspace
    from wantui.trainer.model import RunSettings


def scan_for(workspace: Workspace, settings: RunSettings) -> Dataset:
    """Look at every media and caption file; frames of clips are counted once and remembered in the workspace.

    Raises:
        DatasetError: the ``dataset.toml`` cannot be read.
    """
    config = media.load(settings.dataset, settings.trainer_kind, settings.trainer_root)
    return scan(config, counts=FrameCounts.of(workspace))
