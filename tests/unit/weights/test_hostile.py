"""What servers, disks and others do, on purpose or not: no secret is told, no file of somebody else's is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.models_server import Trouble
from tests.supervisor.conftest import PATIENCE_S
from wantui.paths import Workspace, WorkspaceError
from wantui.weights.catalogue import WEIGHTS, weights_for
from wantui.weights.checking import Checker
from wantui.weights.copies import link
from wantui.weights.errors import ModelsError
from wantui.weights.hash_cache import HashCache
from wantui.weights.hub import Hub
from wantui.weights.model import FileState
from wantui.weights.state import WeightStatus, place

if TYPE_CHECKING:
    from tests.unit.weights.conftest import Bench

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")

VAE = next(weight for weight in WEIGHTS if weight.key == "vae")


def notes(bench: Bench, **more: Any) -> dict[str, str]:
    return {file.key: file.note for file in bench.download(**more).run("t2v").files}


@pytest.mark.parametrize(
    "location",
    [
        "http://[nowhere",
        "http://127.0.0.1:99999999/x",
        "http://127.0.0.1:1/\u0100 x",
        "//",
        "",
        "file:///etc/passwd",
        "http://user:pa55@127.0.0.1:1/x",
        "http://\x1b[31mred/x",
    ],
)
def test_an_address_that_is_none_is_a_fault_and_told_cleanly(bench: Bench, location: str) -> None:
    bench.hub.troubles["GET"].extend([Trouble("told", headers={"Location": location})] * 100)
    progress = bench.download().run("t2v")
    for file in progress.files:
        assert file.state is FileState.FAILED
        assert file.note.isprintable(), file.note
        assert "pa55" not in file.note
        assert "times in a row" in file.note


@pytest.mark.parametrize("size", [pytest.param("9" * 5000, id="5000 digits"), "-1", "1e3", "\u0663"])
def test_a_size_that_is_none_is_a_fault(bench: Bench, size: str) -> None:
    bench.hub.troubles["HEAD"].append(Trouble("told", headers={"X-Linked-Size": size}))
    assert bench.download().run("t2v").ended == "done"


def test_a_password_in_the_endpoint_is_not_told(bench: Bench) -> None:
    hub = Hub("http://me:pa55@127.0.0.1:1", None, stall_s=30)
    with pytest.raises(ModelsError) as failed:
        hub.remote(VAE)
    assert "pa55" not in str(failed.value)


def test_packed_bytes_are_not_taken_for_the_file(bench: Bench) -> None:
    packed = Trouble("told", headers={"Content-Encoding": "gzip"})
    bench.hub.every_file(packed)
    assert bench.download().run("t2v").ended == "done"
    bench.target("vae").unlink()
    bench.hub.every_file(*[packed] * 100)
    assert "sends the file packed ('gzip')" in notes(bench)["vae"]


@pytest.mark.parametrize("scheme", ["same host, other port", "other host"])
def test_the_token_does_not_go_elsewhere_even_when_the_hub_says_so(bench: Bench, scheme: str) -> None:
    host = "127.0.0.1" if scheme == "same host, other port" else "localhost"
    where = f"http://{host}:{bench.hub.store.server_port}/{VAE.path}"
    for queue in ("HEAD", "GET"):
        bench.hub.troubles[f"{queue} {VAE.path}"] = bench.hub.troubles[queue].__class__(
            [Trouble("told", headers={"Location": where})] * 3
        )
    bench.download().run("t2v")
    assert any(each.server == "store" for each in bench.hub.asked)
    assert all("Authorization" not in each.headers for each in bench.hub.asked if each.server == "store")


def test_replacing_leaves_a_file_of_ones_own_alone(bench: Bench) -> None:
    own = bench.workspace.root / "tuned.safetensors"
    own.write_bytes(b"mine, and weeks of work")
    bench.workspace.config_file.write_text('[models]\nt2v_high = "tuned.safetensors"\n')
    assert notes(bench, replaces=True)["t2v_high"] == "a file of your own"
    assert own.read_bytes() == b"mine, and weeks of work"


def test_a_copy_that_cannot_be_read_is_passed_over(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = bench.cached(VAE, bench.contents["vae"])
    opened = type(blob).open

    def broken(path: Path, *arguments: Any, **keywords: Any) -> object:
        if path == blob:
            raise OSError(5, "Input/output error")
        return opened(path, *arguments, **keywords)

    monkeypatch.setattr(type(blob), "open", broken)
    assert notes(bench)["vae"] == "loaded"


def test_a_broken_blob_of_the_right_size_is_passed_over_and_left(bench: Bench) -> None:
    blob = bench.cached(VAE, bytes(len(bench.contents["vae"])))
    assert notes(bench)["vae"] == "loaded"
    assert blob.read_bytes() == bytes(len(bench.contents["vae"]))
    assert bench.target("vae").read_bytes() == bench.contents["vae"]


def test_a_file_of_an_earlier_state_of_the_hub_is_whole_until_it_is_to_be_replaced(bench: Bench) -> None:
    old = bench.contents["vae"]
    bench.download().run("t2v")
    new = bytes(len(old))
    bench.hub.contents[VAE.path] = new
    assert notes(bench)["vae"] == "was there"
    checker = Checker(bench.workspace, bench.models, Hub(bench.hub.endpoint, None, stall_s=30))
    judged = {verdict.weight.key: verdict for verdict in checker.verify("t2v")}
    assert judged["vae"].is_good
    assert "an earlier file of the Hub's" in judged["vae"].message
    assert bench.target("vae").read_bytes() == old
    assert notes(bench, replaces=True)["vae"] == "loaded"
    assert bench.target("vae").read_bytes() == new


@pytest.mark.parametrize("queue", ["store", "GET"])
def test_a_server_that_is_mistaken_about_a_change_costs_nothing(bench: Bench, queue: str) -> None:
    mistaken = Trouble("status", status=416) if queue == "store" else Trouble("changed")
    bench.hub.every_file(Trouble("cut", at=100_000), *([mistaken] if queue == "store" else []))
    if queue == "GET":
        for path in bench.hub.contents:
            bench.hub.troubles[f"GET {path}"] = deque([Trouble("none"), mistaken])
    assert bench.download().run("t2v").ended == "done"
    ranges = bench.hub.ranges()
    assert ranges.count(None) == 4
    assert set(ranges) == {None, "bytes=100000-"}


def test_a_folder_in_a_files_place_is_told_before_anything_is_loaded(bench: Bench) -> None:
    bench.target("vae").mkdir(parents=True)
    assert "a folder; move it away" in notes(bench)["vae"]
    assert not any(VAE.path in each.path for each in bench.hub.asked if each.method == "GET")


def test_what_a_kill_left_of_a_journal_is_tidied_up(bench: Bench) -> None:
    folder = bench.target("vae").parent
    folder.mkdir(parents=True)
    (folder / f".{VAE.name}.part.json.abc.tmp").write_text("{")
    (folder / ".another.part.json.abc.tmp").write_text("{")
    assert bench.download().run("t2v").ended == "done"
    assert sorted(path.name for path in folder.iterdir()) == [".another.part.json.abc.tmp", VAE.name]


def test_what_a_killed_linker_left_is_tidied_up(bench: Bench, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "a [1].safetensors"
    source.write_bytes(b"weights")
    (tmp_path / ".a [1].safetensors.4711.link").hardlink_to(source)
    other = tmp_path / ".b.safetensors.4711.link"
    other.hardlink_to(source)
    link(source, target)
    assert target.samefile(source)
    assert sorted(path.name for path in tmp_path.glob(".*.link")) == [other.name]


def test_a_link_whose_target_is_gone_is_loaded_anew(bench: Bench, tmp_path: Path) -> None:
    bench.target("vae").parent.mkdir(parents=True)
    bench.target("vae").symlink_to(tmp_path / "gone" / "vae.safetensors")
    assert notes(bench)["vae"] == "loaded"
    assert not bench.target("vae").is_symlink()
    assert not (tmp_path / "gone").exists()


def test_room_is_looked_for_where_the_part_will_lie_not_where_an_old_link_points(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    bench.target("vae").parent.mkdir(parents=True)
    bench.target("vae").symlink_to("/proc/self/nothing/vae.safetensors")
    import shutil

    usage = shutil.disk_usage

    def noted(path: str | os.PathLike[str]) -> object:
        asked.append(os.fspath(path))
        return usage(path)

    monkeypatch.setattr(shutil, "disk_usage", noted)
    assert bench.download().run("t2v").ended == "done"
    assert asked
    assert not any(path.startswith("/proc") for path in asked)


def test_what_another_loader_finished_meanwhile_is_not_loaded_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the file and its lock, another workspace's loader may have ended with it."""
    download = bench.download()
    check = "wantui.weights.download._check_room"

    def meanwhile(*_: object) -> None:
        bench.target("vae").parent.mkdir(parents=True, exist_ok=True)
        bench.target("vae").write_bytes(bench.contents["vae"])

    monkeypatch.setattr(check, meanwhile)
    progress = download.run("t2v")
    assert progress.ended == "done"
    assert not any(VAE.path in each.path for each in bench.hub.asked if each.method == "GET")


def test_a_list_needs_no_writable_workspace(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("wantui.atomic.write_json", refuses)
    listing = Checker(bench.workspace, bench.models, Hub(bench.hub.endpoint, None, stall_s=30)).list("t2v")
    assert listing.silence is None
    assert [each.remote is not None for each in listing.places] == [True] * 4


def test_a_workspace_that_cannot_be_written_is_told_for_each_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: object) -> None:
        raise WorkspaceError("/w: cannot write wantui's own folder there (Read-only file system)")

    monkeypatch.setattr(Workspace, "create_state", refuses)
    listing = Checker(bench.workspace, bench.models, Hub(bench.hub.endpoint, None, stall_s=30)).list("t2v")
    assert all(each.remote is not None for each in listing.places)
    assert all("Read-only file system" in note for note in notes(bench).values())


@pytest.mark.parametrize(
    ("number", "says"),
    [(28, "(No space left on device); make room"), (122, "make room"), (30, "(Read-only file system); correct it")],
)
def test_a_disk_that_takes_no_more_keeps_what_it_has(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    write, left = os.write, [400_000]

    def fills(descriptor: int, data: bytes) -> int:
        if left[0] < len(data):
            raise OSError(number, os.strerror(number))
        left[0] -= len(data)
        return write(descriptor, data)

    with monkeypatch.context() as full:
        full.setattr(os, "write", fills)
        told = [note for note in notes(bench).values() if "cannot be written" in note]
    assert told
    assert all(says in note for note in told)
    files = bench.workspace.root.rglob("*")
    kept = sum(path.stat().st_size for path in files if path.suffix in (".part", ".safetensors", ".pth"))
    assert kept > 0
    asked = len(bench.hub.asked)
    assert bench.download().run("t2v").ended == "done"
    wanted = sum(len(bench.contents[weight.key]) for weight in weights_for("t2v"))
    assert bench.hub.asked_for(since=asked) == wanted - kept


def test_a_proxy_that_is_away_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:pa55@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    for note in notes(bench).values():
        assert "cannot be reached through the proxy of this environment (Connection refused)" in note
        assert "pa55" not in note


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(116, "Stale file handle")])
def test_a_place_that_cannot_be_looked_at_is_no_breakdown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    target = bench.target("vae")
    stat = os.stat

    def refuses(path: str | Path | int, **keywords: bool) -> os.stat_result:
        if not isinstance(path, int) and os.fspath(path) == os.fspath(target):
            raise error
        return stat(path, **keywords)

    monkeypatch.setattr(os, "stat", refuses)
    assert place(VAE, target, None, HashCache(bench.workspace)).standing is WeightStatus.MISSING


def test_the_token_is_neither_argument_nor_output_of_the_loader(bench: Bench, tmp_path: Path) -> None:
    stalled = threading.Event()
    bench.hub.every_file(Trouble("stall", at=100_000))
    bench.hub.on_served = lambda total: stalled.set() if total >= 100_000 else None
    home = tmp_path / "home" / ".cache" / "huggingface"
    home.mkdir(parents=True)
    (home / "token").write_text("hf_of_the_file\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    loader = subprocess.Popen(
        [sys.executable, "-m", "wantui.weights.fetch", "--workspace", str(bench.workspace.root), "--task", "t2v"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**environment, "HF_ENDPOINT": bench.hub.endpoint},
    )  # fmt: skip
    assert stalled.wait(PATIENCE_S)
    assert b"hf_of_the_file" not in Path(f"/proc/{loader.pid}/cmdline").read_bytes()
    loader.terminate()
    said, _ = loader.communicate(timeout=PATIENCE_S)
    assert "hf_of_the_file" not in said
    assert any(each.headers.get("Authorization") == "Bearer hf_of_the_file" for each in bench.hub.asked)
    written = [path.read_bytes() for path in bench.workspace.root.rglob("*") if path.is_file()]
    assert not any(b"hf_of_the_file" in content for content in written)
