"""A folder that may be a checkout of the trainer: whether it is, who began it, and which version it has."""

from __future__ import annotations

import os
import re
import tomllib
from contextlib import suppress
from pathlib import Path

import psutil

from wantui.doctor.environment import KNOWN_COMMITS
from wantui.trainer.musubi.checkout import SCRIPTS, missing_scripts
from wantui.trainer.musubi.version import commit_of

MARK = "wantui"
"""Section of a checkout's git configuration that says who began it: only such a one is gone on with."""
TESTED = (0, 3, 4)
"""The newest version that wantui is tested with; the workflow's commit is the older one."""
_NUMBER = re.compile(r"\d+")


def is_checkout(root: Path) -> bool:
    """Whether it has every script that is called."""
    return not missing_scripts(root)


def begun_here(root: Path) -> bool:
    """Whether a setup has begun it, and may have been killed meanwhile."""
    try:
        return f"[{MARK}]" in (root / ".git" / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def why_taken(root: Path) -> str | None:
    """Why no checkout may be made there, as the end of a sentence; None where it may.

    A folder is free while it holds nothing but what a setup puts there, or has begun.
    """
    if root.is_symlink() and not root.exists():
        return f"is a link to {os.readlink(root)}, which is not there"  # noqa: PTH115  as it is written
    if not root.exists() or begun_here(root):
        return None
    try:
        names = {path.name for path in root.iterdir()}
    except OSError as error:
        return f"cannot be looked into ({error.strerror})"
    expected = {"models", "venv", ".git"} if _is_bare(root / ".git") else {"models", "venv"}
    return _what_it_is(root) if names - expected else None


def _what_it_is(root: Path) -> str:
    """What is wrong with a folder that holds something else than a whole checkout."""
    missing = missing_scripts(root)
    if len(missing) == len(SCRIPTS):
        return "is no musubi-tuner, and not empty"
    return f"has no {missing[0]}: it is too old, or `git -C {root} status` tells what became of it"


def _is_bare(git: Path) -> bool:
    """Whether a repository has nothing in it: ``git init`` was killed, or nothing has come after it."""
    return git.is_dir() and not any(path.is_file() for path in (git / "objects").rglob("*"))


def left_locks(root: Path) -> tuple[Path, ...]:
    """Locks in a checkout that a setup has begun, left by a git that was killed; each would stop the next one.

    None while a git is at work there: that of a setup that is under way has locks as well.
    """
    locks = tuple(sorted((root / ".git").rglob("*.lock"))) if begun_here(root) else ()
    return locks if locks and not _is_git_at_work(root) else ()


def _is_git_at_work(root: Path) -> bool:
    """Whether a git runs in a checkout, or has been told of it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_there = str(root) in process.cmdline() or Path(process.cwd()).is_relative_to(root)
            if is_there and process.name() == "git":
                return True
    return False


def is_at(root: Path, commit: str) -> bool:
    """Whether it is at a commit: the beginning of its number, or one of the names of `name_of`."""
    found = commit_of(root)
    return found is not None and (found.startswith(commit) or _known(found) == commit)


def name_of(root: Path) -> str:
    """``v0.3.4 (30c658c0aa)``, ``0.3.2 (0123456789), older than what wantui is tested with``."""
    commit = commit_of(root)
    known = None if commit is None else _known(commit)
    if commit is not None and known is not None:
        return f"{known} ({commit[:10]})" if known.startswith("v") else f"{commit[:10]} ({known})"
    version, which = _version(root), "commit unknown" if commit is None else commit[:10]
    if version is None:
        return f"({which}), of an unknown version"
    numbers = tuple(map(int, _NUMBER.findall(version)[:3]))
    if numbers == TESTED:
        return f"{version} ({which}), not quite what wantui is tested with"
    return f"{version} ({which}), {'older' if numbers < TESTED else 'newer'} than what wantui is tested with"


def _known(commit: str) -> str | None:
    """What a commit is called that wantui is tested with."""
    return next((name for start, name in KNOWN_COMMITS.items() if commit.startswith(start)), None)


def _version(root: Path) -> str | None:
    """As its ``pyproject.toml`` has it."""
    try:
        document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        return str(document["project"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
