"""The real trainer asked for losses: the same answer twice, weights as they were, and each loss to its own item."""

from __future__ import annotations

import json
import math
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime
from tests.trainer.real import by_trainer, marks, run_wantui, toy_workspace
from wantui.paths import Workspace
from wantui.runs.free_port import free_port
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.probing.checkpoints import checkpoints_of
from wantui.runs.probing.order import OpenProbe, ProbeOrder
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert
from wantui.trainer.probes import ProbeTask, read_batches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["in_folder", "runtime"]

pytestmark = marks(900)

WITNESS = '''\
"""A witness of the test's own: which latents the model was given in each step, and the loss of each of them."""
import json, os, sys
from importlib.util import module_from_spec, spec_from_file_location

spec = spec_from_file_location("sitecustomize", os.path.join(os.environ["SHIM"], "sitecustomize.py"))
sys.path.insert(0, os.environ["SHIM"])
shim = sys.modules["sitecustomize"] = module_from_spec(spec)
spec.loader.exec_module(shim)
if os.environ.get("WITNESS"):
    import torch
    real = torch.nn.functional.mse_loss
    def mse_loss(given, target, *args, **keywords):
        found = real(given, target, *args, **keywords)
        with open(os.environ["WITNESS"], "a") as told:
            told.write(json.dumps({"losses": [float(each.float().mean()) for each in found]}) + "\\n")
        return found
    torch.nn.functional.mse_loss = mse_loss
    original = torch.randn_like
    def randn_like(given, *args, **keywords):
        with open(os.environ["WITNESS"], "a") as told:
            told.write(json.dumps({"sums": [float(each.double().sum()) for each in given]}) + "\\n")
        return original(given, *args, **keywords)
    torch.randn_like = randn_like
'''

SUMS = """
import json, sys
from safetensors.torch import load_file
found = {}
for path in sys.argv[1:]:
    (latents,) = (value for name, value in load_file(path).items() if name.startswith("latents_"))
    found[path] = float(latents.double().sum())
print(json.dumps(found))
"""
SAME = """
import sys
from safetensors.torch import load_file
one, other = map(load_file, sys.argv[1:])
assert one.keys() == other.keys()
print(max(float((one[name].double() - other[name].double()).abs().max()) for name in one))
"""


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    made = in_folder(tmp_path / "real")
    toy_workspace(
        made, 'epochs = 2\nsave_every = 1\nexperts = "low"\nkeep_states = 0\nretries = 0\nmemory = "full"\n'
    )
    for picture in (made.folder / "dataset/images").glob("*.jpg"):  # of one bucket, so that a batch can have two
        Image.open(picture).resize((96, 64)).save(picture)
    return made


def test_checkpoints_are_asked_for_their_loss(shell: Shell, tmp_path: Path) -> None:
    run_wantui(shell, "items", "hold-out", "--number", "2")
    held = {each["name"] for each in shell.json("items", "hold-out", "--list")}
    run_wantui(shell, "train", "--suffix", "probed", "--wait")
    trained = {row["name"] for row in json.loads((shell.folder / ".wantui/runs/1/caches-1-items.json").read_text())}
    assert len(trained) == 1
    assert not trained & held

    first = json.loads(run_wantui(shell, "probe", "1", "--draws", "3", "--json"))
    assert {(each["epoch"], each["set"]) for each in first} == {(1, "held-out"), (2, "held-out")}
    assert {each["item"] for each in first} == held
    kept = json.loads((shell.folder / ".wantui/runs/1/probe.json").read_text())["checkpoints"]
    assert all(math.isfinite(draw) for each in kept for item in each["items"] for draw in item["draws"])
    assert [item["draws"] for item in kept[0]["items"]] != [item["draws"] for item in kept[1]["items"]]
    (shell.folder / ".wantui/runs/1/probe.json").unlink()
    assert json.loads(run_wantui(shell, "probe", "1", "--draws", "3", "--json")) == first, "to the last digit"

    # One checkpoint once more, in batches of two, with a witness of the test's own beside the observer.
    workspace = Workspace(shell.folder)
    probe = OpenProbe.of(workspace, ProbeOrder(1, None, 3, 1))
    checkpoint = checkpoints_of(workspace, probe.run)[0]
    dataset = probe.question.make_dataset(probe.look, tmp_path / "set")
    document = json.loads(dataset.read_text())
    document["datasets"][0]["batch_size"] = 2
    dataset.write_text(json.dumps(document))
    work = tmp_path / "asked"
    work.mkdir()
    task = ProbeTask(checkpoint.path, dataset, 3, 1, work)
    settings = settings_of_job(probe.run, checkpoint.job)
    tool = trainer("musubi")
    command = tool.probe_command(settings, Expert.LOW, None, free_port(), task)
    shim = os.environ["WANTUI_TEST_MUSUBI_SHIM"]
    (tmp_path / "witness").mkdir()
    (tmp_path / "witness/sitecustomize.py").write_text(WITNESS)
    path = command.env["PYTHONPATH"].replace(shim, str(tmp_path / "witness"))
    witness = tmp_path / "witness.jsonl"
    environment = {**os.environ, **command.env, "PYTHONPATH": path, "SHIM": shim, "WITNESS": str(witness)}
    done = subprocess.run(command.argv, cwd=command.cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    assert json.loads(by_trainer(SAME, str(checkpoint.path), str(work / "probe.safetensors"))) == 0.0
    told = [json.loads(line) for line in witness.read_text().splitlines()]
    losses = [each["losses"] for each in told if "losses" in each]
    batches = read_batches(task.batches)
    steps = [step.loss for file, _ in tool.event_files(task.events) for step in tool.event_reader(file).read()]
    assert [len(batch) for batch in batches] == [2, 2, 2]
    assert len(batches) == len(losses) == len(steps)
    for step, found in zip(steps, losses, strict=True):
        assert step == pytest.approx(sum(found) / len(found), rel=1e-4)
    sums = json.loads(by_trainer(SUMS, *sorted({item for batch in batches for item in batch})))
    given = [each["sums"] for each in told if "sums" in each][-len(batches) :]
    for batch, seen in zip(batches, given, strict=True):
        assert seen == pytest.approx([sums[item] for item in batch], rel=1e-3)
