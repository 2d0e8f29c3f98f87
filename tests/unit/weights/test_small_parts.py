"""Tokens, waits, figures and lines of a download."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.formatting import duration_in_hours, file_size
from wantui.paths import Workspace
from wantui.weights.catalogue import WEIGHTS, weights_for
from wantui.weights.copies import origin
from wantui.weights.digests import FileIdentity, sha256_of
from wantui.weights.errors import BusyError, HubError, StoppedError, TransientError
from wantui.weights.hash_cache import HashCache
from wantui.weights.hub import Hub
from wantui.weights.locks import hold, holder
from wantui.weights.model import DownloadProgress, FileProgress, FileState
from wantui.weights.printing import Printer, ReadingLine, overall
from wantui.weights.progress import FileMeter, Teller, progress_file
from wantui.weights.remote import Remote
from wantui.weights.retry import Attempts, ConnectionSpeed, RetryPolicy, asked_wait, retry
from wantui.weights.state import WeightPlace, WeightStatus
from wantui.weights.tokens import token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.weights.conftest import Bench


def test_a_task_needs_four_files_and_both_need_six() -> None:
    assert [weight.key for weight in weights_for("i2v")] == ["vae", "t5", "i2v_high", "i2v_low"]
    assert len(weights_for("all")) == len({weight.key for weight in WEIGHTS}) == 6


@pytest.fixture
def no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a token's file would be of a process that has none."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    return tmp_path / "token"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"HF_TOKEN": " hf_a\n"}, "hf_a"),
        ({"HUGGING_FACE_HUB_TOKEN": "hf_b"}, "hf_b"),
        ({"HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "hf_b"}, "hf_b"),
        ({"HF_TOKEN": "a\nX-Other: b"}, "of the file"),
        ({}, "of the file"),
    ],
)
def test_where_a_token_is_from(no_token: Path, given_: dict[str, str], expected: str) -> None:
    no_token.write_text("of the file\n")
    assert token(given_) == expected


def test_no_token_is_no_trouble(no_token: Path) -> None:
    assert token({}) is None
    no_token.write_bytes(b"\xff\xfe")
    assert token({}) is None


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://mirror.example", "Bearer hf_secret"),
        ("http://localhost:8080", "Bearer hf_secret"),
        ("http://127.0.0.2:8080/hub", "Bearer hf_secret"),
        ("http://[::1]:8080", "Bearer hf_secret"),
        ("http://mirror.example", None),
        ("http://10.0.0.7:8080", None),
        ("http://localhost.mirror.example", None),
    ],
)
def test_a_token_is_sent_where_nobody_on_the_way_can_read_it(
    endpoint: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[httpx2.Request] = []

    def refuse(_client: object, request: httpx2.Request, **_: object) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(401, request=request)

    monkeypatch.setattr("httpx2.Client.send", refuse)
    hub = Hub(endpoint, "hf_secret", stall_s=30)
    with pytest.raises(HubError) as refused:
        hub.remote(WEIGHTS[0])
    with pytest.raises(HubError), hub.open(WEIGHTS[0], Remote(7, "b" * 64, None), 0):
        pass
    assert [request.headers.get("Authorization") for request in asked] == [expected] * 2
    assert ("plain http" in str(refused.value)) == (expected is None)
    assert "hf_secret" not in str(refused.value)


def test_what_a_server_asks_to_wait() -> None:
    assert asked_wait(None) is None
    assert asked_wait("7") == 7.0
    assert asked_wait("7\x1f") == 7.0
    assert asked_wait(formatdate(0, usegmt=True)) == 0.0
    assert (asked_wait(formatdate(4e9, usegmt=True)) or 0) > 1e6
    assert asked_wait("soon") is None


@given(st.text())
def test_no_header_is_too_wild(text: str) -> None:
    found = asked_wait(text)
    assert found is None or found >= 0


class Waits(threading.Event):
    """Notes waits instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        return self.is_set()


def test_waits_double_up_to_a_bound() -> None:
    stopped, told = Waits(), list[str]()
    tries = Attempts(RetryPolicy(tries=6, first_wait_s=1, longest_wait_s=5), "x", stopped, told.append)
    for _ in range(5):
        tries.failed(TransientError("broken"))
    with pytest.raises(HubError, match="x: broken, 6 times in a row; what has arrived is kept"):
        tries.failed(TransientError("broken"))
    for waited, expected in zip(stopped.waited, [1, 2, 4, 5, 5], strict=True):
        assert 0.8 * expected <= waited <= 1.2 * expected
    assert told == ["broken; trying again"] * 5


def test_what_the_server_asks_is_obeyed_up_to_a_bound() -> None:
    stopped = Waits()
    tries = Attempts(RetryPolicy(longest_asked_s=300), "x", stopped, lambda _: None)
    tries.failed(TransientError("busy", wait_s=42))
    tries.failed(TransientError("busy", wait_s=86_400))
    assert stopped.waited == [42, 300]


def test_bytes_make_trouble_forgotten_and_wrong_answers_end_it_early() -> None:
    tries = Attempts(RetryPolicy(tries=3, wrong_answers=2), "x", Waits(), lambda _: None)
    for _ in range(10):
        tries.failed(TransientError("broken"))
        tries.failed(TransientError("wrong", is_answer=True))
        tries.went_on()
    tries.failed(TransientError("wrong", is_answer=True))
    with pytest.raises(HubError, match="2 times in a row"):
        tries.failed(TransientError("wrong", is_answer=True))


def test_a_stop_ends_a_wait() -> None:
    stopped = Waits()
    stopped.set()

    def act() -> None:
        raise TransientError("broken")

    with pytest.raises(StoppedError):
        retry(act, Attempts(RetryPolicy(), "x", stopped, lambda _: None))


def test_a_speed_is_of_the_last_seconds(tmp_path: Path) -> None:
    now = [0.0]
    meter = FileMeter(WEIGHTS[0], tmp_path / "x", lambda: now[0])
    meter.has_size(10_000)
    meter.loads(1000)
    assert meter.look().speed == 0.0
    for _ in range(20):
        now[0] += 1
        meter.loaded(100)
    assert meter.look().speed == pytest.approx(100, rel=0.1)
    assert meter.look().done == 3000
    now[0] += 60  # stalled
    assert meter.look().speed == 0.0
    meter.waits("no byte came for too long")
    assert meter.look().state is FileState.RETRYING
    meter.is_there(10_000, "loaded")
    assert (meter.look().done, meter.look().speed) == (10_000, None)


GIGABYTE = 10**9
FILES = (
    FileProgress("vae", "vae.safetensors", "/m/vae", FileState.THERE, GIGABYTE, GIGABYTE, None, "loaded"),
    FileProgress("t5", "t5.pth", "/m/t5", FileState.LOADING, 10 * GIGABYTE, 4 * GIGABYTE, 1e8),
    FileProgress("t2v_high", "h", "/m/h", FileState.RETRYING, 9 * GIGABYTE, 0, 0.0, "HTTP 503"),
)


def test_how_a_download_reads() -> None:
    progress = DownloadProgress(1, "t2v", 0.0, 0.0, FILES)
    assert progress.eta_s == 150
    assert overall(progress) == "5.0 of 20.0 GB  100.0 MB/s  2:30 left  t5 40%  t2v_high retrying 0%"
    assert (file_size(12), file_size(254_000_000), duration_in_hours(3723)) == ("12 bytes", "254.0 MB", "1:02:03")


def test_a_log_gets_a_line_now_and_then_and_what_is_new_at_once() -> None:
    now, out = [0.0], io.StringIO()
    printer = Printer(out, lambda: now[0])
    progress = DownloadProgress(1, "t2v", 0.0, 0.0, FILES)
    for _ in range(25):
        printer.show(progress)
        now[0] += 0.5
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["vae: there, 1.0 GB, loaded", "t2v_high: retrying, 9.0 GB, HTTP 503"]
    assert len(lines) == 4
    printer.end(replace(progress, files=FILES[:1], ended="done"))
    assert out.getvalue().endswith("all 1 files are here and whole: 1.0 GB\n")


def test_a_pipe_that_nobody_reads_does_not_end_the_telling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wantui.weights.progress.WRITE_S", 0.001)
    shown = threading.Event()

    def show(_: DownloadProgress) -> None:
        shown.set()
        raise BrokenPipeError

    meter = FileMeter(WEIGHTS[0], tmp_path / "x")
    teller = Teller(Workspace(tmp_path), "t2v", [meter], show)
    teller.start()
    assert shown.wait(60)
    meter.is_there(5, "loaded")
    assert teller.end("done").done == 5
    assert '"ended": "done"' in progress_file(Workspace(tmp_path)).read_text()


def test_a_lock_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "lock"
    assert holder(path) is None
    with hold(path):
        assert holder(path) is not None
        with pytest.raises(BusyError), hold(path):
            pass
    assert holder(path) is None


def test_a_connection_that_trickles_is_given_up_and_a_slow_one_is_not() -> None:
    now = [0.0]
    slow, crawls = ConnectionSpeed(lambda: now[0]), ConnectionSpeed(lambda: now[0])
    for _ in range(59):
        now[0] += 1.0
        slow.came(25_000)
        crawls.came(3_000)
    now[0] += 1.0
    slow.came(25_000)
    with pytest.raises(TransientError, match=r"only 3\.0 kB/s came for 60 s"):
        crawls.came(3_000)
    for _ in range(59):
        now[0] += 1.0
        slow.came(0)
    now[0] += 1.0
    with pytest.raises(TransientError, match="only 0"):
        slow.came(0)


def test_a_trickle_makes_a_new_connection_and_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    came = ConnectionSpeed.came
    crawled: list[int] = []

    def crawl_once(pace: ConnectionSpeed, count: int) -> None:
        came(pace, count)
        if not crawled:
            crawled.append(count)
            raise TransientError("only 3.0 kB/s came for 60 s")

    monkeypatch.setattr(ConnectionSpeed, "came", crawl_once)
    assert bench.download().run("t2v").ended == "done"
    assert f"bytes={crawled[0]}-" in bench.hub.ranges()


def test_how_far_a_file_is_read_is_told_to_a_terminal_alone(tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    now = [0.0]
    weight = WEIGHTS[0]
    each = WeightPlace(weight, tmp_path / weight.name, WeightStatus.UNCHECKED, 4_000_000_000, None)
    for out in (Terminal(), io.StringIO()):
        reading = ReadingLine(out, lambda: now[0])
        reading.begins(each)
        for _ in range(4):
            now[0] += 0.5
            reading.read(500_000_000)
        reading.ends()
        said = out.getvalue()
        assert ("50% of 4.0 GB  1000 MB/s  0:02 left" in said) is out.isatty()
        assert said == "" or said.endswith(" \r")


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("/root/.cache/huggingface/hub/models--Wan-AI--x/blobs/abc", "the Hub's cache"),
        ("/workspace/ComfyUI/models/vae/v.safetensors", "ComfyUI"),
        ("/data/weights/v.safetensors", "/data/weights"),
    ],
)
def test_whose_a_copy_is(path: str, whose: str) -> None:
    assert origin(path) == whose


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["is", "sha256", "size"]), inner),
    max_leaves=6,
)


@given(st.data())
def test_a_damaged_hash_cache_knows_nothing_and_is_written_anew(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    weight, path = WEIGHTS[0], folder / "file"
    path.write_bytes(b"x")
    address = f"{weight.repository}/{weight.path}"
    part = st.fixed_dictionaries({}, optional={os.fspath(path): JSON, address: JSON}) | JSON
    content = data.draw(st.fixed_dictionaries({"files": part, "hub": part}) | JSON)
    record = folder / ".wantui" / "models" / "ledger.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps(content))
    hash_cache = HashCache(Workspace(folder))
    assert hash_cache.digest(path) is None
    assert hash_cache.source(path) is None
    hash_cache.remote(weight)
    assert isinstance(hash_cache.earlier(weight), frozenset)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANTUI_RUNTIME_DIR", str(folder / "run"))
        hash_cache.remember(path, "a" * 64, FileIdentity.of(path))
        hash_cache.remember_remote(weight, Remote(7, "b" * 64, None))
    assert hash_cache.digest(path) == "a" * 64
    assert hash_cache.remote(weight) == Remote(7, "b" * 64, None)


@pytest.mark.parametrize("what", ["left", "replaced", "written", "removed"])
def test_a_sha256_belongs_to_the_file_that_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The other content is as long, and there before the reading has ended."""
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    os.utime(path, ns=(1, 1))

    def change(_: int) -> None:
        if what == "replaced":
            other.replace(path)
        elif what == "written":
            path.write_bytes(b"two")
        elif what == "removed":
            path.unlink()

    found, identity = sha256_of(path, threading.Event(), change)
    assert found == hashlib.sha256(b"one").hexdigest()
    assert (identity is not None) == (what == "left")
    hash_cache = HashCache(Workspace(tmp_path))
    hash_cache.remember(path, found, identity)
    path.touch()
    assert hash_cache.digest(path) is None
    os.utime(path, ns=(1, 1))
    assert hash_cache.digest(path) == (found if what == "left" else None)


def test_a_link_to_a_file_that_was_replaced_since_it_was_read_has_no_known_sha256(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    hash_cache = HashCache(Workspace(tmp_path))
    copy, other = tmp_path / "copy", tmp_path / "other"
    copy.write_bytes(b"one")
    hash_cache.remember(copy, "a" * 64, FileIdentity.of(copy))
    for name, known in (("first", "a" * 64), ("second", None)):
        target = tmp_path / name
        target.hardlink_to(copy)
        hash_cache.remember_link(target, copy)
        assert hash_cache.digest(target) == known
        assert hash_cache.source(target) == (str(copy) if known else None)
        other.write_bytes(b"two!")
        other.replace(copy)
