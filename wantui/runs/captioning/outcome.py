"""What came of asking for a caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class NotCaptioned:
    """A file that there is no caption for."""

    why: str
    """A clause: ``exit code 3``."""


Outcome = tuple["Path", "str | NotCaptioned"]
