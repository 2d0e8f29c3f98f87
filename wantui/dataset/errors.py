"""What is wrong with settings of a dataset or with a media file: where it is, and what to do."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from wantui.dataset.model import DatasetError, Problem, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.toml_positions import KeyPath


BROKEN_IMAGE = (
    OSError, ValueError, SyntaxError, EOFError, struct.error, LookupError, TypeError, ArithmeticError, MemoryError,
)  # fmt: skip
"""What Pillow's readers raise on files that are not what they begin as, beside `DecompressionBombError`."""


class MediaError(Exception):
    """A media file that cannot be read; the message is a clause about it, without its name."""


class SettingsError(DatasetError):
    """Settings that the trainer would refuse."""

    def __init__(self, path: Path, line: int | None, says: str, where: KeyPath, code: str = "bad-settings") -> None:
        super().__init__(f"{path}{f', line {line}' if line else ''}: {says}")
        self.says = says
        """What is wrong, without the file and its line."""
        self.where = where
        """The key that it is about: ``("datasets", 0, "resolution")``; empty: the whole file."""
        message, _, fix = says.rpartition("; ")
        self.problem = Problem(Severity.ERROR, code, path, message or says, fix or "correct it", line)
        """What is wrong as lint tells it."""
