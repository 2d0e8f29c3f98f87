"""Where things lie: the workspace, wantui's own folder in it, and the machine's runtime folder."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

CONFIG_NAME = "wantui.toml"
STATE_NAME = ".wantui"

FULL_DISK_BYTES = 1 << 20
"""With less than this free, a trainer dies of its own log lines, and a job gets lost for want of space."""


class WorkspaceError(Exception):
    """A workspace that cannot be used; the message says which folder, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder that a person trains in."""

    root: Path
    """Absolute path of the folder."""

    @property
    def config_file(self) -> Path:
        """``wantui.toml``; it need not exist."""
        return self.root / CONFIG_NAME

    @property
    def state(self) -> Path:
        """wantui's own folder in the workspace; nothing else in the workspace is written unasked."""
        return self.root / STATE_NAME

    @property
    def runs(self) -> Path:
        """One folder a run, named by its number."""
        return self.state / "runs"

    @property
    def runtime(self) -> Path:
        """Locks and the socket of this workspace's supervisor, on this machine's own disk."""
        digest = hashlib.blake2b(os.fsencode(self.root), digest_size=8).hexdigest()
        return runtime_folder() / digest

    @property
    def is_full(self) -> bool:
        """Whether the disk of the state folder has no room for logs and records any more."""
        return shutil.disk_usage(self.state).free < FULL_DISK_BYTES

    def create_state(self) -> None:
        """Make the state folder, with a ``.gitignore`` so that it never reaches a repository.

        Raises:
            WorkspaceError: the workspace is not writable.
        """
        try:
            # Its own alone may read it: records hold [trainer] env, and a token may be in it.
            self.state.mkdir(mode=0o700, exist_ok=True)  # never its parents: a removed workspace stays removed
            if self.state.stat().st_mode & 0o077:
                self.state.chmod(0o700)
            self.runs.mkdir(exist_ok=True)
            ignore = self.state / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise WorkspaceError(
                f"{self.root}: cannot write wantui's own folder there ({error.strerror}); "
                "name a writable workspace with --workspace"
            ) from error


def find_workspace(named: str | None = None, start: Path | None = None) -> Workspace:
    """The workspace meant: `named`, else ``$WANTUI_WORKSPACE``, else the nearest ``wantui.toml`` upwards.

    Args:
        named: what ``--workspace`` said.
        start: where to look upwards from; the current folder unless given.

    Raises:
        WorkspaceError: the named folder is not a folder.
    """
    chosen = named or os.environ.get("WANTUI_WORKSPACE")
    if chosen:
        folder = Path(chosen).expanduser()
        if not folder.is_dir():
            raise WorkspaceError(f"{folder}: no such folder; create it or name another with --workspace")
        return Workspace(folder.resolve())
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIG_NAME).is_file():
            return Workspace(folder)
    return Workspace(here)


def runtime_folder() -> Path:
    """This user's folder for locks and sockets, made if need be, mode 0700.

    ``$WANTUI_RUNTIME_DIR``, else ``/tmp/wantui-UID``. Not ``$XDG_RUNTIME_DIR``, which is removed when the last
    login session ends, and never a folder of the workspace: file locks on network disks may be granted to
    everybody, and a socket's path has room for 107 bytes only (`unix(7)`).

    Raises:
        WorkspaceError: it cannot be made, or is not this user's alone.
    """
    named = os.environ.get("WANTUI_RUNTIME_DIR")
    folder = Path(named) if named else Path(f"/tmp/wantui-{os.getuid()}")  # noqa: S108  see above
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_own_folder(folder)
    except OSError as error:
        raise WorkspaceError(f"{folder}: {error.strerror}; set WANTUI_RUNTIME_DIR to a folder of your own") from error
    return folder


def require_own_folder(folder: Path) -> None:
    """Whoever can write to a folder of locks and sockets can lead us to files of others, or answer in our place.

    Raises:
        PermissionError: `folder` is a link, belongs to somebody else, or others can write to it.
        OSError: it cannot be looked at.
    """
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        what = "is a link" if stat.S_ISLNK(status.st_mode) else "belongs to somebody else"
        raise PermissionError(errno.EPERM, what, str(folder))
    if status.st_mode & 0o022:
        raise PermissionError(errno.EPERM, f"others can write to it (`chmod 700 {folder}` ends that)", str(folder))
