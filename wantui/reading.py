"""Reading files that somebody else has put there: regular files only, never waiting, never more than said.

A FIFO, socket or device may carry any name (``img_001.txt``), and opening one can wait for ever or bring endless
zeros. Everything below raises kinds of `OSError` with a plain ``strerror``, so whoever handles a file that cannot be
read handles them too.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import tomllib
from typing import TYPE_CHECKING, Any

from wantui.formatting import size_limit

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

LARGEST_DOCUMENT = 64 << 20
"""Bytes of a JSON document of wantui's own; the largest seen, the list of 50,000 items, has 20 MB."""
_LONG_KEY = re.compile(r"(?<![\w.-])(?:[\w-]++[ \t]*+\.[ \t]*+){100}")
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_CHUNK = 1 << 20


class NotAFileError(OSError):
    """What has the name is a folder, FIFO, socket or device."""

    def __init__(self, path: Path | str, mode: int) -> None:
        super().__init__(errno.EINVAL, f"is a {kind_of(mode)}, not a file", str(path))


class FileTooLargeError(OSError):
    """The file holds more than such a file may."""

    def __init__(self, path: Path | str, most: int) -> None:
        super().__init__(
            errno.EFBIG, f"is larger than {size_limit(most)}, the most that such a file may have", str(path)
        )


def kind_of(mode: int) -> str:
    """What a file of `mode` (`os.stat_result.st_mode`) is, in a word."""
    for test, word in (
        (stat.S_ISREG, "file"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISFIFO, "FIFO (named pipe)"),
        (stat.S_ISSOCK, "socket"),
    ):
        if test(mode):
            return word
    return "device"


def is_file(path: Path | str) -> bool:
    """Whether there is a regular file at `path`, links followed; no where it may not be looked at, or its disk fails.

    `pathlib.Path.is_file` raises errors of the disk (EIO, ESTALE), so that one bad name ends the look at all.
    """
    return os.path.isfile(path)  # noqa: PTH113  see above


def is_folder(path: Path | str) -> bool:
    """Whether there is a folder at `path`; no where that cannot be told, as with `is_file`."""
    return os.path.isdir(path)  # noqa: PTH112  see `is_file`


def exists(path: Path | str) -> bool:
    """Whether there is anything at `path`, links followed; no where that cannot be told, as with `is_file`."""
    return os.path.exists(path)  # noqa: PTH110  see `is_file`


def require_regular(path: Path | str) -> os.stat_result:
    """The status of the regular file at `path`, links followed; for libraries that open a path by themselves.

    Raises:
        NotAFileError: it is something else.
        OSError: it is not there, or may not be looked at.
    """
    status = os.stat(path)  # noqa: PTH116  a path or a text, whichever it was
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError(path, status.st_mode)
    return status


def open_descriptor(path: Path | str) -> int:
    """A descriptor for reading the regular file at `path`.

    Raises:
        NotAFileError: it is something else; nothing was waited for.
        OSError: it cannot be opened.
    """
    return opened(path)[0]


def opened(path: Path | str) -> tuple[int, os.stat_result]:
    """As `open_descriptor`, with the status of the file, which need not be asked for again then."""
    if not stat.S_ISREG((status := os.stat(path)).st_mode):  # noqa: PTH116  first: opening some devices does something
        raise NotAFileError(path, status.st_mode)
    descriptor = os.open(path, _FLAGS)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotAFileError(path, status.st_mode)
    return descriptor, status


def open_file(path: Path | str) -> FileIO:
    """The regular file at `path`, open for reading without a buffer. Raises what `open_descriptor` does."""
    return open(open_descriptor(path), "rb", buffering=0)


def read_bytes(path: Path | str, most: int) -> bytes:
    """The content of the regular file at `path`.

    Args:
        path: the file, or a link to it.
        most: bytes; a file that has more is refused, however large it says it is.

    Raises:
        NotAFileError, FileTooLargeError, OSError: it cannot be read.
    """
    descriptor, status = opened(path)
    size = status.st_size
    try:
        if size > most:
            raise FileTooLargeError(path, most)
        chunks = [os.read(descriptor, size + 1)]
        left = most - len(chunks[0])
        if 0 < len(chunks[0]) == size:
            return chunks[0]  # less than was asked for: nothing follows
        while left >= 0 and chunks[-1]:  # it has grown, or hides its size, as files of /proc do
            chunks.append(os.read(descriptor, min(_CHUNK, left + 1)))
            left -= len(chunks[-1])
    finally:
        os.close(descriptor)
    if left < 0:
        raise FileTooLargeError(path, most)
    return b"".join(chunks)


def read_text(path: Path | str, most: int) -> str:
    """The content of the regular file at `path`, which is UTF-8.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
        NotAFileError, FileTooLargeError, OSError: it cannot be read.
    """
    return read_bytes(path, most).decode("utf-8")


def read_json(path: Path | str, most: int = LARGEST_DOCUMENT) -> Any:
    """The JSON document in the regular file at `path`.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
        NotAFileError, FileTooLargeError, OSError: it cannot be read.
    """
    return parse_json(read_bytes(path, most))


def parse_json(text: bytes | str) -> Any:
    """The JSON document `text`.

    Raises:
        ValueError: it is no JSON, is not UTF-8, or is nested too deeply for Python.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_toml(text: str) -> dict[str, Any]:
    """The TOML document `text`.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML, nested too deeply, has a number of thousands of digits, or a key of so
            many parts that `tomllib` would take minutes.
    """
    if _LONG_KEY.search(text):
        raise tomllib.TOMLDecodeError("a key of more than 100 parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("it is nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # a number of more digits than Python converts
        raise tomllib.TOMLDecodeError(str(error)) from None
