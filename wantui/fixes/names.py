"""Fixes of names: files are renamed together with what goes by the same name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui.captions import encodings
from wantui.dataset.naming import composed, is_utf8
from wantui.fixes.model import Fix
from wantui.journal.changes import FileMove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.dataset.model import Item, Problem
    from wantui.fixes.context import FixContext

_DOS_LETTERS = range(0x80, 0xA8)
"""Where code page 437, which zip programs write names in (APPNOTE.TXT, appendix D), has letters; Windows' code pages
have signs there that no name has."""


def fix_for(problem: Problem, context: FixContext) -> Fix | None:
    """The fix of a problem with a name; None where there is none."""
    match problem.code:
        case "name-not-utf8":
            item = context.item_of(problem)
            return None if item is None or item.jsonl_file is not None else _readable(problem, item)
        case "caption-name-alike":
            return _as_media(problem, context)
        case _:
            return None


def _readable(problem: Problem, item: Item) -> Fix | None:
    """Everything of the item's stem in its folder is renamed to what the name probably says."""
    folder, stem = item.media.parent, item.name
    try:
        names = os.listdir(folder)  # noqa: PTH208  names only
    except OSError:
        return None
    meant = next((each for each in _free(_meant(stem)) if not any(name.startswith(f"{each}.") for name in names)), "")
    own = sorted(name for name in names if name.startswith(f"{stem}."))
    if not meant or not own:
        return None
    moves = tuple(FileMove(folder / name, folder / (meant + name.removeprefix(stem))) for name in own)
    others = "" if len(own) == 1 else f", and {len(own) - 1} more of its name"
    says = f"rename {item.media.name} to {meant}{item.media.suffix}{others}"
    return Fix(problem, says, asks=True, moves=moves)


def _meant(stem: str) -> str:
    """What a name that is not UTF-8 may be meant to say; in NFC."""
    raw = os.fsencode(stem)
    high = [byte for byte in raw if byte >= _DOS_LETTERS.start]
    if all(byte in _DOS_LETTERS for byte in high):
        text = raw.decode("cp437")
    else:
        found = encodings.readings_of(raw)
        text = found[0].text if found else ""
    readable = "".join(character if character.isprintable() and character != "/" else "_" for character in text)
    return composed(readable) if is_utf8(readable) else ""


def _free(name: str) -> Iterator[str]:
    """`name`, and then with numbers behind it."""
    if name:
        yield name
        yield from (f"{name}_{number}" for number in range(2, 1000))


def _as_media(problem: Problem, context: FixContext) -> Fix | None:
    path: Path = problem.path
    meant = next(
        (
            each.caption_file
            for each in context.items
            if each.caption_file is not None
            and each.caption_file.parent == path.parent
            and composed(each.caption_file.name) == composed(path.name)
        ),
        None,
    )
    if meant is None:
        return None
    says = f"rename the caption {path.name} as {meant.stem} is written, its media"
    return Fix(problem, says, asks=True, moves=(FileMove(path, meant),))
