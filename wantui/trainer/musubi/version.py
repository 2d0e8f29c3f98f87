"""Which commit of the trainer a checkout is at, read from its ``.git`` folder: git itself need not be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def commit_of(root: Path) -> str | None:
    """The commit that the checkout at `root` is at, 40 hex digits; None where it is no checkout."""
    try:
        folder = root / ".git"
        if folder.is_file():  # a worktree or a submodule: "gitdir: PATH"
            folder = root / folder.read_text(encoding="utf-8").partition(":")[2].strip()
        head = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref:"):
            return head
        return _resolve(folder, head.partition(":")[2].strip())
    except OSError:
        return None


def _resolve(folder: Path, reference: str) -> str | None:
    common = folder / "commondir"
    shared = folder / common.read_text(encoding="utf-8").strip() if common.exists() else folder
    loose = shared / reference
    if loose.is_file():
        return loose.read_text(encoding="utf-8").strip()
    for line in (shared / "packed-refs").read_text(encoding="utf-8").splitlines():
        commit, _, name = line.partition(" ")
        if name == reference:
            return commit
    return None
