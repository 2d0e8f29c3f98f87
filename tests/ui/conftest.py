"""The screen held still: fixed colours, clock and home folder; and workspaces to work in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.demo import demo_workspace
from tests.supervisor.conftest import end_everything, runtime
from tests.ui.fake import NOON, FakeServices, make_services
from tests.ui.sites import CAPTIONS
from wantui.paths import Workspace
from wantui.ui.curves.compared_runs import ComparedList
from wantui.ui.queue.queue_list import QueueList
from wantui.ui.runs.job_table import JobTable
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["runtime"]

CONFIG = """
[trainer]
kind = "rehearsal"
[gpus]
provider = "simulated"
"""
DATASET = """
[general]
resolution = [64, 64]
caption_extension = ".txt"
enable_bucket = true
[[datasets]]
image_directory = "{folder}"
cache_directory = "{folder}/cache"
"""


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for widget in (TopLine, JobTable, QueueList, ComparedList):
        monkeypatch.setattr(widget, "now", lambda _self: NOON)


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    """Everything as in the design pictures."""
    return make_services(tmp_path)


@pytest.fixture
def site(tmp_path: Path, runtime: Path) -> Iterator[Path]:
    """Three pictures, one without a caption; nothing is encoded by itself."""
    folder = tmp_path / "site"
    demo_workspace(folder)
    (folder / "wantui.toml").write_text((folder / "wantui.toml").read_text() + "\n[watch]\nenabled = false\n")
    images = folder / "dataset/images"
    pictures = sorted(images.glob("*.jpg"))
    for picture in pictures:
        picture.with_suffix(".txt").unlink()
    for name, picture in zip(CAPTIONS, pictures, strict=False):
        picture.rename(images / f"{name}.jpg")
        if CAPTIONS[name]:
            (images / f"{name}.txt").write_text(CAPTIONS[name])
    for picture in pictures[len(CAPTIONS) :]:
        picture.unlink()
    yield images
    end_everything(Workspace(folder))


@pytest.fixture
def workspace(tmp_path: Path, runtime: Path) -> Iterator[Workspace]:
    """A folder with one image."""
    (tmp_path / "wantui.toml").write_text(CONFIG, encoding="utf-8")
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "dataset.toml").write_text(DATASET.format(folder=folder), encoding="utf-8")
    Image.new("RGB", (80, 60), "teal").save(folder / "one.png")
    (folder / "one.txt").write_text("a teal wall\r\n", encoding="utf-8", newline="")
    made = Workspace(tmp_path)
    yield made
    end_everything(made)
