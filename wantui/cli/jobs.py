"""``jobs``, ``logs``, ``wait``: what runs and ran."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.services.job_logs import JobLogs
from wantui.services.runs import Runs

if TYPE_CHECKING:
    import argparse

    from wantui.jobs.model import Job
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
    """Print the log of a job, or of all jobs of a run."""
    service = JobLogs(workspace)
    if options.job.isdecimal() and not options.raw and options.attempt is None:
        return _logs_of_run(service, int(options.job), follows=options.follow)
    if options.raw:
        raw = service.raw_log(options.job, follows=options.follow, attempt=options.attempt)
        for chunk in raw.chunks:
            sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
        path, job = raw.path, raw.job
    else:
        log = service.log(options.job, follows=options.follow, attempt=options.attempt)
        for lines in log.lines:
            for line in lines:
                print(line)
            sys.stdout.flush()
        path, job = log.path, log.job
    if not options.follow and not path.exists():
        _say_there_is_none(job, options.attempt)
    return DONE


def _logs_of_run(logs: JobLogs, number: int, *, follows: bool) -> int:
    """Print the logs of all jobs of a run as one, each line behind its job."""
    found = logs.run_log(number, follows=follows)
    width = max(len(each) for each in found.jobs)
    for line in found.lines:
        print(f"{line.job:{width}} | {line.text}".rstrip(), flush=follows)
    return DONE


def _say_there_is_none(job: Job, attempt: int | None) -> None:
    if attempt is not None and attempt < job.attempt:
        complain(f"attempt {attempt} at {job.id} has no log")
        return
    which = job.id if job.attempt == 1 else f"attempt {job.attempt} at {job.id}"
    complain(f"{which} has no log: it is {job.state}" + (f", {job.reason}" if job.reason else ""))


def wait(workspace: Workspace, options: argparse.Namespace) -> int:
    """Wait for a run."""
    try:
        return DONE if watch(Runs(workspace), options.run, timeout=options.timeout) else FAILED
    except TimeoutError:
        complain(f"run {options.run} has not ended within {options.timeout:g} s; it goes on")
        return FAILED
