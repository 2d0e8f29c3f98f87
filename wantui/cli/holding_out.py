"""``items hold-out`` and ``items release``: which items are never trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.formatting import plain_plural
from wantui.services.items import Items

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from wantui.dataset.model import Item
    from wantui.listing.rows import ItemRow
    from wantui.paths import Workspace


def hold_out(workspace: Workspace, options: argparse.Namespace) -> int:
    """Hold out items, or list those that are."""
    service = Items(workspace, options.dataset, complain)
    if options.list:
        return _list(service, as_json=options.json)
    if not options.names and options.filter is None and options.number is None:
        complain("name the items to hold out, or use --filter or --number")
        return BAD_USAGE
    found = service.chosen(options.filter or "")
    rows = _named(found.rows, [found.item(name) for name in options.names]) if options.names else found.rows
    items = [row.item for row in rows if not row.is_held_out]
    if options.number is not None:
        items = list(service.drawn(rows, options.number, options.seed))
    if not items:
        complain("no item is left that is not held out already")
        return FAILED
    service.hold_out(items)
    return _say(items, "held out", as_json=options.json)


def release(workspace: Workspace, options: argparse.Namespace) -> int:
    """Let items be trained on again."""
    if not options.names and options.filter is None and not options.all:
        complain("name the items to release, or use --filter or --all")
        return BAD_USAGE
    service = Items(workspace, options.dataset, complain)
    found = service.chosen(options.filter or "")
    rows = _named(found.rows, [found.item(name) for name in options.names]) if options.names else found.rows
    items = [row.item for row in rows if row.is_held_out]
    if not items:
        complain("none of these is held out")
        return FAILED
    service.release(items)
    return _say(items, "released: the next run trains on what it finds", as_json=options.json)


def _named(rows: Sequence[ItemRow], items: Sequence[Item]) -> list[ItemRow]:
    keys = {item.key for item in items}
    return [row for row in rows if row.item.key in keys]


def _list(service: Items, *, as_json: bool) -> int:
    rows = service.chosen("status:held-out").rows
    if as_json:
        show.document([_document(row.item) for row in rows])
    elif rows:
        show.table([[row.name, str(row.item.media)] for row in rows])
    else:
        print("no item is held out; `wantui items hold-out --number 4` draws some")
    return DONE


def _say(items: Sequence[Item], what: str, *, as_json: bool) -> int:
    if as_json:
        show.document([_document(item) for item in items])
    else:
        print(f"{plain_plural(len(items), 'item')} {what}: {', '.join(item.media.name for item in items)}")
    return DONE


def _document(item: Item) -> dict[str, str]:
    return {"name": item.name, "media": str(item.media)}
