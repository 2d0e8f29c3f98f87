"""A dataset as the trainer at hand reads it: its settings, with what versions of the trainer do differently."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.dataset import blueprint

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import DatasetConfig


def load(path: Path, kind: str, root: Path) -> DatasetConfig:
    """The settings in a ``dataset.toml`` for the trainer of a kind that lies at `root`.

    Raises:
        DatasetError: see `blueprint.load`.
    """
    return with_rules(blueprint.load(path), kind, root)


def with_rules(config: DatasetConfig, kind: str, root: Path) -> DatasetConfig:
    """`config` with the rules of a trainer; its source is read only where they matter: not for images alone."""
    if not any(each.is_video or each.jsonl_file or each.control_directory for each in config.subsets):
        return config
    from wantui.trainer.catalogue import trainer  # noqa: PLC0415  most datasets do without

    return replace(config, rules=trainer(kind).media_rules(root))
