"""``captions convert``: captions that are not UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.captions.encodings import converted, readings
from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.formatting import plain_plural
from wantui.journal.journal import Journal
from wantui.listing.finding import named, rows_in

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from wantui.captions.encodings import EncodingReading
    from wantui.dataset.model import Item
    from wantui.paths import Workspace


def convert(workspace: Workspace, options: argparse.Namespace) -> int:
    """Convert captions to UTF-8, or show what they may say."""
    path = options.dataset or configuration.load(workspace).run.dataset
    rows = rows_in(path.expanduser().absolute())
    items = [named(rows, name) for name in options.names] or [
        row.item for row in rows if row.item.problem_code == "caption-not-utf8"
    ]
    found = {item.media: (item, readings(item)) for item in items}
    unread = [(item, offered) for item, offered in found.values() if offered]
    if options.encoding is None:
        return _show(unread, as_json=options.json)
    changes = {change.path: change for change in (converted(item, options.encoding) for item, _ in unread)}
    what = f"convert {plain_plural(len(changes), 'caption')} from {options.encoding} to UTF-8"
    step = Journal(workspace).do(what, list(changes.values())) if changes else None
    if options.json:
        show.document({"step": None if step is None else step.number, "converted": [str(path) for path in changes]})
    else:
        print(f"{what}; `wantui captions undo` takes it back" if changes else "every caption is UTF-8")
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
