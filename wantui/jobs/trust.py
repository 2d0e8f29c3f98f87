"""Which runs and configurations this user has started on this machine; nothing else is executed unasked.

A workspace may come from somebody else: an archive, a shared disk, a clone. Its ``run.json`` files and its
``wantui.toml`` name programs, and looking at them must start none. So what a person has asked for is recorded
outside of every workspace, in files that nobody else can write:

- ``runs/DIGEST``: a run that was submitted, retried or released here, by all that its jobs execute.
- ``workspaces/DIGEST``: the folder of a workspace in which a person has started something, with a digest of what its
  configuration executes (`executed_by`). Where that has changed, nothing starts by itself until a person starts
  something again.

A run keeps its approval when its workspace is moved; a moved workspace waits for the next run a person starts.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from wantui import atomic, reading
from wantui.jobs.model import JobError
from wantui.paths import state_folders

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.jobs.model import Run

LONGEST_RECORD = 1 << 16
"""Bytes that a record may have; a path has 4,096 at most."""


def approve(run: Run) -> None:
    """Record that this user wants `run` on this machine.

    Raises:
        JobError: the record cannot be written.
    """
    _write("runs", _digest(_executed_by_run(run)), {"created": run.created})


def is_approved(run: Run) -> bool:
    """Whether this user has asked for what the jobs of `run` execute, on this machine."""
    name = _digest(_executed_by_run(run))
    return any((folder / "runs" / name).is_file() for folder in state_folders())


def mark_used(config: Config) -> None:
    """Record that this user has started something in the workspace of `config`, with what that executes.

    Raises:
        JobError: the record cannot be written.
    """
    root = str(config.file.parent)
    _write("workspaces", _digest(root), {"root": root, "executes": _digest(executed_by(config))})


def why_not_used(config: Config) -> str | None:
    """Why nothing of the workspace may start by itself, as a clause; None: it may."""
    recorded = _recorded(str(config.file.parent))
    if recorded is None:
        return "you have started nothing in this workspace on this machine yet"
    if recorded != _digest(executed_by(config)):
        return f"the programs that {config.file} names have changed since you last started something here"
    return None


def executed_by(config: Config) -> dict[str, Any]:
    """All of a configuration that ends in a command line or environment which may start without a new request.

    That is the trainer's interpreter, checkout and environment, what the cache steps are given, and the captioner.
    ``[training]`` is not part of it: experts train on request alone, and the request shows their command lines.
    """
    return {
        "trainer": [config.trainer.kind, str(config.trainer.root), str(config.trainer.python), config.trainer.env],
        "models": {key: str(path) for key, path in config.models.by_key().items()},
        "caching": [config.caching.flags, config.caching.latents, config.caching.text],
        "captions": [config.captions.command, config.captions.tool, str(config.captions.model)],
    }


def _executed_by_run(run: Run) -> list[Any]:
    """What its jobs and their checks execute; named one by one, so that a new field of wantui changes no digest."""
    jobs = [
        [str(spec.kind), spec.argv, str(spec.cwd), spec.env, spec.prepare, spec.verify]
        for spec in (job.spec for job in run.jobs)
    ]
    return [str(run.kind), run.settings, jobs]


def _digest(document: Any) -> str:
    return hashlib.blake2b(json.dumps(document, sort_keys=True).encode("ascii"), digest_size=20).hexdigest()


def _recorded(root: str) -> str | None:
    """The digest of what the workspace at `root` executed when it was used last; None: it was not."""
    for folder in state_folders():
        try:
            document = reading.read_json(folder / "workspaces" / _digest(root), LONGEST_RECORD)
        except (OSError, ValueError):
            continue
        if isinstance(document, dict) and document.get("root") == root:
            return str(document.get("executes"))
    return None


def _write(kind: str, name: str, document: dict[str, Any]) -> None:
    """Write a record into the first folder that takes it."""
    trouble = "no folder of your own was found"
    for folder in state_folders():
        try:
            (folder / kind).mkdir(mode=0o700, exist_ok=True)
            atomic.write_json(folder / kind / name, document)
        except OSError as error:
            trouble = f"{folder}: {error.strerror}"
            continue
        return
    raise JobError(
        f"cannot record that you started this ({trouble}); nothing was started; "
        "set WANTUI_STATE_DIR to a folder of your own"
    )
