"""The checks that decode every image and clip: damage in the middle of a file, and images that look alike.

They take minutes the first time, so they run behind the screen, or in ``wantui check``, and what they find is kept:
the print of each image and the frames of each clip, by path, modification time and size, and the findings, with the
same of each file that they are about. `kept` gives the findings back at the cost of reading a small file. One holds
as long as every file that it is about is as it was; of files that have not been looked at nothing is said.
"""

from __future__ import annotations

import base64
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from wantui import atomic, reading
from wantui.dataset.clips import frames_read
from wantui.dataset.frame_counts import CLIPS, Decoded, FrameCounts, Stamp
from wantui.dataset.lean_paths import as_text
from wantui.dataset.lint import presentation
from wantui.dataset.lint.telling import error, warning
from wantui.dataset.near_duplicates import PRINT_BYTES, DamagedPictureError, Print, alike, print_of
from wantui.dataset.presentation import Otherwise
from wantui.dataset.video import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item, Problem

SAVE_S = 10.0
"""How often prints are written down while they are made: an interrupted look goes on where it was."""
MOST_KEPT = 200_000
"""Prints of files that are not in this dataset are dropped beyond this number."""
_PRINTS, _FINDINGS = "prints.json", "findings.json"
_LARGEST_PRINTS = 256 << 20
"""Bytes of the file of prints: `MOST_KEPT` with paths of a kilobyte each."""
_AHEAD = 64
"""Images that are handed to a thread at once."""
DAMAGED_CLIP = "damaged-clip"
"""Kept as this, told as ``damaged-media``."""
T = TypeVar("T")

Seen = Print | str
"""The print of an image, or why it cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Thorough:
    """What a thorough look has found."""

    problems: tuple[Problem, ...]
    decoded: int
    """Images and clips that were decoded; the others were known."""
    is_whole: bool
    """Whether it came to its end."""
    clips: int = 0
    """How many of those decoded are clips: their frames may be others than the scan went by."""


def examine(
    dataset: Dataset, folder: Path, *, threads: int = 1, is_cancelled: Callable[[], bool] = lambda: False
) -> Thorough:
    """Look at every image and at every clip, and keep what is found.

    Args:
        dataset: freshly scanned.
        folder: where prints and findings are kept.
        threads: how many decode at once.
        is_cancelled: asked between images; what is known by then is kept.

    Raises:
        OSError: what is found cannot be kept.
    """
    images = [item for item in dataset.items if not item.is_video and item.width is not None]
    clips = [item for item in dataset.items if item.is_video and item.width is not None and item.media.is_file()]
    stamps = {as_text(item, "media"): _stamp(as_text(item, "media")) for item in (*images, *clips)}
    seen, counts = _Prints(folder / _PRINTS), FrameCounts(folder / CLIPS)
    new_images = [path for path in _paths(images) if (at := stamps[path]) and seen.of(path, at) is None]
    new_clips = [path for path in _paths(clips) if (at := stamps[path]) and counts.known(path, at) is None]

    def save() -> None:
        seen.save(stamps)
        counts.save()

    keep = _Keeping(save)
    for path, found in _decoded(_look_at, new_images, threads, is_cancelled, ahead=_AHEAD):
        seen.put(path, stamps[path], found)
        keep.one_more()
    decoded_images = keep.count
    for path, result in _decoded(_count, new_clips, threads, is_cancelled):
        if (at := stamps[path]) is not None:
            counts.put(path, at, result)
        keep.one_more()
    if keep.count:
        save()
    findings = (
        *_findings(images, stamps, seen),
        *_damaged_clips(dataset, clips, stamps, counts),
        *_turned(clips, stamps, counts),
    )
    _keep(folder / _FINDINGS, findings, stamps)
    is_whole = keep.count == len(new_images) + len(new_clips)
    return Thorough(tuple(map(_problem, findings)), keep.count, is_whole, keep.count - decoded_images)


class _Keeping:
    """Writes down what is found every now and then, so that an interrupted look goes on where it was."""

    def __init__(self, save: Callable[[], None]) -> None:
        self.count = 0
        self._save, self._saved_at = save, time.monotonic()

    def one_more(self) -> None:
        self.count += 1
        if time.monotonic() - self._saved_at > SAVE_S:
            self._save()
            self._saved_at = time.monotonic()


def kept(dataset: Dataset, folder: Path) -> tuple[Problem, ...]:
    """What the last thorough look found and still holds."""
    try:
        document: list[dict[str, Any]] = reading.read_json(folder / _FINDINGS)
        found = [(_Finding(each["code"], each["path"], each["about"]), each["stamps"]) for each in document]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    if not found:
        return ()
    paths = {as_text(item, "media") for item in dataset.items if item.width is not None}
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
    """Of a near-duplicate the other one's path, of damage why, of a turned clip the degrees."""

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
            if known.otherwise is not None:
                yield _Finding(known.otherwise.value, path, "")
    for paths in by_subset.values():  # the same images in two sections may be trained at two sizes on purpose
        prints = [
            each if isinstance(each, Print) else None for each in (seen.of(path, stamps[path]) for path in paths)
        ]
        for one, two in alike(prints):
            yield _Finding("near-duplicate", paths[two], paths[one])


def _damaged_clips(
    dataset: Dataset, clips: Sequence[Item], stamps: dict[str, Stamp | None], counts: FrameCounts
) -> Iterator[_Finding]:
    """Clips that cannot be decoded as far as the trainer reads them; where it stops before the damage all is well."""
    read = {subset.index: frames_read(subset) for subset in dataset.config.subsets}
    for item in clips:
        path = as_text(item, "media")
        stamp = stamps[path]
        found = None if stamp is None else counts.known(path, stamp)
        if found is not None and found.failure is not None and found.frames < read[item.subset]:
            yield _Finding(DAMAGED_CLIP, path, f"after frame {found.frames}: {found.failure}")


def _turned(clips: Sequence[Item], stamps: dict[str, Stamp | None], counts: FrameCounts) -> Iterator[_Finding]:
    """Clips that players turn, by the degrees."""
    for path in _paths(clips):
        stamp = stamps[path]
        found = None if stamp is None else counts.known(path, stamp)
        if found is not None and found.turned:
            yield _Finding("turned-clip", path, str(found.turned))


def _problem(found: _Finding) -> Problem:
    """The trainer decodes every image with Pillow, every clip with FFmpeg, and fails on the first that it cannot."""
    from pathlib import Path  # noqa: PLC0415  the rest needs none

    path = Path(found.path)
    if found.code == "damaged-media":
        message = f"the image cannot be decoded: {found.about}"
        return error("damaged-media", path, message, "replace or remove the file")
    if found.code == DAMAGED_CLIP:
        message = f"the clip cannot be decoded {found.about}"
        return error("damaged-media", path, message, "fetch it again, or cut it to what is there")
    if found.code == "turned-clip":
        return presentation.turned_clip(path, int(found.about))
    if found.code in tuple(Otherwise):
        return presentation.problem(path, Otherwise(found.code))
    message = f"looks like {Path(found.about).name}: what the two show counts twice"
    return warning("near-duplicate", path, message, "keep one of them, or use num_repeats on purpose")


def _paths(items: Sequence[Item]) -> list[str]:
    return list(dict.fromkeys(as_text(item, "media") for item in items))


def _decoded(
    look: Callable[[str], tuple[str, T]],
    paths: Sequence[str],
    threads: int,
    is_cancelled: Callable[[], bool],
    *,
    ahead: int = 1,
) -> Iterator[tuple[str, T]]:
    """What is found in each file; `ahead` for each thread are begun before it is asked whether to go on."""
    with ThreadPoolExecutor(threads, thread_name_prefix="thorough") as pool:
        for start in range(0, len(paths), ahead * threads):
            if is_cancelled():
                return
            yield from pool.map(look, paths[start : start + ahead * threads])


def _count(path: str) -> tuple[str, Decoded]:
    from pathlib import Path  # noqa: PLC0415  the rest needs none

    return path, decode(Path(path))


def _look_at(path: str) -> tuple[str, Seen]:
    try:
        return path, print_of(path)
    except DamagedPictureError as found:
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
            document: dict[str, list[Any]] = reading.read_json(path, _LARGEST_PRINTS)
            self._known = {name: ((row[0], row[1]), _seen(row[2])) for name, row in document.items()}
        except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError):
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
    if isinstance(seen, str):
        return [seen]
    return f"{base64.b85encode(seen.content).decode('ascii')}:{seen.otherwise or ''}"


def _seen(written: str | list[str]) -> Seen:
    if isinstance(written, list):
        return written[0]
    encoded, has_otherwise, otherwise = written.partition(":")  # which base 85 never has
    content = base64.b85decode(encoded)
    if len(content) != PRINT_BYTES or not has_otherwise:
        raise ValueError("a print of another kind")
    return Print(content, Otherwise(otherwise) if otherwise else None)
