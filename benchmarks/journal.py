"""The journal: a step of 5,000 captions, undone and redone; one caption at the end of a long journal.

python -m benchmarks.journal
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.journal.journal import FileChange, Journal
from wantui.paths import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

CAPTIONS = 5_000
STEPS = 1_000
LINE = b'{"image_path": "images/%05d.png", "caption": "ohwx, a caption of some length, with tags, and more"}\n'
LINES = 50_000


def timed(what: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    print(f"{what:<52}{time.perf_counter() - began:8.3f} s")


def many_files(folder: Path, journal: Journal) -> None:
    changes = []
    for number in range(CAPTIONS):
        path = folder / f"{number}.txt"
        text = b"a caption of some length, number %d\n" % number
        path.write_bytes(text)
        changes.append(FileChange(path, text, b"ohwx, " + text))
    timed(f"a step of {CAPTIONS:,} captions", lambda: journal.do("add a trigger word", changes))
    timed("undone", journal.undo)
    timed("redone", journal.redo)


def one_by_one(folder: Path, journal: Journal) -> None:
    path = folder / "0.txt"

    def edit() -> None:
        text = path.read_bytes()
        journal.do("edit", [FileChange(path, text, text + b"x")])

    def edit_often() -> None:
        for _ in range(STEPS):
            edit()

    timed(f"{STEPS:,} steps of one caption", edit_often)
    timed("one more", edit)
    timed("undone after a restart", Journal(journal.workspace).undo)


def one_large_file(folder: Path, journal: Journal) -> None:
    path = folder / "list.jsonl"
    before = b"".join(LINE % number for number in range(LINES))
    path.write_bytes(before)
    after = before.replace(b"%05d.png" % (LINES // 2), b"other.png")
    timed(f"one line of a jsonl of {LINES:,} ({len(before) / 1e6:.0f} MB)", lambda: journal.do(
        "edit", [FileChange(path, before, after)]))  # fmt: skip
    timed("undone", journal.undo)
    kept = max(int(record.stem) for record in (journal.workspace.state / "journal").glob("*.jsonl"))
    size = (journal.workspace.state / "journal" / f"{kept}.jsonl").stat().st_size
    print(f"{'what the journal keeps of it':<52}{size:8} bytes")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as runtime:
        os.environ["WANTUI_RUNTIME_DIR"] = runtime
        journal = Journal(Workspace(Path(folder)))
        for measure in (many_files, one_by_one, one_large_file):
            measure(Path(folder), journal)


if __name__ == "__main__":
    main()
