"""The checks that decode every image: damage in the middle of a file, and images that look alike.

They take minutes the first time, so they run behind the screen, or in ``wantui check``, and what they find is kept:
the print of each image, by path, modification time and size, and the findings, with the same of each file that they
are about. `kept` gives the findings back at the cost of reading a small file. One holds as long as every file that it
is about is as it was; of files that have not been looked at nothing is said.
"""

from __future__ import annotations

import base64
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import atomic
from wantui.dataset.lean_paths import as_text
from wantui.dataset.likeness import PRINT_BYTES, DamagedError, Print, alike, print_of
from wantui.dataset.lint.telling import error, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item, Problem

SAVE_S = 10.0
"""How often prints are written down while they are made: an interrupted look goes on where it was."""
MOST_KEPT = 200_000
"""Prints of files that are not in this dataset are dropped beyond this number."""
_PRINTS, _FINDINGS = "prints.json", "findings.json"
_AHEAD = 64
"""Images that are handed to the threads at once."""

Stamp = tuple[int, int]
"""Modification time in nanoseconds since 1970, and size in bytes."""
Seen = Print | str
"""The print of an image, or why it cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Thorough:
    """What a thorough look has found."""

    problems: tuple[Problem, ...]
    decoded: int
    """Images that were decoded; the others were known."""
    is_whole: bool
    """Whether it came to its end."""


def examine(
    dataset: Dataset, folder: Path, *, threads: int = 1, is_cancelled: Callable[[], bool] = lambda: False
) -> Thorough:
    """Look at every image, and keep what is found.

    Args:
        dataset: freshly scanned.
        folder: where prints and findings are kept.
        threads: how many decode at once.
        is_cancelled: asked between images; what is known by then is kept.

    Raises:
        OSError: what is found cannot be kept.
    """
    images = [item for item in dataset.items if not item.is_video and item.width is not None]
    stamps = {as_text(item, "media"): _stamp(as_text(item, "media")) for item in images}
    seen = _Prints(folder / _PRINTS)
    wanted = [path for path, stamp in stamps.items() if stamp is not None and seen.of(path, stamp) is None]
    begun, decoded = time.monotonic(), 0
    for path, found in _decoded(wanted, threads, is_cancelled):
        seen.put(path, stamps[path], found)
        decoded += 1
        if time.monotonic() - begun > SAVE_S:
            seen.save(stamps)
            begun = time.monotonic()
    if decoded:
        seen.save(stamps)
    findings = tuple(_findings(images, stamps, seen))
    _keep(folder / _FINDINGS, findings, stamps)
    return Thorough(tuple(map(_problem, findings)), decoded, decoded == len(wanted))


def kept(dataset: Dataset, folder: Path) -> tuple[Problem, ...]:
    """What the last thorough look found and still holds."""
    try:
        document: list[dict[str, Any]] = json.loads((folder / _FINDINGS).read_bytes())
        found = [(_Finding(each["code"], each["path"], each["about"]), each["stamps"]) for each in document]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ()
    if not found:
        return ()
    paths = {as_text(item, "media") for item in dataset.items}
    return tuple(
        _problem(each)
        for each, stamps in found
        if all(path in paths and list(_stamp(path) or ()) == stamp for path, stamp in stamps.items())
    )


@dataclass(frozen=True, slots=True)
class _Finding:
    code: str
    path: str
    about: str
    """Of a near-duplicate the other one's path, of damage why."""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, self.about) if self.code == "near-duplicate" else (self.path,)


def _findings(images: Sequence[Item], stamps: dict[str, Stamp | None], seen: _Prints) -> Iterator[_Finding]:
    by_subset: dict[int, list[str]] = {}
    for item in images:
        path = as_text(item, "media")
        stamp = stamps[path]
        known = None if stamp is None else seen.of(path, stamp)
        if isinstance(known, str):
            yield _Finding("damaged-media", path, known)
        elif known is not None:
            by_subset.setdefault(item.subset, []).append(path)
    for paths in by_subset.values():  # the same images in two sections may be trained at two sizes on purpose
        prints = [
            each if isinstance(each, Print) else None for each in (seen.of(path, stamps[path]) for path in paths)
        ]
        for one, two in alike(prints):
            yield _Finding("near-duplicate", paths[two], paths[one])


def _problem(found: _Finding) -> Problem:
    """The trainer opens every image with Pillow, and fails on the first that it cannot decode."""
    from pathlib import Path  # noqa: PLC0415  the rest needs none

    path = Path(found.path)
    if found.code == "damaged-media":
        message = f"the image cannot be decoded: {found.about}"
        return error("damaged-media", path, message, "replace or remove the file")
    message = f"looks like {Path(found.about).name}: what the two show counts twice"
    return warning("near-duplicate", path, message, "keep one of them, or use num_repeats on purpose")


def _decoded(paths: Sequence[str], threads: int, is_cancelled: Callable[[], bool]) -> Iterator[tuple[str, Seen]]:
    with ThreadPoolExecutor(threads, thread_name_prefix="prints") as pool:
        for start in range(0, len(paths), _AHEAD):
            if is_cancelled():
                return
            yield from pool.map(_look_at, paths[start : start + _AHEAD])


def _look_at(path: str) -> tuple[str, Seen]:
    try:
        return path, print_of(path)
    except DamagedError as found:
        return path, str(found)
    except OSError as found:
        return path, found.strerror or str(found)


def _stamp(path: str) -> Stamp | None:
    try:
        known = os.stat(path)  # noqa: PTH116  thousands of them
    except OSError:
        return None
    return known.st_mtime_ns, known.st_size


def _keep(path: Path, findings: Iterable[_Finding], stamps: dict[str, Stamp | None]) -> None:
    document = [
        {
            "code": each.code,
            "path": each.path,
            "about": each.about,
            "stamps": {about: stamps[about] for about in each.paths},
        }
        for each in findings
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_json(path, document)


class _Prints:
    """Prints on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[Stamp, Seen]] = {}
        try:
            document: dict[str, list[Any]] = json.loads(path.read_bytes())
            self._known = {name: ((row[0], row[1]), _seen(row[2])) for name, row in document.items()}
        except (FileNotFoundError, ValueError, IndexError, KeyError, TypeError, AttributeError):
            self._known = {}  # none yet, or not ours: they are made again

    def of(self, path: str, stamp: Stamp | None) -> Seen | None:
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == stamp else None

    def put(self, path: str, stamp: Stamp | None, seen: Seen) -> None:
        if stamp is not None:
            self._known[path] = stamp, seen

    def save(self, current: dict[str, Stamp | None]) -> None:
        if len(self._known) > MOST_KEPT:
            self._known = {path: known for path, known in self._known.items() if path in current}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        document = {path: [*stamp, _written(seen)] for path, (stamp, seen) in self._known.items()}
        atomic.write_bytes(self._path, json.dumps(document, ensure_ascii=True).encode("ascii"))


def _written(seen: Seen) -> str | list[str]:
    return [seen] if isinstance(seen, str) else base64.b85encode(seen.content).decode("ascii")


def _seen(written: str | list[str]) -> Seen:
    if isinstance(written, list):
        return written[0]
    content = base64.b85decode(written)
    if len(content) != PRINT_BYTES:
        raise ValueError("a print of another kind")
    return Print(content)
