"""Lines of a log as a terminal would leave them: what a progress bar has drawn over is gone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Folder:
    """Turns bytes into lines; of a line that was redrawn with carriage returns the last drawing is kept."""

    _rest: bytes = field(default=b"")

    def feed(self, data: bytes) -> list[str]:
        """The lines that end within `data`."""
        *lines, rest = (self._rest + data).split(b"\n")
        drawn, redrawn, drawing = rest.rpartition(b"\r")
        self._rest = last_drawing(drawn) + redrawn + drawing  # what was drawn over is of no use to anybody
        return [fold(line) for line in lines]

    def rest(self) -> str:
        """The line under way."""
        return fold(self._rest)


def fold(line: bytes) -> str:
    """What a terminal would be left with after `line`: bytes that are no UTF-8 become replacement characters."""
    return last_drawing(line).rstrip(b"\r").decode("utf-8", errors="replace").rstrip()


def last_drawing(line: bytes) -> bytes:
    """What a terminal shows of a line: what follows the last carriage return that is followed by anything.

    The trainer blanks a bar with spaces.
    """
    drawings = line.rstrip(b"\r").split(b"\r")
    return next((drawing for drawing in reversed(drawings) if drawing.strip()), b"")
