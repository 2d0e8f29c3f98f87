"""What a step of a setup is said to have failed of: in the words of the program that failed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.runs.setup_output import LOG_SAYS, StepOutput, failure_line, step_line

FAILED = failure_line(f"cannot install PyTorch: exit code 2; {LOG_SAYS}, `wantui setup` tries again")
UV = """\
Using Python 3.11.7 environment at: musubi-tuner/venv
error: Request failed after 3 retries in 6.3s
  cause: Failed to fetch: https://download.pytorch.org/whl/cpu/torchvision/
  cause: failed to lookup address information: Name or service not known
"""
GIT = "fatal: unable to access 'https://github.com/x.git/': Could not resolve host: github.com\n"
PYTHON = """\
Traceback (most recent call last):
  File "hub.py", line 553, in cached_files
    raise OSError(
OSError: We couldn't connect to 'https://huggingface.co' to load the files.
Check your internet connection.
"""


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (UV, "error: Request failed after 3 retries in 6.3s (failed to lookup address information: Name or"),
        (GIT, "fatal: unable to access 'https://github.com/x.git/': Could not resolve host: github.com"),
        (PYTHON, "OSError: We couldn't connect to 'https://huggingface.co' to load the files"),
    ],
)
def test_the_reason_is_the_programs_own(output: str, said: str) -> None:
    reader = StepOutput()
    reader.feed(f"{step_line(2, 3, 'install PyTorch')}\n{output}{FAILED}\n".encode())
    assert reader.progress.phase == "install PyTorch"
    cause = reader.progress.cause or ""
    assert cause.startswith("cannot install PyTorch: exit code 2; it said: " + said)
    assert cause.endswith(", `wantui setup` tries again")


def test_what_an_earlier_command_said_is_not_the_reason() -> None:
    reader = StepOutput()
    reader.feed(f"error: once\n{step_line(3, 3, 'check out')}\nwords\n{FAILED}\n".encode())
    assert reader.progress.cause == FAILED.removeprefix("failed: ")


@given(st.binary(max_size=200), st.integers(0, 200))
def test_whatever_is_printed_is_read_in_whatever_pieces(data: bytes, cut: int) -> None:
    whole, parts = StepOutput(), StepOutput()
    whole.feed(data + b"\n")
    parts.feed(data[:cut])
    parts.feed(data[cut:] + b"\n")
    assert whole.progress == parts.progress
