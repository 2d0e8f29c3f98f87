"""A dataset for each test, with or without its caches."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.trainer.rehearsal.scene import Scene, make_scene

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


@pytest.fixture(scope="session")
def cached_once(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Cached once for all tests; use `cached`, which may be changed."""
    made = make_scene(tmp_path_factory.mktemp("rehearsal") / "dataset")
    made.cache_everything()
    return made


@pytest.fixture
def cached(cached_once: Scene, tmp_path: Path) -> Scene:
    shutil.copytree(cached_once.folder, tmp_path, dirs_exist_ok=True)
    return Scene(tmp_path)
