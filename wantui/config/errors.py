"""What is wrong with a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing that is wrong."""

    line: int | None
    """Line in the file, from 1; None where the problem is not at a line."""
    message: str
    """What is wrong and what to write instead."""


class ConfigError(BadInputError):
    """A configuration that cannot be used; the message has one line a problem, each with its file and line."""

    def __init__(self, source: Path | str, problems: Iterable[ConfigProblem]) -> None:
        """Say everything that is wrong.

        Args:
            source: the file, or the option of the command line, that the problems are in.
            problems: at least one; they are sorted by line.
        """
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        super().__init__("\n".join(self._sentence(problem) for problem in self.problems))

    def _sentence(self, problem: ConfigProblem) -> str:
        where = f"{self.source}" if problem.line is None else f"{self.source}:{problem.line}"
        return f"{where}: {problem.message}"
