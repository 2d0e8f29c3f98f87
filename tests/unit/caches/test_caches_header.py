"""Headers of safetensors files, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.caches.header import CorruptError, read_header

if TYPE_CHECKING:
    from tests.unit.caches.conftest import WriteTensors

SAMPLES = Path(__file__).parents[2] / "fixtures" / "samples"
LATENTS = SAMPLES / "img_04_0160x0090_wan.safetensors"
TEXT = SAMPLES / "img_00_wan_te.safetensors"


def test_the_trainers_latents() -> None:
    header = read_header(LATENTS)
    assert header.metadata == {"architecture": "wan", "width": "160", "height": "90", "format_version": "1.0.1"}
    assert header.shapes == {"latents_1x6x10_bfloat16": (16, 1, 6, 10)}
    assert header.changed_ns == LATENTS.stat().st_mtime_ns


def test_the_trainers_text() -> None:
    header = read_header(TEXT)
    assert header.metadata["caption1"] == "tok, a picture number 0 with a disc"
    assert header.shapes == {"varlen_t5_bfloat16": (36, 4096)}


def test_a_header_longer_than_one_read(tmp_path: Path, write_tensors: WriteTensors) -> None:
    caption = "词 " * 20_000
    write_tensors(tmp_path / "a", {"caption1": caption}, {"t": (3,)})
    assert read_header(tmp_path / "a").metadata["caption1"] == caption


@given(length=st.integers(0, LATENTS.stat().st_size - 1))
def test_any_truncation_is_noticed(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "a"
    path.write_bytes(LATENTS.read_bytes()[:length])
    with pytest.raises(CorruptError):
        read_header(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\x02\0\0\0", "it ends within its header"),
        (b"\xff" * 8 + b"{}", "it ends within its header"),
        (b"\x02\0\0\0\0\0\0\0{]", "its header is damaged"),
        (b"\x02\0\0\0\0\0\0\0[]", "its header is damaged"),
        (b"\x02\0\0\0\0\0\0\0\xff\xff", "its header is damaged"),
        (b"\x02\0\0\0\0\0\0\0{}more", "it is 4 bytes too long"),
    ],
)
def test_what_is_no_safetensors_file(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(CorruptError, match=message):
        read_header(path)


@pytest.mark.parametrize(
    "content",
    [
        {"__metadata__": []},
        {"t": 1},
        {"t": {"shape": [1]}},
        {"t": {"shape": [1], "data_offsets": [0]}},
        {"t": {"shape": 1, "data_offsets": [0, 0]}},
        {"t": {"shape": [1], "data_offsets": [0, "x"]}},
    ],
)
def test_a_header_of_another_form(tmp_path: Path, content: object) -> None:
    text = json.dumps(content).encode()
    path = tmp_path / "a"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(CorruptError, match="its header is damaged"):
        read_header(path)


def test_missing_bytes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(LATENTS.read_bytes()[:-100])
    with pytest.raises(CorruptError, match="100 bytes of it are missing"):
        read_header(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_header(tmp_path / "a")
