"""The real trainer averages by epoch though file times are shuffled; its tensors are those that are reckoned here."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime
from tests.trainer.real import MERGED_BY_LOADER, by_trainer, marks, run_wantui, toy_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["in_folder", "runtime"]

pytestmark = marks(600)

RECKONED = """
import json, sys, torch
from safetensors import safe_open
from safetensors.torch import load_file
made, betas, files = sys.argv[1], json.loads(sys.argv[2]), [load_file(path) for path in sys.argv[3:]]
found = load_file(made)
assert found.keys() == files[0].keys()
apart = shares = 0.0
for name, tensor in found.items():
    mean = files[0][name].double()
    for file, beta in zip(files[1:], betas):
        mean = mean if name.endswith(".alpha") else mean * beta + file[name].double() * (1 - beta)
    assert (tensor.dtype, tensor.shape) == (files[0][name].dtype, files[0][name].shape)
    single = torch.stack([file[name].double().abs() for file in files]).amax(0) * 2 ** -24 * 2 * len(files)
    kept = mean.abs() * torch.finfo(tensor.dtype).eps / 2 + (2 ** -25 if tensor.dtype == torch.float16 else 0)
    apart = max(apart, float(((tensor.double() - mean).abs() / (single + kept).clamp(min=1e-30)).max()))
    shares = max(shares, float((tensor.double() - files[-1][name].double()).abs().max()))
with safe_open(made, "pt") as opened:
    metadata = opened.metadata()
print(json.dumps({"apart": apart, "from_last": shares, "metadata": metadata}))
"""
"""How far the tensors are apart, 1 where by all roundings of single precision and of the file's type together; and by
how much they differ from the last file's."""


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    made = in_folder(tmp_path / "real")
    settings = 'epochs = 4\nsave_every = 1\nexperts = "low"\nkeep_states = 0\nretries = 0\nmemory = "full"\n'
    toy_workspace(made, settings)
    return made


def test_checkpoints_are_averaged_by_epoch(shell: Shell) -> None:
    run_wantui(shell, "train", "--suffix", "real", "--wait")
    listed = json.loads(run_wantui(shell, "checkpoints", "1", "--json"))
    paths = [each["path"] for each in listed]
    assert [each["epoch"] for each in listed] == [1, 2, 3, 4]
    for seconds, at in enumerate((2, 0, 3, 1)):
        os.utime(paths[at], (1_000_000 + seconds, 1_000_000 + seconds))
    by_sigma = [(1 - 1 / number) ** (_gamma(0.2) + 1) for number in (1, 2, 3)]
    for options, betas in ((("--beta", "0.7"), [0.7] * 3), (("--sigma-rel", "0.2"), by_sigma)):
        (told,) = json.loads(run_wantui(shell, "ema", "1", *options, "--json"))["averages"]
        found = json.loads(by_trainer(RECKONED, told["path"], json.dumps(betas), *paths))
        assert found["apart"] <= 1
        assert found["from_last"] > 0
        assert found["metadata"]["ss_network_dim"] == "16"
        assert int(by_trainer(MERGED_BY_LOADER, os.environ["WANTUI_TEST_MUSUBI"], told["path"])) > 0
    listed = json.loads(run_wantui(shell, "checkpoints", "1", "--json"))
    assert [each["epoch"] for each in listed] == [1, 2, 3, 4, None, None]
    assert "lora_post_hoc_ema.py" in run_wantui(shell, "logs", "2.ema")


def _gamma(sigma: float) -> float:
    """The positive root of the trainer's cubic equation, by Newton's method from above it."""
    t, root = sigma**-2, sigma**-2
    for _ in range(100):
        value = root**3 + 7 * root**2 + (16 - t) * root + 12 - t
        root -= value / (3 * root**2 + 14 * root + 16 - t)
    return root
