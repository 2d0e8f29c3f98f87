from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wantui.jobs.folding import last_drawing
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import UNICODE
from wantui.ui.drawing.styles import TextStyles
from wantui.ui.drawing.themes import DARK
from wantui.ui.log import file
from wantui.ui.log.file import LogFile
from wantui.ui.log.lines import highlighted, log_parts
from wantui.ui.log.search import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator

INKS = TextStyles.from_variables(
    {**DARK.variables, "foreground": "#d7dbe6", "background": "#0b0e14", "panel": "#141b28"}
)


@pytest.fixture
def _small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "BLOCK", 16)
        patch.setattr(file, "TAIL", 24)
        yield


def counted(path: Path) -> LogFile:
    log = LogFile(path)
    log.look()
    if log.size:
        assert log.count_lines()
    return log


def plain_lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [last_drawing(line) for line in lines]


PIECES = st.lists(
    st.sampled_from([b"a", b"bc", b"step 1", b"\r", b"\n", b"\r\n", "学習".encode(), b"x" * 20]), max_size=60
)


@pytest.mark.usefixtures("_small_blocks")
@settings(max_examples=150, deadline=None)
@given(pieces=PIECES)
def test_lines_are_what_a_plain_reading_gives(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(data)
        log = counted(path)
        assert [log.line(number) for number in range(log.line_count)] == plain_lines(data)
        log.close()


@pytest.mark.usefixtures("_small_blocks")
@settings(max_examples=80, deadline=None)
@given(first=PIECES, second=PIECES)
def test_a_growing_file_reads_as_if_it_had_been_whole(first: list[bytes], second: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(b"".join(first))
        log = counted(path)
        with path.open("ab") as more:
            more.write(b"".join(second))
        log.look()
        data = b"".join(first + second)
        if data:
            assert [log.line(number) for number in range(log.line_count)] == plain_lines(data)
        log.close()


@pytest.mark.usefixtures("_small_blocks")
@settings(max_examples=80, deadline=None)
@given(pieces=PIECES, start=st.integers(0, 30), step=st.sampled_from([1, -1]))
def test_search_finds_the_nearest_line_in_its_direction(pieces: list[bytes], start: int, step: int) -> None:
    data = b"".join(pieces)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(data)
        log = counted(path)
        lines = plain_lines(data)
        start = min(start, max(0, len(lines) - 1))
        order = (
            [*range(start, len(lines)), *range(start)]
            if step > 0
            else [*range(start, -1, -1), *range(len(lines) - 1, start, -1)]
        )
        wanted = None if not lines else next((number for number in order if b"STEP" in lines[number].upper()), None)
        assert log.find(Expression("step"), start, step) == wanted
        log.close()


@pytest.mark.usefixtures("_small_blocks")
def test_the_end_is_known_before_anything_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "AT_ONCE", 0)
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)))
    log = LogFile(path)
    assert log.look()
    assert not log.is_counted
    assert log.line(log.line_count - 1) == b"line 999"
    assert log.count_lines()
    assert log.line_count == 1000
    assert log.line(0) == b"line 0"
    assert log.line(123) == b"line 123"


def test_a_replaced_file_starts_over(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\nthree\n")
    log = counted(path)
    path.write_bytes(b"new\n")
    assert log.look()
    assert [log.line(number) for number in range(log.line_count)] == [b"new"]
    path.unlink()
    assert log.look()
    assert log.line_count == 0
    assert not log.look()


def test_a_missing_file_is_no_error(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "later")
    assert not log.look()
    (tmp_path / "later").write_bytes(b"x")
    assert log.look()
    assert log.line(0) == b"x"


def test_of_a_line_of_many_updates_only_its_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\r".join(b"steps: %d/99999" % step for step in range(100_000)) + b"\nend\n")
    log = counted(path)
    asked: list[int] = []
    read = LogFile._read

    def watched(self: LogFile, start: int, length: int) -> bytes:
        asked.append(length)
        return read(self, start, length)

    monkeypatch.setattr(LogFile, "_read", watched)
    log._newest = None
    assert log.line(0) == b"steps: 99999/99999"
    assert sum(asked) <= file.BLOCK + file.LONGEST


@given(text=st.text())
def test_clean_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    assert all(character.isprintable() or not character.isascii() for character in clean(text))
    assert not any(0x7F <= ord(character) < 0xA0 for character in clean(text))


def test_escape_sequences_leave_no_trace() -> None:
    assert clean("\x1b[31mred\x1b[0m \x1b]0;title\x07x") == "red x"


def test_a_progress_bar_is_drawn_in_the_colour_of_its_job() -> None:
    parts = log_parts("steps:  34%|███▍      | 812/2400 [25:43<50:17]", INKS, INKS.high)
    assert parts[0] == ("steps:  34%", INKS.high)
    assert "".join(text for text, _ in parts) == "steps:  34%|███▍      | 812/2400 [25:43<50:17]"


@pytest.mark.parametrize(
    "text", ["ERROR of sorts", "Traceback (most recent call last):", "ValueError: no", "a.b.CudaError: x"]
)
def test_errors_are_red(text: str) -> None:
    assert log_parts(text, INKS, INKS.plain) == [(text, INKS.bad)]


def test_a_match_is_brought_out() -> None:
    from rich.segment import Segment
    from textual.strip import Strip

    strip = highlighted(Strip([Segment("one two one", INKS.dim)]), [(0, 3), (8, 11)], INKS.accent)
    assert strip.text == "one two one"
    assert [segment.text for segment in strip if segment.style and segment.style.bold] == ["one", "one"]
    assert UNICODE.cursor not in strip.text
