"""``jobs``, ``logs``, ``wait``: what runs and ran."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.jobs.logs import Folder
from wantui.services.runs import Runs

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


def queue(workspace: Workspace, options: argparse.Namespace) -> int:
    """Release a run that is held, after its command lines."""
    runs = Runs(workspace)
    waiting = [job.spec for job in runs.run(options.run).jobs if not job.state.has_ended]
    show.commands([replace(spec, argv=command) for spec in waiting for command in spec.commands])
    run = runs.release(options.run)
    print(f"released: {', '.join(job.id for job in run.jobs if not job.state.has_ended)}")
    return DONE


def wait(workspace: Workspace, options: argparse.Namespace) -> int:
    """Wait for a run."""
    try:
        return DONE if watch(Runs(workspace), options.run, timeout=options.timeout) else FAILED
    except TimeoutError:
        complain(f"run {options.run} has not ended within {options.timeout:g} s; it goes on")
        return FAILED
