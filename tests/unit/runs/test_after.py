"""What follows a run: the upload first, the command last and once, nothing of a stranger's."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.unit.finished_run import finished_run
from wantui.cli.parser import run as cli
from wantui.jobs import trust
from wantui.jobs.fields import FieldError
from wantui.jobs.model import JobState, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.after import main as after
from wantui.runs.after.order import AfterOrder, begin
from wantui.runs.errors import PlanError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    return finished_run(tmp_path / "w")


def marks(workspace: Workspace, code: int = 0) -> tuple[str, ...]:
    """A command that leaves a mark in its folder each time."""
    return (sys.executable, "-c", f"open('mark', 'a').write('x'); raise SystemExit({code})")


def marked(workspace: Workspace) -> str:
    mark = workspace.root / "mark"
    return mark.read_text() if mark.exists() else ""


def test_an_order_is_kept_with_its_run() -> None:
    order = AfterOrder(7, "ann/toy", public=True, command=("a", "b c"), name="toy-2", high=40)
    assert AfterOrder.from_document(json.loads(json.dumps(order.to_document()))) == order
    earlier = {"after": {"run": 7, "upload": None, "public": False, "command": ["a"]}}
    assert AfterOrder.from_document(earlier) == AfterOrder(7, command=("a",))
    with pytest.raises(FieldError):
        AfterOrder.from_document({"after": {"run": "7"}})


def test_an_order_that_was_altered_or_is_a_strangers_is_not_approved(workspace: Workspace) -> None:
    trained = RunStore(workspace).get(1)
    mine = replace(trained, kind=RunKind.AFTER, settings=AfterOrder(1, command=("vastai", "stop")).to_document())
    assert not trust.is_approved(mine)
    trust.approve(mine)
    assert trust.is_approved(mine)
    assert not trust.is_approved(replace(mine, settings=AfterOrder(1, command=("rm", "-r")).to_document()))


def test_the_command_waits_for_every_other_run(workspace: Workspace) -> None:
    store = RunStore(workspace)
    first = store.get(1)
    number = store.create_folder()
    ended = tuple(replace(job, id=f"{number}.{job.spec.kind}", run=number) for job in first.jobs)
    waits = replace(first, number=number, jobs=tuple(replace(job, state=JobState.QUEUED) for job in ended))
    store.write(waits)
    seen = []

    def pause() -> None:
        seen.append(marked(workspace))
        store.write(replace(waits, jobs=ended))

    assert after.do(workspace, AfterOrder(1, command=marks(workspace)), pause=pause) == 0
    assert seen == [""]
    assert marked(workspace) == "x"


def test_what_is_held_or_follows_too_is_not_waited_for(workspace: Workspace) -> None:
    ended = RunStore(workspace).get(1)
    jobs = tuple(replace(job, state=JobState.QUEUED) for job in ended.jobs)
    waits = replace(ended, number=2, jobs=jobs)
    held = replace(waits, number=3, held=True)
    runs_on = replace(held, number=4, jobs=tuple(replace(job, state=JobState.RUNNING) for job in ended.jobs))
    follows = Run(5, RunKind.AFTER, 1.0, {}, jobs)
    assert after.under_way([ended, waits, held, runs_on, follows]) == (2, 4)


@pytest.mark.parametrize("code", [0, 3])
def test_the_command_is_run_only_after_an_upload_that_was_compared(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    said = "wantui: released, and not uploaded: no token" if code else "✓ 4 files verified on ann/toy"
    verb = (sys.executable, "-c", f"print('  sends a.safetensors'); print({said!r}); raise SystemExit({code})")
    monkeypatch.setattr(after, "upload_command", lambda workspace, order: verb)
    order = AfterOrder(1, "ann/toy", command=marks(workspace))
    assert after.do(workspace, order) == (1 if code else 0)
    assert marked(workspace) == ("" if code else "x")
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["[1/3] upload the release of run 1 to ann/toy", "[1/3] sends a.safetensors"]
    failed = [said, "failed: not uploaded: no token; the command is not run"]
    assert told[2:4] == failed if code else told[2] == "[1/3] 4 files verified on ann/toy"


def test_the_upload_is_the_verb_of_a_person(workspace: Workspace) -> None:
    words = after.upload_command(workspace, AfterOrder(1, "ann/toy", public=True))
    assert words[3:] == (
        "wantui", "--workspace", str(workspace.root), "release", "1", "--upload", "ann/toy", "--public",
    )  # fmt: skip
    named = after.upload_command(workspace, AfterOrder(1, "ann/toy", name="-x", high=2))
    assert named[-2:] == ("--name=-x", "--high=2")


def test_a_command_that_fails_or_is_not_there_is_told_of(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert after.do(workspace, AfterOrder(1, command=marks(workspace, 5))) == 1
    assert "ended with exit code 5" in capsys.readouterr().out
    assert after.do(workspace, AfterOrder(1, command=("/no/such",))) == 1
    assert "failed: /no/such: No such file or directory" in capsys.readouterr().out
    with pytest.raises(PlanError, match="nothing to do"):
        begin(workspace, AfterOrder(1))


def test_nothing_is_queued_that_nobody_has_agreed_to(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.root / "wantui.toml").write_text('[after]\ncommand = ["vastai", "stop", "my box"]\n')
    assert cli(["--workspace", str(workspace.root), "after", "1"]) == 2
    told = capsys.readouterr()
    assert "when no other run is under way or waits: vastai stop 'my box'" in told.out
    assert "nothing was done; --yes does it without asking" in told.err
    assert RunStore(workspace).numbers() == [1]
    (workspace.root / "wantui.toml").write_text('[after]\ncommand = "vastai stop"\n')
    assert cli(["--workspace", str(workspace.root), "after", "1"]) == 2
    assert "wantui.toml:2" in capsys.readouterr().err
