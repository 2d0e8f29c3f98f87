"""Fixes of ``dataset.toml``: one key or value is written anew, every other byte stays."""

from __future__ import annotations

import codecs
import json
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from wantui.dataset import backslashes, blueprint
from wantui.dataset.dataset_file import DatasetFile, Section, Value, said, value_of, written
from wantui.dataset.errors import SettingsError
from wantui.dataset.keys import GENERAL, IMAGE, IMAGE_SOURCES, VIDEO, VIDEO_SOURCES
from wantui.dataset.lint.settings import frame_rates
from wantui.dataset.model import DatasetError
from wantui.fixes.model import Fix, Rewrite
from wantui.journal.errors import JournalError
from wantui.toml_positions import statements

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from wantui.dataset.keys import Kind
    from wantui.dataset.model import Dataset, Problem, Subset
    from wantui.toml_positions import KeyPath

_REFUSED = frozenset(
    {"unknown-key", "mixed-numbers", "bad-value", "caption-extension-missing", "caption-extension-dot"}
)
_ACCEPTED = frozenset({"target-frames-rounded", "source-fps-missing", "source-fps-wrong"})
_LIKE, _VERY_LIKE = 0.5, 0.85
"""How like a key must be to one that is known, by `difflib`, to be proposed, and to be no guess: ``num_repeat`` for
``num_repeats`` is 0.95, ``batchsize`` for ``batch_size`` 0.95, ``repeats`` for ``num_repeats`` 0.78."""
_CAPTION_SUFFIXES = (".txt", ".caption")


def fix_for(problem: Problem, dataset: Dataset | None) -> Fix | None:
    """The fix of a problem with the settings; None where there is none."""
    if problem.path.suffix.lower() != ".toml":
        return None
    if problem.code in ("path-backslash", "settings-byte-order-mark"):
        return _of_text(problem)
    if problem.code in _REFUSED:
        return _of_refused(problem)
    if problem.code in _ACCEPTED and dataset is not None:
        return _of_accepted(problem, dataset)
    return None


def _of_text(problem: Problem) -> Fix:
    """The fix of what can be seen without reading the settings."""
    is_mark = problem.code == "settings-byte-order-mark"
    name = problem.path.name
    says = f"remove the byte order mark from {name}" if is_mark else f"write / for \\ in the paths of {name}"

    def rewritten(before: bytes) -> bytes:
        if is_mark:
            return before.removeprefix(codecs.BOM_UTF8)
        return backslashes.with_slashes(before.decode("utf-8")).encode("utf-8")

    return Fix(problem, says, rewrites=(Rewrite(problem.path, rewritten),))


def _of_refused(problem: Problem) -> Fix | None:
    """The fix of what the trainer refuses."""
    where = _where(problem)
    if where is None:
        return None
    file = DatasetFile(problem.path, blueprint.read_text(problem.path))
    section, key = _section(where), str(where[-1])
    match problem.code:
        case "unknown-key":
            return _renamed(problem, file, where)
        case "caption-extension-missing":
            return _set(problem, None, key, _caption_extension(file, section))
        case "caption-extension-dot":
            return _set(problem, section, key, f".{_own(file, section)[key]}")
        case _:
            return _corrected(problem, file, section, key)


def _where(problem: Problem) -> KeyPath | None:
    """Where the key is, by reading the file again; None where it is in no section, or all is well by now."""
    try:
        blueprint.load(problem.path)
    except SettingsError as error:
        match error.where:
            case ("general", str()) | ("datasets", int(), str()) if error.problem == problem:
                return error.where
    except DatasetError:
        pass
    return None


def _of_accepted(problem: Problem, dataset: Dataset) -> Fix | None:
    subset = next((each for each in dataset.config.subsets if each.line == problem.line), None)
    if subset is None:
        return None
    if problem.code == "target-frames-rounded":
        return _set(problem, subset.index, "target_frames", list(subset.target_frames))
    fps = _only_rate(dataset, subset)
    return None if fps is None else _set(problem, subset.index, "source_fps", fps)


def _only_rate(dataset: Dataset, subset: Subset) -> float | None:
    rates: Counter[float] = frame_rates([item for item in dataset.items if item.subset == subset.index])
    return float(next(iter(rates))) if len(rates) == 1 else None


def caption_extension(problem: Problem, path: Path, section: int, extension: str) -> Fix | None:
    """Another ``caption_extension`` for a section; None where the file is none whose settings are written here."""
    if path.suffix.lower() != ".toml":
        return None
    found = _set(replace(problem, path=path), section, "caption_extension", extension)
    return replace(found, problem=problem, asks=True)


def _set(problem: Problem, section: Section, key: str, value: Value) -> Fix:
    def rewritten(before: bytes) -> bytes:
        file = DatasetFile(problem.path, before.decode("utf-8"))
        return file.set(section, key, value).text.encode("utf-8")

    says = f"write {key} = {written(value)} in {said(section)} of {problem.path.name}"
    return Fix(problem, says, rewrites=(Rewrite(problem.path, rewritten),))


def _renamed(problem: Problem, file: DatasetFile, where: KeyPath) -> Fix | None:
    """The nearest key that is known and not taken; where it is not by far the nearest, that is a guess."""
    name, section = str(where[-1]), _section(where)
    taken = _own(file, section)
    free = [key for key in _known(file, section) if key not in taken]
    close = get_close_matches(name, free, n=1, cutoff=_LIKE)
    if not close:
        return None
    is_guess = len(get_close_matches(name, free, n=2, cutoff=_VERY_LIKE)) != 1

    def rewritten(before: bytes) -> bytes:
        return _with_name(problem.path, before.decode("utf-8"), where, close[0]).encode("utf-8")

    says = f"rename the key {name} to {close[0]} in {said(section)} of {problem.path.name}"
    return Fix(problem, says, asks=is_guess, rewrites=(Rewrite(problem.path, rewritten),))


def _with_name(path: Path, text: str, where: KeyPath, name: str) -> str:
    """The text with another name for the key at `where`; its value and its comments stay."""
    old = str(where[-1])
    for each in statements(text):
        if each.where == where and not each.is_header:
            for spelt in (old, json.dumps(old), f"'{old}'"):
                if text.startswith(spelt, each.start):
                    return text[: each.start] + name + text[each.start + len(spelt) :]
    raise JournalError(f"{path}: {old} is written in a way that is not changed here; rename it in an editor")


def _known(file: DatasetFile, section: Section) -> dict[str, Kind]:
    if section is None:
        return GENERAL
    own = file.sections[section]
    has_source = any(key in own for key in (*IMAGE_SOURCES, *VIDEO_SOURCES))
    return file.kinds(section) if has_source else {**IMAGE, **VIDEO}


def _corrected(problem: Problem, file: DatasetFile, section: Section, key: str) -> Fix | None:
    """The value that was probably meant: numbers without decimal points or quotes, or with a point where wanted."""
    kind = _known(file, section).get(key)
    value = _own(file, section)[key]
    if kind is None or not isinstance(value, int | float | str | list) or isinstance(value, bool):
        return None
    wholes = [_whole(each) for each in value] if isinstance(value, list) else [_whole(value)]
    candidates: list[Value] = [value_of(kind, written(value).strip("\"'"))]
    if not any(each is None for each in wholes):
        numbers = [each for each in wholes if each is not None]
        candidates += [numbers] if isinstance(value, list) else numbers
    meant = next((candidate for candidate in candidates if kind.accepts(candidate)), None)
    return None if meant is None else _set(problem, section, key, meant)


def _whole(value: Any) -> int | None:
    """The whole number that is meant by 960.0 or "960"."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else None


def _section(where: KeyPath) -> Section:
    return where[1] if isinstance(where[1], int) else None


def _own(file: DatasetFile, section: Section) -> dict[str, Any]:
    return file.general if section is None else file.sections[section]


def _caption_extension(file: DatasetFile, section: Section) -> str:
    """The suffix that the files beside the media have most often."""
    own = _own(file, section)
    folder = next((own[key] for key in ("image_directory", "video_directory") if key in own), None)
    if folder is None:
        return _CAPTION_SUFFIXES[0]
    try:
        names = [path.suffix for path in (file.path.parent / folder).iterdir()]
    except OSError:
        return _CAPTION_SUFFIXES[0]
    return max(_CAPTION_SUFFIXES, key=names.count)
