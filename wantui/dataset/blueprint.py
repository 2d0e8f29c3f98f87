"""Reads ``dataset.toml`` (or ``.json``) by the trainer's own rules.

The trainer resolves relative paths against the folder that its process runs in. wantui starts it in the folder of
the ``dataset.toml``, so here they are relative to that folder.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.dataset import backslashes
from wantui.dataset.buckets import SMALLEST_SIDE, STEP
from wantui.dataset.clips import EXTRACTIONS, floor_frames
from wantui.dataset.errors import SettingsError
from wantui.dataset.keys import GENERAL, IMAGE, IMAGE_SOURCES, VIDEO, VIDEO_SOURCES, Kind
from wantui.dataset.model import DatasetConfig, DatasetError, Subset
from wantui.toml_positions import KeyLines, key_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXAMPLE = """\
[general]
resolution = [960, 544]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""
"""A dataset file to begin with, for whoever has none."""
LARGEST_SETTINGS = 1 << 20
"""Bytes of a ``dataset.toml``; a section has a few hundred."""
_MAKE = "`wantui dataset new FOLDER` (on the screen: o) makes one for a folder of images or clips"

_ERROR_PLACE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")


def load(path: Path) -> DatasetConfig:
    """Read a dataset's settings.

    Args:
        path: a ``.toml`` or ``.json`` file.

    Raises:
        DatasetError: the file is missing, or the trainer would refuse it; the message names the file, the line
            where known, and the fix.
    """
    document = _read(path.absolute())
    return DatasetConfig(document.path, document.subsets())


def parse(path: Path, text: str) -> DatasetConfig:
    """Read a dataset's settings from a text that need not be in its file yet.

    Args:
        path: the file that the text is for: it decides the format, and what relative paths are relative to.
        text: its content.

    Raises:
        DatasetError: see `load`.
    """
    document = _parsed(path.absolute(), text)
    return DatasetConfig(document.path, document.subsets())


class _Document:
    """The content of one file, and the means to complain about it."""

    def __init__(self, path: Path, content: dict[str, Any], lines: KeyLines, text: str) -> None:
        self.path = path
        self.text = text
        self.content = content
        self.lines = lines

    def error(self, message: str, *where: str | int, code: str = "bad-settings") -> DatasetError:
        return SettingsError(self.path, self.lines.find(*where), message, where, code)

    def subsets(self) -> tuple[Subset, ...]:
        self._check_names(self.content, ("general", "datasets"), "section")
        general = self.content.get("general", {})
        if not isinstance(general, dict):
            raise self.error("general must be a section: write [general]", "general")
        self.check(general, GENERAL, "general")
        sections = self.content.get("datasets", [])
        if not isinstance(sections, list) or not all(isinstance(section, dict) for section in sections):
            raise self.error("datasets must be a list of sections: write [[datasets]] in double brackets", "datasets")
        if not sections:
            raise self.error("no datasets; add a [[datasets]] section with image_directory or video_directory")
        subsets = tuple(_Section(self, index, section, general).subset() for index, section in enumerate(sections))
        self._check_cache_folders(subsets)
        return subsets

    def check(self, section: dict[str, Any], allowed: dict[str, Kind], *where: str | int) -> None:
        """Refuse unknown keys of `section` and values of the wrong kind."""
        elsewhere = [key for key in section if key not in allowed and (key in IMAGE or key in VIDEO)]
        if elsewhere:
            place = (
                "in [[datasets]]" if where == ("general",) else f"for {'images' if allowed is VIDEO else 'videos'}"
            )
            raise self.error(
                f"{elsewhere[0]} is allowed only {place}; move or remove it",
                *where,
                elsewhere[0],
                code="misplaced-key",
            )
        self._check_names(section, allowed, "key", *where)
        for key, value in section.items():
            if _is_mixed(value):
                raise self.error(
                    f"{key} mixes whole numbers and others, which the trainer cannot read; "
                    f"write them all alike, without decimal points",
                    *where,
                    key,
                    code="mixed-numbers",
                )
            if not allowed[key].accepts(value):
                raise self.error(
                    f"{key} must be {allowed[key].wanted}, not {json.dumps(value, default=str)}; correct it",
                    *where,
                    key,
                    code="bad-value",
                )

    def _check_names(self, names: Iterable[str], allowed: Iterable[str], what: str, *where: str | int) -> None:
        known = list(allowed)
        for name in names:
            if name not in known:
                raise self.error(f"unknown {what} {name}; {_nearest(name, known)}", *where, name, code="unknown-key")

    def _check_cache_folders(self, subsets: tuple[Subset, ...]) -> None:
        first_of: dict[str, int] = {}
        for subset in subsets:
            folder = os.path.normpath(subset.cache_directory)
            first = first_of.setdefault(folder, subset.index)
            if first != subset.index:
                raise self.error(
                    f"[[datasets]] number {first + 1} and {subset.index + 1} share the cache folder {folder}; "
                    f"give each a cache_directory of its own",
                    "datasets",
                    subset.index,
                    "cache_directory",
                )


class _Section:
    """One ``[[datasets]]`` section with what it inherits."""

    def __init__(self, document: _Document, index: int, own: dict[str, Any], general: dict[str, Any]) -> None:
        self.document = document
        self.index = index
        self.own = own
        self.general = general

    def error(self, message: str, key: str = "", *, code: str = "bad-settings") -> DatasetError:
        """An error at `key`, wherever its value comes from; without a key at the section."""
        if key in self.general and key not in self.own:
            return self.document.error(message, "general", key, code=code)
        return self.document.error(message, "datasets", self.index, key, code=code)

    def subset(self) -> Subset:
        """The section's settings.

        Raises:
            DatasetError: the trainer would refuse it, or do nothing with it.
        """
        is_video = self._is_video()
        self.document.check(self.own, VIDEO if is_video else IMAGE, "datasets", self.index)
        media_directory, jsonl_file = self._source(VIDEO_SOURCES if is_video else IMAGE_SOURCES)
        targets = tuple(sorted(set(self._value("target_frames", [1]))))
        subset = Subset(
            index=self.index,
            is_video=is_video,
            media_directory=media_directory,
            jsonl_file=jsonl_file,
            cache_directory=self._cache_directory(media_directory),
            caption_extension=self._caption_extension(media_directory),
            resolution=self._resolution(is_video=is_video),
            batch_size=self._at_least(1, "batch_size", 1),
            num_repeats=self._at_least(0, "num_repeats", 1),
            enable_bucket=self._value("enable_bucket", False),
            bucket_no_upscale=self._value("bucket_no_upscale", False),
            control_directory=self._path("control_directory"),
            line=self.document.lines.find("datasets", self.index),
        )
        return self._with_frames(subset, targets) if is_video else subset

    def _value(self, key: str, default: Any) -> Any:
        return self.own.get(key, self.general.get(key, default))

    def _at_least(self, least: int, key: str, default: int) -> int:
        value: int = self._value(key, default)
        if value < least:
            raise self.error(f"{key} must be {least} or more, not {value}", key)
        return value

    def _path(self, key: str) -> Path | None:
        value = self.own.get(key)
        if isinstance(value, str):
            self._check_path(key, value)
        return None if value is None else self.document.path.parent / value

    def _check_path(self, key: str, value: str) -> None:
        if not value.strip():
            raise self.error(f"{key} is empty; write a path, or remove the key", key, code="empty-path")
        if "\0" in value:
            raise self.error(f"{key}: a path cannot hold a zero byte", key)
        if not value.isprintable() and backslashes.first_line(self.document.text) is not None:
            says = f"{key} has a backslash, which begins an escape such as \\t for a tab; {backslashes.CURE}"
            raise self.error(says, key, code="path-backslash")

    def _is_video(self) -> bool:
        images = [key for key in IMAGE_SOURCES if key in self.own]
        videos = [key for key in VIDEO_SOURCES if key in self.own]
        if images and videos:
            raise self.error(
                f"{images[0]} and {videos[0]} cannot share a section; make two [[datasets]] of it", images[0]
            )
        if not images and not videos:
            unknown = [key for key in self.own if key not in IMAGE and key not in VIDEO]
            if unknown:
                says = f"unknown key {unknown[0]}; {_nearest(unknown[0], {**IMAGE, **VIDEO})}"
                raise self.error(says, unknown[0], code="unknown-key")
            raise self.error("no media: add image_directory or video_directory (or a jsonl file of either)")
        return bool(videos)

    def _source(self, keys: tuple[str, str]) -> tuple[Path | None, Path | None]:
        """The media folder or else the jsonl file: where both are given, the trainer takes the folder."""
        folder, jsonl = map(self._path, keys)
        return (folder, None) if folder is not None else (None, jsonl)

    def _cache_directory(self, media_directory: Path | None) -> Path:
        folder = self._path("cache_directory") or media_directory
        if folder is None:
            raise self.error("a jsonl file needs a cache_directory; add one")
        return folder

    def _caption_extension(self, media_directory: Path | None) -> str | None:
        extension: str | None = self._value("caption_extension", None)
        if media_directory is None:
            return extension
        if not extension:
            raise self.error(
                'no caption_extension; add caption_extension = ".txt" here or to [general]',
                "caption_extension",
                code="caption-extension-missing",
            )
        if "." not in extension:
            raise self.error(
                f'caption_extension lacks its dot; write ".{extension}"',
                "caption_extension",
                code="caption-extension-dot",
            )
        return extension

    def _resolution(self, *, is_video: bool) -> tuple[int, int]:
        value = self._value("resolution", [960, 544])
        width, height = (value, value) if isinstance(value, int) else value
        bucketed = is_video or self._value("enable_bucket", False)
        if width < STEP or height < STEP or (bucketed and width * height < SMALLEST_SIDE**2):
            least = SMALLEST_SIDE if bucketed else STEP
            raise self.error(f"resolution {width}x{height} is too small; {least}x{least} is the least", "resolution")
        return width, height

    def _with_frames(self, subset: Subset, targets: tuple[int, ...]) -> Subset:
        if not targets or targets[0] < 1:
            raise self.error("target_frames must be a list of whole numbers of 1 or more", "target_frames")
        extraction: str = self._value("frame_extraction", "head")
        if extraction not in EXTRACTIONS:
            raise self.error(
                f"unknown frame_extraction {extraction}; {_nearest(extraction, EXTRACTIONS)}", "frame_extraction"
            )
        sample = self._at_least(1, "frame_sample", 1)
        source_fps: float | None = self._value("source_fps", None)
        if source_fps is not None and not source_fps > 0:
            raise self.error(f"source_fps must be more than 0, not {source_fps}", "source_fps")
        return replace(
            subset,
            target_frames=tuple(sorted({floor_frames(frames) for frames in targets})),
            target_frames_written=targets,
            # The trainer does the same: one sample cannot be spread.
            frame_extraction="head" if extraction == "uniform" and sample == 1 else extraction,
            frame_stride=self._at_least(1, "frame_stride", 1),
            frame_sample=sample,
            max_frames=self._at_least(1, "max_frames", 129),
            source_fps=source_fps,
        )


def read_text(path: Path) -> str:
    """The text of a dataset's settings file.

    Raises:
        DatasetError: it is missing, no regular file, not readable, or not UTF-8 without a byte order mark.
    """
    try:
        text = reading.read_text(path, LARGEST_SETTINGS)
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: no such file; {_MAKE}, or write one, for example:\n\n{EXAMPLE}") from error
    except reading.NotAFileError as error:
        raise DatasetError(f"{path}: {error.strerror}; put the dataset's settings there") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: not UTF-8 (byte {error.start + 1}); save it as UTF-8") from error
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    if text.startswith("\ufeff"):
        says = "starts with a byte order mark; save it as UTF-8 without one"
        raise SettingsError(path, 1, says, (), "settings-byte-order-mark")
    return text


def _read(path: Path) -> _Document:
    _check_name(path)
    return _parsed(path, read_text(path))


def _check_name(path: Path) -> None:
    if path.suffix.lower() not in {".toml", ".json"}:
        raise DatasetError(f"{path}: the trainer reads .toml and .json files only; rename it")


def _parsed(path: Path, text: str) -> _Document:
    _check_name(path)
    return _parsed_json(path, text) if path.suffix.lower() == ".json" else _parsed_toml(path, text)


def _parsed_toml(path: Path, text: str) -> _Document:
    try:
        content = reading.parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        place = _ERROR_PLACE.search(str(error))
        line = int(place[1] or text.rstrip().count("\n") + 1) if place else None
        _refuse_backslashes(path, text, line)
        reason = _ERROR_PLACE.sub("", str(error))
        says = f"not valid TOML: {reason}; correct the line"
        raise SettingsError(path, line, says, (), "not-toml") from error
    return _Document(path, content, key_lines(text), text)


def _parsed_json(path: Path, text: str) -> _Document:
    try:
        content = reading.parse_json(text)
    except ValueError as error:
        _refuse_backslashes(path, text, getattr(error, "lineno", None))
        line, reason = (error.lineno, error.msg) if isinstance(error, json.JSONDecodeError) else (None, str(error))
        says = f"not valid JSON: {reason}; correct the line"
        raise SettingsError(path, line, says, (), "not-json") from error
    if not isinstance(content, dict):
        raise DatasetError(f'{path}: must be an object with "general" and "datasets"')
    return _Document(path, content, KeyLines({}), text)


def _refuse_backslashes(path: Path, text: str, line: int | None) -> None:
    """Say so where a backslash in a path is what a reader stumbled over in `line`."""
    found = backslashes.first_line(text)
    if found is not None and found[0] == line:
        says = f"{found[1]} has a backslash, which begins an escape; {backslashes.CURE}"
        raise SettingsError(path, line, says, (), "path-backslash")


def _is_mixed(value: Any) -> bool:
    return isinstance(value, list) and len({type(element) for element in value}) > 1


def _nearest(name: str, known: Iterable[str]) -> str:
    """The fix for a wrong name."""
    names = list(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"
