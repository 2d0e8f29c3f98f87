"""Pruned checkpoints: what always stays, the trash, and what a file says about itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.finished_run import finished_run, lora
from wantui.cli.parser import run as cli
from wantui.errors import BadInputError, ConflictError
from wantui.jobs.model import JobError, JobState
from wantui.jobs.store import RunStore
from wantui.runs.pruning import Trash, plan
from wantui.runs.releasing.plan import Candidate
from wantui.runs.sampling.judging import Judgements
from wantui.runs.sampling.pairs import Pair
from wantui.services.checkpoints import Checkpoints
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from wantui.paths import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    return finished_run(tmp_path / "w", epochs=(2, 4, 6, 8))


def files(workspace: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (workspace.root / "output").glob("*.safetensors")}


def test_the_chosen_the_lowest_the_last_and_the_named_stay(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    found = [
        Candidate(expert, epoch, path, is_lowest=(expert, epoch) == (Expert.HIGH, 4))
        for expert in Expert
        for epoch in (2, 4, 6, 8, 10)
    ]
    planned = plan(7, found, Pair(2, 8), [6])
    assert [(str(each.checkpoint.expert), each.checkpoint.epoch, each.why) for each in planned.kept] == [
        ("high", 2, "chosen by its pictures"),
        ("high", 4, "lowest held-out loss"),
        ("high", 6, "named"),
        ("high", 10, "the last"),
        ("low", 6, "named"),
        ("low", 8, "chosen by its pictures"),
        ("low", 10, "the last"),
    ]
    assert [(str(each.expert), each.epoch) for each in planned.pruned] == [("high", 8), ("low", 2), ("low", 4)]
    assert planned.bytes == 15
    with pytest.raises(BadInputError, match="no checkpoint of epoch 3; there are 2, 4, 6, 8, 10"):
        plan(7, found, None, [3])


def test_what_is_pruned_comes_back_as_it_was(workspace: Workspace) -> None:
    before = files(workspace)
    service = Checkpoints(workspace)
    Judgements(workspace, 1).choose(Pair(2, 4))
    planned = service.plan_pruning(1)
    assert files(workspace) == before, "a preview moves nothing"
    moved = service.prune(planned)
    assert len(moved) == 4
    assert [(str(each.expert), each.epoch) for each in service.candidates(1)] == [
        ("high", 2), ("high", 8), ("low", 4), ("low", 8),
    ]  # fmt: skip
    assert service.trash(1) == moved
    assert service.plan_pruning(1).pruned == ()
    service.restore(1)
    assert files(workspace) == before
    assert service.trash(1) == ()
    assert not (workspace.root / "output/pruned").exists()


def test_nothing_is_restored_over_another_file(workspace: Workspace) -> None:
    service = Checkpoints(workspace)
    moved = service.prune(service.plan_pruning(1))
    lora(moved[1].path, seed=99)
    with pytest.raises(ConflictError, match="is there again: nothing was restored"):
        service.restore(1)
    assert service.trash(1) == moved
    again = service.prune(service.plan_pruning(1))
    assert [each.path for each in again] == [moved[1].path]
    assert again[0].trash != moved[1].trash, "both are in the trash"
    assert all(each.trash.is_file() for each in (*moved, *again))


def test_a_move_that_broke_off_is_known(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Checkpoints(workspace)
    planned = service.plan_pruning(1)
    blocked = planned.pruned[2].path
    rename = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path == blocked:
            raise OSError(5, "no")
        rename(path, missing_ok)

    before = files(workspace)
    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(Exception, match="no"):
        service.prune(planned)
    monkeypatch.undo()
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(workspace.root.parent / "runtime"))
    (workspace.root / "output/pruned/run-1" / blocked.name).unlink()  # a link to it, which is whole in its place
    assert len(service.trash(1)) == 2
    service.restore(1)
    assert files(workspace) == before


def test_a_run_that_goes_on_is_not_pruned(workspace: Workspace) -> None:
    store = RunStore(workspace)
    run = store.get(1)
    store.write(replace(run, jobs=(replace(run.jobs[0], state=JobState.RUNNING), *run.jobs[1:])))
    with pytest.raises(JobError, match="run 1 has not ended"):
        Checkpoints(workspace).plan_pruning(1)


def test_a_broken_record_says_where_the_files_are(workspace: Workspace) -> None:
    Trash(workspace, 1).file.write_text("{")
    with pytest.raises(JobError, match=r"pruned.json: cannot be read .* the files are in pruned"):
        Checkpoints(workspace).trash(1)


def test_the_verbs(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--workspace", str(workspace.root), "checkpoints", "1"]
    service = Checkpoints(workspace)
    before = files(workspace)
    assert cli([*words, "--prune", "--keep", "all"]) == 0
    assert "nothing to prune" in capsys.readouterr().out
    assert cli([*words, "--prune", "--keep", "4", "--dry-run"]) == 0
    assert "4 checkpoints" in capsys.readouterr().out
    assert files(workspace) == before
    assert cli([*words, "--prune", "--keep", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["epoch"] for each in told["pruned"]} == {2, 6}
    assert len(told["moved"]) == 4
    assert cli([*words, "--empty-trash"]) == 2
    assert "--yes does it without asking" in capsys.readouterr().err
    assert cli([*words, "--restore"]) == 0
    assert files(workspace) == before
    assert cli([*words, "--prune"]) == 0
    assert cli([*words, "--empty-trash", "--yes", "--json"]) == 0
    capsys.readouterr()
    assert sorted(each.stem[-6:] for each in files(workspace)) == ["000008", "000008"]
    assert service.trash(1) == ()
    assert cli([*words, "--inspect", "8"]) == 0
    told_of = capsys.readouterr().out
    assert "6 tensors (6 F16), rank 4" in told_of
    assert "ss_network_dim" in told_of
    assert cli([*words, "--inspect", "2"]) == 2
    assert "run 1 has no checkpoint of epoch 2; there are 8" in capsys.readouterr().err
    for path in files(workspace):
        path.write_bytes(path.read_bytes()[:-2])
    assert cli([*words, "--inspect", "8", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["problem"] == "2 bytes of it are missing"
