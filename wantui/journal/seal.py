"""What tells this user's own steps from those of a journal that came with somebody else's workspace.

A journal is a file of the workspace, and undoing writes what it says. In an archive or a clone it may name any file,
the login script of whoever opens it too. So a step's record is signed with a key that lies outside of every workspace
(`wantui.paths.state_folders`), and a step that reaches outside of its workspace is taken back only where the
signature is this user's.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.paths import state_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wantui.journal.changes import Kept

KEY = "journal.key"
_KEY_BYTES = 32


def sign(record: bytes, folders: Sequence[str]) -> str:
    """The signature of a step's record; empty where this user has no folder to keep a key in.

    Args:
        record: the step's file.
        folders: that go with the step.
    """
    key = _key()
    return "" if key is None else _signature(key, record, folders)


def is_own(record: bytes, folders: Sequence[str], signature: str) -> bool:
    """Whether `sign` made `signature` of these, for this user on this machine."""
    keys = (_read(folder) for folder in state_folders())
    return any(key is not None and hmac.compare_digest(_signature(key, record, folders), signature) for key in keys)


def outside(root: Path, changes: Iterable[Kept], folders: Iterable[str]) -> Path | None:
    """The first file or folder that does not lie in `root`, links followed; None: all do."""
    within = os.path.realpath(root)
    paths = [root / name for name in folders]
    paths += [path for change in changes for path in change.paths]
    real = {folder: os.path.realpath(folder) for folder in {path.parent for path in paths}}
    for path in paths:
        leads_away = os.path.islink(path) or path.name == ".."  # noqa: PTH114  no error where it may not be looked at
        here = os.path.realpath(path) if leads_away else os.path.join(real[path.parent], path.name)  # noqa: PTH118  of texts
        if os.path.commonpath((within, here)) != within:
            return path
    return None


def _signature(key: bytes, record: bytes, folders: Sequence[str]) -> str:
    signed = hmac.new(key, hashlib.blake2b(record).digest(), "sha256")
    signed.update("\0".join(folders).encode("utf-8", "surrogatepass"))
    return signed.hexdigest()


def _key() -> bytes | None:
    """The key that signs, made if need be."""
    for folder in state_folders():
        with suppress(OSError):
            known = _read(folder)
            return known if known is not None else _made(folder)
    return None


def _read(folder: Path) -> bytes | None:
    try:
        key = reading.read_bytes(folder / KEY, _KEY_BYTES)
    except OSError:
        return None
    return key if len(key) == _KEY_BYTES else None


def _made(folder: Path) -> bytes | None:
    staged = folder / f".{KEY}.{secrets.token_hex(8)}"
    atomic.write_bytes(staged, secrets.token_bytes(_KEY_BYTES), private=True)
    try:
        atomic.rename_new(staged, folder / KEY)
    except FileExistsError:  # another process was faster
        staged.unlink()
    return _read(folder)
