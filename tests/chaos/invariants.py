"""What must hold after any faults, once they are over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.supervisor.conftest import until
from wantui.gpus.leases import Leases
from wantui.jobs import liveness
from wantui.jobs.model import JobState
from wantui.jobs.store import RunStore
from wantui.supervisor import client

if TYPE_CHECKING:
    from tests.chaos.world import World
    from wantui.jobs.model import Job, Run


def check(world: World) -> None:
    """Settle, then hold everything against the rules; the last act ends the supervisors."""
    world.settle()
    assert nothing_confirmed_is_missing(world) == []
    assert ends_without_evidence(world) == []
    broken = rules_broken(world)
    assert not broken, "\n".join(broken)
    before = states(world)
    goes_on(world)
    after = states(world)
    assert {name: after[name] for name in before} == before
    assert Leases(world.runtime / "gpus", liveness.is_alive).holders() == {}
    for workspace in world.sites.values():
        client.shut_down(workspace)
    until(lambda: not world.processes(), "the end of every process")
    assert sorted(path.name for path in world.disk.iterdir()) == sorted(world.sites)


def states(world: World) -> dict[str, tuple[JobState, str | None]]:
    """The states of all jobs."""
    return {f"{site}:{job.id}": (job.state, job.reason) for site, job in all_jobs(world)}


def all_jobs(world: World) -> list[tuple[str, Job]]:
    """Every job of every run that can be read, with the name of its workspace."""
    return [
        (site, job)
        for site, workspace in world.sites.items()
        for run in RunStore(workspace).runs()
        for job in run.jobs
    ]


def nothing_confirmed_is_missing(world: World) -> list[str]:
    """Runs that were taken and are not there, or with other jobs; but for those whose record was spoilt."""
    found: dict[tuple[str, int], list[str]] = {}
    for site, job in all_jobs(world):
        found.setdefault((site, job.run), []).append(str(job.kind))
    return [
        f"{site}: run {number}"
        for (site, number), kinds in world.confirmed.items()
        if (site, number) not in world.spoilt_runs and tuple(found.get((site, number), ())) != kinds
    ]


def ends_without_evidence(world: World) -> list[str]:
    """Jobs whose state says something that nothing else shows."""
    wrong = []
    for site, job in all_jobs(world):
        name = f"{site}:{job.id}:{job.attempt}"
        note = world.ground / "ends" / name.replace(":", "_")
        if job.state is JobState.SUCCEEDED:
            is_shown = job.exit_code == 0 and note.exists() and note.read_text() == "0"
        elif job.state is JobState.LOST:
            is_shown = bool(job.reason) and name in world.may_be_lost
        else:
            is_shown = bool(job.reason) and job.state.has_ended
        if not is_shown or job.ended is None:
            wrong.append(f"{name} {job.state} (exit code {job.exit_code}): {job.reason}")
    return wrong


def rules_broken(world: World) -> list[str]:
    """What jobs have seen of each other that they must not."""
    path = world.ground / "violations"
    return path.read_text().splitlines() if path.exists() else []


def _ended(store: RunStore, number: int) -> Run | None:
    found = store.get(number)
    return found if found.has_ended else None


def goes_on(world: World) -> None:
    """One more run in each workspace, at the same time; all of it succeeds."""
    last = {site: world.submit(site) for site in world.sites}
    for site, run in last.items():
        store, number = RunStore(world.sites[site]), run.number
        ended = until(partial(_ended, store, number), f"the end of the last run of {site}")
        assert [job.state for job in ended.jobs] == [JobState.SUCCEEDED] * 3, [job.reason for job in ended.jobs]
