"""Fixes of files: renamed, moved to where the trainer looks, or moved into the trash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.media import IMAGE_SUFFIXES, PLUGIN_SUFFIXES, VIDEO_SUFFIXES
from wantui.fixes.model import Duplicate, Fix
from wantui.formatting import plain_plural
from wantui.journal.changes import FileMove

if TYPE_CHECKING:
    from wantui.dataset.model import Item, Problem
    from wantui.fixes.context import FixContext

_TO_TRASH = {
    "near-duplicate": "move {name} and its caption to the trash, and keep the other",
    "unreadable-media": "move {name} and its caption to the trash",
    "truncated-media": "move {name} and its caption to the trash",
    "damaged-media": "move {name} and its caption to the trash",
    "media-too-small": "move {name} and its caption to the trash",
    "clip-too-short": "move {name} and its caption to the trash",
}
"""Items that are removed, by code; a person agrees first."""
_MEDIA = {f".{suffix}" for suffix in (*IMAGE_SUFFIXES, *PLUGIN_SUFFIXES, *VIDEO_SUFFIXES)}


def fix_for(problem: Problem, context: FixContext) -> Fix | None:
    """The fix of a problem with files; None where there is none."""
    match problem.code:
        case "mixed-case-suffix":
            return _small_suffix(problem)
        case "duplicate-stem":
            return _other_stem(problem, context)
        case "caption-without-media":
            says = f"move {problem.path.name} to the trash"
            return Fix(problem, says, asks=True, trashed=(problem.path,))
        case "nested-folder-ignored":
            return _moved_up(problem)
        case "control-wrong-name":
            return _control_name(problem, context)
        case _:
            return _removed(problem, context)


def _removed(problem: Problem, context: FixContext) -> Fix | None:
    says = _TO_TRASH.get(problem.code)
    item = context.item_of(problem)
    if says is None or item is None:
        return None
    return Fix(problem, says.format(name=item.media.name), asks=True, items=(item,))


def _small_suffix(problem: Problem) -> Fix | None:
    """Renamed, unless other media have the name: that would make two of one stem."""
    path = problem.path
    target = path.with_suffix(path.suffix.lower())
    if any(other.stem == path.stem and other.suffix.lower() in _MEDIA for other in _beside(path)):
        return None
    return Fix(problem, f"rename {path.name} to {target.name}", moves=(FileMove(path, target),))


def _other_stem(problem: Problem, context: FixContext) -> Fix | None:
    """The second of two gets a number, and a copy of the caption that they share."""
    path, item = problem.path, context.item_of(problem)
    if item is None or item.jsonl_file is not None:
        return None
    taken = {other.stem for other in _beside(path)}
    number = next(number for number in range(2, len(taken) + 3) if f"{path.stem}_{number}" not in taken)
    target = path.with_stem(f"{path.stem}_{number}")
    caption = item.caption_file
    says = f"rename {path.name} to {target.name}"
    if caption is None or not reading.is_file(caption):
        return Fix(problem, says, moves=(FileMove(path, target),))
    copy = caption.with_name(target.stem + caption.name.removeprefix(path.stem))

    return Fix(
        problem,
        f"{says}, with a copy of {caption.name}",
        copies=(Duplicate(caption, copy),),
        moves=(FileMove(path, target),),
    )


def _control_name(problem: Problem, context: FixContext) -> Fix | None:
    """Named like its item, with the first number that is free where the name itself is taken; that is a guess."""
    path = problem.path
    stem = next((item.name for item in context.items if path in _controls_of(context, item)), None)
    if stem is None:
        return None
    taken = {other.stem for other in _beside(path)}
    names = (stem, *(f"{stem}_{number}" for number in range(len(taken) + 1)))
    target = path.with_name(next(name for name in names if name not in taken) + path.suffix)
    return Fix(problem, f"rename {path.name} to {target.name}", asks=True, moves=(FileMove(path, target),))


def _controls_of(context: FixContext, item: Item) -> list[Path]:
    return [Path(each.path) for each in context.controls[item.subset].found(item)]


def _moved_up(problem: Problem) -> Fix | None:
    """Everything in the folder, unless a name is taken above."""
    folder = problem.path
    try:
        files = sorted(each for each in folder.iterdir() if reading.is_file(each) and not each.name.startswith("."))
        above = {each.name for each in folder.parent.iterdir()}
    except OSError:
        return None
    stems = {Path(name).stem for name in above if Path(name).suffix.lower() in _MEDIA}
    if any(each.name in above or each.stem in stems for each in files):
        return None
    says = f"move {plain_plural(len(files), 'file')} from {folder.name}/ up into {folder.parent.name}/"
    moves = tuple(FileMove(each, folder.parent / each.name) for each in files)
    return Fix(problem, says, asks=True, moves=moves)


def _beside(path: Path) -> list[Path]:
    """The other files of its folder."""
    try:
        return [each for each in path.parent.iterdir() if each != path]
    except OSError:
        return []
