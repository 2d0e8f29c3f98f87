"""A release of what the real trainer saved: its tensors are the originals'; safetensors and the trainer read it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime
from tests.trainer.real import marks, toy_workspace

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
LOADED = """
import sys, torch
sys.path.insert(0, sys.argv[1] + "/src")
from safetensors.torch import load_file
from musubi_tuner.networks import lora_wan

class WanAttentionBlock(torch.nn.Module):
    "What the loader looks for layers in, with those that the file has."

for path in sys.argv[2:]:
    weights, model = load_file(path), torch.nn.Module()
    model.blocks = torch.nn.ModuleList()
    modules = sorted({name.partition(".")[0] for name in weights})
    layers = {}
    for module in modules:
        number, _, rest = module.removeprefix("lora_unet_blocks_").partition("_")
        while len(model.blocks) <= int(number):
            model.blocks.append(WanAttentionBlock())
        parent, _, last = rest.rpartition("_")
        at = model.blocks[int(number)]
        if not hasattr(at, parent):
            at.add_module(parent, torch.nn.Module())
        down, up = weights[module + ".lora_down.weight"], weights[module + ".lora_up.weight"]
        layer = torch.nn.Linear(down.shape[1], up.shape[0], bias=False)
        layer.weight.data.zero_()
        getattr(at, parent).add_module(last, layer)
        layers[module] = layer
    network = lora_wan.create_arch_network_from_weights(1.0, weights, unet=model, for_inference=True)
    network.merge_to(None, model, weights, device="cpu")
    for module, layer in layers.items():
        down, up = (weights[f"{module}.lora_{part}.weight"].float() for part in ("down", "up"))
        wanted = up @ down * (weights[module + ".alpha"].float() / down.shape[0])
        assert wanted.abs().max() > 0, module
        assert torch.allclose(layer.weight.data, wanted, atol=1e-6), module
    print(len(layers))
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


def run(shell: Shell, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "wantui", *words], cwd=shell.folder, check=False, timeout=500, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout.decode()


def by_trainer(code: str, *words: object) -> str:
    """What a script says that the trainer's interpreter runs."""
    argv = [os.environ["WANTUI_TEST_MUSUBI_PYTHON"], "-c", code, *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_release_is_the_originals_within_rounding_and_is_read_by_everybody(shell: Shell) -> None:
    run(shell, "train", "--suffix", "real", "--wait")
    released: dict[str, Any] = json.loads(run(shell, "release", "1", "--high", "1", "--name", "pair", "--json"))
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
    layers = by_trainer(LOADED, os.environ["WANTUI_TEST_MUSUBI"], *pairs[1::2]).split()
    assert len(layers) == 2
    assert all(int(count) > 0 for count in layers)
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
