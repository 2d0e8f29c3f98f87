"""A folder of links for a script that captions folders, and the captions taken from its jsonl while it writes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.paths import Workspace
from wantui.runs.captioning.outcome import NotCaptioned, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOOK_S = 0.1
"""How often to look for another line."""
LOADING_S = 1800.0
"""How long the first caption may take: the model is read from the disk before it."""


@dataclass(frozen=True, slots=True)
class LinkedImages:
    """Images linked into a folder of their own, under names that no two share."""

    folder: Path
    media: dict[str, Path]
    """The images by the names of their links."""

    @property
    def images(self) -> Path:
        """The folder of the links."""
        return self.folder / "images"

    @property
    def written(self) -> Path:
        """The jsonl file that the script writes."""
        return self.folder / "captions.jsonl"

    @classmethod
    @contextmanager
    def of(cls, media: Sequence[Path], workspace: Path) -> Iterator[LinkedImages]:
        """Link the images; everything is removed at the end.

        Raises:
            OSError: the workspace cannot be written, or its file system has no links.
        """
        state = Workspace(workspace).state
        folder = Path(tempfile.mkdtemp(prefix="captioning-", dir=state))
        try:
            named = {f"{number:06}{path.suffix}": path for number, path in enumerate(media, 1)}
            batch = cls(folder, named)
            batch.images.mkdir()
            for name, path in named.items():
                (batch.images / name).symlink_to(path)
            yield batch
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def watch(self, argv: Sequence[str], env: dict[str, str], limit_s: float) -> Iterator[Outcome]:
        """Run the script and yield each caption as it is written; at the end what has none.

        Args:
            argv: the command line; what it prints goes to where we print.
            env: its environment.
            limit_s: seconds between two captions.
        """
        left = dict(self.media)
        try:
            # Standard input is inherited: it is the job's liveness lock (`wantui.jobs.liveness`).
            process = subprocess.Popen(argv, cwd=self.folder, env=env, process_group=0)
        except OSError as error:
            yield from ((path, NotCaptioned(f"cannot start {argv[0]}: {error.strerror}")) for path in left.values())
            return
        why = "the script ended without it"
        try:
            reader = _GrowingLines(self.written)
            deadline = time.monotonic() + max(LOADING_S, limit_s)
            while True:
                has_ended = process.poll() is not None
                for name, text in reader.new():
                    media = left.pop(name, None)
                    if media is not None:
                        deadline = time.monotonic() + limit_s
                        yield media, text.strip() or NotCaptioned("the model said nothing")
                if has_ended:
                    break
                if time.monotonic() > deadline:
                    why = f"no caption came for {limit_s:g} seconds; [captions] limit_s allows more"
                    break
                time.sleep(LOOK_S)
            if process.returncode:
                why = f"the script failed with exit code {process.returncode}; the log says why"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        yield from ((path, NotCaptioned(why)) for path in left.values())


class _GrowingLines:
    """The whole lines of a jsonl file that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self) -> Iterator[tuple[str, str]]:
        """Names and captions that have come since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            with suppress(ValueError, KeyError, TypeError):
                document = json.loads(line)
                yield Path(document["image_path"]).name, str(document["caption"])
