"""The whole chain in miniature with the real trainer, and what is told where it breaks."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_folder", "runtime"]

NEEDED = ("WANTUI_TEST_MUSUBI", "WANTUI_TEST_MUSUBI_PYTHON", "WANTUI_TEST_MUSUBI_SHIM")


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    return in_folder(tmp_path / "smoke")


def left_behind() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("wantui-smoke-*"))


@pytest.mark.musubi
@pytest.mark.timeout(600)
@pytest.mark.skipif(any(name not in os.environ for name in NEEDED), reason=f"needs {', '.join(NEEDED)}")
def test_the_real_trainer_goes_through_every_stage_in_miniature(shell: Shell) -> None:
    """The environment of the tests has no torchvision: its stand-in is found behind our own folder."""
    shell.write(
        "wantui.toml",
        f"""
[trainer]
root = "{os.environ["WANTUI_TEST_MUSUBI"]}"
python = "{os.environ["WANTUI_TEST_MUSUBI_PYTHON"]}"
env = {{ PYTHONPATH = "{os.environ["WANTUI_TEST_MUSUBI_SHIM"]}", OMP_NUM_THREADS = "1" }}
""",
    )
    before = left_behind()
    done = shell.run("doctor", "--smoke", "--json")
    stages = json.loads(done.stdout)["stages"]
    assert done.returncode == 0, done.stdout
    assert [stage["name"] for stage in stages] == ["weights", "latents", "text", "high", "low"]
    assert all(stage["trouble"] is None and stage["seconds"] > 0 for stage in stages)
    assert left_behind() == before


def test_a_trainer_that_cannot_be_imported_is_told_with_its_last_words(shell: Shell) -> None:
    (shell.folder / "musubi-tuner").mkdir()
    shell.write("wantui.toml", f'[trainer]\nroot = "musubi-tuner"\npython = "{sys.executable}"\n')
    before = left_behind()
    done = shell.run("doctor", "--smoke")
    assert done.returncode == 1
    assert "✗ weights" in done.stdout
    assert "No module named 'torch'" in done.stdout
    assert left_behind() == before


def test_the_rehearsal_is_no_trainer_to_try(shell: Shell) -> None:
    shell.write("wantui.toml", '[trainer]\nkind = "rehearsal"\n')
    done = shell.run("doctor", "--smoke")
    assert done.returncode == 1
    assert "wantui demo" in done.stderr


def test_doctor_prints_a_line_a_check_and_fails_on_a_bare_box(shell: Shell) -> None:
    done = shell.run("doctor")
    assert done.returncode == 1
    assert "✗ trainer" in done.stdout
    assert "→ run `wantui setup`" in done.stdout
    findings = shell.json("doctor")["findings"]
    assert {finding["mark"] for finding in findings} <= {"good", "caution", "bad"}
