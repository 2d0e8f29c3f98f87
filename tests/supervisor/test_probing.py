"""A probe as real processes, in rehearsal: held-out items are not trained on; checkpoints are asked about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.demo import demo_workspace
from tests.supervisor.conftest import until
from wantui import config as configuration
from wantui.cli.parser import run as cli
from wantui.jobs.model import JobState, RunKind
from wantui.runs.board import Board
from wantui.runs.errors import PlanError
from wantui.runs.plan import plan_run, start
from wantui.runs.probing.order import ProbeOrder, begin
from wantui.runs.request import RunRequest
from wantui.services.items import Items
from wantui.services.probing import Probing
from wantui.trainer.rehearsal.faults import PACE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.supervisor.conftest import Site
    from wantui.jobs.model import Job, Run

CONFIG = """\
[trainer]
kind = "rehearsal"
[gpus]
provider = "simulated"
simulated = 1
[run]
suffix = "toy"
epochs = 4
save_every = 2
experts = "low"
keep_states = 0
"""


@pytest.fixture
def site(make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> Site:
    """Eight pictures, two of them held out, one GPU."""
    monkeypatch.setenv(PACE_VARIABLE, "0")
    made = make_site(config=CONFIG)
    kept = (made.folder / "wantui.toml").read_text()
    demo_workspace(made.folder)
    (made.folder / "wantui.toml").write_text(kept)
    for picture in sorted((made.folder / "dataset/images").iterdir())[16:]:
        picture.unlink()
    items = Items(made.workspace)
    items.hold_out(items.all()[:2])
    return made


def train(site: Site, **changed: Any) -> Run:
    config = configuration.load(site.workspace)
    return start(site.workspace, plan_run(site.workspace, config, RunRequest(RunKind.TRAIN, **changed)))


def ask(site: Site, *items: str, draws: int = 2) -> Run:
    begun = begin(site.workspace, configuration.load(site.workspace), ProbeOrder(1, items or None, draws))
    assert begun is not None
    return begun


def ended(site: Site, run: Run) -> Job:
    return site.until_ended(run)["probe"]


def test_held_out_items_are_not_trained_on_and_checkpoints_are_asked_about_them(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(site)
    jobs = site.until_ended(run)
    assert jobs["low"].state is JobState.SUCCEEDED, site.log("1.low")
    assert "8 files are current" in (jobs["latents"].reason or "")
    folder = site.workspace.runs / "1"
    names = {item.name for item in Items(site.workspace).all()}
    held = {row.item.name for row in Items(site.workspace).chosen("status:held-out").rows}
    trained = {row["name"] for row in json.loads((folder / "caches-1-items.json").read_text())}
    assert len(held) == 2
    assert trained == names - held
    assert "num train items / 学習画像、動画数: 6" in site.log("1.low")

    job = ended(site, ask(site))
    assert (job.state, job.reason) == (JobState.SUCCEEDED, "2 checkpoints asked"), site.log("2.probe")
    (view,) = Board(site.workspace).of(site.store.get(2))
    assert (view.progress.step, view.progress.steps) == (2, 2)
    (answers,) = Probing(site.workspace).answers(1)
    assert [each.epoch for each in answers.probed] == [2, 4]
    assert {item.name for item in answers.probed[0].items} == held
    assert {(item.which, len(item.draws)) for item in answers.probed[0].items} == {("held-out", 2)}
    listed = Probing(site.workspace).checkpoints(1)
    assert [each.epoch for each in listed] == [2, 4]
    assert [each.epoch for each in listed if each.is_lowest] == [answers.lowest]
    assert all(each.size > 0 and each.held_out is not None and each.loss is not None for each in listed)
    assert not [
        path for path in (site.workspace.runs / "2").iterdir() if path.is_dir() and path.name in ("set", "asked")
    ]

    capsys.readouterr()
    workspace = ("--workspace", str(site.folder))
    assert cli([*workspace, "probe", "1", "--draws", "2", "--json"]) == 0  # nothing is left to be asked
    told = json.loads(capsys.readouterr().out)
    assert {(each["expert"], each["epoch"], each["set"]) for each in told} == {
        ("low", 2, "held-out"),
        ("low", 4, "held-out"),
    }
    assert {each["item"] for each in told} == held
    assert [each["loss"] for each in told] == [item.loss for each in answers.probed for item in each.items]
    assert cli([*workspace, "checkpoints", "1"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split() == ["expert", "epoch", "loss", "held", "out", "size", "file"]
    assert "◆" in shown
    assert cli([*workspace, "checkpoints", "1", "--json"]) == 0
    assert [each["lowest"] for each in json.loads(capsys.readouterr().out)] == [each.is_lowest for each in listed]

    config = configuration.load(site.workspace)
    assert begin(site.workspace, config, ProbeOrder(1, None, 2)) is None, "all have answered"
    first = answers.probed
    (folder / "probe.json").unlink()
    assert ended(site, ask(site)).state is JobState.SUCCEEDED
    again = Probing(site.workspace).answers(1)[0].probed
    assert [each.items for each in again] == [each.items for each in first], "to the last digit"


def test_items_that_a_run_has_trained_on_are_no_held_out_ones(site: Site) -> None:
    items = Items(site.workspace)
    items.release(items.all()[:2])
    site.until_ended(train(site))
    items.hold_out(items.all()[:1])
    config = configuration.load(site.workspace)
    with pytest.raises(PlanError, match="run 1 has trained on every item that is held out now"):
        begin(site.workspace, config, ProbeOrder(1))
    items.release(items.all())
    with pytest.raises(PlanError, match="no item is held out"):
        begin(site.workspace, config, ProbeOrder(1))
    name = items.all()[0].name
    assert ended(site, ask(site, f"0/{name}")).state is JobState.SUCCEEDED
    (answers,) = Probing(site.workspace).answers(1)
    assert [(item.name, item.which) for item in answers.probed[0].items] == [(name, "training")]
    assert answers.lowest is None
    caption = items.all()[0].caption_file
    assert caption is not None
    caption.write_text("something else")
    with pytest.raises(PlanError, match="caption edited; `wantui cache` encodes it"):
        begin(site.workspace, config, ProbeOrder(1, (f"0/{name}",)))


def test_a_probe_leaves_its_gpu_to_an_expert_and_goes_on_later(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.until_ended(train(site))
    config = site.folder / "wantui.toml"
    kept = config.read_text()
    site.kill_supervisor()
    monkeypatch.setenv(PACE_VARIABLE, "600")  # the first step of the first checkpoint takes for ever
    ask(site)
    site.until_state("2.probe", "running")
    until(lambda: "epoch 1/2" in site.log("2.probe"), "the first question")
    site.kill_supervisor()
    monkeypatch.setenv(PACE_VARIABLE, "0")
    train(site, suffix="other")
    jobs = site.until_ended(site.store.get(3))
    assert jobs["low"].state is JobState.SUCCEEDED
    job = ended(site, site.store.get(2))
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
    assert job.past[0].reason == "gave its GPU to a job that waited for one"
    assert job.past[0].ended is not None
    assert jobs["low"].started is not None
    assert jobs["low"].started >= job.past[0].ended - 1
    assert job.started is not None
    assert config.read_text() == kept
