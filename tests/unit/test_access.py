"""What may not be read or written is said with its owner and the command that helps."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wantui.access import explain
from wantui.supervisor.log_files import open_log

STRANGER = 54321


def refused(path: Path) -> PermissionError:
    return PermissionError(errno.EACCES, "Permission denied", str(path))


def explained(path: Path, monkeypatch: pytest.MonkeyPatch, *closed: Path) -> str:
    """As a user without the rights of root would be told: `closed` may not be used."""
    monkeypatch.setattr(os, "access", lambda place, wanted: Path(place) not in closed or wanted == 0)
    return explain(refused(path))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_the_folder_of_somebody_else_is_named_with_the_command_that_makes_it_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my space" / ".wantui"
    (folder / "runs").mkdir(parents=True)
    folder.chmod(0o700)
    os.chown(folder, STRANGER, -1)
    said = explained(folder / "runs" / "1", monkeypatch, folder)
    assert said.startswith(f"{folder}/runs/1: Permission denied; {folder} belongs to {STRANGER} (mode 0700)")
    assert f"`sudo chown -R root '{folder}'`" in said


def test_a_closed_folder_of_ones_own_is_opened_by_another_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "images"
    folder.mkdir(mode=0o500)
    said = explained(folder / "a.txt", monkeypatch, folder)
    assert f"{folder} is yours, but closed (mode 0500): `chmod -R u+rwX {folder}` opens it" in said


@pytest.mark.parametrize(
    ("number", "helps"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EROFS, "read-only"),
        (errno.ESTALE, "mount it anew"),
        (errno.EMFILE, "ulimit"),
    ],
)
def test_other_errors_say_what_helps(number: int, helps: str) -> None:
    said = explain(OSError(number, os.strerror(number), "/data/x"))
    assert said.startswith("/data/x: ")
    assert helps in said


def test_an_error_of_no_file_is_said_as_it_is() -> None:
    assert explain(OSError("AF_UNIX path too long")) == "AF_UNIX path too long"
    assert explain(OSError(errno.ENOENT, "No such file or directory", "/gone")) == "/gone: No such file or directory"


@pytest.mark.parametrize("kind", ["folder", "pipe", "gone"])
def test_a_log_that_cannot_be_written_leads_nowhere_and_says_so(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("gone/x.log" if kind == "gone" else "x.log")
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    descriptor, why = open_log(path)
    assert str(path) in (why or "")
    assert stat.S_ISCHR(os.fstat(descriptor).st_mode)
    os.close(descriptor)


def test_a_log_goes_on_or_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("old ")
    for anew, content in ((False, "old new"), (True, "new")):
        descriptor, why = open_log(path, anew=anew)
        assert why is None
        os.write(descriptor, b"new")
        os.close(descriptor)
        assert path.read_text() == content


AS_A_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]


@pytest.mark.skipif(os.getuid() != 0, reason="root alone can give files away, and rights up")
@pytest.mark.parametrize(
    "verb", ["status", "jobs", "check", "mend", "runs show 1", "setup --dry-run", "supervisor start"]
)
def test_verbs_in_a_workspace_whose_state_is_root_s_say_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "wantui.toml").write_text('[trainer]\nkind = "rehearsal"\n')
    (tmp_path / ".wantui").mkdir(mode=0o700)
    os.chown(tmp_path / ".wantui", STRANGER, -1)
    command = [*AS_A_USER, sys.executable, "-m", "wantui", "--workspace", str(tmp_path), *verb.split()]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 2)
    if verb not in ("check", "mend"):
        assert f"sudo chown -R root {tmp_path}/.wantui" in done.stdout + done.stderr
