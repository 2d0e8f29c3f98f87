"""Pictures by pairs as real processes, in rehearsal: made once, gone on with after a kill, chosen, listed."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

import pytest

from tests.demo import demo_workspace
from wantui.cli.parser import run as cli
from wantui.jobs.hook import Decision
from wantui.jobs.model import JobState, RunKind
from wantui.runs.board import Board
from wantui.runs.errors import PlanError
from wantui.runs.giving_way import GIVES_WAY
from wantui.runs.hooks.sampling import answer
from wantui.runs.request import RunRequest
from wantui.services.runs import Runs
from wantui.services.samples import Samples
from wantui.trainer.rehearsal.faults import FAIL_VARIABLE, PACE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.supervisor.conftest import Site
    from wantui.jobs.model import Job, Run

CONFIG = """\
[trainer]
kind = "rehearsal"
[gpus]
provider = "simulated"
simulated = 2
[run]
suffix = "toy"
epochs = 2
save_every = 1
keep_states = 0
"""
PROMPTS = """\
# two pictures and a clip
ohwx style, a boat --w 64 --h 64 --s 1
ohwx style, a house --w 64 --h 64 --s 1
ohwx style, a walk --w 64 --h 64 --s 1 --f 5
"""


@pytest.fixture
def site(make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> Site:
    """Four pictures, three prompts, two GPUs."""
    monkeypatch.setenv(PACE_VARIABLE, "0")
    made = make_site(config=CONFIG)
    kept = (made.folder / "wantui.toml").read_text()
    demo_workspace(made.folder)
    (made.folder / "wantui.toml").write_text(kept)
    (made.folder / "prompts.txt").write_text(PROMPTS)
    for picture in sorted((made.folder / "dataset/images").iterdir())[8:]:
        picture.unlink()
    return made


def train(site: Site) -> Run:
    runs = Runs(site.workspace)
    return runs.start(runs.plan(RunRequest(RunKind.TRAIN)))


def sample(site: Site, high: list[int | str] | None = None, low: list[int | str] | None = None) -> Run:
    service = Samples(site.workspace)
    begun = service.begin(service.plan(1, high, low))
    assert begun is not None
    return begun


def ended(site: Site, run: Run) -> Job:
    return site.until_ended(run)["sample"]


def stamps(site: Site) -> dict[Path, int]:
    return {frame: frame.stat().st_mtime_ns for each in Samples(site.workspace).pictures(1) for frame in each.frames}


def test_pictures_are_made_once_gone_on_with_after_a_kill_and_chosen(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert all(job.state is JobState.SUCCEEDED for job in site.until_ended(train(site)).values())
    service = Samples(site.workspace)
    plan = service.plan(1)
    assert (plan.total, plan.left, plan.expected_s, plan.cautions) == (6, 6, None, ())

    site.kill_supervisor()
    monkeypatch.setenv(FAIL_VARIABLE, "sample@2:kill")  # the second of the two pictures that are made at once
    job = ended(site, sample(site))
    assert job.state is JobState.FAILED
    assert stamps(site) == {}, "whole or not at all"
    site.kill_supervisor()
    monkeypatch.setenv(FAIL_VARIABLE, "")
    assert ended(site, sample(site, [1])).state is JobState.SUCCEEDED
    first = stamps(site)
    assert len(first) == 2 + 5

    job = ended(site, sample(site))
    assert (job.state, job.reason) == (JobState.SUCCEEDED, "3 pictures made"), site.log(job.id)
    (view,) = Board(site.workspace).of(site.store.get(job.run))
    assert (view.progress.step, view.progress.steps) == (3, 3)
    assert first.items() <= stamps(site).items(), "none is made again"
    assert not (site.workspace.runs / str(job.run) / "making").exists()
    assert service.begin(service.plan(1)) is None, "every one is there"
    neighbours = service.plan(1, [1], [2])
    assert (neighbours.total, neighbours.left) == (3, 3)
    assert neighbours.expected_s is not None
    _look_at_them(site, capsys)
    _average_and_look(site, capsys)


def _look_at_them(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = Samples(site.workspace).pictures(1)
    assert [str(each.pair) for each in pictures] == ["high 1 + low 1"] * 3 + ["high 2 + low 2"] * 3
    assert len({each.frames[0].read_bytes() for each in pictures}) == 6
    capsys.readouterr()
    workspace = ("--workspace", str(site.folder))
    assert cli([*workspace, "sample", "1", "--choose", "2+2"]) == 0
    assert cli([*workspace, "sample", "1", "--choose", "2+1"]) == 1
    assert cli([*workspace, "sample"]) == 2
    capsys.readouterr()
    assert cli([*workspace, "sample", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["high"], each["low"], each["chosen"]) for each in told] == [(1, 1, False)] * 3 + [(2, 2, True)] * 3
    assert [len(each["files"]) for each in told] == [len(each.frames) for each in pictures]
    assert cli([*workspace, "sample", "1", "--high", "1", "--low", "all", "--dry-run", "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert (planned["pairs"], planned["left"]) == ([{"high": 1, "low": 1}, {"high": 1, "low": 2}], 3)
    assert cli([*workspace, "sample", "1", "--show"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "chosen: high 2 + low 2"
    assert cli([*workspace, "checkpoints", "1"]) == 0
    assert "chosen: high 2 + low 2" in capsys.readouterr().out
    assert cli([*workspace, "sample", "1", "--high", "7"]) == 2
    assert "high has no checkpoint of epoch 7; there are 1, 2" in capsys.readouterr().err
    assert cli([*workspace, "release", "1", "--dry-run"]) == 0
    assert not (site.folder / "releases").exists()
    capsys.readouterr()
    assert cli([*workspace, "release", "1", "--name", "boats", "--json"]) == 0
    released = json.loads(capsys.readouterr().out)
    assert [(each["epoch"], each["why"]) for each in released["files"]] == [(2, "chosen by its pictures")] * 2
    assert released["samples"] == 3
    assert sorted(released["sha256"]) == ["boats_high_noise.safetensors", "boats_low_noise.safetensors"]
    assert "Made by a rehearsal" in (site.folder / "releases/boats/README.md").read_text()
    assert cli([*workspace, "release", "1", "--name", "boats"]) == 2
    assert "is there already" in capsys.readouterr().err
    (site.folder / "prompts.txt").write_text("a --w 3\n")
    assert cli([*workspace, "sample", "1"]) == 2
    assert "prompts.txt:1: --w 3" in capsys.readouterr().err
    assert cli([*workspace, "sample", "--prompts", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["line"] == 1


def _average_and_look(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, name = ("--workspace", str(site.folder)), "ema-1-2-beta0.5"
    (site.folder / "prompts.txt").write_text(PROMPTS)
    assert cli([*workspace, "ema", "1", "--beta", "0.5"]) == 0
    service = Samples(site.workspace)
    assert (service.view(1).high, service.view(1).low) == ((1, 2, name), (1, 2, name))
    assert service.begin(service.plan(1)) is None, "an average is made pictures of where it is named"
    assert ended(site, sample(site, None, [name])).state is JobState.SUCCEEDED
    before = stamps(site)
    assert ended(site, sample(site, [2], [name])).state is JobState.SUCCEEDED
    assert before.items() <= stamps(site).items()
    made = {str(each.pair) for each in service.pictures(1)}
    assert made >= {f"high {name} + low {name}", f"high 2 + low {name}"}
    assert cli([*workspace, "sample", "1", "--choose", f"2+{name}"]) == 0
    capsys.readouterr()
    assert cli([*workspace, "checkpoints", "1", "--json"]) == 0
    marked = [each for each in json.loads(capsys.readouterr().out) if each["chosen"]]
    assert [(each["expert"], each["epoch"]) for each in marked] == [("high", 2), ("low", None)]
    assert cli([*workspace, "sample", "1", "--show", "--json"]) == 0
    told = [each for each in json.loads(capsys.readouterr().out) if each["chosen"]]
    assert [(each["high"], each["low"]) for each in told] == [(2, name)] * 3
    assert cli([*workspace, "release", "1", "--name", "averaged", "--json"]) == 0
    released = json.loads(capsys.readouterr().out)
    assert [each["why"] for each in released["files"]] == ["chosen by its pictures"] * 2
    assert released["samples"] == 3


def test_a_training_is_followed_by_pictures(site: Site) -> None:
    config = site.folder / "wantui.toml"
    config.write_text(CONFIG + "[sample]\nafter_run = true\n")
    (site.folder / "prompts.txt").write_text("a --q 1\n")
    with pytest.raises(PlanError, match=r"prompts.txt:1: --q"):
        train(site)
    assert site.store.runs() == (), "a bad prompt is told before the night"
    (site.folder / "prompts.txt").write_text(PROMPTS)
    (follower,) = Runs(site.workspace).followers(train(site).number)
    job = ended(site, follower)
    assert (job.state, job.reason) == (JobState.SUCCEEDED, "6 pictures made"), site.log(job.id)

    folder = site.workspace.runs / str(follower.number)
    asked = Namespace(run_folder=folder, question="verify", exit_code=GIVES_WAY, gpu=None)
    assert answer(asked).decision is Decision.AGAIN, "it has left its GPU to another job"
    asked.exit_code = 1
    assert answer(asked).decision is Decision.FAIL
    asked.question = "prepare"
    assert answer(asked).decision is Decision.SKIP, "everything is there"
