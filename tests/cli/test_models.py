"""``wantui models`` as scripts use it."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.models_server import FakeHub, Trouble
from tests.supervisor.conftest import PATIENCE_S, until
from wantui import config as configuration
from wantui.paths import Workspace
from wantui.weights.catalogue import WEIGHTS, weights_for
from wantui.weights.locks import holder, loader_lock
from wantui.weights.progress import read_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Shell

MIB = 1 << 20


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    chance = random.Random(7)
    made = FakeHub({weight.key: chance.randbytes(300_000) for weight in WEIGHTS})
    yield made
    made.close()


@pytest.fixture
def box(in_folder: Callable[[Path], Shell], tmp_path: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An empty workspace on a machine without anything."""
    for name in ("HF_HUB_CACHE", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_TOKEN": "hf_secret",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made = in_folder(tmp_path / "space")
    made.in_processes = True
    return made


def targets(shell: Shell) -> dict[str, Path]:
    return configuration.load(Workspace(shell.folder)).models.by_key()


def start(shell: Shell) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "wantui.weights.fetch", "--workspace", str(shell.folder), "--task", "t2v"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def stall_all(hub: FakeHub, after: int) -> threading.Event:
    """Let every file stall; the event is set once bytes have been sent of all four."""
    sent = threading.Event()
    hub.every_file(Trouble("stall", at=after))
    hub.on_served = lambda total: sent.set() if total >= 4 * after else None
    return sent


def test_from_nothing_to_whole(box: Shell, hub: FakeHub) -> None:
    listed = box.run("models", "list")
    assert (listed.returncode, listed.stdout.count(" missing")) == (1, 5), "four files, and what loads them"
    assert "`wantui models download --task t2v` downloads what is missing" in listed.stdout
    loaded = box.run("models", "download")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert "all 4 files are here and whole: 1.2 MB" in loaded.stdout
    assert "hf_secret" not in loaded.stdout + loaded.stderr
    again = box.run("models", "list", "--json")
    assert again.returncode == 0
    document = json.loads(again.stdout)
    assert {file["key"]: file["state"] for file in document["files"]} == dict.fromkeys(
        ("t5", "vae", "t2v_high", "t2v_low"), "there"
    )
    assert document["loading"] is None
    assert box.run("models", "list", "--task", "all").returncode == 1


def test_verify_finds_a_flipped_bit(box: Shell, hub: FakeHub) -> None:
    assert box.run("models", "download").returncode == 0
    assert box.run("models", "verify").returncode == 0
    path = targets(box)["t2v_low"]
    state = path.stat()
    data = bytearray(path.read_bytes())
    data[123_456] ^= 0x20
    path.write_bytes(data)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))  # the disk did it: nothing else has changed
    verified = box.run("models", "verify")
    assert verified.returncode == 1
    assert f"✗ t2v_low: {path}: damaged: its sha256 is " in verified.stdout
    assert "→ run `wantui models download --task t2v --replace`" in verified.stdout
    (bad,) = [file for file in box.json("models", "verify")["files"] if not file["is_good"]]
    assert bad["key"] == "t2v_low"
    assert box.run("models", "download").returncode == 1
    assert box.run("models", "download", "--replace").returncode == 0
    assert box.run("models", "verify").returncode == 0


def safetensors(*tensors: tuple[str, str, list[int]]) -> bytes:
    """A whole file of tensors: name, type and shape of each."""
    header, end = {}, 0
    for name, dtype, shape in tensors:
        size = 2 * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(end)


def test_the_list_tells_what_is_here_whence_and_of_what_kind(box: Shell, hub: FakeHub, tmp_path: Path) -> None:
    vae = safetensors(("encoder.conv1.weight", "BF16", [96, 3, 3, 3, 3]))
    model = safetensors(
        ("blocks.0.cross_attn.k.weight", "F16", [64]), ("patch_embedding.weight", "F16", [64, 36, 1, 2, 2])
    )
    by_key = {weight.key: weight for weight in WEIGHTS}
    hub.contents |= {by_key["vae"].path: vae, by_key["t2v_high"].path: model}
    comfy = tmp_path / "home/ComfyUI/models/vae" / by_key["vae"].name
    comfy.parent.mkdir(parents=True)
    comfy.write_bytes(vae)
    listed = {file["key"]: file for file in box.json("models", "list")["files"]}
    assert (listed["vae"]["state"], listed["vae"]["found_at"]) == ("missing", str(comfy))
    assert "to be linked from ComfyUI" in box.run("models", "list").stdout
    assert box.run("models", "download").returncode == 0
    listed = {file["key"]: file for file in box.json("models", "list")["files"]}
    assert (listed["vae"]["linked_from"], listed["vae"]["found_at"]) == (str(comfy), None)
    assert (listed["vae"]["kind"], listed["vae"]["dtype"], listed["vae"]["is_verified"]) == ("vae", "bf16", True)
    assert (listed["t2v_high"]["kind"], listed["t2v_high"]["dtype"]) == ("i2v model", "fp16")
    assert listed["t5"]["linked_from"] is listed["t5"]["damage"] is None
    said = box.run("models", "list").stdout
    assert "linked from ComfyUI" in said
    assert "fp16 i2v model" in said
    targets(box)["t2v_high"].write_bytes(model[:-1])
    listed = {file["key"]: file for file in box.json("models", "list")["files"]}
    assert listed["t2v_high"]["damage"] == "1 bytes of it are missing"
    assert "damaged: 1 bytes of it are missing" in box.run("models", "list").stdout


def test_verify_of_what_is_not_here(box: Shell) -> None:
    verified = box.run("models", "verify", "--task", "i2v")
    assert verified.returncode == 1
    assert verified.stdout.count("missing\n  → run `wantui models download --task i2v`") == 4


def test_a_hub_that_is_away(box: Shell, hub: FakeHub) -> None:
    assert box.run("models", "download").returncode == 0
    hub.close()
    listed = box.run("models", "list")
    assert listed.returncode == 0
    assert "the Hub does not answer" in listed.stdout
    assert box.run("models", "verify").returncode == 0


@pytest.mark.parametrize("where", ["environment", "trainer"])
def test_offline_is_told_and_nothing_is_asked(box: Shell, hub: FakeHub, where: str) -> None:
    if where == "trainer":
        box.write("wantui.toml", '[trainer]\nenv = { HF_HUB_OFFLINE = "1" }\n')
    environment = {"HF_HUB_OFFLINE": "1"} if where == "environment" else {}
    loaded = box.run("models", "download", **environment)
    assert loaded.returncode == 1
    assert loaded.stdout.count("HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set; unset it") == 4
    assert "HF_HUB_OFFLINE" in box.run("models", "list", **environment).stdout
    assert hub.asked == []


def test_only_who_asks_the_hub_imports_its_library() -> None:
    code = (
        "import sys, wantui.cli.models, wantui.ui.app, wantui.setup.plan, wantui.services.setup\n"
        "print({'huggingface_hub', 'httpx2'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_refusals(box: Shell, hub: FakeHub) -> None:
    hub.troubles["HEAD"].append(Trouble("status", status=401))
    loaded = box.run("models", "download")
    assert loaded.returncode == 1
    assert "set HF_TOKEN" in loaded.stdout
    assert box.run("models", "download", "--task", "flux").returncode == 2
    box.write("wantui.toml", '[models]\nendpoint = "nowhere"\n')
    assert box.run("models", "list").returncode == 2


def test_a_folder_whose_name_is_no_text_is_a_folder(box: Shell) -> None:
    """The wrong file makes the loader tell a path that cannot be encoded."""
    folder = box.folder / os.fsdecode(b"no\xfftext")
    wrong = configuration.load(Workspace(folder)).models.vae
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"not the Hub's")
    loaded = subprocess.run(
        [sys.executable, "-m", "wantui.weights.fetch", "--workspace", os.fspath(folder), "--task", "t2v"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert loaded.returncode == 1
    assert "no\\udcfftext/" in loaded.stdout
    assert "not the Hub's file" in loaded.stdout
    assert "Traceback" not in loaded.stderr


def test_one_loads_and_is_watched_paused_gone_on_with_and_cancelled(box: Shell, hub: FakeHub) -> None:
    sent = stall_all(hub, 200_000)
    worker = start(box)
    assert sent.wait(PATIENCE_S)
    until(lambda: sum(parts(box).values()), "the first bytes on the disk")  # sent is not yet written
    second = box.run("models", "download")
    assert second.returncode == 1
    assert f"already being downloaded by process {worker.pid}" in second.stderr
    assert box.json("models", "list")["loading"]["pid"] == worker.pid
    assert box.json("models", "download", "--pause")["was_running"] is True
    assert worker.wait(PATIENCE_S) == 130
    progress = read_progress(Workspace(box.folder))
    assert progress is not None
    assert (progress.ended, progress.is_running) == ("stopped", False)
    kept = sum(path.stat().st_size for path in box.folder.rglob("*.part"))
    assert kept > 0
    asked = len(hub.asked)
    assert box.run("models", "download").returncode == 0
    assert hub.asked_for(since=asked) == 1_200_000 - kept
    assert not list(box.folder.rglob("*.part*"))


def test_ctrl_c_pauses_and_cancel_removes(box: Shell, hub: FakeHub) -> None:
    sent = stall_all(hub, 100_000)
    worker = start(box)
    assert sent.wait(PATIENCE_S)
    until(lambda: sum(parts(box).values()), "the first bytes on the disk")  # sent is not yet written
    worker.send_signal(signal.SIGINT)
    said, _ = worker.communicate(timeout=PATIENCE_S)
    assert worker.returncode == 130
    assert "what has arrived is kept" in said
    assert list(box.folder.rglob("*.part"))
    assert box.run("models", "download", "--pause").stdout == "no download is running\n"
    assert box.run("models", "download", "--cancel").returncode == 0
    assert not list(box.folder.rglob("*.part*"))


def parts(box: Shell) -> dict[str, int]:
    """Bytes that are here of each file that is not whole."""
    found = {key: target.with_name(f"{target.name}.part") for key, target in targets(box).items()}
    return {key: part.stat().st_size for key, part in found.items() if part.exists()}


def goes_on(hub: FakeHub, asked: int, kept: dict[str, int]) -> None:
    """Nothing that had been written is asked for again; what lay in the kernel's buffers is nobody's to keep."""
    for weight in WEIGHTS:
        began = next(
            (each for each in hub.asked[asked:] if each.server == "store" and weight.path in each.path), None
        )
        if began is not None and began.method == "GET":
            assert began.headers.get("Range", "bytes=0-") == f"bytes={kept.get(weight.key, 0)}-"


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random_points_it_loads_little_twice(
    box: Shell, hub: FakeHub, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    contents = {weight.key: chance.randbytes(300_000) for weight in WEIGHTS}
    contents |= {"t2v_high": chance.randbytes(48 * MIB), "t2v_low": chance.randbytes(32 * MIB)}
    hub.contents = {weight.path: contents[weight.key] for weight in WEIGHTS}
    wanted = sum(len(contents[weight.key]) for weight in weights_for("t2v"))
    kills = 6
    for _ in range(kills):
        victim: list[int] = []
        mark, ready = hub.served + chance.randrange(MIB, 12 * MIB), threading.Event()

        def shoot(total: int, mark: int = mark, victim: list[int] = victim, ready: threading.Event = ready) -> None:
            if total >= mark and ready.wait(PATIENCE_S):
                os.kill(victim[0], signal.SIGKILL)

        kept, asked = parts(box), len(hub.asked)
        hub.on_served = shoot
        worker = start(box)
        victim.append(worker.pid)
        ready.set()
        worker.communicate(timeout=PATIENCE_S)
        assert worker.returncode == -signal.SIGKILL
        assert holder(loader_lock(Workspace(box.folder))) is None
        goes_on(hub, asked, kept)
    hub.on_served = lambda _: None
    kept, asked = parts(box), len(hub.asked)
    assert kept, "the kills were to come while something was loaded"
    assert box.run("models", "download").returncode == 0
    goes_on(hub, asked, kept)
    for weight in weights_for("t2v"):
        assert targets(box)[weight.key].read_bytes() == contents[weight.key]
    twice = hub.served - wanted
    with capsys.disabled():
        print(f"\n{kills} kills of {wanted / MIB:.0f} MiB: {twice / MIB:.2f} MiB served twice")
