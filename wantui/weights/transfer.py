"""Loads one file, however often the network breaks, and lets it have its name when its sha256 is right."""

from __future__ import annotations

import errno
import hashlib
import os
from typing import TYPE_CHECKING

from wantui.weights.digests import FileIdentity, add_file
from wantui.weights.errors import ChangedError, DamagedError, ModelsError, StoppedError, TransientError
from wantui.weights.parts import FilePart
from wantui.weights.retry import ConnectionSpeed

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from wantui.weights.catalogue import Weight
    from wantui.weights.hub import Hub
    from wantui.weights.progress import FileMeter
    from wantui.weights.remote import Remote
    from wantui.weights.retry import Attempts

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Transfer:
    """The way of one file from the Hub to its place."""

    def __init__(
        self, hub: Hub, weight: Weight, remote: Remote, target: Path, *, tries: Attempts, meter: FileMeter,
        stopped: threading.Event,
    ) -> None:  # fmt: skip
        """Prepare; nothing is asked or written yet.

        Args:
            hub: where to load from.
            weight: the file.
            remote: what the Hub has said of it.
            target: where it is to lie.
            tries: the failures that are borne.
            meter: is told of every byte.
            stopped: set when somebody wants to stop.
        """
        self._hub = hub
        self._weight = weight
        self._remote = remote
        self._part = FilePart(target)
        self._tries = tries
        self._meter = meter
        self._stopped = stopped
        self._digest = hashlib.sha256()
        self._offset = 0
        self._furthest = 0
        """What was ever reached: a server without ranges must not look like progress for ever."""

    def run(self) -> tuple[str, FileIdentity]:
        """Load what is missing; the sha256 of the file, which is at its place then, and which file it is.

        A part that was there before and turns out to be damaged is loaded once more from its start.

        Raises:
            ChangedError: the Hub has another file meanwhile.
            DamagedError: what came is not what the Hub says; nothing of it is left.
            ModelsError: the Hub does not give it, or the disk does not take it; what has arrived is kept.
            StoppedError: somebody has asked to stop; what has arrived is kept.
        """
        try:
            had_part = self._part.length(self._remote) > 0
            found, identity = self._receive_all()
            if found != self._remote.sha256 and had_part:
                self._part.discard()
                self._meter.note("the partial file was damaged; downloading it from the start")
                found, identity = self._receive_all()
            if found != self._remote.sha256:
                self._part.discard()
                raise self._damaged(found)
            self._part.finish()
        except OSError as error:
            where, why = self._part.path, error.strerror or str(error)
            cure = "make room" if error.errno in _FULL else "correct it, or name a place elsewhere in [models]"
            raise ModelsError(f"{where}: cannot be written ({why}); {cure}, then run it again") from error
        return found, identity

    def _receive_all(self) -> tuple[str, FileIdentity]:
        """Load to the end, from what is here; the sha256 of all of it, and which file has it."""
        descriptor = self._part.open(self._remote)
        try:
            self._take_up()
            while self._offset < self._remote.size:
                try:
                    self._receive(descriptor)
                except ChangedError:
                    raise  # the part stays: where the Hub does have another file now, `FilePart.open` removes it
                except TransientError as fault:
                    self._meter.waits(str(fault))
                    self._tries.failed(fault)
            os.fsync(descriptor)
            identity = FileIdentity.of(descriptor)
        finally:
            os.close(descriptor)
        return self._digest.hexdigest(), identity

    def _take_up(self) -> None:
        """Read what is here already: the digest of the whole needs it."""
        self._digest = hashlib.sha256()
        self._meter.checks(self._remote.size)
        self._offset = add_file(self._digest, self._part.path, self._stopped, self._meter.checked)
        self._meter.loads(self._offset)

    def _receive(self, descriptor: int) -> None:
        """One connection: append what comes until the file is whole."""
        with self._hub.open(self._weight, self._remote, self._offset) as (start, pieces):
            if start != self._offset:  # the server knows no ranges
                os.ftruncate(descriptor, 0)
                self._offset, self._digest = 0, hashlib.sha256()
            self._meter.loads(self._offset)
            pace = ConnectionSpeed()
            for piece in pieces:
                if self._stopped.is_set():
                    raise StoppedError(f"{self._weight.name}: stopped")
                data = piece[: self._remote.size - self._offset]
                _write(descriptor, data)
                self._digest.update(data)
                self._offset += len(data)
                if self._offset > self._furthest:
                    self._furthest = self._offset
                    self._tries.went_on()
                self._meter.loaded(len(data))
                if self._offset == self._remote.size:
                    return
                pace.came(len(data))
            raise TransientError(f"the connection ended at byte {self._offset} of {self._remote.size}")

    def _damaged(self, found: str) -> DamagedError:
        return DamagedError(
            f"{self._weight.name}: what came has the sha256 {found}, and the Hub says {self._remote.sha256}; nothing "
            "of it is kept: run `wantui models download` again, over another network or mirror if it stays so"
        )


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
