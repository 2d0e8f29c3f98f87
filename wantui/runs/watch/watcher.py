"""The watcher: starts a cache run when captions, media or ``dataset.toml`` have changed and are quiet again.

    python -m wantui.runs.watch.watcher --workspace DIR

A sidecar of the supervisor, in a process of its own: it reads datasets, which the supervisor never does. It ends
when its standard input does, so it outlives no supervisor. What it is at stands in ``.wantui/watch.json``.

All edits of a stretch become one cache run, `quiet_s` after the last of them; edits while that run is under way
become exactly one more. A dataset that was never encoded is left alone until somebody asks for it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explain
from wantui.caches.model import CacheStep
from wantui.dataset import blueprint
from wantui.dataset.model import DatasetError
from wantui.dataset.watch import Watched, WatchError, changes, what_to_watch
from wantui.errors import WantuiError
from wantui.jobs import trust
from wantui.jobs.model import CACHE_KINDS, RunKind
from wantui.jobs.store import RunStore
from wantui.runs import sidecar_process
from wantui.runs.watch.state import Watching, WatchState, is_paused, write_state

if TYPE_CHECKING:
    import threading

    from wantui.config import Config
    from wantui.paths import Workspace
    from wantui.runs.plan import RunPlan

RETRY_S = 5.0
"""When to look again after something could not be read or watched."""


@dataclass(slots=True)
class Watcher:
    """Watches one workspace until told to stop."""

    workspace: Workspace
    stop: threading.Event
    _changed_at: float | None = None
    """When the last change came that no cache run has taken up; `time.monotonic`."""
    _poll_because: str | None = None
    """Why being told of changes does not work here; None: it has not failed."""
    _in_trouble: bool = False
    """Whether the last look ended in trouble: that stands until the next change."""
    _told: WatchState | None = None
    _store: RunStore = field(init=False)

    def __post_init__(self) -> None:
        """The store reads only the records that have changed."""
        self._store = RunStore(self.workspace)

    def run(self) -> int:
        """Watch; 0 when told to stop or when ``[watch]`` is off."""
        while not self.stop.is_set():
            try:
                config = configuration.load(self.workspace)
            except configuration.ConfigError as error:
                self._tell(Watching.TROUBLE, str(error))
                self.stop.wait(RETRY_S)
                continue
            if not config.watch.enabled:
                self._tell(Watching.OFF, "[watch] enabled is false")
                return 0
            self._watch(config)
        return 0

    def _watch(self, config: Config) -> None:
        """Watch until the folders to watch may be others."""
        watched = self._folders(config)
        if config.run.dataset.exists() and self._told is None:
            self._changed_at = time.monotonic()  # whatever changed while nobody watched
        self._idle(watched)
        settings_files = {config.file, config.run.dataset}
        try:
            for changed in changes(watched, self.stop):
                if changed:
                    self._changed_at = time.monotonic()
                if changed & settings_files:
                    return
                self._act(config, watched)
        except WatchError as error:
            if not watched.polling:
                self._poll_because = str(error)  # what inotify refuses, looking once a second may still see
                return
            self._poll_because = None
            self._tell(Watching.TROUBLE, str(error))
            self.stop.wait(RETRY_S)

    def _folders(self, config: Config) -> Watched:
        try:
            dataset = blueprint.load(config.run.dataset)
        except DatasetError:
            dataset = None
        files = (config.file, config.run.dataset)
        if self._poll_because is None:
            return what_to_watch(dataset, files, polling=config.watch.polling)
        return replace(what_to_watch(dataset, files, polling=True), why_polling=self._poll_because)

    def _act(self, config: Config, watched: Watched) -> None:
        """Start a cache run if it is time for one."""
        if is_paused(self.workspace):
            self._tell(Watching.PAUSED, None)
            return
        why_not = trust.why_not_used(config)
        if why_not is not None:
            self._tell(Watching.WAITING, f"{why_not}; it waits for the next `wantui train` or `wantui cache`")
            return
        if self._changed_at is None:
            self._idle(watched)
            return
        if time.monotonic() - self._changed_at < config.watch.quiet_s or self._is_encoding():
            return
        self._changed_at = None
        try:
            self._encode(config)
        except WantuiError as error:
            self._complain(str(error))
        except OSError as error:
            self._complain(explain(error))

    def _encode(self, config: Config) -> None:
        """Start a cache run where something has to be encoded again."""
        self._in_trouble = False
        if not config.run.dataset.exists():
            return  # nobody has made one yet: that is no trouble
        from wantui.runs.plan import plan_run, start  # noqa: PLC0415  most watchers never get that far
        from wantui.runs.request import RunRequest  # noqa: PLC0415  the same

        plan = plan_run(self.workspace, config, RunRequest(RunKind.CACHE))
        if not was_encoded(plan):
            return  # left alone until somebody asks, whatever stands in its way
        if plan.errors:
            self._complain(f"{plan.errors[0].message} ({plan.errors[0].path})")
        elif needs_encoding(plan):
            number = start(self.workspace, plan).number
            self._tell(Watching.ENCODING, f"run {number}")

    def _complain(self, message: str) -> None:
        self._in_trouble = True
        self._tell(Watching.TROUBLE, message)

    def _is_encoding(self) -> bool:
        """Whether a cache job is under way or waits: what it leaves is looked at when it has ended."""
        jobs = (job for run in self._store.runs() for job in run.jobs)
        return any(job.kind in CACHE_KINDS and not job.state.has_ended for job in jobs)

    def _idle(self, watched: Watched) -> None:
        if not self._in_trouble and not self._is_encoding():
            self._tell(Watching.POLLING if watched.polling else Watching.WATCHING, watched.why_polling)

    def _tell(self, watching: Watching, note: str | None) -> None:
        state = WatchState(watching, note)
        if state != self._told:
            self._told = state
            write_state(self.workspace, state)


def was_encoded(plan: RunPlan) -> bool:
    """Whether the dataset has been encoded before, be it in part."""
    report = plan.look.caches
    return any(sum(report.counts(step).values()) > report.counts(step)["missing"] for step in CacheStep)


def needs_encoding(plan: RunPlan) -> bool:
    """Whether there is anything to encode again."""
    report = plan.look.caches
    return any(report.to_encode(step) or report.to_remove(step) for step in CacheStep)


def main() -> int:
    """Watch until the end of the standard input."""
    workspace, stop = sidecar_process.begin("wantui.runs.watch.watcher")
    return Watcher(workspace, stop).run()


if __name__ == "__main__":
    sys.exit(main())
