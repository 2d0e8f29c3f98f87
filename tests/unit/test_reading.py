"""Only regular files are read, at once and no more than said."""

from __future__ import annotations

import os
import socket
import tomllib
from typing import TYPE_CHECKING

import pytest

from wantui import reading

if TYPE_CHECKING:
    from pathlib import Path


def test_a_regular_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"text\n")
    link = tmp_path / "b.txt"
    link.symlink_to(file)
    assert reading.read_bytes(file, 5) == b"text\n"
    assert reading.read_text(link, 100) == "text\n"


def test_what_is_no_file_is_named_without_waiting(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.txt"
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock.txt"))
        (tmp_path / "zero.txt").symlink_to("/dev/zero")
        for path, word in (
            (fifo, "FIFO"),
            (tmp_path / "sock.txt", "socket"),
            (tmp_path / "zero.txt", "device"),
            (tmp_path, "folder"),
        ):
            with pytest.raises(reading.NotAFileError) as caught:
                reading.read_bytes(path, 100)
            assert word in (caught.value.strerror or "")
            assert caught.value.filename == str(path)


def test_a_file_larger_than_said_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    with file.open("wb") as written:
        written.truncate(3 << 30)  # a hole: takes no room on the disk
    with pytest.raises(reading.FileTooLargeError, match="1 MiB"):
        reading.read_bytes(file, 1 << 20)


def test_a_file_that_hides_its_size_is_read_no_further_than_said() -> None:
    with pytest.raises(reading.FileTooLargeError):
        reading.read_bytes("/proc/self/smaps", 10)  # of zero bytes, by its status


def test_a_document_that_is_nested_too_deeply_is_no_document(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("[" * 100_000)
    with pytest.raises(ValueError, match="deep"):
        reading.read_json(file)
    assert reading.parse_json(b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 20_000, "a." * 50_000 + "b = 1", "[" + "a . " * 50_000 + "b]", "a = " + "{b = " * 9999]
)
def test_toml_that_would_take_minutes_or_the_stack_is_no_toml(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match=r"deep|parts"):
        reading.parse_toml(text)


def test_toml_with_many_dots_and_words_is_read() -> None:
    text = f'a = "{"x" * 500_000}"\nb = "{"../" * 200}"\n# {"and so on ... " * 1000}\nc.d.e = 1\n'
    assert reading.parse_toml(text)["c"] == {"d": {"e": 1}}


def test_a_number_of_thousands_of_digits_is_no_toml() -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match="digits"):
        reading.parse_toml("epochs = " + "1" * 5000)
