"""Brings the weight files of a task here: found and linked where they are already, else loaded, several at once."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.formatting import file_size
from wantui.weights.catalogue import weights_for
from wantui.weights.copies import copies, link
from wantui.weights.digests import sha256_of
from wantui.weights.errors import BusyError, ChangedError, HubError, ModelsError, StoppedError
from wantui.weights.hash_cache import HashCache
from wantui.weights.locks import hold, holder, loader_lock, target_lock
from wantui.weights.parts import FilePart
from wantui.weights.progress import FileMeter, Teller
from wantui.weights.retry import Attempts, RetryPolicy, retry
from wantui.weights.state import WeightStatus, place
from wantui.weights.transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wantui.config import ModelsConfig
    from wantui.paths import Workspace
    from wantui.weights.catalogue import Task, Weight
    from wantui.weights.hub import Hub
    from wantui.weights.model import DownloadProgress
    from wantui.weights.remote import Remote

AT_ONCE = 4
"""Files that are loaded at the same time: one connection to the Hub's stores seldom fills a rented line."""
SPARE_BYTES = 1 << 30
"""What must stay free on a disk: logs, records and caches go on being written."""
_MOST_CHANGES = 3
"""Times that a file may change on the Hub while it is loaded."""


@dataclass(slots=True)
class _Wanted:
    """A file that is asked for, and what has become of it."""

    weight: Weight
    target: Path
    meter: FileMeter
    remote: Remote | None = None
    is_here: bool = False
    error: ModelsError | None = None


@dataclass(slots=True)
class Download:
    """Everything that one download needs; `run` does it, once."""

    workspace: Workspace
    models: ModelsConfig
    hub: Hub
    environment: Mapping[str, str]
    patience: RetryPolicy = field(default_factory=RetryPolicy)
    replaces: bool = False
    """Whether a file that is not the Hub's is loaded anew, rather than refused."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set to stop; what has arrived is kept."""

    def run(
        self,
        task: Task,
        show: Callable[[DownloadProgress], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> DownloadProgress:
        """Bring the files of a task here; how it ended is in the progress, file by file.

        Args:
            task: whose files.
            show: is given the state twice a second, from another thread.
            say: is given a line on each disk that something is about to be loaded to.

        Raises:
            BusyError: another process loads for this workspace.
        """
        with _alone(self.workspace):
            targets = self.models.by_key()
            wanted = [_wanted(weight, targets[weight.key]) for weight in weights_for(task)]
            teller = Teller(self.workspace, task, (each.meter for each in wanted), show)
            teller.start()
            how = "stopped"
            try:
                self._each(wanted, self._find)
                _check_room([each for each in wanted if _is_open(each)], say)
                self._each([each for each in wanted if _is_open(each)], self._load)
                if not self.stopped.is_set():
                    how = "done" if all(each.is_here for each in wanted) else "failed"
            finally:
                self.stopped.set()
                progress = teller.end(how)
            return progress

    def _each(self, wanted: Sequence[_Wanted], act: Callable[[_Wanted], None]) -> None:
        """Do something with all files, several at once.

        The threads are daemons, and are looked after in short waits: an interrupt need not wait for the network.
        """
        waiting = list(reversed(wanted))

        def work() -> None:
            while waiting and not self.stopped.is_set():
                try:
                    each = waiting.pop()
                except IndexError:
                    return
                _tried(each, act)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(min(AT_ONCE, len(wanted)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)

    def _find(self, each: _Wanted) -> None:
        """Ask the Hub, and look whether the file is here, at its place or elsewhere."""
        each.remote = remote = self._ask(each)
        each.meter.has_size(remote.size)
        hash_cache = HashCache(self.workspace)
        if self._is_settled(each, remote, hash_cache):
            return
        for copy in copies(each.weight, remote, self.models.search, self.environment):
            if copy != each.target.resolve() and self._is_whole(copy, each, remote, hash_cache):
                with hold(_lock_of(each)):
                    _link(copy, each.target)
                hash_cache.remember_link(each.target, copy)
                self._is_here(each, remote, f"linked to {copy}")
                return
        each.meter.loads(FilePart(each.target).length(remote))

    def _is_settled(self, each: _Wanted, remote: Remote, hash_cache: HashCache) -> bool:
        """Whether the file at the place is the Hub's, or one of the person's own.

        Raises:
            ModelsError: it is a wrong one, and not to be replaced.
        """
        if each.target.is_dir():
            raise ModelsError(f"{each.target}: a folder; move it away, or name another place in [models]")
        if not each.target.is_file():
            return False
        if place(each.weight, each.target, remote, hash_cache).standing is WeightStatus.UNCHECKED:
            self._digest(each.target, each, hash_cache)
        there = place(each.weight, each.target, remote, hash_cache)
        if there.is_own:
            each.is_here = True
            each.meter.is_there(there.here, "a file of your own")
            return True
        if there.standing is WeightStatus.THERE and not (
            self.replaces and hash_cache.digest(each.target) != remote.sha256
        ):
            self._is_here(each, remote, "was there")
            return True
        if self.replaces:
            return False
        raise ModelsError(
            f"{each.target}: not the Hub's file ({there.here} bytes for {remote.size}, or another content); move "
            "it away, or load it anew with `wantui models download --replace`"
        )

    def _is_whole(self, copy: Path, each: _Wanted, remote: Remote, hash_cache: HashCache) -> bool:
        """Whether a copy is the wanted file; one that cannot be read, or goes away meanwhile, is none."""
        try:
            return self._digest(copy, each, hash_cache) == remote.sha256
        except (StoppedError, BusyError):
            raise
        except (ModelsError, OSError):
            return False

    def _ask(self, each: _Wanted) -> Remote:
        """What the Hub says of a file, or has said, where it cannot be asked and the file is here."""
        hash_cache = HashCache(self.workspace)
        try:
            remote = retry(lambda: self.hub.remote(each.weight), self._tries(each))
        except HubError:
            known = hash_cache.remote(each.weight)
            if (
                known is not None
                and place(each.weight, each.target, known, hash_cache).standing is WeightStatus.THERE
            ):
                return known
            raise
        hash_cache.remember_remote(each.weight, remote)
        return remote

    def _digest(self, path: Path, each: _Wanted, hash_cache: HashCache) -> str:
        known = hash_cache.digest(path)
        if known is None:
            each.meter.checks(path.stat().st_size)
            known, identity = sha256_of(path, self.stopped, each.meter.checked)
            hash_cache.remember(path, known, identity)
        return known

    def _load(self, each: _Wanted) -> None:
        """Load a file, from its start where it changes on the Hub meanwhile."""
        with hold(_lock_of(each)):
            for _ in range(_MOST_CHANGES):
                remote = each.remote or self._ask(each)
                if self._is_settled(each, remote, HashCache(self.workspace)):
                    return  # another workspace's loader has ended with it since it was looked for
                tries = self._tries(each)
                try:
                    transfer = Transfer(
                        self.hub,
                        each.weight,
                        remote,
                        each.target,
                        tries=tries,
                        meter=each.meter,
                        stopped=self.stopped,
                    )
                    sha256, identity = transfer.run()
                except ChangedError:
                    each.remote = None
                else:
                    HashCache(self.workspace).remember(each.target, sha256, identity)
                    self._is_here(each, remote, "loaded")
                    return
        raise HubError(f"{each.weight.name}: it keeps changing on the Hub; run `wantui models download` again later")

    def _is_here(self, each: _Wanted, remote: Remote, how: str) -> None:
        each.is_here = True
        each.meter.is_there(remote.size, how)

    def _tries(self, each: _Wanted) -> Attempts:
        return Attempts(self.patience, each.weight.name, self.stopped, each.meter.waits)


def cancel(models: ModelsConfig, task: Task, *, patience_s: float = 5.0) -> int:
    """Remove what has arrived of files that are not whole; the bytes that this frees.

    Raises:
        BusyError: one of them is being loaded.
        ModelsError: it cannot be removed.
    """
    freed = 0
    for weight in weights_for(task):
        target = models.by_key()[weight.key]
        try:
            with hold(target_lock(target), patience_s=patience_s):
                freed += FilePart(target).discard()
        except BusyError as error:
            raise BusyError(f"{target.name}: {error}; pause it first") from None
        except OSError as error:
            raise ModelsError(
                f"{target}.part: cannot be removed ({error.strerror}); correct its permissions"
            ) from error
    return freed


def _wanted(weight: Weight, target: Path) -> _Wanted:
    return _Wanted(weight, target, FileMeter(weight, target))


def _is_open(each: _Wanted) -> bool:
    return not each.is_here and each.error is None


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Be the only loader of a workspace."""
    process = holder(loader_lock(workspace))
    try:
        with hold(loader_lock(workspace)):
            yield
    except BusyError:
        raise BusyError(
            f"{workspace.root}: its weights are already being downloaded by process {process}; look with "
            "`wantui models list`, stop it with `wantui models download --pause`"
        ) from None


def _lock_of(each: _Wanted) -> Path:
    return target_lock(each.target)


def _tried(each: _Wanted, act: Callable[[_Wanted], None]) -> None:
    """Do it; what goes wrong is the file's, and the others go on."""
    try:
        act(each)
    except StoppedError:
        pass
    except BusyError as error:
        each.error = BusyError(f"{each.weight.name}: {error}; wait for it, or pause it")
        each.meter.failed(str(each.error))
    except ModelsError as error:
        each.error = error
        each.meter.failed(str(error))
    except OSError as error:
        each.error = ModelsError(f"{each.target}: {error.strerror or error}; correct it, then run it again")
        each.meter.failed(str(each.error))


def _link(copy: Path, target: Path) -> None:
    try:
        link(copy, target)
    except OSError as error:
        raise ModelsError(f"{target}: cannot be made ({error.strerror}); correct the folder's permissions") from error


def _check_room(wanted: Sequence[_Wanted], say: Callable[[str], None]) -> None:
    """Say what each disk is to take, and mark the files of one that has no room for all of its own as failed."""
    disks: dict[int, list[_Wanted]] = {}
    for each in wanted:
        disks.setdefault(_existing(each.target).stat().st_dev, []).append(each)
    for together in disks.values():
        folder = _existing(together[0].target)
        left = sum(each.remote.size - FilePart(each.target).length(each.remote) for each in together if each.remote)
        free = shutil.disk_usage(folder).free
        if left + SPARE_BYTES <= free:
            say(f"{file_size(left)} to load to {folder}, where {file_size(free)} are free")
            continue
        for each in together:
            each.error = ModelsError(
                f"{each.weight.name}: no room: {file_size(left)} are still to come and {file_size(SPARE_BYTES)} must "
                f"stay free, and {folder} has {file_size(free)}; make room for "
                f"{file_size(left + SPARE_BYTES - free)}, or name places on another disk in [models]"
            )
            each.meter.failed(str(each.error))


def _existing(path: Path) -> Path:
    """The nearest folder that exists of those that a file is to lie in; a link in its place will be replaced."""
    parent = Path(os.path.realpath(path.parent))
    return next(folder for folder in (parent, *parent.parents) if folder.is_dir())
