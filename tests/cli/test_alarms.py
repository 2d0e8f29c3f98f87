"""Alarms provoked for real, with no screen open: seen in ``wantui events`` and by a receiver of messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.chaos.world import small_disk
from tests.supervisor.conftest import until
from wantui.history.reader import HistoryReader
from wantui.history.store import HistoryStore
from wantui.paths import Workspace
from wantui.runs.record.happenings import STALL_VARIABLE
from wantui.runs.record.outbox import FILE_LOOK_S, GAP_VARIABLE, LEAST_GAP_S
from wantui.runs.record.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded

pytest.importorskip("apprise", reason="messages are sent through apprise: pip install 'wantui[notify]'")


class Receiver(ThreadingHTTPServer):
    """Takes messages, as a web hook does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/hush"

    def has(self, words: str) -> bool:
        """Whether a message says this."""
        return any(words in f"{each['title']}\n{each['message']}" for each in self.taken)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made
        made.shutdown()


@pytest.fixture
def night(shell: Shell, receiver: Receiver) -> Shell:
    """A workspace that trains the low-noise expert alone, and tells the receiver."""
    shell.replace("wantui.toml", "[run]", '[run]\nexperts = "low"\nretries = 0')
    text = (shell.folder / "wantui.toml").read_text()
    shell.write("wantui.toml", f'{text}\n[notify]\nurls = ["{receiver.address}"]\n')
    return shell


def kinds(shell: Shell, job: str | None) -> list[str]:
    return [each.kind for each in HistoryReader(Workspace(shell.folder)).events() if each.job == job]


def test_trainings_that_diverge_fail_and_stall(night: Shell, receiver: Receiver) -> None:
    short = {STALL_VARIABLE: "1", GAP_VARIABLE: "0"}
    assert night.run("train", "--suffix", "a", "--set", "learning_rate=1e30", "--wait", **short).returncode == 0
    until(lambda: "run-finished" in kinds(night, None), "the end of the first run")
    assert "loss-nan" in kinds(night, "1.low")
    until(lambda: receiver.has("the loss of 1.low is not a number"), "that it has diverged")
    until(lambda: receiver.has("run 1 is finished"), "that it is finished")

    night.replace("wantui.toml", "STEP_S =", 'FAIL = "low@2:exit=3,low@9:hang", WANTUI_REHEARSAL_STEP_S =')
    assert night.run("train", "--suffix", "b", "--wait").returncode == 1
    until(lambda: receiver.has("2.low failed"), "that it has failed")
    until(lambda: receiver.has("-> wantui resume 2.low"), "what can be done")

    night.replace("wantui.toml", "low@2:exit=3,low@9:hang", "low@4:hang")
    assert night.run("train", "--suffix", "c").returncode == 0
    until(lambda: "stall" in kinds(night, "3.low"), "that it makes no steps")
    until(lambda: receiver.has("3.low has made no step"), "that it makes no steps")
    night.run("stop", "3")

    found = night.json("events")
    stall = next(each for each in found if each["kind"] == "stall" and each["job"] == "3.low")
    assert (stall["severity"], stall["evidence"]["step"]) == ("warning", 3)
    assert stall["action"] == {"command": "log", "verb": "wantui logs 3.low"}
    assert "notify" not in {each["kind"] for each in found}
    text = json.dumps(found) + (night.folder / ".wantui/recorder.log").read_text() + night.run("config").stdout
    assert "hush" not in text


def test_an_address_that_does_not_answer_is_an_event(night: Shell, receiver: Receiver) -> None:
    receiver.shutdown()
    receiver.server_close()
    done = night.run("notify", "--test", "--json")
    assert done.returncode == 1
    (tried,) = json.loads(done.stdout)
    assert (tried["address"], tried["ok"]) == ("json://127.0.0.1/...", False)
    night.replace("wantui.toml", "STEP_S =", 'FAIL = "low@2:exit=3", WANTUI_REHEARSAL_STEP_S =')
    assert night.run("train", "--wait").returncode == 1
    (event,) = until(
        lambda: [each for each in HistoryReader(Workspace(night.folder)).events() if each.kind == "notify"], "it"
    )
    assert event.message.startswith("json://127.0.0.1/... cannot be told what happens: ")
    assert "hush" not in str(event)


def test_a_test_message(night: Shell, receiver: Receiver) -> None:
    assert "sent" in night.run("notify", "--test").stdout
    assert receiver.has("This is a test")
    done = night.run("notify", "--test", PYTHONPATH=str(without_apprise(night.folder)))
    assert done.returncode == 1
    assert "apprise, which sends messages, is not installed; run `" in done.stderr


def without_apprise(folder: Path) -> Path:
    """A folder that makes a Python which has it in its path find no apprise."""
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *words: None if name == 'apprise' else find(name, *words)\n"
    )
    return hidden


class Watched:
    """A recorder in this process, whose clock the test turns."""

    def __init__(self, shell: Shell) -> None:
        self.workspace = Workspace(shell.folder)
        self.recorder = Recorder(self.workspace, HistoryStore(self.workspace))
        self.now = time.time()

    def tick(self, seconds: float = 2.0) -> None:
        self.now += seconds
        assert self.recorder.tick(self.now)

    def until_sent(self) -> None:
        """Let every message go out, each time waiting for the process that sends it."""
        for _ in range(2 * int(LEAST_GAP_S / FILE_LOOK_S)):
            self.tick(FILE_LOOK_S)
            sending = self.recorder._outbox._sending
            assert sending is None or sending.leave(60)

    def event(self, kind: str) -> dict[str, Any]:
        return next(each.evidence for each in HistoryReader(self.workspace).events() if each.kind == kind)


@pytest.fixture
def hung(night: Shell) -> Watched:
    """A training that hangs at its third step, without the supervisor's own recorder."""
    night.replace("wantui.toml", "STEP_S =", 'FAIL = "low@3:hang", WANTUI_REHEARSAL_STEP_S =')
    assert night.run("train").returncode == 0
    until(lambda: any(each["id"] == "1.low" and (each["step"] or 0) >= 2 for each in night.jobs()), "its second step")
    night.run("supervisor", "stop")  # the training goes on
    return Watched(night)


def test_processes_killed_for_lack_of_memory(hung: Watched, receiver: Receiver, tmp_path: Path) -> None:
    count = tmp_path / "memory.events"  # of a control group, as the kernel writes it
    count.write_text("oom 0\noom_kill 4\n")
    hung.recorder._readings.load._kills = count
    hung.recorder._machine.kills = 4.0  # as the recorder before this one has left it
    hung.tick()
    count.write_text("oom 1\noom_kill 5\n")
    hung.tick()
    hung.until_sent()
    assert (hung.event("memory-kill")["kills"], hung.event("memory-kill")["jobs"]) == (1, ["1.low"])
    assert receiver.has("the kernel has killed 1 process")


def test_the_recorder_itself_does_not_import_what_sends() -> None:
    code = "import sys, wantui.runs.record.recorder\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "wantui" in done.stdout.split()
    assert not {"apprise", "requests", "yaml"} & set(done.stdout.split())


def test_a_gpu_that_goes_away_and_one_that_is_hot(hung: Watched, receiver: Receiver) -> None:
    state = hung.workspace.state / "simulated-gpus.json"
    gpu = next(job.gpu for run in hung.recorder._runs.runs() for job in run.jobs if job.id == "1.low")
    hot = {"utilization_pct": 0, "temperature_c": 91, "sm_clock_mhz": 600, "throttle": "thermal"}
    state.write_text(json.dumps({str(gpu): hot}))
    for _ in range(32):
        hung.tick(10)
    assert hung.event("gpu-throttled")["temperature_c"] == 91
    assert hung.event("stall")["gpu_utilization_pct"] == 0
    state.write_text(json.dumps({str(gpu): {"gone": True}}))
    for _ in range(4):
        hung.tick()
    assert hung.event("gpu-lost")["gpu"] == gpu
    hung.until_sent()
    assert receiver.has(f"GPU {gpu} is gone")
    assert receiver.has("is too hot (91 °C)")


def test_a_small_disk_that_fills(hung: Watched, receiver: Receiver) -> None:
    disk = hung.workspace.root / "output"
    disk.mkdir(exist_ok=True)
    if not small_disk(disk):
        pytest.skip("this user may not mount a file system")
    try:
        with (disk / "filler").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize)
        hung.tick()
        hung.tick()
        hung.until_sent()
        assert hung.event("disk")["free_mib"] == 0
        assert receiver.has(f"{disk} has 0 bytes free")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
