r"""Paths with backslashes, as Windows writes them: TOML takes them for escapes, and Linux for part of a name.

``"images\train"`` is a path with a tab in it, ``"C:\data"`` is no TOML, and each message of a TOML reader names
something else. They are found in the text, line by line, whether it is TOML or not.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from wantui.dataset.keys import IMAGE, VIDEO

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH_KEYS = frozenset(key for key in (*IMAGE, *VIDEO) if key.endswith(("_directory", "_jsonl_file")))
"""The keys of ``dataset.toml`` that take a path."""
CURE = "write / instead"
_LINE = re.compile(r'^(?P<head>[ \t]*"?(?P<key>\w+)"?[ \t]*[=:][ \t]*)"(?P<path>[^"\r\n]*\\[^"\r\n]*)"', re.MULTILINE)
"""A key and a path in double quotes; a backslash before the last quote escapes that, which is never meant."""


def first_line(text: str) -> tuple[int, str] | None:
    """The first line in which a path has backslashes, from 1, and its key; None where there is none."""
    found = next(_paths(text), None)
    return None if found is None else (text.count("\n", 0, found.start()) + 1, found["key"])


def with_slashes(text: str) -> str:
    """The text with slashes for the backslashes of its paths; every other character stays."""
    made, end = [], 0
    for found in _paths(text):
        path = found["path"].replace("\\\\", "\\").replace("\\", "/")
        made += [text[end : found.start("path")], path]
        end = found.end("path")
    return "".join([*made, text[end:]])


def _paths(text: str) -> Iterator[re.Match[str]]:
    return (found for found in _LINE.finditer(text) if found["key"] in PATH_KEYS and not _is_meant(found["path"]))


def _is_meant(path: str) -> bool:
    r"""Whether the backslashes are escapes that somebody meant, such as ``\u00e9``."""
    try:
        value = str(tomllib.loads(f'path = "{path}"')["path"])
    except tomllib.TOMLDecodeError:
        return False
    return value.isprintable() and "\\" not in value
