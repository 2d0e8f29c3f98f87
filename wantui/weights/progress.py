"""How far a download is: measured by the threads that load, kept in a file that any process can read."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.weights.locks import holder, loader_lock
from wantui.weights.model import DownloadProgress, FileProgress, FileState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.weights.catalogue import Weight

WRITE_S = 0.5
"""Seconds between two states of the file."""
_WINDOW_S = 15.0
"""Seconds that a speed is the mean of."""
_SAMPLE_S = 0.25


def progress_file(workspace: Workspace) -> Path:
    """Where a workspace's download says how far it is."""
    return workspace.state / "models" / "progress.json"


def read_progress(workspace: Workspace) -> DownloadProgress | None:
    """How far the workspace's latest download is; None where there was none."""
    try:
        content: dict[str, Any] = reading.read_json(progress_file(workspace))
        files = tuple(FileProgress(**file | {"state": FileState(file["state"])}) for file in content.pop("files"))
        progress = DownloadProgress(**content | {"files": files})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return replace(progress, is_running=holder(loader_lock(workspace)) == progress.pid)


class FileMeter:
    """Measures one file; used by the thread that works on it, and read by the one that tells of it."""

    def __init__(self, weight: Weight, target: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._now = FileProgress(weight.key, weight.name, os.fspath(target))
        self._clock = clock
        self._total = 0
        self._samples: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def has_size(self, size: int) -> None:
        """The Hub has said it."""
        self._set(size=size)

    def checks(self, size: int) -> None:
        """Reading begins of what is here."""
        self._set(state=FileState.CHECKING, size=size, done=0, speed=None)

    def checked(self, count: int) -> None:
        """So many bytes more were read."""
        with self._lock:
            self._now = replace(self._now, done=self._now.done + count)

    def loads(self, offset: int) -> None:
        """Bytes are about to come, from `offset` on."""
        self._set(state=FileState.LOADING, done=offset, note="")

    def loaded(self, count: int) -> None:
        """So many bytes more have come."""
        now = self._clock()
        with self._lock:
            self._total += count
            if not self._samples or now - self._samples[-1][0] >= _SAMPLE_S:
                self._samples.append((now, self._total))
            self._now = replace(self._now, done=self._now.done + count)

    def waits(self, why: str) -> None:
        """Another try comes."""
        self._set(state=FileState.RETRYING, note=why)

    def note(self, text: str) -> None:
        """Say something of it."""
        self._set(note=text)

    def is_there(self, size: int, how: str) -> None:
        """All of it is here."""
        self._set(state=FileState.THERE, size=size, done=size, speed=None, note=how)

    def failed(self, why: str) -> None:
        """It will not come."""
        self._set(state=FileState.FAILED, speed=None, note=why)

    def look(self) -> FileProgress:
        """The file as it is at this moment."""
        now = self._clock()
        with self._lock:
            if self._now.state is not FileState.LOADING:
                return self._now
            while self._samples and now - self._samples[0][0] > _WINDOW_S:
                self._samples.popleft()
            if not self._samples:
                return replace(self._now, speed=0.0)
            since, total = self._samples[0]
            return replace(self._now, speed=(self._total - total) / max(now - since, _SAMPLE_S))

    def _set(self, **changes: Any) -> None:
        with self._lock:
            self._now = replace(self._now, **changes)


def _show_nothing(_progress: DownloadProgress) -> None:
    """Tell nobody."""


class Teller:
    """Writes the state of a download to its file, twice a second, and tells whoever looks on."""

    def __init__(
        self, workspace: Workspace, task: str, meters: Iterable[FileMeter], show: Callable[[DownloadProgress], None]
    ) -> None:
        """Prepare.

        Args:
            workspace: of the download.
            task: that the files are for.
            meters: of the files.
            show: is given each state; called from a thread of the teller's.
        """
        self._file = progress_file(workspace)
        self._task = task
        self._meters = tuple(meters)
        self._show = show
        self._started = time.time()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="models-teller", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def end(self, how: str) -> DownloadProgress:
        """Tell the last state: ``done``, ``failed`` or ``stopped``."""
        self._over.set()
        self._thread.join()
        progress = replace(self.look(), ended=how, is_running=False)
        self._publish(progress)
        return progress

    def look(self) -> DownloadProgress:
        """The state at this moment."""
        files = tuple(meter.look() for meter in self._meters)
        return DownloadProgress(os.getpid(), self._task, self._started, time.time(), files)

    def _run(self) -> None:
        while not self._over.wait(WRITE_S):
            progress = self.look()
            self._publish(progress)
            try:
                self._show(progress)
            except OSError:  # nobody reads the pipe any more; that must not end a download of hours
                self._show = _show_nothing

    def _publish(self, progress: DownloadProgress) -> None:
        """Replace the file in one piece. It is not synced: after a power cut nobody needs it."""
        content = asdict(progress)
        del content["is_running"]
        temporary = self._file.with_suffix(".tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
            temporary.replace(self._file)
        except OSError:
            pass  # the download itself will say that the disk is full
