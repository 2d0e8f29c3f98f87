"""Weight files get here whole, are found where they are already, and nothing wrong looks right."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.models_server import COMMIT, Trouble
from wantui.formatting import file_size
from wantui.weights.catalogue import WEIGHTS, weights_for
from wantui.weights.download import cancel
from wantui.weights.errors import BusyError, ModelsError
from wantui.weights.hash_cache import HashCache
from wantui.weights.locks import hold, loader_lock, target_lock
from wantui.weights.model import FileState
from wantui.weights.parts import FilePart
from wantui.weights.progress import read_progress

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.weights.conftest import Bench
    from wantui.weights.model import DownloadProgress

VAE = next(weight for weight in WEIGHTS if weight.key == "vae")


def notes(progress: DownloadProgress) -> dict[str, str]:
    return {file.key: file.note for file in progress.files}


def whole(bench: Bench, *keys: str) -> bool:
    return all(bench.target(key).read_bytes() == bench.contents[key] for key in keys)


def leftovers(bench: Bench) -> list[str]:
    return [path.name for path in bench.workspace.root.rglob("*.part*")]


def begun(bench: Bench, key: str, count: int) -> FilePart:
    """A part of a file, as a killed loader leaves it."""
    weight = next(each for each in WEIGHTS if each.key == key)
    part = FilePart(bench.target(key))
    os.close(part.open(bench.download().hub.remote(weight)))
    part.path.write_bytes(bench.contents[key][:count])
    return part


def test_everything_of_a_task_is_loaded_and_nothing_twice(bench: Bench) -> None:
    progress = bench.download().run("t2v")
    assert progress.ended == "done"
    assert whole(bench, "t5", "vae", "t2v_high", "t2v_low")
    assert not bench.target("i2v_high").exists()
    assert leftovers(bench) == []
    served = bench.hub.served
    assert served == sum(len(bench.contents[weight.key]) for weight in weights_for("t2v"))
    assert set(notes(bench.download().run("t2v")).values()) == {"was there"}
    assert bench.hub.served == served


def test_the_state_of_the_repository_is_pinned(bench: Bench) -> None:
    bench.download().run("t2v")
    assert all(
        f"/resolve/{COMMIT}/" in each.path
        for each in bench.hub.asked
        if each.server == "hub" and each.method == "GET"
    )


def test_the_token_goes_to_the_hub_alone(bench: Bench) -> None:
    for queue in ("HEAD", "GET"):
        bench.hub.troubles[queue].append(Trouble("renamed"))
    bench.download().run("t2v")
    for asked in bench.hub.asked:
        assert asked.headers.get("Authorization") == ("Bearer hf_secret" if asked.server == "hub" else None)
    written = [path.read_bytes() for path in bench.workspace.state.rglob("*") if path.is_file()]
    assert written
    assert not any(b"hf_secret" in content or b"Signature" in content for content in written)


def test_a_part_is_gone_on_with(bench: Bench) -> None:
    begun(bench, "vae", 150_000)
    assert bench.download().run("t2v").ended == "done"
    assert whole(bench, "vae")
    assert "bytes=150000-" in bench.hub.ranges()
    assert bench.hub.served == sum(len(bench.contents[weight.key]) for weight in weights_for("t2v")) - 150_000


def test_a_part_of_another_state_of_the_file_is_begun_anew(bench: Bench) -> None:
    part = begun(bench, "vae", 150_000)
    part.journal.write_text(json.dumps({"size": len(bench.contents["vae"]), "etag": "0" * 64}))
    assert bench.download().run("t2v").ended == "done"
    assert whole(bench, "vae")
    assert "bytes=150000-" not in bench.hub.ranges()


def test_a_damaged_part_is_found_out_and_loaded_once_more(bench: Bench) -> None:
    part = begun(bench, "vae", 150_000)
    part.path.write_bytes(bytes(150_000))
    assert bench.download().run("t2v").ended == "done"
    assert whole(bench, "vae")


def test_a_file_that_changes_on_the_hub_is_begun_anew(bench: Bench) -> None:
    bench.hub.troubles["GET"].append(Trouble("changed"))
    assert bench.download().run("t2v").ended == "done"
    assert whole(bench, "t5", "vae", "t2v_high", "t2v_low")


def test_a_wrong_content_leaves_nothing(bench: Bench) -> None:
    bench.hub.every_file(Trouble("flip", at=99))
    progress = bench.download().run("t2v")
    assert progress.ended == "failed"
    assert all("sha256" in note and "nothing of it is kept" in note for note in notes(progress).values())
    assert not any(bench.target(weight.key).exists() for weight in WEIGHTS)
    assert leftovers(bench) == []


@pytest.mark.parametrize(
    ("queue", "status", "says"),
    [("HEAD", 401, "HF_TOKEN"), ("HEAD", 403, "accept the conditions"), ("GET", 404, "mirror"), ("HEAD", 451, "451")],
)
def test_a_refusal_says_what_to_do(bench: Bench, queue: str, status: int, says: str) -> None:
    bench.hub.troubles[queue].append(Trouble("status", status=status))
    progress = bench.download().run("t2v")
    (failed,) = [file for file in progress.files if file.state is FileState.FAILED]
    assert says in failed.note
    assert "hf_secret" not in failed.note
    assert [file.state for file in progress.files].count(FileState.THERE) == 3


def test_a_copy_in_the_hubs_cache_is_linked(bench: Bench) -> None:
    blob = bench.cached(VAE, bench.contents["vae"])
    progress = bench.download().run("t2v")
    assert notes(progress)["vae"] == f"linked to {blob}"
    assert bench.target("vae").stat().st_ino == blob.stat().st_ino


def test_a_copy_of_an_earlier_state_of_the_repository_is_linked_too(bench: Bench) -> None:
    blob = bench.cached(VAE, bench.contents["vae"], commit="e" * 40, ref="main")
    assert notes(bench.download().run("t2v"))["vae"] == f"linked to {blob}"


def test_a_cache_that_cannot_be_read_is_passed_over(bench: Bench) -> None:
    blob = bench.cached(VAE, bench.contents["vae"], commit="e" * 40, ref="main")
    (blob.parent.parent / "refs" / "main").write_bytes(b"\xff\xfe")
    assert notes(bench.download().run("t2v"))["vae"] == "loaded"


def test_a_copy_of_comfyui_is_linked_and_a_false_one_is_not(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "ComfyUI" / "models"
    for key, content in (("vae", bench.contents["vae"]), ("t2v_low", bytes(len(bench.contents["t2v_low"])))):
        file = folder / key / bench.target(key).name
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    told = notes(bench.download().run("t2v"))
    assert told["vae"].startswith("linked to ")
    assert told["t2v_low"] == "loaded"
    assert whole(bench, "vae", "t2v_low")


def test_a_folder_of_the_persons_own_is_searched(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "disk" / "deep" / bench.target("t5").name
    file.parent.mkdir(parents=True)
    file.write_bytes(bench.contents["t5"])
    (tmp_path / "disk" / "round").symlink_to(tmp_path / "disk")
    bench.workspace.config_file.write_text(f'[models]\nsearch = ["{tmp_path / "disk"}"]\n')
    assert notes(bench.download().run("t2v"))["t5"] == f"linked to {file}"


def test_without_hard_links_it_is_a_symbolic_one(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*arguments: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuses)
    file = tmp_path / "home" / "ComfyUI" / "models" / bench.target("vae").name
    file.parent.mkdir(parents=True)
    file.write_bytes(bench.contents["vae"])
    bench.download().run("t2v")
    assert bench.target("vae").readlink() == file


def test_a_wrong_file_at_the_place_is_refused_and_replaced_on_request(bench: Bench) -> None:
    bench.target("vae").parent.mkdir(parents=True)
    bench.target("vae").write_bytes(b"something else")
    progress = bench.download().run("t2v")
    assert "--replace" in notes(progress)["vae"]
    assert bench.target("vae").read_bytes() == b"something else"
    assert bench.download(replaces=True).run("t2v").ended == "done"
    assert whole(bench, "vae")


def test_replacing_leaves_the_copy_that_a_link_points_to(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "others.safetensors"
    other.write_bytes(b"of another program")
    bench.target("vae").parent.mkdir(parents=True)
    bench.target("vae").symlink_to(other)
    assert bench.download(replaces=True).run("t2v").ended == "done"
    assert other.read_bytes() == b"of another program"
    assert whole(bench, "vae")


def test_a_file_of_ones_own_is_left_alone(bench: Bench) -> None:
    own = bench.workspace.root / "tuned.safetensors"
    own.write_bytes(b"mine")
    bench.workspace.config_file.write_text('[models]\nt2v_high = "tuned.safetensors"\n')
    progress = bench.download(replaces=False).run("t2v")
    assert progress.ended == "done"
    assert notes(progress)["t2v_high"] == "a file of your own"
    assert own.read_bytes() == b"mine"


def test_what_each_disk_is_to_take_is_said_before(bench: Bench) -> None:
    begun(bench, "vae", 150_000)
    said: list[str] = []
    bench.download().run("t2v", say=said.append)
    left = sum(len(bench.contents[weight.key]) for weight in weights_for("t2v")) - 150_000
    (line,) = said
    assert line.startswith(f"{file_size(left)} to load to {bench.workspace.root}")
    bench.download().run("t2v", say=said.append)
    assert said == [line]


def test_a_full_disk_is_found_before(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wantui.weights.download.SPARE_BYTES", 1 << 60)
    progress = bench.download().run("t2v")
    assert progress.ended == "failed"
    assert all("no room" in note for note in notes(progress).values())
    assert bench.hub.served == 0


def test_files_that_are_known_need_no_network(bench: Bench) -> None:
    bench.download().run("t2v")
    bench.hub.troubles["HEAD"].extend(Trouble("drop") for _ in range(100))
    assert bench.download().run("t2v").ended == "done"


def test_a_changed_file_is_read_again(bench: Bench) -> None:
    bench.download().run("t2v")
    data = bytearray(bench.contents["vae"])
    data[7] ^= 4
    bench.target("vae").write_bytes(data)
    assert HashCache(bench.workspace).digest(bench.target("vae")) is None
    assert "not the Hub's file" in notes(bench.download().run("t2v"))["vae"]


def test_two_loaders_do_not_load_the_same(bench: Bench) -> None:
    with hold(loader_lock(bench.workspace)), pytest.raises(BusyError, match="already being downloaded by process"):
        bench.download().run("t2v")
    with hold(target_lock(bench.target("vae"))):
        progress = bench.download().run("t2v")
    assert [file.key for file in progress.files if file.state is FileState.FAILED] == ["vae"]


def test_cancelling_removes_what_is_not_whole(bench: Bench) -> None:
    part = begun(bench, "vae", 1000)
    assert cancel(bench.models, "t2v") == 1000
    assert leftovers(bench) == []
    with hold(target_lock(part.target)), pytest.raises(BusyError):
        cancel(bench.models, "t2v", patience_s=0.0)


def test_the_state_can_be_read_by_anybody(bench: Bench) -> None:
    assert read_progress(bench.workspace) is None
    told = bench.download().run("t2v")
    read = read_progress(bench.workspace)
    assert read is not None
    assert (read.ended, read.is_running) == ("done", False)
    assert read.files == told.files
    assert (read.done, read.size) == (told.size, told.size)


def test_a_target_that_cannot_be_written_is_told(bench: Bench) -> None:
    bench.target("vae").parent.parent.parent.parent.mkdir(parents=True)
    (bench.target("vae").parent.parent.parent).write_text("a file where a folder should be")
    progress = bench.download().run("t2v")
    (failed,) = [file for file in progress.files if file.state is FileState.FAILED]
    assert failed.key == "vae"
    assert failed.note


def test_the_errors_have_one_base() -> None:
    assert issubclass(BusyError, ModelsError)
