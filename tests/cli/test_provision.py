"""The on-start script, run for real by bash on a box played in a folder: an empty home, mirrors, no network."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from uv import find_uv_bin

from tests.cli.fresh_box import Mirrors, hub, kill_everything, make_wheel, mirrors
from tests.supervisor.conftest import PATIENCE_S, end_everything, until
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.weights.catalogue import weights_for

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["hub", "mirrors"]

NEEDED = ("bash", "git", "setsid", "flock")
pytestmark = pytest.mark.skipif(any(shutil.which(name) is None for name in NEEDED), reason=f"needs {NEEDED}")

SCRIPT = Path(__file__).parents[2] / "provision" / "onstart.sh"
PROGRAMS = (
    "bash cat chmod cksum cut date dirname env flock git grep id ldconfig ln mkdir mktemp mv setsid sh sha256sum tail"
)
"""What the script and the program call on a box without uv."""
TOKEN = "hf_this-must-not-be-seen"  # noqa: S105  a made-up one
STAND_IN = f"""
import os, sys
def main():
    os.execv({sys.executable!r}, [{sys.executable!r}, "-m", "wantui", *sys.argv[1:]])
"""
"""What the wheel called wantui has in it: the way to the program under test, with all that it needs."""


@dataclass
class Rented:
    """A box that somebody rents."""

    mirrors: Mirrors
    runtime: Path

    @property
    def root(self) -> Path:
        """Stands for ``/``."""
        return self.mirrors.folder / "root"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root / "workspace")

    @property
    def home(self) -> Path:
        return self.mirrors.folder / "home"

    @property
    def log(self) -> str:
        """What the script has written so far."""
        file = self.workspace.state / "onstart.log"
        return file.read_text() if file.exists() else ""

    def boots(self, **environment: str) -> str:
        """Run the script as a box does that boots; what it prints."""
        path = f"{Path(find_uv_bin()).parent}:/usr/bin:/bin"
        given = {"WANTUI_APT": "0", "HF_TOKEN": TOKEN, "PATH": path} | environment
        done = subprocess.run(
            ["bash", str(SCRIPT)], env={**os.environ, **given}, capture_output=True, text=True, cwd="/", timeout=60,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        return done.stdout

    def is_ready(self, times: int) -> bool:
        """Whether so many starts have made it ready, and the last one has let go of its lock."""
        return self.log.count("\nready: ") == times and not self.is_at_it

    @property
    def is_at_it(self) -> bool:
        """Whether the script goes on in the background."""
        return bool(self.starts)

    @property
    def starts(self) -> list[psutil.Process]:
        """What the script does in the background."""
        return [each for each in psutil.process_iter() if _is_start(each, self.runtime)]

    def dies(self) -> None:
        """End what goes on in the background, but for what the supervisor looks after."""
        for start in self.starts:
            with suppress(psutil.Error):
                going = (*start.children(recursive=True), start)
                for each in going:
                    with suppress(psutil.NoSuchProcess):
                        each.kill()
                _, left = psutil.wait_procs(going, timeout=PATIENCE_S)
                assert not left, "whoever lives holds the lock"

    def shell(self, *words: str) -> str:
        """What a shell prints in which somebody logs in."""
        clean = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "WANTUI_RUNTIME_DIR": str(self.runtime)}
        return subprocess.run(words, env=clean, capture_output=True, text=True, timeout=60, check=True).stdout


def _is_start(process: psutil.Process, runtime: Path) -> bool:
    """Whether a process is what the script leaves in the background, on the box with this folder for locks."""
    try:
        line = process.cmdline()
        return any("; work" in word for word in line) and process.environ().get("WANTUI_RUNTIME_DIR") == str(runtime)
    except psutil.Error:
        return False


def _waits_for_uv(rented: Rented) -> tuple[psutil.Process, psutil.Process] | None:
    """The script and uv, where what fed uv its requirements is gone and collected."""
    try:
        (start,) = rented.starts
        (uv,) = start.children()
        return (start, uv) if "uv" in uv.name() else None
    except (ValueError, psutil.Error):
        return None


@pytest.fixture
def rented(mirrors: Mirrors, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rented]:
    monkeypatch.delenv("WANTUI_TASK", raising=False)
    make_wheel(mirrors.wheels, "wantui", "wantui_stand_in", STAND_IN, command="wantui")
    made = Rented(mirrors, runtime)
    made.workspace.root.mkdir(parents=True)
    made.workspace.config_file.write_text(mirrors.toml)
    yield made
    mirrors.hub.on_served = lambda _: None
    made.dies()
    end_everything(made.workspace)


def test_a_box_that_boots_is_made_ready_in_the_background_and_only_once(rented: Rented) -> None:
    hub = rented.mirrors.hub
    begun, go_on = threading.Event(), threading.Event()

    def hold(_served: int) -> None:
        begun.set()
        go_on.wait(60)

    hub.on_served = hold
    assert "is being set up" in rented.boots()
    until(begun.is_set, "the first bytes of the weights")
    rented.boots()
    until(lambda: "another start is working on it" in rented.log, "the second start")
    assert not rented.is_ready(1)
    go_on.set()
    until(lambda: rented.is_ready(1), "the end of the setup")
    wanted = sum(len(hub.contents[weight.path]) for weight in weights_for("t2v"))
    assert hub.served == wanted

    rented.boots()
    until(lambda: rented.is_ready(2), "the start after that")
    assert hub.served == wanted
    assert len(RunStore(rented.workspace).runs()) == 1
    assert rented.log.count("installs wantui") == 1
    assert (rented.workspace.root / "dataset").is_dir()
    for file in (rented.workspace.state / "onstart.log", *rented.root.rglob("*.sh")):
        assert TOKEN not in file.read_text()


def test_a_box_that_dies_meanwhile_goes_on_at_its_next_boot(rented: Rented) -> None:
    hub = rented.mirrors.hub
    half, go_on = threading.Event(), threading.Event()

    def hold(served: int) -> None:
        if served > 500_000 and not go_on.is_set():
            half.set()
            go_on.wait(60)

    hub.on_served = hold
    rented.boots()
    until(half.is_set, "some of the weights")
    rented.dies()
    kill_everything(rented.workspace)
    go_on.set()
    rented.boots()
    until(lambda: rented.is_ready(1), "the end of the setup")
    wanted = sum(len(hub.contents[weight.path]) for weight in weights_for("t2v"))
    assert hub.served < 2 * wanted
    assert rented.log.count("installs wantui") == 1


def test_whoever_logs_in_finds_wantui_and_sees_how_far_it_is(rented: Rented) -> None:
    for times in (1, 2):
        rented.boots()
        until(partial(rented.is_ready, times), "the end of the setup")
    for file in (".bashrc", ".profile"):
        assert (rented.home / file).read_text().count("greeting.sh") == 2, "one line, which names it twice"
    seen = rented.shell("bash", "--login", "-i", "-c", "wantui --version; echo $WANTUI_WORKSPACE")
    assert "ready: " in seen
    assert "type wantui" in seen
    assert "wantui 0" in seen
    assert seen.splitlines()[-1] == str(rented.workspace.root)
    quiet = rented.shell("sh", "-c", '. "$HOME/.profile"; wantui status --json')
    assert quiet.startswith("{"), "a script that logs in gets no greeting"


def test_a_source_that_cannot_be_installed_is_told_and_the_next_start_tries_again(rented: Rented) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        source = f"git+http://anna:{TOKEN}@127.0.0.1:{server.getsockname()[1]}/wantui.git"
        rented.boots(WANTUI_SOURCE=source, UV_OFFLINE="0")
        asked, _ = server.accept()
        with asked:  # until it is answered the script waits for uv, and uv for git
            start, uv = until(lambda: _waits_for_uv(rented), "the script, with nothing but uv going on")
            assert not any(TOKEN in word for each in (start, uv) for word in each.cmdline())
    until(lambda: "not ready" in rented.log and not rented.is_at_it, "the complaint")
    assert "error: " in rented.log
    assert TOKEN not in rented.log
    rented.boots(WANTUI_SOURCE=str(next(rented.mirrors.wheels.glob("wantui-*.whl"))))
    until(lambda: rented.is_ready(1), "the end of the setup")


@pytest.mark.parametrize("has_old_uv", [False, True])
def test_where_there_is_no_uv_or_an_old_one_pip_brings_one(
    rented: Rented, monkeypatch: pytest.MonkeyPatch, has_old_uv: bool
) -> None:
    tools = rented.mirrors.folder / "tools"
    tools.mkdir()
    for name in PROGRAMS.split():
        if (found := shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")) is not None:
            (tools / name).symlink_to(found)
    if has_old_uv:
        (tools / "uv").write_text("#!/bin/sh\necho \"error: unexpected argument '--clear' found\" >&2\nexit 2\n")
        (tools / "uv").chmod(0o755)
    (tools / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')  # has pip
    (tools / "python3").chmod(0o755)
    (tools / f"python3.{sys.version_info.minor}").symlink_to(os.path.realpath(sys.executable))  # what uv looks for
    make_wheel(rented.mirrors.wheels, "uv", "uv_stand_in", "", script=f'#!/bin/sh\nexec {find_uv_bin()} "$@"\n')
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(rented.mirrors.wheels))
    rented.boots(PATH=str(tools))
    until(lambda: rented.is_ready(1), "the end of the setup")
    assert (rented.root / "opt" / "wantui" / "tools" / "bin" / "uv").exists()


def test_the_workspace_and_the_task_can_be_named(rented: Rented) -> None:
    elsewhere = rented.mirrors.folder / "a disk"
    elsewhere.mkdir()
    (elsewhere / "wantui.toml").write_text("[trainer\n")
    rented.boots(WANTUI_WORKSPACE=str(elsewhere))
    log = elsewhere / ".wantui" / "onstart.log"
    until(lambda: log.exists() and "not ready" in log.read_text() and not rented.is_at_it, "the end of the setup")
    assert "wantui.toml:1" in log.read_text()
    assert rented.shell("bash", "--login", "-c", "echo $WANTUI_WORKSPACE").strip() == str(elsewhere)
    (elsewhere / "wantui.toml").unlink()
    rented.boots(
        WANTUI_WORKSPACE=str(elsewhere), WANTUI_TASK="i2v", WANTUI_SOURCE="git+https://127.0.0.1:9/wantui.git"
    )
    assert 'task = "i2v"' in (elsewhere / "wantui.toml").read_text()
    until(lambda: log.read_text().count("not ready") == 2 and not rented.is_at_it, "the end of the other start")


def test_shellcheck_or_at_least_bash_finds_nothing_wrong() -> None:
    beside = Path(sys.executable).with_name("shellcheck")
    checker = str(beside) if beside.exists() else shutil.which("shellcheck")
    words = [checker] if checker is not None else ["bash", "-n"]
    done = subprocess.run([*words, str(SCRIPT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_page_says_takes_a_steps_place_is_there() -> None:
    root, page = SCRIPT.parents[1], (SCRIPT.parent / "README.md").read_text()
    rows = [line for line in page.splitlines() if "`wantui/" in line or "in `onstart.sh`" in line]
    assert len(rows) > 12
    for row in rows:
        where = row.rstrip("| ").rpartition("|")[2]
        named = re.findall(r"`([^`]+)`", where)
        paths = [root / name for name in named if "/" in name] or [SCRIPT]
        assert all(path.exists() for path in paths), row
        text = "".join(path.read_text() for path in paths if path.is_file())
        assert all(name in text for name in named if "/" not in name and name != SCRIPT.name), row
