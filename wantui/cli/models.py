"""``models``: which weight files there are here; loading them, and proving that they are whole."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from wantui import config as configuration
from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.formatting import file_size
from wantui.trainer.musubi.weight_kind import WeightKind, kind_of
from wantui.weights import control, download, fetch
from wantui.weights.checking import Checker
from wantui.weights.copies import copies, origin
from wantui.weights.printing import ReadingLine, file_line, overall
from wantui.weights.progress import read_progress
from wantui.weights.state import WeightStatus

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from wantui.config import Config
    from wantui.paths import Workspace
    from wantui.weights.catalogue import Task
    from wantui.weights.checking import Listing, WeightVerdict
    from wantui.weights.progress import DownloadProgress
    from wantui.weights.state import WeightPlace

LOOK_STALL_S = 8.0
"""Somebody looks on; a Hub that says nothing for so long is told of, and what it said before counts."""
_NEEDED = frozenset({WeightStatus.MISSING, WeightStatus.PART})
_WORDS = {
    WeightStatus.MISSING: "missing",
    WeightStatus.PART: "some of it",
    WeightStatus.UNCHECKED: "not verified",
    WeightStatus.THERE: "verified",
    WeightStatus.OTHER: "not the Hub's",
}


def models(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what ``wantui models ACTION`` says."""
    config = configuration.load(workspace)
    os.environ.update(config.trainer.env)  # huggingface_hub reads it while it is imported
    act: Callable[..., int] = {"list": _list, "download": _download, "verify": _verify}[options.action]
    return act(workspace, config, options.task or config.run.task, options)


def _list(workspace: Workspace, config: Config, task: Task, options: argparse.Namespace) -> int:
    listing = _checker(workspace, config).list(task)
    if options.json:
        show.document(_listing(workspace, config, listing))
    else:
        show.table([_row(each, _elsewhere(config, each)) for each in listing.places])
        if listing.silence is not None:
            print(f"the Hub does not answer, so sizes are those it told before: {listing.silence}")
        if any(each.standing in _NEEDED for each in listing.places):
            print(f"`wantui models download --task {task}` loads what is not here")
        _tell_running(workspace)
    return DONE if all(_is_good(each) for each in listing.places) else FAILED


def _download(workspace: Workspace, config: Config, task: Task, options: argparse.Namespace) -> int:
    if options.pause or options.cancel:
        return _stop(workspace, config, options)
    out = sys.stderr if options.json else sys.stdout
    code = fetch.fetch(workspace, task, replaces=options.replace, out=out)
    if options.json:
        show.document(_listing(workspace, config, _checker(workspace, config).list(task)))
    return code


def _stop(workspace: Workspace, config: Config, options: argparse.Namespace) -> int:
    was_running = control.pause(workspace)
    freed = download.cancel(config.models, options.task or "all") if options.cancel else 0
    if options.json:
        show.document({"was_running": was_running, "bytes_removed": freed})
    elif options.cancel:
        print(f"removed {file_size(freed)} of files that were not whole")
    else:
        print("paused; `wantui models download` goes on" if was_running else "nothing is being loaded")
    return DONE


def _verify(workspace: Workspace, config: Config, task: Task, options: argparse.Namespace) -> int:
    checker = _checker(workspace, config)
    if options.json:
        verdicts = list(checker.verify(task))
        show.document({"files": [_judged(verdict) for verdict in verdicts]})
    else:
        verdicts = []
        reading = ReadingLine(sys.stdout)
        for verdict in checker.verify(task, reading.begins, reading.read):
            verdicts.append(verdict)
            reading.ends()
            mark = show.GOOD if verdict.is_good else show.BAD
            print(f"{mark} {verdict.weight.key}: {verdict.path}: {verdict.message}")
            if verdict.fix is not None:
                print(f"  → {verdict.fix}")
    return DONE if all(verdict.is_good for verdict in verdicts) else FAILED


def _checker(workspace: Workspace, config: Config) -> Checker:
    hub = control.hub_of(config, os.environ, stall_s=LOOK_STALL_S)
    return Checker(workspace, config.models, hub)


def _row(each: WeightPlace, elsewhere: Path | None) -> list[str]:
    size = file_size(each.remote.size) if each.remote is not None else "?"
    if each.standing not in _NEEDED:
        size = file_size(each.here)
    where = str(each.target)
    if each.source is not None:
        where += f", linked from {origin(each.source)}"
    elif elsewhere is not None:
        where += f", to be linked from {origin(elsewhere)}"
    return [each.weight.key, _word(each), size, str(_kind(each)), each.weight.purpose, where]


def _word(each: WeightPlace) -> str:
    """What there is of a file."""
    if each.standing is WeightStatus.PART and each.remote is not None:
        return f"{100 * each.here // each.remote.size}% here"
    return "your own" if each.is_own else _WORDS[each.standing]


def _kind(each: WeightPlace) -> WeightKind:
    """What the file's header says; of what is not here, nothing, and of what is verified, nothing bad."""
    if each.standing in _NEEDED:
        return WeightKind()
    kind = kind_of(each.target)
    return replace(kind, trouble=None) if each.standing is WeightStatus.THERE else kind


def _is_good(each: WeightPlace) -> bool:
    """Whether the file can be used, as far as is known."""
    is_foreign = each.standing is WeightStatus.OTHER and not each.is_own
    return each.standing not in _NEEDED and not is_foreign and _kind(each).trouble is None


def _elsewhere(config: Config, each: WeightPlace) -> Path | None:
    """A file of the right name and size that a download would link, where there is none in its place."""
    if each.standing not in _NEEDED or each.remote is None:
        return None
    return next(copies(each.weight, each.remote, config.models.search, os.environ), None)


def _tell_running(workspace: Workspace) -> None:
    progress = read_progress(workspace)
    if progress is not None and progress.is_running:
        print(f"process {progress.pid} is loading: {overall(progress)}")
        for file in progress.files:
            print(f"  {file.key}: {file_line(file)}")


def _listing(workspace: Workspace, config: Config, listing: Listing) -> dict[str, Any]:
    progress = read_progress(workspace)
    return {
        "files": [_placed(each, _elsewhere(config, each)) for each in listing.places],
        "hub_silence": listing.silence,
        "loading": None if progress is None or not progress.is_running else _progress(progress),
    }


def _placed(each: WeightPlace, elsewhere: Path | None) -> dict[str, Any]:
    remote = each.remote
    kind = _kind(each)
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
