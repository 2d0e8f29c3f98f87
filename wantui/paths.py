"""Where things lie: the workspace, wantui's own folder in it, and the machine's runtime folder."""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
import shlex
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wantui.access import explain
from wantui.errors import BadInputError

CONFIG_NAME = "wantui.toml"
STATE_NAME = ".wantui"

FULL_DISK_BYTES = 1 << 20
"""With less than this free, a trainer dies of its own log lines, and a job gets lost for want of space."""


OTHERS_MAY_WRITE = 0o022


class WorkspaceError(BadInputError):
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
    def has_runs(self) -> bool:
        """Whether there is a folder of a run; false also where that cannot be seen."""
        try:
            with os.scandir(self.runs) as found:
                return next(found, None) is not None
        except OSError:
            return False

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
                f"{self.root}: cannot write wantui's own folder there: {explain(error)}; "
                "or name a writable workspace with --workspace"
            ) from error


def find_workspace(named: str | None = None, start: Path | None = None) -> Workspace:
    """The workspace meant: `named`, else ``$WANTUI_WORKSPACE``, else the nearest ``wantui.toml`` upwards.

    Args:
        named: what ``--workspace`` said.
        start: where to look upwards from; the current folder unless given.

    Raises:
        WorkspaceError: the named folder is not a folder, or the ``wantui.toml`` found may be somebody else's.
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
            stranger = _stranger(folder, is_current=folder == here)
            if stranger is not None:
                raise WorkspaceError(
                    f"{folder / CONFIG_NAME} was found on the way up from {here} and is not used: {stranger}; "
                    f"to use it all the same: wantui --workspace {shlex.quote(str(folder))} ..."
                )
            return Workspace(folder)
    return Workspace(here)


def _stranger(folder: Path, *, is_current: bool) -> str | None:
    """Who but this user, or root, may have put the ``wantui.toml`` into `folder`; None: nobody.

    As git has it for repositories that it finds (``safe.directory``), and as there, root behind ``sudo`` takes what
    the calling user owns. Whoever stands in the folder of the file means that folder: there a file is taken that
    belongs to the folder's owner, as on rented machines where root works in a user's folder or on a network disk that
    shows one owner for all.
    """
    own = {os.getuid(), 0}
    if os.getuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
        own.add(int(os.environ["SUDO_UID"]))
    status, of_folder = (folder / CONFIG_NAME).stat(), folder.stat()
    if is_current:
        own.add(of_folder.st_uid)
    elif of_folder.st_uid not in own:
        return f"its folder belongs to {_name_of(of_folder.st_uid)}"
    elif of_folder.st_mode & stat.S_IWOTH and not of_folder.st_mode & stat.S_ISVTX:
        return "everybody may write to its folder (`chmod o-w` changes that)"
    return None if status.st_uid in own else f"it belongs to {_name_of(status.st_uid)}"


def _name_of(uid: int) -> str:
    """``user anna (1001)``; the number alone where nobody has it."""
    try:
        return f"user {pwd.getpwuid(uid).pw_name} ({uid})"
    except KeyError:
        return f"user {uid}"


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
        raise WorkspaceError(f"{explain(error)}; or set WANTUI_RUNTIME_DIR to a folder of your own") from error
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
    if status.st_mode & OTHERS_MAY_WRITE:
        raise PermissionError(errno.EPERM, f"others can write to it (`chmod 700 {folder}` ends that)", str(folder))


def state_folders() -> list[Path]:
    """Where this user's records outside of every workspace lie, the preferred folder first.

    Each is this user's own, and nobody else can write it. ``$WANTUI_STATE_DIR``; else ``$XDG_STATE_HOME/wantui``,
    ``~/.local/state/wantui`` (XDG base directories), and the runtime folder, which is always there but does not
    outlive the cleaning of ``/tmp``.
    """
    named = os.environ.get("WANTUI_STATE_DIR")
    if named:
        return [folder for folder in [Path(named).absolute()] if _is_own(folder)]
    candidates = [base / "wantui" for base in _state_homes()]
    with suppress(WorkspaceError):  # it is somebody else's: then there is one folder less
        candidates.append(runtime_folder() / "state")
    return [folder for folder in candidates if _is_own(folder)]


def _state_homes() -> list[Path]:
    """Where this user's state may lie: a home that is somebody else's, as under ``sudo``, is none."""
    given = os.environ.get("XDG_STATE_HOME", "")
    return [*([Path(given)] if _is_owned(given) else []), *(home / ".local" / "state" for home in _homes())]


def settings_folder() -> Path | None:
    """Where this user's own settings for all workspaces lie: ``$XDG_CONFIG_HOME/wantui``, else ``~/.config/wantui``.

    It need not exist. None: this user has no home folder.
    """
    given = os.environ.get("XDG_CONFIG_HOME", "")
    bases = [Path(given)] if given.startswith("/") else [home / ".config" for home in _homes()]
    return bases[0] / "wantui" if bases else None


def _homes() -> list[Path]:
    """This user's home folders: what ``$HOME`` says, and what the system says."""
    homes = [os.environ.get("HOME", "")]
    with suppress(KeyError):  # a container's user without a name
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    return [Path(home) for home in dict.fromkeys(homes) if _is_owned(home)]


def _is_owned(folder: str) -> bool:
    """Whether `folder` is an absolute path of something that belongs to this user."""
    try:
        return folder.startswith("/") and Path(folder).stat().st_uid == os.getuid()
    except OSError:
        return False


def _is_own(folder: Path) -> bool:
    """Whether `folder`, made if need be, is a folder of this user that no other can write."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and status.st_uid == os.getuid() and not status.st_mode & OTHERS_MAY_WRITE
