"""A release of what the real trainer saved: its tensors are the originals'; safetensors and the trainer read it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime
from tests.trainer.real import MERGED_BY_LOADER, by_trainer, marks, run_wantui, toy_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["in_folder", "runtime"]

pytestmark = marks(600)

COMPARED = """
import json, sys, torch
from safetensors import safe_open
from safetensors.torch import load_file
found = []
for original, copy in zip(sys.argv[1::2], sys.argv[2::2]):
    one, other = load_file(original), load_file(copy)
    assert one.keys() == other.keys()
    worst = max(float(((one[name].double() - other[name].double()).abs()
                - (one[name].double().abs() * 2 ** -11).clamp(min=2 ** -25)).max()) for name in one)
    with safe_open(copy, "pt") as opened:
        metadata = opened.metadata()
    types = sorted({str(each.dtype) for each in other.values()})
    found.append({"was": str(next(iter(one.values())).dtype), "is": types, "beyond": worst, "metadata": metadata})
print(json.dumps(found))
"""
HASH = """
import sys
sys.path.insert(0, sys.argv[1] + "/src")
from musubi_tuner.utils import model_utils
print(model_utils.addnet_hash_safetensors(open(sys.argv[2], "rb")))
"""


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    made = in_folder(tmp_path / "real")
    toy_workspace(made, 'epochs = 2\nsave_every = 1\nkeep_states = 0\nretries = 0\nmemory = "full"\n')
    return made


def test_a_release_is_the_originals_within_rounding_and_is_read_by_everybody(shell: Shell) -> None:
    run_wantui(shell, "train", "--suffix", "real", "--wait")
    released: dict[str, Any] = json.loads(
        run_wantui(shell, "release", "1", "--high", "1", "--name", "pair", "--json")
    )
    assert [(each["expert"], each["epoch"]) for each in released["files"]] == [("high", 1), ("low", 2)]
    folder = shell.folder / "releases/pair"
    pairs = [path for each in released["files"] for path in (each["from"], folder / each["name"])]
    for found, file in zip(json.loads(by_trainer(COMPARED, *pairs)), released["files"], strict=True):
        assert found["is"] == ["torch.float16"]
        assert file["converted"] == (found["was"] == "torch.float32")
        assert found["beyond"] <= 0
        assert found["metadata"]["wantui.epoch"] == str(file["epoch"])
        assert found["metadata"]["ss_network_dim"] == "16"
        assert str(shell.folder) not in json.dumps(found["metadata"])
        told = by_trainer(HASH, os.environ["WANTUI_TEST_MUSUBI"], folder / file["name"]).split()[-1]
        assert told == found["metadata"]["sshs_model_hash"]
    layers = by_trainer(MERGED_BY_LOADER, os.environ["WANTUI_TEST_MUSUBI"], *pairs[1::2]).split()
    assert len(layers) == 2
    assert all(int(count) > 0 for count in layers)
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
