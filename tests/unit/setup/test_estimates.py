"""How much a setup loads, where it goes, and how long that takes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wantui import config as configuration
from wantui.formatting import duration_words
from wantui.paths import Workspace
from wantui.setup import disk_needs
from wantui.setup.disk_needs import SPARE_BYTES, disks_for, existing, run_rooms, uv_cache
from wantui.setup.estimates import (
    LINK_BYTES_S,
    NOMINAL_BYTES,
    NOMINAL_EXPERT_BYTES,
    DiskNeed,
    link_speed,
)
from wantui.setup.weights import coming, weights_deeds
from wantui.weights.catalogue import weights_for
from wantui.weights.hash_cache import HashCache
from wantui.weights.remote import Remote

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "box").mkdir()
    return Workspace(tmp_path / "box")


def remember(workspace: Workspace, size: int) -> None:
    for weight in weights_for("t2v"):
        HashCache(workspace).remember_remote(weight, Remote(size, "0" * 64, None))


def test_weights_have_their_usual_sizes_until_the_hub_was_asked(workspace: Workspace) -> None:
    config = configuration.load(workspace)
    (deed,) = weights_deeds(config, "t2v")
    assert deed.loads == sum(NOMINAL_BYTES.values()) + 2 * NOMINAL_EXPERT_BYTES
    assert deed.seconds == deed.loads / LINK_BYTES_S
    remember(workspace, 1000)
    (deed,) = weights_deeds(config, "t2v")
    assert deed.loads == 4000
    assert sum(each.bytes for each in deed.room) == 4000


def test_what_is_here_in_part_whole_or_elsewhere_is_not_counted(workspace: Workspace) -> None:
    remember(workspace, 1000)
    config = configuration.load(workspace)
    vae, t5 = config.models.vae, config.models.t5
    vae.parent.mkdir(parents=True)
    vae.write_bytes(bytes(1000))
    comfy = workspace.root.parent / "home" / "ComfyUI" / "models" / "text_encoders" / t5.name
    comfy.parent.mkdir(parents=True)
    comfy.write_bytes(bytes(1000))
    found = {each.weight.key: each for each in coming(config, "t2v")}
    assert set(found) == {"t5", "t2v_high", "t2v_low"}
    assert found["t5"].loads == 0
    assert found["t5"].copy == comfy
    (deed,) = weights_deeds(config, "t2v")
    assert deed.loads == 2000
    assert "and link 1 that is on this machine" in deed.says


def test_the_weights_of_the_workflows_own_download_commands_are_found(workspace: Workspace) -> None:
    """``huggingface-cli download REPOSITORY PATH --local-dir models/FOLDER`` puts PATH below the folder."""
    folders = {"t5": "text_encoders", "vae": "vae", "t2v_high": "diffusion_models", "t2v_low": "diffusion_models"}
    for weight in weights_for("t2v"):
        file = workspace.root / "musubi-tuner" / "models" / folders[weight.key] / weight.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"weights")
    assert coming(configuration.load(workspace), "t2v") == ()


def test_a_measured_speed_takes_the_place_of_the_assumed_one(workspace: Workspace) -> None:
    config = configuration.load(workspace)
    assert link_speed(config) == LINK_BYTES_S
    file = {"key": "vae", "name": "v", "target": "/v", "state": "loading", "size": 9, "done": 1, "speed": 5e6}
    state = workspace.state / "models" / "progress.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"pid": os.getpid(), "task": "t2v", "started": 1, "updated": 2, "files": [file]}))
    assert link_speed(config) == 5e6


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "under a minute"), (29, "under a minute"), (240, "about 4 min"), (3600, "about 1 h"),
     (5400, "about 1 h 30 min")],
)  # fmt: skip
def test_times_read_as_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_what_goes_to_one_file_system_is_summed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_needs, "disk_of", lambda folder: 2 if folder.name == "other" else 1)
    rooms = [
        DiskNeed("weights", tmp_path / "a", 10),
        DiskNeed("cache", tmp_path / "other", 1),
        DiskNeed("weights", tmp_path, 5),
    ]
    first, second = disks_for(rooms)
    assert [(part.says, part.bytes) for part in first.parts] == [("weights", 15)]
    assert second.needed == 1
    assert first.free > 0


def test_a_disk_keeps_some_bytes_free(tmp_path: Path) -> None:
    part = DiskNeed("weights", tmp_path, 10)
    assert disk_needs.Disk(tmp_path, SPARE_BYTES + 10, (part,)).is_enough
    assert not disk_needs.Disk(tmp_path, SPARE_BYTES + 9, (part,)).is_enough
    assert disk_needs.Disk(tmp_path, 0, ()).is_enough


def test_the_nearest_folder_that_exists_tells_the_disk(tmp_path: Path) -> None:
    assert existing(tmp_path / "a" / "b") == tmp_path.resolve()
    (tmp_path / "link").symlink_to(tmp_path / "far")
    assert existing(tmp_path / "link" / "x") == tmp_path.resolve()


def test_the_cache_of_uv_is_where_uv_has_it(tmp_path: Path) -> None:
    assert uv_cache({"UV_CACHE_DIR": str(tmp_path)}) == tmp_path
    assert uv_cache({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "uv"


def test_what_goes_to_several_folders_is_said_to_be_in_the_one_around_them(tmp_path: Path) -> None:
    rooms = [
        DiskNeed("weights", tmp_path / "models" / each, 10) for each in ("vae", "text_encoders", "diffusion_models")
    ]
    (disk,) = disks_for(rooms)
    assert disk.parts == (DiskNeed("weights", tmp_path / "models", 30),)


def test_the_run_that_is_configured_needs_room_as_well(workspace: Workspace) -> None:
    dataset = workspace.root / "dataset"
    assert run_rooms(workspace, configuration.load(workspace)) == []
    dataset.mkdir()
    Image.new("RGB", (64, 64)).save(dataset / "a.png")
    (dataset / "a.txt").write_text("a cat")
    (dataset / "dataset.toml").write_text(
        '[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\n'
        f'[[datasets]]\nimage_directory = "{dataset}"\ncache_directory = "{dataset}/cache"\n'
    )
    rooms = {each.says: each for each in run_rooms(workspace, configuration.load(workspace))}
    assert rooms["caches"].folder == (dataset / "cache").resolve()
    assert rooms["caches"].bytes > 0
    assert rooms["LoRA files and states"].bytes > 10**8, "both experts, five times"
    (dataset / "dataset.toml").write_text("[general\n")
    assert run_rooms(workspace, configuration.load(workspace)) == []


def test_a_disk_is_called_by_where_it_is_mounted(tmp_path: Path) -> None:
    (disk,) = disks_for([DiskNeed("weights", tmp_path / "a" / "b", 1)])
    assert disk.folder.is_mount()
    assert disk.folder in tmp_path.resolve().parents
