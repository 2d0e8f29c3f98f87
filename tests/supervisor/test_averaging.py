"""Averages as real processes, in rehearsal: no GPU is taken and none waited for; a retry makes what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.finished_run import finished_run
from wantui.jobs import trust
from wantui.jobs.model import JobState
from wantui.runs.board import Board
from wantui.services.averaging import Averaging
from wantui.services.probing import Probing
from wantui.services.runs import Runs
from wantui.trainer.rehearsal import tensors

if TYPE_CHECKING:
    from tests.supervisor.conftest import Site


def test_it_takes_no_gpu_and_waits_for_nobody(site: Site) -> None:
    config = (site.folder / "wantui.toml").read_text()
    finished_run(site.folder, epochs=(10, 20, 30), trainer_kind="rehearsal")
    (site.folder / "wantui.toml").write_text(config)
    trust.approve(site.store.get(1))
    site.occupy(0, 1)
    waits = site.submit(site.spec("high", "true", wants_gpu=True))
    site.until_state(f"{waits.number}.high", "queued")
    service = Averaging(site.workspace)
    order = service.plan(1)
    begun = service.begin(order)
    assert begun is not None
    job = site.until_ended(begun)["ema"]
    assert (job.state, job.gpu) == (JobState.SUCCEEDED, None), (job.reason, site.log(job.id))
    assert "2 averages" in (job.reason or "")
    assert site.job(f"{waits.number}.high").state is JobState.QUEUED
    (view,) = Board(site.workspace).of(site.store.get(begun.number))
    assert (view.of_run, view.progress.step, view.progress.steps) == (1, 2, 2)
    found = Probing(site.workspace).averages(1)
    assert [(each.expert, each.name) for each in found] == [("high", "ema-10-30"), ("low", "ema-10-30")]
    assert all(tensors.load(each.path)[0] for each in found)

    found[1].path.unlink()
    kept = found[0].path.stat()
    Runs(site.workspace).retry(job.id)
    assert site.until_ended(begun)["ema"].state is JobState.SUCCEEDED
    assert found[1].path.is_file()
    assert found[0].path.stat() == kept, "what exists is left as it is"
