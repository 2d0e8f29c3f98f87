"""The first frame: written before anything is imported that takes time, so that something shows at once.

It enters the terminal's alternate screen as Textual does a moment later; Textual then draws over it. When the program
fails in between, `lower` brings the terminal back.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from wantui.ui.work.room import EXPECTED_ROWS, room_for

_ENTER = "\x1b[?1049h\x1b[?25l"
_LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l"
LEAST = (40, 12)
"""Columns and lines below which no frame is drawn."""
LONGEST_BYTES = 1 << 16
"""Of a file that names the theme; of a longer one only its beginning is looked at."""


class Colours(NamedTuple):
    """Of a theme, each as ``red;green;blue``."""

    panel: str
    text: str
    primary: str
    faint: str
    background: str


COLOURS = {
    "wantui-dark": Colours("20;27;40", "215;219;230", "122;162;247", "44;53;70", "11;14;20"),
    "wantui-light": Colours("236;238;243", "31;36;48", "42;85;189", "201;205;214", "251;251;249"),
}
"""As `wantui.ui.drawing.themes`, which takes too long to import. Under another theme the frame has no colours."""


def frame(
    columns: int, lines: int, title: str, *, is_utf8: bool, colours: Colours | None, has_runs: bool = True
) -> str:
    """What is written to the terminal: the top line and the outlines of the panes.

    Args:
        columns: of the terminal.
        lines: of the terminal.
        title: what stands behind the name in the top line; must hold no control characters.
        is_utf8: whether lines can be drawn.
        colours: of the theme; None: none are wanted.
        has_runs: whether there are jobs to show.
    """
    bar = f"\x1b[48;2;{colours.panel}m" if colours else ""
    name = f"\x1b[1;38;2;{colours.primary}m" if colours else "\x1b[1m"
    text = f"\x1b[22;38;2;{colours.text}m" if colours else "\x1b[22;39m"
    dim = f"\x1b[38;2;{colours.faint}m" if colours else ""
    ground = f"\x1b[48;2;{colours.background}m" if colours else ""
    shown = title[: max(0, columns - 10)]
    top = f"\x1b[H{bar}{name} wantui{text}  {shown}\x1b[K"
    parts = [_ENTER, f"\x1b[0m{ground}\x1b[2J", top, f"\x1b[0m{ground}{dim}"]
    parts += [_box(*box, is_utf8=is_utf8) for box in _boxes(columns, lines, has_runs=has_runs)]
    return "".join(parts) + "\x1b[0m"


def _boxes(columns: int, lines: int, *, has_runs: bool) -> list[tuple[int, int, int, int]]:
    """Column, line, width and height of each pane, as the work screen lays them out."""
    if columns < 100 or lines < 28:  # noqa: PLR2004  as `screens.panes.SINGLE_BELOW`
        return [(0, 1, columns, lines - 2)]
    room = room_for(lines, rows=EXPECTED_ROWS if has_runs else 0)
    day = lines - 2 - room.log - room.jobs
    left = columns * 28 // 100
    boxes = [
        (0, 1, left, day),
        (left, 1, columns - left, day),
        (0, 1 + day, columns, room.jobs),
        (0, 1 + day + room.jobs, columns, room.log),
    ]
    return [box for box in boxes if box[3]]


def _box(column: int, line: int, width: int, height: int, *, is_utf8: bool) -> str:
    corners, across, down = ("┌┐└┘", "─", "│") if is_utf8 else ("++++", "-", "|")
    rows = [corners[0] + across * (width - 2) + corners[1]]
    rows += [f"{down}\x1b[{line + 2 + at};{column + width}H{down}" for at in range(height - 2)]
    rows.append(corners[2] + across * (width - 2) + corners[3])
    return "".join(f"\x1b[{line + 1 + at};{column + 1}H{row}" for at, row in enumerate(rows))


def _has_runs(workspace: str) -> bool:
    """As `wantui.paths.Workspace.has_runs`, which takes too long to import."""
    try:
        with os.scandir(f"{workspace}/.wantui/runs") as found:
            return next(found, None) is not None
    except (OSError, ValueError):
        return False


def theme_of(workspace: str) -> str:
    """The theme that the screen will have, as far as two short files tell: ``[screen] theme``, else the last choice.

    `wantui.services.screen_settings` reads the same, and takes too long to import. A broken file tells nothing.
    """
    text = _beginning(f"{workspace}/wantui.toml")
    if b"theme" in text:
        import tomllib  # noqa: PLC0415  few name a theme

        try:
            named = tomllib.loads(text.decode()).get("screen", {}).get("theme")
        except (ValueError, AttributeError):
            named = None
        if isinstance(named, str):
            return {"dark": "wantui-dark", "light": "wantui-light"}.get(named, named)
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111  pathlib takes too long
    chosen = _beginning(f"{os.environ.get('WANTUI_STATE_DIR') or state + '/wantui'}/screen.json")
    return (
        chosen.partition(b'"theme"')[2].partition(b'"')[2].partition(b'"')[0].decode("utf-8", "replace")
        or "wantui-dark"
    )


def _beginning(path: str) -> bytes:
    """The first bytes of a file; none of what cannot be read, or is no file. Never waits for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, LONGEST_BYTES)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


class Skeleton:
    """The frame on a terminal, and the way back."""

    def __init__(self) -> None:
        self._is_up = False

    def raise_(self, title: str) -> None:
        """Show the frame, where there is a terminal with room for it. Textual draws on stderr, so this does too."""
        stream = sys.__stderr__
        if stream is None or not stream.isatty():
            return
        try:
            columns, lines = os.get_terminal_size(stream.fileno())
        except OSError:
            return
        if columns < LEAST[0] or lines < LEAST[1] or os.environ.get("TERM") == "dumb":
            return
        encoding = (stream.encoding or "").lower().replace("-", "")
        has_colour = not os.environ.get("NO_COLOR") and os.environ.get("COLORTERM") in ("truecolor", "24bit")
        clean = "".join(character if character.isprintable() else "?" for character in title)
        try:
            drawn = frame(
                columns,
                lines,
                clean,
                is_utf8=encoding == "utf8",
                colours=COLOURS.get(theme_of(title)) if has_colour else None,
                has_runs=_has_runs(title),
            )
            stream.write(drawn)
            stream.flush()
        except (OSError, UnicodeEncodeError):
            return
        self._is_up = True

    def hand_over(self) -> None:
        """The application has the terminal now, and will bring it back itself."""
        self._is_up = False

    def lower(self) -> None:
        """Bring the terminal back, unless the application has taken it over."""
        stream = sys.__stderr__
        if self._is_up and stream is not None:
            self._is_up = False
            try:
                stream.write(_LEAVE)
                stream.flush()
            except OSError:
                return
