"""Every parser of files that others write: an answer or the error that it names, whatever the bytes.

Bytes are random, cut off, or something valid with a stretch changed: that goes deeper than noise does. Each run also
has inputs that Python itself stumbles over, such as 100,000 nested brackets.
"""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from wantui import reading
from wantui.caches.content import Memo, read_object
from wantui.caches.header import CorruptError, read_header
from wantui.caches.items import read_rows
from wantui.caches.model import CacheError
from wantui.caches.records import FolderRecords, Identity
from wantui.captions.proposals import ProposalStore
from wantui.config import named
from wantui.config.errors import ConfigError
from wantui.config.load import load as load_config
from wantui.dataset import blueprint, captions, near_duplicates
from wantui.dataset.controls import Controls
from wantui.dataset.dataset_file import DatasetFile
from wantui.dataset.errors import MediaError
from wantui.dataset.jsonl import entry_of, read_jsonl, with_captions
from wantui.dataset.lint import lint, thorough
from wantui.dataset.media import image_size, is_whole
from wantui.dataset.model import DatasetError
from wantui.dataset.scan import scan
from wantui.dataset.video import video_shape
from wantui.journal import codec
from wantui.journal import log as journal_log
from wantui.journal.errors import JournalError
from wantui.journal.journal import Journal
from wantui.journal.trash import trashed
from wantui.paths import Workspace
from wantui.trainer.musubi.weight_content import broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

DATASET = b"""\
[general]
resolution = [64, 64]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"

[[datasets]]
video_directory = "clips"
cache_directory = "other"
target_frames = [1, 25]
source_fps = 30.0
"""
CONFIG = b"""\
[run]
dataset = "dataset.toml"
suffix = "one"
[training]
network_dim = 32
optimizer_args = ["a=1"]
"""
LINE = b'{"image_path": "a.png", "caption": "a \\u00e9", "control_path": "b.png"}\n'
HEADER = json.dumps(
    {"__metadata__": {"architecture": "wan"}, "a": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}}
).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)
MEMO = b'{"version": 1, "files": {"/a": [1, 2, 3, 4, "x"]}}'
RECORDS = (
    b'{"version": 2, "sources": [["", null, null]], "files": {"a": [1, 2, 0, "x", null, [1]]},'
    b' "expected": {"a": [1, 3, 0, "x", null]}}'
)
PROPOSAL = b'{"version": 1, "media": "/a.png", "text": "t", "source": "s", "made": 1.0, "content": null}'
MOVE = b'{"move": "a", "to": "b", "size": 1, "mtime_ns": 2, "content": null}\n'
EDIT = b'{"edit": "a", "before": null, "after": "00", "offset": 0, "removed": "", "inserted": {"base64": "YQ=="}}\n'
LOG = b"""\
{"journal": 1}
{"step": 1, "is": "begun", "deed": "do", "what": "x", "when": 1.0, "size": 1, "folders": []}
{"step": 1, "is": "done"}
"""
TRASH = b'{"what": "x", "when": 1.0, "files": [{"name": "a", "from": "b"}], "lines": []}'
ROW = ("name", "subset", "media", "media_hash", "caption", "width", "height", "bucket", "latents", "text")
ROWS = json.dumps([dict.fromkeys(ROW, 1)]).encode()
PRINTS = b'{"/a.png": [1, 2, "abc:"]}'
FINDINGS = b'[{"code": "damaged-media", "path": "/a", "about": "", "stamps": {}}]'

ODD = (b"null", b"{}", b"[]", b'"x"', b"-1", b"1e999", b"NaN", b"true", b"9" * 5000, b"\xff", b"\0")
DEEP = b"[" * 100_000
DEEP_OBJECT = b'{"a":' * 100_000
DEEP_TABLE = b"a = " + b"[" * 20_000
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def encoded(kind: str) -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(written, kind)
    return written.getvalue()


IMAGES = tuple(map(encoded, ("PNG", "JPEG", "WEBP", "BMP")))


@st.composite
def changed(draw: st.DrawFn, *valid: bytes) -> bytes:
    """One of `valid` with a stretch replaced, and perhaps cut off; or any bytes at all."""
    content = draw(st.sampled_from(valid))
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, min(len(content), start + 12)))
    stretch = draw(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from(
                [b"null", b"{}", b"[]", b'"x"', b"-1", b"1e999", b"NaN", b"true", b"9" * 5000, b"\xff", b"\0"]
            ),
        )
    )
    content = content[:start] + stretch + content[end:]
    return draw(
        st.one_of(st.just(content), st.just(content[: draw(st.integers(0, len(content)))]), st.binary(max_size=60))
    )


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def answers(look: Callable[[], object], *errors: type[Exception]) -> None:
    """What a look gives is of no matter: an answer, or one of the errors that it names."""
    try:
        found = look()
        if isinstance(found, Iterator):
            list(found)
    except errors:
        pass


@SOME
@given(changed(DATASET))
@example(DEEP_TABLE)
@example(DATASET + b"a." * 50_000 + b"b = 1")
def test_dataset_toml(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "dataset.toml", content)
    answers(lambda: lint(scan(blueprint.load(path))), DatasetError)
    answers(lambda: DatasetFile.read(path).trouble, DatasetError)


@SOME
@given(changed(json.dumps({"general": {}, "datasets": [{"image_directory": "a"}]}).encode()))
@example(DEEP)
@example(DEEP_OBJECT)
def test_dataset_json(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "dataset.json", content)
    answers(lambda: lint(scan(blueprint.load(path))), DatasetError)


@SOME
@given(changed(CONFIG))
@example(DEEP_TABLE)
def test_wantui_toml_and_presets(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "wantui.toml", content)
    answers(lambda: load_config(Workspace(tmp_path)), ConfigError)
    answers(lambda: named.read_preset(put(tmp_path / "presets/one.toml", content), "one"), ConfigError)


@SOME
@given(changed(LINE * 3))
@example(DEEP)
@example(DEEP_OBJECT)
@example(b'{"image_path": "a.png", "caption": "x", "b": ' + DEEP + b"}")
def test_jsonl(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "list.jsonl", content)
    text = DATASET.replace(b'image_directory = "images"', b'image_jsonl_file = "list.jsonl"\ncontrol_directory = "c"')
    config = blueprint.load(put(tmp_path / "dataset.toml", text))
    read_jsonl(path, is_video=False)
    entry_of(1, content, is_video=True)
    answers(lambda: with_captions(path, content, {1: "another"}), DatasetError)
    found = scan(config)
    lint(found)
    controls = Controls(config, config.subsets[0], found.items)
    for item in found.items:
        controls.of(item)


@SOME
@given(st.one_of(st.binary(max_size=80), changed("café, ohwx\r\n".encode())))
def test_captions(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "a.txt", content)
    answers(lambda: captions.read(path), DatasetError)


@SOME
@given(changed(TENSORS))
@example((100_000).to_bytes(8, "little") + DEEP)
@example((2**63).to_bytes(8, "little"))
@example(len(b"[]").to_bytes(8, "little") + b"[]")
def test_safetensors_headers_and_weights(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "a.safetensors", content)
    answers(lambda: read_header(path), CorruptError)
    broken(path)


@SOME
@given(changed(*IMAGES))
def test_images(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "a.png", content)
    answers(lambda: image_size(path), MediaError)
    is_whole(path)
    answers(lambda: near_duplicates.print_of(str(path)), near_duplicates.DamagedPictureError)


@SOME
@given(st.binary(max_size=400))
def test_clips(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "a.mp4", b"\0\0\0\x18ftypmp42" + content)
    answers(lambda: video_shape(path), MediaError)


@SOME
@given(changed(MEMO, RECORDS, PROPOSAL))
@example(DEEP)
@example(DEEP_OBJECT)
def test_records_memos_and_proposals(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "state.json", content)
    read_object(path, 1)
    Memo(path).digest(str(path))
    records = FolderRecords(path)
    for name in records.names:
        records.record(name, Identity(1, 2))
        records.expected(name, Identity(1, 2))
    proposals = ProposalStore(Workspace(tmp_path))
    put(proposals.folder / "0.json", content)
    answers(proposals.all)
    answers(lambda: read_rows(path), CacheError)


@SOME
@given(changed(ROWS))
@example(DEEP)
def test_lists_of_items(tmp_path: Path, content: bytes) -> None:
    answers(lambda: read_rows(put(tmp_path / "items.json", content)), CacheError)


@SOME
@given(changed(PRINTS, FINDINGS))
@example(DEEP)
def test_what_a_thorough_look_has_kept(tmp_path: Path, content: bytes) -> None:
    dataset = scan(blueprint.load(put(tmp_path / "dataset.toml", DATASET)))
    for name in ("prints.json", "findings.json"):
        put(tmp_path / "kept" / name, content)
    thorough.kept(dataset, tmp_path / "kept")
    thorough.examine(dataset, tmp_path / "kept")


@SOME
@given(changed(MOVE + EDIT), changed(LOG), changed(TRASH))
@example(DEEP, DEEP, DEEP)
@example(b"", b'{"journal": 1e999}\n', b'{"number": 1e999}')
@example(DEEP_OBJECT, LOG + DEEP_OBJECT, DEEP_OBJECT)
def test_journal_and_trash(tmp_path: Path, step: bytes, log: bytes, manifest: bytes) -> None:
    root = tmp_path / "work"
    put(root / ".wantui/journal/1.jsonl", step)
    path = put(root / ".wantui/journal/log", log)
    put(root / ".wantui/trash/1/trash.json", manifest)
    answers(lambda: codec.from_bytes(step, root, path), JournalError)
    answers(lambda: journal_log.read(path), JournalError)
    answers(lambda: Journal(Workspace(root)).steps(), JournalError)
    answers(lambda: trashed(Workspace(root)), JournalError)


@pytest.mark.parametrize("name", ["a.txt", "dataset.toml", "wantui.toml", "a.safetensors", "a.png", "log"])
def test_a_file_of_a_terabyte_takes_no_more_memory_than_said(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write((8 << 20).to_bytes(8, "little"))
        file.truncate(1 << 40)
    looks: dict[str, Iterable[Callable[[], object]]] = {
        "a.txt": [lambda: captions.read(path)],
        "dataset.toml": [lambda: blueprint.load(path)],
        "wantui.toml": [lambda: load_config(Workspace(tmp_path))],
        "a.safetensors": [lambda: read_header(path), lambda: broken(path)],
        "a.png": [lambda: image_size(path), lambda: is_whole(path), lambda: near_duplicates.print_of(str(path))],
        "log": [lambda: journal_log.read(path), lambda: reading.read_json(path)],
    }
    refused = (
        DatasetError,
        ConfigError,
        CorruptError,
        MediaError,
        JournalError,
        OSError,
        near_duplicates.DamagedPictureError,
    )
    for look in looks[name]:
        tracemalloc.start()
        try:
            answers(look, *refused)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 64 << 20
