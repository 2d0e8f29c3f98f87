"""What an error of the operating system means for a person: which file, whose it is, and the command that helps."""

from __future__ import annotations

import errno
import os
import pwd
import shlex
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFUSED = (errno.EACCES, errno.EPERM)
_HELPS = {
    errno.ENOSPC: "make room on that disk, then do it again",
    errno.EDQUOT: "your quota on that disk is used up; make room, then do it again",
    errno.EROFS: "its file system is read-only; mount it writable, or use another folder",
    errno.EMFILE: "too many files are open; `ulimit -n 4096`, then do it again",
    errno.EIO: "the disk does not answer as it should; `dmesg` may say more",
    errno.ESTALE: "the network disk has lost it; mount it anew",
}


def explain(error: OSError) -> str:
    """A sentence: what failed with which file, why, and what to do.

    Where something is refused, the folder or file that is in the way is named, with its owner and its mode: after one
    call with ``sudo`` that is often a folder above the one that was asked for.
    """
    why = error.strerror or str(error)
    if error.filename is None:
        return why
    path = Path(os.fsdecode(error.filename))
    help_ = _HELPS.get(error.errno or 0)
    if error.errno in _REFUSED and (in_the_way := _in_the_way(path)) is not None:
        help_ = _whose(*in_the_way)
    return f"{path}: {why}" + (f"; {help_}" if help_ else "")


@contextmanager
def explained() -> Iterator[None]:
    """What the operating system refuses, as a sentence.

    Raises:
        MachineError: in place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise MachineError(explain(error)) from error


def _in_the_way(path: Path) -> tuple[Path, os.stat_result] | None:
    """The first folder on the way to `path`, or `path` itself, that this user may not use."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  links stay: they are part of the way
    for place in (*reversed(absolute.parents), absolute):
        try:
            status = place.stat()
        except OSError:
            return None
        is_last = place == absolute
        wanted = os.R_OK | os.W_OK if is_last or place == absolute.parent else 0
        if stat.S_ISDIR(status.st_mode):
            wanted |= os.X_OK
        if not os.access(place, wanted):
            return place, status
    return None


def _whose(place: Path, status: os.stat_result) -> str:
    """Whose `place` is, and the command that makes it usable."""
    quoted = shlex.quote(str(place))
    mode = f"mode {stat.S_IMODE(status.st_mode):04o}"
    if status.st_uid != os.getuid():
        command = f"sudo chown -R {_name_of(os.getuid())} {quoted}"
        return f"{place} belongs to {_name_of(status.st_uid)} ({mode}): `{command}` makes it yours"
    return f"{place} is yours, but closed ({mode}): `chmod -R u+rwX {quoted}` opens it"


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
