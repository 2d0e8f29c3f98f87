"""Fixes of captions: other bytes for the same words, a tag spelt as elsewhere, the trigger in front."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from wantui.captions import encodings
from wantui.captions.operations import AddText, RenameTag
from wantui.dataset import captions
from wantui.dataset.jsonl import entry_of, split_lines, with_captions
from wantui.fixes import settings
from wantui.fixes.model import Fix, Rewrite
from wantui.formatting import plain_plural
from wantui.journal.changes import FileMove
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.dataset.model import Item, Problem
    from wantui.fixes.context import FixContext

_SHOWN = 40
"""Characters of a converted caption that are shown."""


def fix_for(problem: Problem, context: FixContext) -> Fix | None:
    """The fix of a problem with a caption; None where there is none."""
    match problem.code:
        case "caption-not-utf8" | "caption-not-text":
            return _converted(problem, context.item_of(problem))
        case "missing-caption":
            return _from_elsewhere(problem, context)
        case "caption-byte-order-mark" | "list-byte-order-mark":
            return _unmarked(problem)
        case "trigger-missing":
            return _with_trigger(problem, context)
        case "misspelt-tag":
            return _respelt(problem, context)
        case _:
            return None


def _converted(problem: Problem, item: Item | None) -> Fix | None:
    if item is None:
        return None
    try:
        readings = encodings.readings(item)
    except JournalError:
        return None
    if not readings:
        return None
    meant = readings[0]

    def rewritten(before: bytes) -> bytes:
        return before.decode(meant.encoding).removeprefix("\ufeff").encode("utf-8")

    shown = " ".join(meant.text.removeprefix("\ufeff").split())
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    says = f'convert {problem.path.name} from {meant.encoding} to UTF-8: "{shown}"'
    # With one reading nothing is guessed.
    return Fix(problem, says, asks=len(readings) > 1, rewrites=(Rewrite(problem.path, rewritten),))


def _from_elsewhere(problem: Problem, context: FixContext) -> Fix | None:
    """The file that may be the caption gets its name; or the setting changes with which all of them are found."""
    item = context.item_of(problem)
    found = None if item is None else context.elsewhere.get(item.key)
    if item is None or found is None or item.caption_file is None or context.dataset is None:
        return None
    if found.extension is not None:
        path = context.dataset.config.path
        setting = settings.caption_extension(problem, path, item.subset, found.extension)
        if setting is not None:
            return setting
    move = FileMove(found.file, item.caption_file)
    says = f"rename {found.file.name} to {move.target.name}"
    if found.file.parent != move.target.parent:
        says = f"move {found.file} to {move.target}"
    return Fix(problem, says, asks=True, moves=(move,))


def _unmarked(problem: Problem) -> Fix | None:
    if problem.line is not None:
        return None  # a mark within a jsonl line is for a person to look at

    def rewritten(before: bytes) -> bytes:
        content = before
        while content.startswith(codecs.BOM_UTF8):
            content = content.removeprefix(codecs.BOM_UTF8)
        return content

    says = f"remove the byte order mark from {problem.path.name}"
    return Fix(problem, says, rewrites=(Rewrite(problem.path, rewritten),))


def _with_trigger(problem: Problem, context: FixContext) -> Fix | None:
    item, trigger = context.item_of(problem), context.trigger
    if item is None or not trigger:
        return None
    says = f'put "{trigger}" in front of the caption of {item.media.name}'
    return Fix(problem, says, asks=True, rewrites=(_rewrite(item, AddText(trigger, at_end=False).apply),))


def _respelt(problem: Problem, context: FixContext) -> Fix | None:
    """The tag everywhere in the dataset, as it is told but once."""
    slip = context.slips.get(problem)
    if slip is None:
        return None
    rename = RenameTag(slip.tag, slip.suggestion)
    having = [item for item in context.items if item.caption and rename.apply(item.caption) != item.caption]
    if not having:
        return None
    says = f'rename the tag "{slip.tag}" to "{slip.suggestion}" in {plain_plural(len(having), "caption")}'
    return Fix(problem, says, asks=True, rewrites=tuple(_rewrite(item, rename.apply) for item in having))


def _rewrite(item: Item, change: Callable[[str], str]) -> Rewrite:
    """The change of one caption, wherever it is kept; the rest of its file stays as it is."""
    path = item.caption_file
    if path is not None:
        own = path

        def of_file(before: bytes) -> bytes:
            read = captions.parsed(own, before)
            return captions.rewritten(own, change(read.text), read)

        return Rewrite(path, of_file)
    jsonl = item.jsonl_file
    if jsonl is None:
        raise JournalError(f"{item.media}: where its caption is kept is not known; read the dataset again")

    def of_line(before: bytes) -> bytes:
        content, number = before, item.jsonl_line or 0
        lines = split_lines(content)
        line = lines[number - 1][0] if 0 < number <= len(lines) else b""
        entry = entry_of(number, line, is_video=item.is_video)
        if entry is None or not str(item.media).endswith(entry.media):
            raise JournalError(f"{jsonl}: line {number} is another one now; read the dataset again")
        return with_captions(jsonl, content, {number: change(entry.caption)})

    return Rewrite(jsonl, of_line)
