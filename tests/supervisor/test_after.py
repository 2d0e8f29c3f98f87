"""What follows a run as real processes: once, after the run, by the supervisor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wantui.jobs.model import JobState
from wantui.runs.after.order import AfterOrder, begin
from wantui.supervisor import client

if TYPE_CHECKING:
    from tests.supervisor.conftest import Site

COMMAND = (sys.executable, "-c", "open('mark', 'a').write('x')")


def test_a_command_follows_a_run_that_failed_once_and_survives_the_supervisor(site: Site) -> None:
    first = site.submit(site.spec("high", "until [ -e go ]; do sleep 0.05; done; exit 7"))
    run = begin(site.workspace, AfterOrder(first.number, command=COMMAND))
    site.until_state("1.high", "running")
    site.kill_supervisor()
    client.wake(site.workspace)
    assert not (site.folder / "mark").exists()
    (site.folder / "go").touch()
    assert site.until_ended(first)["high"].state is JobState.FAILED
    job = site.until_ended(run)["after"]
    assert (job.state, job.gpu) == (JobState.SUCCEEDED, None), site.log(job.id)
    assert (site.folder / "mark").read_text() == "x"
