"""``captions convert``: captions that are not UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.services.captions import Captions
from wantui.services.items import Items

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.paths import Workspace
    from wantui.services.annotations import EncodingReading


def convert(workspace: Workspace, options: argparse.Namespace) -> int:
    """Convert captions to UTF-8, or show what they may say."""
    items = Items(workspace, options.dataset).named(options.names)
    service = Captions(workspace)
    if options.encoding is None:
        found = {item.media: (item, service.readings(item)) for item in items}
        return _show([(item, offered) for item, offered in found.values() if offered], as_json=options.json)
    done = service.convert_all(items, options.encoding)
    if options.json:
        step = None if done.step is None else done.step.number
        show.document({"step": step, "converted": [str(path) for path in done.files]})
    else:
        print(f"{done.what}; `wantui captions undo` undoes it" if done.files else "every caption is UTF-8")
    return DONE


def _show(unread: list[tuple[Item, tuple[EncodingReading, ...]]], *, as_json: bool) -> int:
    if as_json:
        show.document([_document(item.caption_file or item.media, offered) for item, offered in unread])
        return FAILED if unread else DONE
    for item, offered in unread:
        print(f"{item.caption_file or item.media} may say")
        show.table([[reading.encoding, " ".join(reading.text.split())] for reading in offered], indent="  ")
    print("nothing was written; choose with --encoding" if unread else "every caption is UTF-8")
    return FAILED if unread else DONE


def _document(path: Path, offered: tuple[EncodingReading, ...]) -> dict[str, object]:
    return {"path": str(path), "readings": [{"encoding": each.encoding, "text": each.text} for each in offered]}
