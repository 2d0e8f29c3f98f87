"""Items that were removed: their files lie in ``.wantui/trash/N`` until they are restored; nothing deletes them.

With an image or video go its caption, unless other media of the same name need it, and its control media. Cache
files stay: they are found to be orphans before the next run. Of a jsonl item the line is taken out of the list; its
media stay where they are, for other lists may name them too.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.dataset.controls import Controls
from wantui.dataset.jsonl import entry_of, split_lines, without_lines
from wantui.dataset.media import IMAGE_SUFFIXES, PLUGIN_SUFFIXES, VIDEO_SUFFIXES
from wantui.journal.changes import LARGEST_EDITED, Change, FileChange, FileMove
from wantui.journal.codec import name as written
from wantui.journal.errors import FilesChangedError, JournalError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wantui.dataset.model import Dataset, Item
    from wantui.journal.changes import Step
    from wantui.journal.journal import Journal
    from wantui.paths import Workspace

MANIFEST = "trash.json"
_MEDIA = {f".{suffix}" for suffix in (*IMAGE_SUFFIXES, *PLUGIN_SUFFIXES, *VIDEO_SUFFIXES)}


@dataclass(frozen=True, slots=True)
class TrashedFile:
    """A file in the trash."""

    origin: Path
    """Where it was, and goes when it is restored."""
    name: str
    """Its path in the trash folder."""


@dataclass(frozen=True, slots=True)
class TrashedLine:
    """A line that was taken out of a jsonl file."""

    jsonl: Path
    line: int
    """Where it was, from 1."""
    text: str
    """With what ended it."""


@dataclass(frozen=True, slots=True)
class Trashed:
    """What was removed in one go."""

    number: int
    what: str
    """For a person: ``remove a.png``."""
    when: float
    """Seconds since 1970."""
    files: tuple[TrashedFile, ...] = ()
    lines: tuple[TrashedLine, ...] = ()


def trash(journal: Journal, dataset: Dataset, items: Sequence[Item]) -> Step:
    """Move items with all that is theirs into the trash, as one step.

    Args:
        journal: of the workspace.
        dataset: that they are of, as last scanned.
        items: some of it.

    Raises:
        FilesChangedError: a file is gone, or a jsonl file has other lines.
        JournalError: something cannot be moved; nothing was.
    """
    with journal.locked():
        folder = next_folder(journal.workspace)
        names = [item.media.name for item in items]
        what = f"remove {names[0]}" if len(names) == 1 else f"remove {len(names)} items"
        found = Trashed(int(folder.name), what, time.time(), *_belongings(dataset, items))
        if not found.files and not found.lines:
            raise JournalError(f"{items[0].media if items else 'no item'}: nothing is there to be removed")
        changes: list[Change] = [*moves_into(folder, found.files), *_without(found.lines)]
        changes.append(FileChange(folder / MANIFEST, None, manifest(found, journal.workspace.root)))
        return journal.do(what, changes)


def trashed(workspace: Workspace) -> tuple[Trashed, ...]:
    """What lies in the trash, oldest first.

    Raises:
        JournalError: a manifest is damaged.
    """
    folder = workspace.state / "trash"
    numbers = sorted(int(each.name) for each in _folders(folder))
    read = (_read(folder / str(number), workspace.root) for number in numbers)
    return tuple(found for found in read if found is not None)


def restore(journal: Journal, number: int, names: Collection[str] | None = None) -> Step:
    """Put back what was removed, never over a file that is there by now.

    Args:
        journal: of the workspace.
        number: of the `Trashed`.
        names: `TrashedFile.name` of those to put back; None: all, and the lines too.

    Raises:
        FilesChangedError: there is another file in its place.
        JournalError: there is nothing like that in the trash.
    """
    with journal.locked():
        folder = journal.workspace.state / "trash" / str(number)
        found = _read(folder, journal.workspace.root)
        if found is None:
            raise JournalError(f"there is no {number} in the trash; `wantui items trashed` lists what there is")
        back, rest = _split(found, names)
        root, path = journal.workspace.root, folder / MANIFEST
        left = manifest(rest, root) if rest.files or rest.lines else None
        changes: list[Change] = [FileMove(folder / file.name, file.origin) for file in back.files]
        changes += _with(back.lines)
        changes.append(FileChange(path, reading.read_bytes(path, LARGEST_EDITED), left))
        names_back = [file.origin.name for file in back.files] or [line.jsonl.name for line in back.lines]
        what = f"restore {names_back[0]}" if len(names_back) == 1 else f"restore {len(names_back)} files"
        return journal.do(what, changes, advice="nothing was restored; move that file away first, or restore others")


def next_folder(workspace: Workspace) -> Path:
    """A folder of the trash that is not used yet; it is not made.

    A folder that everything was taken out of stays, empty: undo may need it, so its number is not given twice.
    """
    folder = workspace.state / "trash"
    last = max((int(each.name) for each in _folders(folder)), default=0)
    return folder / str(last + 1)


def manifest(found: Trashed, root: Path) -> bytes:
    """What `trashed` reads, as a file."""
    document = {
        "what": found.what,
        "when": found.when,
        "files": [{"name": file.name, "from": written(file.origin, root)} for file in found.files],
        "lines": [{"jsonl": written(each.jsonl, root), "line": each.line, "text": each.text} for each in found.lines],
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def named(origins: Iterable[Path]) -> tuple[TrashedFile, ...]:
    """Files with a name each in one folder: their own, or below a number where two have the same."""
    taken: set[str] = {MANIFEST}
    found = []
    for origin in dict.fromkeys(origins):
        name, number = origin.name, 1
        while name in taken:
            number += 1
            name = f"{number}/{origin.name}"
        taken.add(name)
        found.append(TrashedFile(origin, name))
    return tuple(found)


def moves_into(folder: Path, files: Iterable[TrashedFile]) -> list[FileMove]:
    """The moves of `files` from where they are into a folder of the trash."""
    return [FileMove(file.origin, folder / file.name) for file in files]


def _folders(trash_folder: Path) -> list[Path]:
    try:
        return [each for each in trash_folder.iterdir() if each.name.isdecimal()]
    except FileNotFoundError:
        return []


def _read(folder: Path, root: Path) -> Trashed | None:
    path = folder / MANIFEST
    try:
        document: dict[str, Any] = reading.read_json(path)
        return Trashed(
            int(folder.name),
            str(document["what"]),
            float(document["when"]),
            tuple(TrashedFile(root / each["from"], each["name"]) for each in document["files"]),
            tuple(TrashedLine(root / each["jsonl"], each["line"], each["text"]) for each in document["lines"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise JournalError(
            f"{path}: cannot be read ({error}); the files beside it are whole: move them by hand"
        ) from error


def _split(found: Trashed, names: Collection[str] | None) -> tuple[Trashed, Trashed]:
    """What is put back, and what stays.

    Raises:
        JournalError: a name is not among them.
    """
    if names is None:
        return found, replace(found, files=(), lines=())
    asked = set(names)
    unknown = asked - {file.name for file in found.files}
    if unknown:
        raise JournalError(f"{', '.join(sorted(unknown))}: not in {found.number} of the trash")
    back = tuple(file for file in found.files if file.name in asked)
    rest = tuple(file for file in found.files if file.name not in asked)
    return replace(found, files=back, lines=()), replace(found, files=rest)


def _belongings(dataset: Dataset, items: Sequence[Item]) -> tuple[tuple[TrashedFile, ...], tuple[TrashedLine, ...]]:
    lying = [item for item in items if item.jsonl_file is None]
    going = {item.media for item in lying}
    staying = [item for item in dataset.items if item.jsonl_file is None and item.media not in going]
    captions = _needed_captions(lying, going)
    files = [
        *going,
        *(item.caption_file for item in lying if item.caption_file is not None and item.caption_file not in captions),
        *sorted(_controls(dataset, lying) - _controls(dataset, staying)),
    ]
    found = named(path for path in _in_order(lying, files) if os.path.lexists(path))
    return found, _lines(items)


def _in_order(items: Sequence[Item], files: Sequence[Path]) -> list[Path]:
    """Media first, in the order of the items."""
    first = {item.media: None for item in items}
    return [*first, *(path for path in files if path not in first)]


def _needed_captions(items: Sequence[Item], going: Collection[Path]) -> set[Path]:
    """Captions of `items` that other media in their folder need as well."""
    stems: dict[Path, set[str]] = {}
    for folder in {item.media.parent for item in items}:
        names = (Path(entry.name) for entry in os.scandir(folder))
        media = (name for name in names if name.suffix.lower() in _MEDIA and folder / name not in going)
        stems[folder] = {name.stem for name in media}
    return {item.caption_file for item in items if item.caption_file and item.name in stems[item.media.parent]}


def _controls(dataset: Dataset, items: Sequence[Item]) -> set[Path]:
    subsets = {subset.index: subset for subset in dataset.config.subsets if subset.control_directory is not None}
    found = {
        index: Controls(dataset.config, subset, [item for item in dataset.items if item.subset == index])
        for index, subset in subsets.items()
    }
    media = (path for item in items if item.subset in found for path in found[item.subset].of(item))
    return {Path(path) for path in media if reading.is_file(path)}


def _lines(items: Sequence[Item]) -> tuple[TrashedLine, ...]:
    """The lines of jsonl items."""
    known: dict[Path, list[tuple[bytes, bytes]]] = {}
    found = []
    for item in items:
        path, number = item.jsonl_file, item.jsonl_line or 0
        if path is None:
            continue
        if path not in known:
            known[path] = split_lines(_content(path))
        line, ending = known[path][number - 1] if 0 < number <= len(known[path]) else (b"", b"")
        entry = entry_of(number, line, is_video=item.is_video)
        if entry is None or Path(entry.media).name != item.media.name:
            advice = "nothing was removed; read the dataset again"
            raise FilesChangedError([(path, f"has another line {number} now")], advice)
        found.append(TrashedLine(path, number, (line + ending).decode("utf-8")))
    return tuple(found)


def _content(path: Path) -> bytes:
    try:
        return reading.read_bytes(path, LARGEST_EDITED)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error


def _without(lines: Iterable[TrashedLine]) -> list[FileChange]:
    """The jsonl files without `lines`."""
    changes = []
    for path, numbers in _by_file(lines).items():
        content = _content(path)
        changes.append(FileChange(path, content, without_lines(content, numbers)))
    return changes


def _with(lines: Iterable[TrashedLine]) -> list[FileChange]:
    """The jsonl files with `lines` where they were, or at the end where there are fewer by now."""
    changes = []
    for path, texts in _by_file(lines).items():
        content = _content(path)
        found = [line + (ending or b"\n") for line, ending in split_lines(content)]
        for number in sorted(texts):
            text = texts[number].encode("utf-8")
            found.insert(number - 1, text if text.endswith((b"\n", b"\r")) else text + b"\n")
        changes.append(FileChange(path, content, b"".join(found)))
    return changes


def _by_file(lines: Iterable[TrashedLine]) -> dict[Path, dict[int, str]]:
    found: dict[Path, dict[int, str]] = {}
    for each in lines:
        found.setdefault(each.jsonl, {})[each.line] = each.text
    return found
