"""Changes values of ``wantui.toml``; what is not changed stays byte for byte, comments too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui import atomic, reading
from wantui.config.errors import ConfigError, ConfigProblem
from wantui.config.load import LARGEST_SETTINGS, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wantui.config.schema import Config

_MARK = b"\xef\xbb\xbf"
"""A file of some editors begins with it."""


def preview(file: Path, section: str, values: Mapping[str, str], comment: str) -> tuple[bytes, Config]:
    """A ``wantui.toml`` with other values, as bytes and as what they mean; nothing is written.

    Args:
        file: which need not exist.
        section: name of it, made if need be.
        values: by key.
        comment: put behind each that is new; the others keep what stands there.

    Raises:
        ConfigError: the file cannot be read, or would not say this afterwards.
    """
    import tomlkit  # noqa: PLC0415  it takes its time, and few calls change the file
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        before = reading.read_bytes(file, LARGEST_SETTINGS)
    except FileNotFoundError:
        before = b""
    except OSError as error:
        raise ConfigError(file, [ConfigProblem(None, f"cannot be read ({error.strerror})")]) from error
    try:
        given = before.decode("utf-8-sig")
        document = tomlkit.parse(given)
        if section not in document:
            document[section] = tomlkit.table()
        table: Any = document[section]
        for key, value in values.items():
            item = tomlkit.item(value)
            if key in table:
                item.trivia.comment_ws, item.trivia.comment = table[key].trivia.comment_ws, table[key].trivia.comment
            else:
                item.comment(comment)
            table[key] = item
        text = _with_line_ends_of(given, document.as_string())
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(file, [ConfigProblem(None, f"cannot be changed ({error})")]) from error
    after = parse(file, text.replace("\r\n", "\n"))
    return (_MARK if before.startswith(_MARK) else b"") + text.encode("utf-8"), after


def _with_line_ends_of(before: str, after: str) -> str:
    """A text with line ends as another has them; lines that were added have a newline alone."""
    if "\r\n" not in before or before.count("\r\n") != before.count("\n"):
        return after
    return after.replace("\r\n", "\n").replace("\n", "\r\n")


def write(file: Path, content: bytes) -> None:
    """Replace the file by what `preview` gave.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        atomic.write_bytes(file, content)
    except OSError as error:
        message = f"cannot be written ({error.strerror}); make room or correct its permissions"
        raise ConfigError(file, [ConfigProblem(None, message)]) from error
