"""One process at a time: the journal's locks, and what is said where somebody else has one."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from wantui import locks
from wantui.journal.errors import JournalError
from wantui.paths import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.paths import Workspace


@contextmanager
def held(workspace: Workspace, name: str, *, patience_s: float, busy: str) -> Iterator[None]:
    """Hold the lock `name` of a workspace.

    Args:
        workspace: its state folder is made if need be.
        name: of the lock; file locks on network disks may be granted to everybody, so it lies in the runtime folder.
        patience_s: seconds to wait for somebody else.
        busy: what that somebody is doing, as a clause, and what to do about it.

    Raises:
        JournalError: somebody else holds it for longer, or a folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            workspace.create_state()
            stack.enter_context(locks.held(workspace.runtime / name, patience_s=patience_s))
        except WorkspaceError as error:
            raise JournalError(str(error)) from error
        except locks.LockedError as error:
            raise JournalError(f"{error}: {busy}") from error
        except OSError as error:
            raise JournalError(f"{error.filename}: cannot be written: {error.strerror}") from error
        yield
