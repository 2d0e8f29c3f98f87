"""A verb of the command line, called in the process of the tests: it costs what it does, and no imports."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import traceback
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from wantui.cli.parser import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def call(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` of ``wantui WORDS`` in `folder`, its standard input empty.

    The descriptors are exchanged, not just `sys.stdout`: what processes print that the verb starts is there too.
    """
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        stack.enter_context(_environment())
        patch.setattr("sys.argv", ["wantui", *words])
        stack.enter_context(chdir(folder))
        stack.enter_context(_in_place_of(0, stack.enter_context(Path(os.devnull).open("rb"))))
        patch.setattr("sys.stdin", io.StringIO())
        printed = {}
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            file = printed[name] = stack.enter_context(tempfile.TemporaryFile())
            stack.enter_context(_in_place_of(descriptor, file))
            patch.setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8", closefd=False))
        code = _code(words)
        for name, file in printed.items():
            getattr(sys, name).flush()
            file.seek(0)
        texts = {name: io.TextIOWrapper(file, encoding="utf-8").read() for name, file in printed.items()}
        return subprocess.CompletedProcess(["wantui", *words], code, **texts)


@contextmanager
def _environment() -> Iterator[None]:
    """Let what the verb sets in the environment end with it."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _in_place_of(descriptor: int, file: IO[bytes]) -> Iterator[None]:
    """Let a descriptor be that of `file`."""
    before = os.dup(descriptor)
    os.dup2(file.fileno(), descriptor)
    try:
        yield
    finally:
        os.dup2(before, descriptor)
        os.close(before)


def _code(words: Sequence[str]) -> int:
    try:
        return run(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except Exception:  # noqa: BLE001  as an interpreter does
        traceback.print_exc()
        return 1
