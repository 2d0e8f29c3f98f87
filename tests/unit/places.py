"""Workspaces with a dataset to work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wantui.dataset import blueprint
from wantui.dataset.scan import scan
from wantui.journal.journal import Journal
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a workspace, with an empty folder of images."""
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = tmp_path / "work"
    (made / "images").mkdir(parents=True)
    return made


@pytest.fixture
def journal(folder: Path) -> Journal:
    return Journal(Workspace(folder))


def picture(path: Path, shade: int = 0) -> Path:
    """A picture whose content tells it from those of other shades."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 64), (shade, shade, shade)).save(path, format="PNG")
    return path


def dataset(folder: Path, source: str = 'image_directory = "images"') -> Dataset:
    """What is in the workspace now."""
    text = f'[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\n[[datasets]]\n{source}\n'
    (folder / "dataset.toml").write_text(text)
    return scan(blueprint.load(folder / "dataset.toml"))


def items_of(folder: Path, **captions: bytes | None) -> tuple[Item, ...]:
    """Images of these names with these captions."""
    for name, caption in captions.items():
        picture(folder / f"images/{name}.png", len(name))
        if caption is not None:
            (folder / f"images/{name}.txt").write_bytes(caption)
    return dataset(folder).items


def listed(folder: Path, content: bytes) -> tuple[Item, ...]:
    """The items of a jsonl file."""
    (folder / "list.jsonl").write_bytes(content)
    return dataset(folder, 'image_jsonl_file = "list.jsonl"\ncache_directory = "cache"').items


def files(folder: Path) -> dict[str, bytes]:
    """What a person has in the folder."""
    paths = [path for path in folder.rglob("*") if path.is_file() and ".wantui" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
