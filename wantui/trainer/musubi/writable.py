"""Whether the folders of a training can be written to, found out before it starts."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from wantui.dataset.model import Problem, Severity
from wantui.trainer.musubi.checkout import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def output_problems(folder: Path) -> Iterator[Problem]:
    """Whether LoRA files can be written: the trainer finds out at its first save, hours into the night."""
    folder = absolute(folder)
    try:
        try_writing(folder)
    except OSError as error:
        message = f"LoRA files cannot be written here ({error.strerror})"
        fix = "choose another output_directory, or correct its permissions"
        yield Problem(Severity.ERROR, "output-unwritable", folder, message, fix)


def try_writing(folder: Path) -> None:
    """Write a file in `folder`, or where it is not there yet in a folder of the same kind beside its place.

    Trying is the only honest test: permission bits say little on network disks, in containers and for root. What is
    made for it has a name of its own, for both experts may be tried at the same moment.
    """
    there = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if there == folder:
        tempfile.TemporaryFile(dir=folder).close()
        return
    with tempfile.TemporaryDirectory(prefix=".wantui-", dir=there) as beside:
        tempfile.TemporaryFile(dir=beside).close()
