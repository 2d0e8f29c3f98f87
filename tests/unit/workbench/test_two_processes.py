"""Two processes that edit the same captions: what one writes the other reads, or is told of. Nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.workbench.places import folder, items_of, journal, listed
from wantui.workbench.caption_files import read

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.workbench.journal import Journal

__all__ = ["folder", "journal"]

EDITS = int(os.environ.get("WANTUI_TEST_EDITS", "60"))
"""Of each process; 20,000 are more than a minute of them."""

WRITER = """
import random, sys
from pathlib import Path
from wantui.dataset import blueprint
from wantui.dataset.scan import scan
from wantui.paths import Workspace
from wantui.workbench.caption_files import CaptionChange, read, save, save_all
from wantui.workbench.errors import ConflictError
from wantui.workbench.journal import Journal

name, folder, edits = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
items = scan(blueprint.load(folder / "dataset.toml")).items
journal, chance, conflicts = Journal(Workspace(folder)), random.Random(name), 0
for number in range(edits):
    word = f" {name}{number}"
    if number % 10 == 9:  # now and then all of them at once
        left = list(items)
        while left:
            texts = [(item, read(item).text) for item in left]
            saved = save_all(journal, word, [CaptionChange(item, text, text + word) for item, text in texts])
            left = [item for item, _ in saved.conflicts]
            conflicts += len(left)
        continue
    item = chance.choice(items)
    while True:
        caption = read(item)
        try:
            save(journal, item, caption.text + word, caption)
        except ConflictError:
            conflicts += 1
        else:
            break
print(conflicts)
"""


def words_of_both(folder: Path, items: tuple[Item, ...]) -> None:
    """Let two processes write, and look for every word of theirs."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name, str(folder), str(EDITS)], stdout=subprocess.PIPE, text=True
        )
        for name in ("A", "B")
    ]
    conflicts = [int(writer.communicate()[0]) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    print(f"{2 * EDITS} edits, {sum(conflicts)} conflicts told")
    found = [word for item in items for word in read(item).text.split()]
    everywhere = {f"{name}{number}" for name in "AB" for number in range(9, EDITS, 10)}
    assert all(found.count(word) == len(items) for word in everywhere)
    single = {f"{name}{number}" for name in "AB" for number in range(EDITS)} - everywhere
    assert all(found.count(word) == 1 for word in single)
    assert len(found) == len(single) + len(everywhere) * len(items)


@pytest.mark.timeout(max(120, EDITS))
def test_files(folder: Path, journal: Journal) -> None:
    items = items_of(folder, a=b"", b=b"", c=b"")
    words_of_both(folder, items)
    while journal.undo() is not None:
        pass
    assert [read(item).text for item in items] == ["", "", ""]


@pytest.mark.timeout(max(120, EDITS))
def test_lines_of_a_list(folder: Path, journal: Journal) -> None:
    lines = b"".join(b'{"image_path": "images/%s.png", "caption": ""}\n' % name for name in (b"a", b"b", b"c"))
    items = listed(folder, lines)
    words_of_both(folder, items)
    while journal.undo() is not None:
        pass
    assert (folder / "list.jsonl").read_bytes() == lines
