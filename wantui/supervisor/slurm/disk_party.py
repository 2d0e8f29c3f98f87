"""One of several machines that try together whether a folder is shared among them as runs need it.

Run on nodes by ``disk.sh``, and on the machine of the supervisor, all at the same time, with ``python -I -S``. They
wait for each other by files alone, so each wait is also a test of how soon one sees what another has written. What
was found is judged by `wantui.slurm.shared_disk.judge`.

    disk_party.py FOLDER PARTIES [RANK]      writes FOLDER/report-RANK.json; the rank is else that of Slurm
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3]))  # last: only wantui's own modules are wanted from there

from wantui import atomic
from wantui.slurm.disk_report import GRANTED, PATIENCE_S, REFUSED, DiskReport

STUCK_S = 240.0
"""After which a call of the disk that has not returned counts as one that never will."""
GLANCE_S = 0.02
FILES = 50
"""That each tries to be the one to make."""
VERSIONS = 100
"""Of one file, each renamed over the one before."""


class _LateError(Exception):
    """Nothing was seen of others in time; the report has whom."""


class Party:
    """One machine."""

    def __init__(self, folder: Path, parties: int, rank: int) -> None:
        self.folder = folder
        self.others = [each for each in range(parties) if each != rank]
        self.report = DiskReport(os.environ.get("SLURMD_NODENAME") or socket.gethostname(), rank)

    def work(self) -> DiskReport:
        """Go through all of it, as far as that goes."""
        try:
            self._meet("begin")
            self.report.seen_after_s = self._meet("seen")
            self._make_files()
            self._meet("made")
            self._rename_or_read()
            self._meet("renamed")
            self._lock()
        except _LateError:
            pass
        except OSError as error:
            self.report.error = f"{error.filename or self.folder}: {error.strerror or error}"
        else:
            self.report.stage = "end"
        return self.report

    def _meet(self, stage: str) -> float:
        """Wait until all have come to a stage; seconds that it took."""
        self.report.stage = stage
        begun = time.monotonic()
        atomic.write_bytes(self.folder / f"{stage}.{self.report.rank}", b"")
        left = self.others
        while left := [each for each in left if not (self.folder / f"{stage}.{each}").exists()]:
            if time.monotonic() - begun > PATIENCE_S:
                self.report.missing = left
                raise _LateError
            time.sleep(GLANCE_S)
        return time.monotonic() - begun

    def _make_files(self) -> None:
        """Be the first with some of the files, each of which must not exist: a claim is made so."""
        for number in range(FILES):
            with suppress(FileExistsError):
                os.close(os.open(self.folder / f"claim.{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                self.report.made.append(number)

    def _rename_or_read(self) -> None:
        """The first one replaces a file again and again; the others read it, and see one version or another."""
        path = self.folder / "versions.json"
        if self.report.rank == 0:
            atomic.write_json(path, _version(0))
        self._meet("versions")
        if self.report.rank == 0:
            for number in range(1, VERSIONS):
                atomic.write_json(path, _version(number))
            return
        self.report.torn = _read_versions(path, until=self.folder / "renamed.0")

    def _lock(self) -> None:
        """The first one has a lock, which the others must not get until it lets go."""
        path = self.folder / "lock"
        descriptor = None
        if self.report.rank == 0:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            self.report.lock = _try_lock(descriptor)
        self._meet("locked")
        if descriptor is None:
            self.report.lock = self._try_others_lock(path)
        self._meet("tried")
        if descriptor is not None:
            os.close(descriptor)
        self._meet("free")
        if descriptor is None:
            self.report.is_freed = self._gets_lock(path)

    @staticmethod
    def _try_others_lock(path: Path) -> str:
        descriptor = os.open(path, os.O_RDWR)
        try:
            return _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def _gets_lock(self, path: Path) -> bool:
        """Whether it comes free; where there are no locks it is."""
        begun = time.monotonic()
        while self._try_others_lock(path) == REFUSED:
            if time.monotonic() - begun > PATIENCE_S:
                return False
            time.sleep(GLANCE_S)
        return True


def _version(number: int) -> dict[str, object]:
    return {"number": number, "filling": "x" * (1 + number * 997 % 20_000), "again": number}


def _read_versions(path: Path, until: Path) -> str | None:
    """Read a file as often as there is time; what was wrong with it, if anything was."""
    last = -1
    while not until.exists():
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            return "a file that was replaced was away in between"
        except ValueError:
            return "a file that was replaced was seen in parts"
        except OSError as error:
            if error.errno != errno.ESTALE:  # the old file is gone by now: who reads again gets the new one
                raise
            continue
        if document["number"] != document["again"] or document["number"] < last:
            return "an old version of a file was seen after a new one"
        last = document["number"]
        time.sleep(GLANCE_S / 4)
    return None


def _try_lock(descriptor: int) -> str:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return REFUSED
    except OSError as error:
        return f"{error.strerror or error}"
    return GRANTED


def main(folder: str, parties: str, rank: str | None = None) -> int:
    """Take part, and write down what was found, also where a call of the disk does not return."""
    party = Party(Path(folder), int(parties), int(os.environ["SLURM_PROCID"] if rank is None else rank))

    def give_up() -> None:
        party.report.stuck = True
        _write(party)
        os._exit(1)

    timer = threading.Timer(STUCK_S, give_up)
    timer.daemon = True
    timer.start()
    party.work()
    timer.cancel()
    _write(party)
    return 0


def _write(party: Party) -> None:
    atomic.write_json(party.folder / f"report-{party.report.rank}.json", asdict(party.report))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
