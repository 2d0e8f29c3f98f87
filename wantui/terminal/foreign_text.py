"""Text that somebody else wrote, on its way to a terminal: captions, file names, log lines, reasons, paths.

A terminal obeys what such text may hold: sequences that set its title, write to the clipboard, clear the screen, or
turn the direction of writing round. Screen and command line send foreign text through here, and nothing past it.
"""

from __future__ import annotations

import io
import re
import sys
from typing import TextIO, cast

_CONTROL: dict[int, str | None] = {
    **dict.fromkeys((*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    **dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}
"""Control characters become spaces, changes of the writing direction vanish (Unicode 15, 23.2)."""
_IN_OUTPUT = {number: stand_in for number, stand_in in _CONTROL.items() if chr(number) not in "\t\n"}
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-~])")
"""CSI, OSC, then DCS with SOS, PM and APC, then the short ones (ECMA-48, 5; ECMA-35, 13)."""
_NOT_FOR_JSON = re.compile("[\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Foreign text in one line without anything that a terminal would obey, line ends included."""
    return _cleaned(text, _CONTROL)


def clean_lines(text: str) -> str:
    """Foreign text of several lines, each of them clean."""
    return "\n".join(clean(each) for each in text.splitlines())


def escape_json(document: str) -> str:
    r"""A JSON document that says the same, with ``\u009b`` for what a terminal would obey (JSON leaves some in)."""
    return _NOT_FOR_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def guard_streams() -> None:
    """Let nothing that is printed from here on reach a terminal uncleaned, on stdout and stderr.

    Into pipes and files as well: they end in a terminal, with ``| less -R`` say. Scripts read ``--json``, which is
    exact.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or isinstance(stream, CleanStream):
            continue
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without UTF-8, a path that is none
        setattr(sys, name, cast("TextIO", CleanStream(stream)))


class CleanStream:
    """A text stream that lets tabs and line ends through, and no other control character."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`, cleaned; returns its length."""
        self._stream.write(_cleaned(text, _IN_OUTPUT))
        return len(text)

    def write_control(self, text: str) -> int:
        """Write what is not foreign, such as the return to the beginning of a line."""
        return self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def go_to_line_start(out: TextIO) -> None:
    """Let what is written next stand over the present line, for a line that changes."""
    write = out.write_control if isinstance(out, CleanStream) else out.write
    write("\r")


def _cleaned(text: str, controls: dict[int, str | None]) -> str:
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    return text if text.isascii() and text.isprintable() else text.translate(controls)
