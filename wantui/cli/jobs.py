"""``jobs``, ``logs``, ``stop``, ``retry``, ``wait``: what runs and ran."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.jobs.logs import Folder
from wantui.services.runs import NamesInUseError, Runs

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from wantui.paths import Workspace


def jobs(workspace: Workspace, options: argparse.Namespace) -> int:
    """List jobs, the latest run last."""
    found = Runs(workspace).listed(every=options.all)
    for trouble in found.broken:
        complain(trouble)
    if found.trouble:
        complain(f"what is listed may be old: {found.trouble}")
    if options.json:
        show.document([view.document() for view in found.views])
    elif found.views:
        show.table([show.job_line(view) for view in found.views])
    else:
        print("no runs yet; `wantui train` starts one")
    return DONE


def logs(workspace: Workspace, options: argparse.Namespace) -> int:
    """Print a job's log."""
    found = Runs(workspace).log(options.job, follows=options.follow)
    _print(found.chunks, raw=options.raw)
    job = found.job
    if not options.follow and not found.path.exists():
        complain(f"{job.id} has no log: it is {job.state}" + (f", {job.reason}" if job.reason else ""))
    return DONE


def _print(chunks: Iterable[bytes], *, raw: bool) -> None:
    folder = Folder()
    for chunk in chunks:
        if raw:
            sys.stdout.buffer.write(chunk)
        else:
            for line in folder.feed(chunk):
                print(line)
        sys.stdout.flush()
    if not raw and folder.rest():
        print(folder.rest())


def stop(workspace: Workspace, options: argparse.Namespace) -> int:
    """End a job or run and wait until it is gone."""
    found = Runs(workspace).end(options.name)
    if not found.stopped:
        print(f"{options.name} has ended already")
    for name in found.stopped:
        print(f"{name} {'is still being stopped' if name in found.left else 'stopped'}")
    return FAILED if found.left else DONE


def retry(workspace: Workspace, options: argparse.Namespace) -> int:
    """Queue a job or run again, unless that would overwrite what was saved."""
    runs = Runs(workspace)
    in_use = runs.retry_meets(options.name)
    if in_use is not None and (in_use.writers or not options.replace):
        raise NamesInUseError(in_use, f"`wantui retry {options.name} --replace` moves them to a folder beside them")
    run = runs.retry(options.name, replaces=options.replace)
    waiting = [job.id for job in run.jobs if not job.state.has_ended]
    print(f"queued again: {', '.join(waiting)}")
    return DONE


def wait(workspace: Workspace, options: argparse.Namespace) -> int:
    """Wait for a run."""
    try:
        return DONE if watch(Runs(workspace), options.run, timeout=options.timeout) else FAILED
    except TimeoutError:
        complain(f"run {options.run} has not ended within {options.timeout:g} s; it goes on")
        return FAILED
