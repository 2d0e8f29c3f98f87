"""Whether somebody could let us go on after ctrl+z."""

from __future__ import annotations

import subprocess
import sys

ASK = "from wantui.ui.suspending import has_job_control; print(has_job_control())"
AS_A_SHELL = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ASK!r}], process_group=0)"
"""Starts it in a group of its own, as a shell does a job."""


def answer(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], start_new_session=True, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_command_of_a_terminal_or_of_ssh_has_no_shell_to_go_back_to() -> None:
    assert answer(ASK) == "False"


def test_a_job_of_a_shell_has_one() -> None:
    assert answer(AS_A_SHELL) == "True"
