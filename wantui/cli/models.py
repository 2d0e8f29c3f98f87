"""``models``: which weight files there are here; loading them, and proving that they are whole."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.formatting import file_size
from wantui.services.weights import Weights, WeightStatus, is_needed, origin
from wantui.weights.printing import ReadingLine, file_line, overall

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wantui.paths import Workspace
    from wantui.services.annotations import DownloadProgress, Listing, WeightPlace, WeightVerdict
    from wantui.weights.catalogue import Task

_WORDS = {
    WeightStatus.MISSING: "missing",
    WeightStatus.PART: "some of it",
    WeightStatus.UNCHECKED: "not verified",
    WeightStatus.THERE: "verified",
    WeightStatus.OTHER: "not the Hub's",
}


def models(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what ``wantui models ACTION`` says."""
    service = Weights(workspace)
    task = options.task or service.task()
    act: Callable[..., int] = {"list": _list, "download": _download, "verify": _verify}[options.action]
    return act(service, task, options)


def _list(service: Weights, task: Task, options: argparse.Namespace) -> int:
    listing = service.list(task)
    if options.json:
        show.document(_listing(service, listing))
    else:
        show.table([_row(service, each) for each in listing.places])
        if listing.silence is not None:
            print(f"the Hub does not answer, so sizes are those it told before: {listing.silence}")
        if any(is_needed(each) for each in listing.places):
            print(f"`wantui models download --task {task}` downloads what is missing")
        _tell_running(service)
    return DONE if all(service.is_good(each) for each in listing.places) else FAILED


def _download(service: Weights, task: Task, options: argparse.Namespace) -> int:
    if options.pause or options.cancel:
        return _stop(service, options)
    out = sys.stderr if options.json else sys.stdout
    code = service.fetch(task, replaces=options.replace, out=out)
    if options.json:
        show.document(_listing(service, service.list(task)))
    return code


def _stop(service: Weights, options: argparse.Namespace) -> int:
    was_running = service.pause()
    freed = service.drop(options.task or "all") if options.cancel else 0
    if options.json:
        show.document({"was_running": was_running, "bytes_removed": freed})
    elif options.cancel:
        print(f"removed {file_size(freed)} of partial files")
    else:
        print("paused; `wantui models download` continues" if was_running else "no download is running")
    return DONE


def _verify(service: Weights, task: Task, options: argparse.Namespace) -> int:
    if options.json:
        verdicts = list(service.verify(task))
        show.document({"files": [_judged(verdict) for verdict in verdicts]})
    else:
        verdicts = []
        reading = ReadingLine(sys.stdout)
        for verdict in service.verify(task, reading.begins, reading.read):
            verdicts.append(verdict)
            reading.ends()
            mark = show.GOOD if verdict.is_good else show.BAD
            print(f"{mark} {verdict.weight.key}: {verdict.path}: {verdict.message}")
            if verdict.fix is not None:
                print(f"  → {verdict.fix}")
    return DONE if all(verdict.is_good for verdict in verdicts) else FAILED


def _row(service: Weights, each: WeightPlace) -> list[str]:
    elsewhere = service.elsewhere(each)
    size = file_size(each.remote.size) if each.remote is not None else "?"
    if not is_needed(each):
        size = file_size(each.here)
    where = str(each.target)
    if each.source is not None:
        where += f", linked from {origin(each.source)}"
    elif elsewhere is not None:
        where += f", to be linked from {origin(elsewhere)}"
    return [each.weight.key, _word(each), size, str(service.kind(each)), each.weight.purpose, where]


def _word(each: WeightPlace) -> str:
    """What there is of a file."""
    if each.standing is WeightStatus.PART and each.remote is not None:
        return f"{100 * each.here // each.remote.size}% here"
    return "your own" if each.is_own else _WORDS[each.standing]


def _tell_running(service: Weights) -> None:
    progress = service.progress()
    if progress is not None and progress.is_running:
        print(f"process {progress.pid} is downloading: {overall(progress)}")
        for file in progress.files:
            print(f"  {file.key}: {file_line(file)}")


def _listing(service: Weights, listing: Listing) -> dict[str, Any]:
    progress = service.progress()
    return {
        "files": [_placed(service, each) for each in listing.places],
        "hub_silence": listing.silence,
        "loading": None if progress is None or not progress.is_running else _progress(progress),
    }


def _placed(service: Weights, each: WeightPlace) -> dict[str, Any]:
    remote = each.remote
    kind, elsewhere = service.kind(each), service.elsewhere(each)
    return {
        "key": each.weight.key,
        "repository": each.weight.repository,
        "path": each.weight.path,
        "target": str(each.target),
        "state": str(each.standing),
        "is_own": each.is_own,
        "is_verified": each.standing is WeightStatus.THERE,
        "linked_from": each.source,
        "found_at": None if elsewhere is None else str(elsewhere),
        "kind": kind.what,
        "dtype": kind.dtype,
        "damage": kind.trouble,
        "bytes_here": each.here,
        "bytes": None if remote is None else remote.size,
        "sha256": None if remote is None else remote.sha256,
    }


def _progress(progress: DownloadProgress) -> dict[str, Any]:
    return {**asdict(progress), "eta_s": progress.eta_s, "speed": progress.speed}


def _judged(verdict: WeightVerdict) -> dict[str, Any]:
    return {
        "key": verdict.weight.key,
        "path": verdict.path,
        "is_good": verdict.is_good,
        "message": verdict.message,
        "fix": verdict.fix,
    }
