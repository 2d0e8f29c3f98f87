"""What the items of a dataset looked like when a cache job began, so that it is known at its end which were edited.

Files are compared with what they were, never with a clock: that may have been set meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.caches.content import read_object, stamp_of, text_digest, write_compact

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.dataset.model import Item

_VERSION = 1


def note(file: Path, items: Iterable[Item]) -> None:
    """Write down in `file` what the media and captions of `items` look like now.

    Raises:
        OSError: it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    write_compact(file, {"version": _VERSION, "items": {str(item.media): _look_of(item) for item in items}})


def edited(file: Path, items: Iterable[Item]) -> bool:
    """Whether media or caption of one of `items` were written or replaced since they were noted in `file`."""
    noted = read_object(file, _VERSION).get("items")
    return isinstance(noted, dict) and any(noted.get(str(item.media)) != _look_of(item) for item in items)


def _look_of(item: Item) -> str:
    """What changes when a file of the item is written, or another is put in its place."""
    paths = (item.media, item.caption_file, item.jsonl_file)
    return text_digest(" ".join(_stamp(path) for path in paths if path is not None))


def _stamp(path: Path) -> str:
    try:
        return repr(tuple(stamp_of(str(path))))
    except OSError:
        return "gone"
