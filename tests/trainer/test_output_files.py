"""Which files a training leaves behind, and how large they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.trainer.settings import run_settings
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert
from wantui.trainer.musubi.output_files import outputs


def names(**changes: Any) -> list[str]:
    given = run_settings(suffix="x", output_directory=Path("/o"), **changes)
    found = outputs(given, Expert.LOW)
    return [path.name.removeprefix("WAN2.2-LowNoise_x") for path in (*found.checkpoints, *found.states)]


@pytest.mark.parametrize(
    ("epochs", "every", "flags", "expected"),
    [
        (10, 4, {}, ["-000004.safetensors", "-000008.safetensors", ".safetensors"]),
        (10, 5, {}, ["-000005.safetensors", ".safetensors"]),
        (3, 10, {}, [".safetensors"]),
        (10, 2, {"save_last_n_epochs": 2}, ["-000006.safetensors", "-000008.safetensors", ".safetensors"]),
        (4, 2, {"save_state": True}, ["-000002.safetensors", ".safetensors", "-000002-state", "-state"]),
        (4, 2, {"save_state_on_train_end": True}, ["-000002.safetensors", ".safetensors", "-state"]),
        (
            6, 2, {"save_state": True, "save_last_n_epochs_state": 1},
            ["-000002.safetensors", "-000004.safetensors", ".safetensors", "-state"],
        ),
    ],
)  # fmt: skip
def test_checkpoints_and_states_are_named_as_the_trainer_names_them(
    epochs: int, every: int, flags: dict[str, Any], expected: list[str]
) -> None:
    assert names(epochs=epochs, save_every=every, training=flags) == expected


def checkout(folder: Path, flags: str) -> Path:
    source = folder / "src/musubi_tuner/wan_train_network.py"
    source.parent.mkdir(parents=True)
    source.write_text(f'parser.add_argument("--dataset_config")\n{flags}')
    return folder


def size(root: Path, **training: Any) -> int:
    return outputs(run_settings(trainer_root=root, training=training), Expert.HIGH).checkpoint_bytes


def test_a_lora_of_rank_16_has_153_mb_in_half_precision_and_twice_that_in_newer_trainers(tmp_path: Path) -> None:
    """153 MB is what the workflow's LoRAs have; newer trainers write float32 unless they are told otherwise."""
    old = checkout(tmp_path / "old", "")
    new = checkout(tmp_path / "new", 'parser.add_argument("--save_precision")\n')
    assert size(old) == pytest.approx(153e6, rel=0.01)
    assert size(new) == 2 * size(old)
    assert size(new, save_precision="fp16") == size(old)
    assert size(old, network_dim=32) == 2 * size(old)
    assert size(old, network_module="networks.loha") == 0


def test_the_rehearsals_files_have_the_names_and_no_weight() -> None:
    found = trainer("rehearsal").outputs(run_settings(epochs=4, save_every=2), Expert.HIGH)
    assert [path.suffix for path in found.checkpoints] == [".safetensors"] * 2
    assert found.size == 0


OWN = (
    "WAN2.2-LowNoise_x-000002.safetensors", "WAN2.2-LowNoise_x-000002-state", "WAN2.2-LowNoise_x-1000000.safetensors",
    "WAN2.2-LowNoise_x-state", "WAN2.2-LowNoise_x-step00000010.safetensors", "WAN2.2-LowNoise_x-step00000010-state",
    "WAN2.2-LowNoise_x.safetensors",
)  # fmt: skip
OTHERS = (
    "WAN2.2-LowNoise_x-2.safetensors", "WAN2.2-LowNoise_x-2-000002.safetensors", "WAN2.2-LowNoise_xy.safetensors",
    "WAN2.2-HighNoise_x.safetensors", "WAN2.2-LowNoise_x.safetensors.bak", "WAN2.2-LowNoise_x.txt",
)  # fmt: skip


def test_what_exists_under_a_name_is_that_names_alone(tmp_path: Path) -> None:
    for name in (*OWN, *OTHERS):
        (tmp_path / name).touch()
    samples = tmp_path / "sample"
    samples.mkdir()
    for name in (
        "WAN2.2-LowNoise_x_e000002_00_20260101000000_000.png",
        "WAN2.2-LowNoise_x-2_e000002_00_20260101000000.mp4",
    ):
        (samples / name).touch()
    found = trainer("musubi").existing_outputs(run_settings(suffix="x", output_directory=tmp_path), Expert.LOW)
    assert sorted(path.name for path in found.files) == sorted(OWN)
    assert [path.name for path in found.samples] == ["WAN2.2-LowNoise_x_e000002_00_20260101000000_000.png"]


def test_a_suffix_with_signs_of_patterns_is_a_name_like_any(tmp_path: Path) -> None:
    settings = run_settings(suffix="a[b].*", output_directory=tmp_path)
    (tmp_path / "WAN2.2-LowNoise_a[b].*.safetensors").touch()
    (tmp_path / "WAN2.2-LowNoise_ab.zz.safetensors").touch()
    found = trainer("rehearsal").existing_outputs(settings, Expert.LOW)
    assert [path.name for path in found.files] == ["WAN2.2-LowNoise_a[b].*.safetensors"]


def test_a_folder_that_is_not_there_yet_has_nothing(tmp_path: Path) -> None:
    settings = run_settings(output_directory=tmp_path / "none")
    assert trainer("musubi").existing_outputs(settings, Expert.LOW).files == ()
