"""``captions``: list, write and change captions from scripts, by the same rooms as the screen."""

from __future__ import annotations

import math
import sys
from dataclasses import asdict
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from wantui.captions.differences import DifferenceKind, difference
from wantui.captions.spelling import misspelt
from wantui.captions.tag_counts import count_tags
from wantui.cli import show
from wantui.cli.errors import DONE, FAILED, complain
from wantui.formatting import moment, plain_plural
from wantui.listing.order import SortKey
from wantui.services.captions import Captions
from wantui.services.items import Items

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from wantui.dataset.model import Item
    from wantui.journal.changes import Step
    from wantui.listing.rows import ItemRow
    from wantui.paths import Workspace
    from wantui.services.annotations import BulkPreview, Operation
    from wantui.services.items import ChosenItems

SHOWN = 20
"""Differences that a dry run prints before it counts the rest."""


def list_(workspace: Workspace, options: argparse.Namespace) -> int:
    """The items that a filter asks for, with their captions."""
    found = Items(workspace, options.dataset, complain).chosen(
        options.filter or "", SortKey(options.sort), is_reversed=options.reverse, has_status=options.caches
    )
    if options.json:
        show.document([_document(row, found) for row in found.rows])
        return DONE
    for row in found.rows:
        status = f"{row.status:<8} " if found.has_status else ""
        caption = "(none)" if row.item.caption is None else " ".join(row.item.caption.split())
        print(f"{status}{row.name}{_loss(row, found)}  {caption}")
    return DONE


def set_(workspace: Workspace, options: argparse.Namespace) -> int:
    """Write one caption; ``-`` reads it from standard input."""
    item = _every(workspace, options).item(options.name)
    text = sys.stdin.read().rstrip("\r\n") if options.text == "-" else options.text
    service = Captions(workspace)
    service.save(item, text, service.read(item))
    print(f"{item.media.name}: caption written; `wantui captions undo` undoes it")
    return DONE


def change(workspace: Workspace, options: argparse.Namespace, operation: Operation) -> int:
    """Carry out an operation on the captions that a filter asks for."""
    found = Items(workspace, options.dataset, complain).chosen(options.filter or "")
    service = Captions(workspace)
    seen = service.preview([row.item for row in found.rows], operation)
    if options.dry_run:
        return _show_preview(seen, as_json=options.json)
    saved = service.apply(seen)
    left = (*saved.conflicts, *seen.unreadable)
    if options.json:
        show.document({"written": saved.written, "unchanged": seen.unchanged, "left": _left(left)})
    else:
        back = "; `wantui captions undo` undoes it" if saved.step else ""
        print(f"{operation.says}: {plain_plural(saved.written, 'caption')} written{_spared(seen)}{back}")
    return _tell_left(left)


def undo(workspace: Workspace, options: argparse.Namespace) -> int:
    """Take back the last steps, or one that is named."""
    return _step_through(partial(Captions(workspace).undo, options.step), options.steps, "undone")


def redo(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do again what was undone last."""
    return _step_through(Captions(workspace).redo, options.steps, "done again")


def steps(workspace: Workspace, options: argparse.Namespace) -> int:
    """Every step that changed captions or moved items, the newest last."""
    steps = Captions(workspace).steps()
    if options.json:
        show.document([_step_document(step) for step in steps])
        return DONE
    rows = [
        [str(step.number), moment(step.when), step.what + (" (undone)" if step.is_undone else "")] for step in steps
    ]
    show.table(rows)
    if not steps:
        print("nothing has been changed yet")
    return DONE


def _step_document(step: Step) -> dict[str, Any]:
    return {
        "step": step.number,
        "what": step.what,
        "when": step.when,
        "files": len(step.changes),
        "undone": step.is_undone,
    }


def tags(workspace: Workspace, options: argparse.Namespace) -> int:
    """The tags of the dataset with how many captions have each, and those that are probably misspelt."""
    rows = Items(workspace, options.dataset, complain).chosen(options.filter or "").rows
    captions = [row.item.caption for row in rows if row.item.caption]
    counted, slips = count_tags(captions), misspelt(captions)
    if options.sort == "name":
        counted = tuple(sorted(counted, key=lambda each: each.key))
    if options.json:
        found = [
            {"tag": each.tag, "captions": each.count, "also_written": list(each.also_written), "near": each.near}
            for each in counted
        ]
        show.document({"tags": found, "misspelt": [asdict(slip) for slip in slips]})
        return DONE
    show.table([[str(each.count), each.tag] for each in counted])
    named = {slip.tag for slip in slips}
    for each in counted:
        if each.near is not None and each.tag not in named:
            print(f"! {each.tag} ({each.count}): the same as {each.near}?")
            print(f"  → wantui captions rename-tag {quote(each.tag)} {quote(each.near)}")
    for slip in slips:
        print(f"! {slip.tag} ({slip.count}): did you mean {slip.suggestion} ({slip.suggestion_count})?")
        print(f"  → wantui captions rename-tag {quote(slip.tag)} {quote(slip.suggestion)}")
    return DONE


def _every(workspace: Workspace, options: argparse.Namespace) -> ChosenItems:
    """Every item of the dataset, without a look at caches and problems."""
    return Items(workspace, options.dataset, complain).chosen()


def _loss(row: ItemRow, found: ChosenItems) -> str:
    """Behind the name: ``  0.141 not-learned``; nothing where it was not asked for."""
    loss = found.losses.of(row.item) if found.losses else None
    return "" if loss is None else f"  {loss.loss:.4f}{f' {loss.learning}' if loss.learning else ''}"


def _document(row: ItemRow, found: ChosenItems) -> dict[str, Any]:
    item = row.item
    loss = found.losses.of(item) if found.losses else None
    document: dict[str, Any] = {
        "name": item.name,
        "media": str(item.media),
        "caption_file": None if item.caption_file is None else str(item.caption_file),
        "caption": item.caption,
        "width": item.width,
        "height": item.height,
        "bucket": None if item.bucket is None else list(item.bucket),
        "frames": item.frame_count,
    }
    if found.losses is not None:
        document["loss"] = None if loss is None or not math.isfinite(loss.loss) else loss.loss
        document["learning"] = None if loss is None else loss.learning
    return document | {"status": str(row.status), "problems": list(row.codes)} if found.has_status else document


def _show_preview(seen: BulkPreview, *, as_json: bool) -> int:
    if as_json:
        changes = [
            {"path": str(each.item.media), "before": each.before, "after": each.after} for each in seen.changes
        ]
        show.document({"changes": changes, "unchanged": seen.unchanged, "left": _left(seen.unreadable)})
        return _tell_left(seen.unreadable)
    for change_ in seen.changes[:SHOWN]:
        print(f"{change_.item.media.name}\n  {_marked(change_.before or '', change_.after)}")
    if len(seen.changes) > SHOWN:
        print(f"and {len(seen.changes) - SHOWN} more")
    print(f"{seen.operation.says}: {plain_plural(len(seen.changes), 'caption')} would change{_spared(seen)}")
    return _tell_left(seen.unreadable)


def _spared(seen: BulkPreview) -> str:
    """``; 3 stay: in order already``: how many stay as they are, and why."""
    stay = "stays" if seen.unchanged == 1 else "stay"
    return f"; {seen.unchanged} {stay}: {seen.operation.spares}" if seen.unchanged else ""


def _left(left: Sequence[tuple[Item, str]]) -> list[dict[str, str]]:
    return [{"path": str(item.media), "why": why} for item, why in left]


def _tell_left(left: Sequence[tuple[Item, str]]) -> int:
    """Name the items that were left as they are, and return the exit code."""
    for item, why in left:
        complain(f"{item.media.name}: left as it is: {why}")
    return FAILED if left else DONE


def _marked(before: str, after: str) -> str:
    """What becomes of a caption, with ``[-removed-]`` and ``{+added+}`` as `wdiff` writes them."""
    forms = {DifferenceKind.KEPT: "{}", DifferenceKind.REMOVED: "[-{}-]", DifferenceKind.ADDED: "{{+{}+}}"}
    return "".join(forms[part.kind].format(part.text) for part in difference(before, after)).replace("\n", "⏎")


def _step_through(act: Callable[[], Any], steps: int, said: str) -> int:
    for number in range(steps):
        step = act()
        if step is None:
            print("there is nothing left" if number else "there is nothing to undo or redo")
            return DONE if number else FAILED
        print(f"{said}: {step.what}")
    return DONE
