"""What the Hub says about a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remote:
    """A file at a state of its repository."""

    size: int
    """Bytes."""
    sha256: str
    """Of the content, in hexadecimal."""
    commit: str | None
    """The repository's state that this is true of; None where it was not said."""
