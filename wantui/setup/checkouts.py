"""A folder that may be a checkout of the trainer: whether it is, who began it, and which version it has."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from wantui.doctor.environment import KNOWN_COMMITS
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.version import commit_of

if TYPE_CHECKING:
    from pathlib import Path

MARK = "wantui"
"""Section of a checkout's git configuration that says who began it: only such a one is gone on with."""
TESTED = (0, 3, 4)
"""The newest version that wantui is tested with; the workflow's commit is the older one."""
_NUMBER = re.compile(r"\d+")


def is_checkout(root: Path) -> bool:
    """Whether it has every script that is called."""
    return all((commands.script_folder(root) / name).is_file() for name in commands.SCRIPTS.values())


def begun_here(root: Path) -> bool:
    """Whether a setup has begun it, and may have been killed meanwhile."""
    try:
        return f"[{MARK}]" in (root / ".git" / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def is_taken(root: Path) -> bool:
    """Whether the folder holds something that is neither ours nor expected there."""
    try:
        names = {path.name for path in root.iterdir()}
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return True
    return not begun_here(root) and bool(names - {"models", "venv"})


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
