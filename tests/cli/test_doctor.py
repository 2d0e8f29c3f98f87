"""``wantui doctor`` as scripts use it: its document, and its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wantui.doctor.examine import CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell


@pytest.fixture
def box(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    """An empty workspace."""
    return in_folder(tmp_path / "space")


def test_the_document_has_every_check_and_its_mark_decides_the_exit_code(box: Shell) -> None:
    done = box.run("doctor", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, list(document)) == (1, ["findings"])
    findings = document["findings"]
    assert all(set(finding) == {"check", "mark", "seen", "cure"} for finding in findings)
    assert list(dict.fromkeys(finding["check"] for finding in findings)) == list(CHECKS)
    assert all((finding["cure"] is None) == (finding["mark"] == "good") for finding in findings)
    assert any(finding["mark"] == "bad" for finding in findings)


def test_a_rehearsal_lacks_nothing_that_only_a_training_needs(box: Shell) -> None:
    box.write("wantui.toml", '[trainer]\nkind = "rehearsal"\n')
    done = box.run("doctor", "--json")
    bad = {finding["check"] for finding in json.loads(done.stdout)["findings"] if finding["mark"] == "bad"}
    assert bad <= {"disk"}
    assert done.returncode == (1 if bad else 0)


def test_a_configuration_that_cannot_be_read_is_two(box: Shell) -> None:
    box.write("wantui.toml", "[trainer\n")
    done = box.run("doctor", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "wantui.toml:1" in done.stderr


def test_a_line_a_check_with_its_fix_below(box: Shell) -> None:
    lines = box.run("doctor").stdout.splitlines()
    marked = [line for line in lines if line[:1] in "✓!✗"]
    assert {line.split()[1] for line in marked} == set(CHECKS)
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line[:1] in "!✗":
            assert below.lstrip().startswith("→ ")
