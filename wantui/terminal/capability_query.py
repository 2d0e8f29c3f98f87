"""Asking the terminal what it can show, before the application takes it over.

The question is written at once and the answer read later: importing the application takes longer than the answer
does, so nobody waits. An answer that comes even later is taken out of the keys by `LateAnswers`.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wantui.terminal.block_characters import alacritty

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_S = 0.1
"""From the question to when the answer is no longer waited for."""
LATE_S = 5.0
"""For how long after the start a late answer is expected among the keys."""
_ASKED_OF = (
    "xterm",
    "foot",
    "mlterm",
    "contour",
    "wezterm",
    "rio",
    "alacritty",
    "konsole",
    "vte",
    "iterm",
    "ghostty",
)
"""How names of terminals begin that are known to answer what they are."""
_DEVICE = "\x1b[c"
"""Primary device attributes; 4 among them: sixel (xterm's ctlseqs, DEC STD 070)."""
_CELL = "\x1b[16t"
"""Size of a cell in pixels (ctlseqs, XTWINOPS)."""
_KITTY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Could you show this pixel? (kitty's graphics protocol, "Querying support")."""
_NAME = "\x1b[>0q"
"""Name and version (ctlseqs, XTVERSION)."""
_SECONDARY = "\x1b[>c"
"""Secondary device attributes: of some terminals the version."""
_DEVICE_ANSWER = re.compile(rb"\x1b\[\?([\d;]*)c")
_CELL_ANSWER = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_KITTY_ANSWER = re.compile(rb"\x1b_Gi=31;OK\x1b\\")
_NAME_ANSWER = re.compile(rb"\x1bP>\|([ -~]*)\x1b\\")
_ALACRITTY_ANSWER = re.compile(rb"\x1b\[>0;(\d{1,6});1c")
"""Of no other terminal that is known: Windows Terminal's has 10 in the middle, which was no version of Alacritty."""
_SIXEL = b"4"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal has told of itself."""

    has_sixel: bool = False
    has_kitty: bool = False
    cell: tuple[int, int] | None = None
    """Width and height of a cell in pixels; None where not known."""
    names: tuple[str, ...] = ()
    """What it calls itself, with its version; nothing where it does not tell."""
    are_due: bool = False
    """Whether it was asked and may still answer."""


def read_answers(data: bytes) -> Answers:
    """What was answered."""
    device = _DEVICE_ANSWER.search(data)
    cell = _CELL_ANSWER.search(data)
    name, alacritty_version = _NAME_ANSWER.search(data), _ALACRITTY_ANSWER.search(data)
    names = (name[1].decode("ascii"),) if name else ()
    if alacritty_version and not names:
        names = (alacritty(int(alacritty_version[1])),)
    height, width = (int(cell[1]), int(cell[2])) if cell else (0, 0)
    return Answers(
        has_sixel=device is not None and _SIXEL in device[1].split(b";")[1:],
        has_kitty=_KITTY_ANSWER.search(data) is not None,
        cell=(width, height) if width and height else None,
        names=names,
        are_due=device is None,
    )


def is_plausible(environ: Mapping[str, str]) -> bool:
    """Whether a terminal with this environment can be asked: not in tmux or screen, which answer for themselves."""
    if environ.get("TMUX") or environ.get("STY"):
        return False
    return environ.get("TERM", "").startswith(_ASKED_OF)


class CapabilityQuery:
    """Asks, and reads the answer later."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Ask, where that makes sense.

        Args:
            environ: tells which terminal it is.
        """
        self._saved: list[Any] | None = None
        self._asked = 0.0
        self._fd = -1
        self._cell: tuple[int, int] | None = None
        stream, keys = sys.__stderr__, sys.__stdin__
        if stream is None or keys is None or not (stream.isatty() and keys.isatty()):
            return
        self._cell = told_cell(stream.fileno())
        if not is_plausible(environ):
            return
        questions = _KITTY if _may_be_kitty(environ) else ""
        questions += (_CELL if self._cell is None else "") + _NAME + _SECONDARY + _DEVICE
        with suppress(OSError, termios.error):
            self._ask(keys.fileno(), questions)

    def _ask(self, keys: int, questions: str) -> None:
        saved = termios.tcgetattr(keys)
        quiet = termios.tcgetattr(keys)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(keys, termios.TCSANOW, quiet)
        self._fd, self._saved, self._asked = keys, saved, time.monotonic()
        stream = sys.__stderr__
        if stream is not None:
            stream.write(questions)
            stream.flush()

    def answers(self, patience_s: float = PATIENCE_S) -> Answers:
        """What has been answered by now.

        Args:
            patience_s: seconds after the question until which an answer is waited for.
        """
        if self._saved is None:
            return Answers(cell=self._cell)
        data = b""
        with suppress(OSError, termios.error):
            while not _DEVICE_ANSWER.search(data):
                rest = max(0.0, self._asked + patience_s - time.monotonic())
                if not select.select([self._fd], [], [], rest)[0]:
                    break
                found = os.read(self._fd, 4096)
                if not found:
                    break
                data += found
        self.close()
        told = read_answers(data)
        return replace(told, cell=told.cell or self._cell)

    def close(self) -> None:
        """Let the terminal be as it was; nothing where it is."""
        if self._saved is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._fd, termios.TCSANOW, self._saved)
            self._saved = None


def _may_be_kitty(environ: Mapping[str, str]) -> bool:
    names = f"{environ.get('TERM', '')} {environ.get('TERM_PROGRAM', '')}".lower()
    return "kitty" in names or "ghostty" in names or "KITTY_WINDOW_ID" in environ


def told_cell(descriptor: int) -> tuple[int, int] | None:
    """Width and height of a cell in pixels as the terminal device tells them (``TIOCGWINSZ``); many tell nothing."""
    try:
        answer = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    lines, columns, width, height = struct.unpack("HHHH", answer)
    if not (lines and columns and width // columns and height // lines):
        return None
    return width // columns, height // lines


class LateAnswers:
    """Takes an answer that came too late out of the keys: its letters would be commands.

    The application's parser gives a sequence that it does not know as single keys, the escape as ``^`` or not at all.
    """

    _BEGUN = re.compile(r"\^|\^?\[[?>\d;]*|\^P|\^(?:_|P>)[^\^\\]*\^?")
    _WHOLE = re.compile(r"\^?\[[?>]?[\d;]+[ct]|\^(?:_|P>)[^\^\\]*\^?\\")

    def __init__(self, *, due: bool, now: float) -> None:
        """Make it.

        Args:
            due: whether anything is expected at all.
            now: monotonic seconds.
        """
        self._until = now + LATE_S if due else 0.0
        self._held = ""

    def takes(self, character: str | None, now: float) -> bool:
        """Whether a key belongs to an answer, as far as can be told."""
        if now > self._until or not character:
            self._held = ""
            return False
        held = self._held + character
        if self._WHOLE.fullmatch(held):
            self._held = ""
            return True
        self._held = held if self._BEGUN.fullmatch(held) else ""
        return bool(self._held)
