"""Cache files on their way out: kept beside the others until the job that replaces them has succeeded.

The trainer looks for ``*_wan.safetensors`` and ``*_wan_te.safetensors`` in the cache folder itself and in no folder
below (``get_all_latent_cache_files``, ``prepare_for_training``), nor does it take media from one. Each step here is
one rename or one deletion, and the folder itself is the journal: whatever lies in it after a crash is put back.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from wantui.caches.header import CorruptError, read_header
from wantui.caches.model import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.caches.model import CacheVerdict

TRASH = ".wantui-trash"


def discard(verdicts: Iterable[CacheVerdict]) -> None:
    """Move the files of `verdicts` into the trash of their folder; those that are gone already are no error.

    Raises:
        CacheError: a file cannot be moved; the ones before it are in the trash.
    """
    for verdict in verdicts:
        path = verdict.path
        trash = path.parent / TRASH
        try:
            trash.mkdir(exist_ok=True)
            os.rename(path, trash / path.name)  # noqa: PTH104  Path.rename looks both up first
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CacheError(
                f"{path}: cannot be moved into {trash} ({error.strerror}); make the cache folder writable"
            ) from error


def restore(folders: Iterable[Path]) -> int:
    """Put back what lies in the trash and has no successor; what has one that is whole is deleted.

    To be called after a cache job that did not succeed, and before the next one for what a crash left.

    Args:
        folders: cache folders.

    Returns:
        How many files were put back.

    Raises:
        CacheError: a file cannot be put back or deleted.
    """
    count = 0
    for folder in folders:
        for name in _names(folder):
            kept, successor = folder / TRASH / name, folder / name
            try:
                if _is_whole(successor):
                    os.unlink(kept)  # noqa: PTH108
                else:
                    os.replace(kept, successor)  # noqa: PTH105  over what a killed trainer left
                    count += 1
            except OSError as error:
                raise CacheError(
                    f"{kept}: cannot be put back ({error.strerror}); make the cache folder writable"
                ) from error
        _remove_folder(folder)
    return count


def is_left(folders: Iterable[Path]) -> bool:
    """Whether a cache job that nobody saw the end of left something in the trash.

    Args:
        folders: cache folders.

    Raises:
        CacheError: the trash cannot be listed.
    """
    return any(_names(folder) for folder in folders)


def empty(folders: Iterable[Path]) -> None:
    """Delete what lies in the trash, after a cache job that succeeded.

    Args:
        folders: cache folders.

    Raises:
        CacheError: a file cannot be deleted.
    """
    for folder in folders:
        for name in _names(folder):
            kept = folder / TRASH / name
            try:
                kept.unlink(missing_ok=True)
            except OSError as error:
                raise CacheError(f"{kept}: cannot be deleted ({error.strerror}); make its folder writable") from error
        _remove_folder(folder)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder / TRASH))  # noqa: PTH208  names only
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CacheError(f"{folder / TRASH}: cannot be listed ({error.strerror}); make it readable") from error


def _remove_folder(folder: Path) -> None:
    with suppress(OSError):  # not there, or somebody put something into it: it does no harm
        (folder / TRASH).rmdir()


def _is_whole(path: Path) -> bool:
    try:
        read_header(path)
    except (CorruptError, OSError):
        return False
    return True
