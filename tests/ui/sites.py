"""The captions of the workspace `site`, and what is in it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.paths import Workspace
from wantui.services.workspace import Services
from wantui.ui.app import WantuiApp

if TYPE_CHECKING:
    from pathlib import Path

CAPTIONS = {"a": "ohwx, dog\n", "b": "cat, dog", "c": ""}


def texts(images: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted(images.glob("*.txt"))}


def files(images: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in images.iterdir()}


def app_of(images: Path) -> WantuiApp:
    return WantuiApp(Services(Workspace(images.parent.parent)))
