"""Two processes that edit the same captions: what one writes the other reads, or is told of. Nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.unit.places import folder, items_of, journal, listed
from wantui.captions.files import read

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.journal.journal import Journal

__all__ = ["folder", "journal"]

EDITS = 60
"""Of each process."""
SECONDS = float(os.environ.get("WANTUI_TEST_SECONDS", "0"))
"""How long they go on beyond that."""

LINES = b"".join(b'{"image_path": "images/%s.png", "caption": ""}\n' % name for name in (b"a", b"b", b"c"))
WRITER = """
import itertools, random, sys, time
from pathlib import Path
from wantui.dataset import blueprint
from wantui.dataset.scan import scan
from wantui.paths import Workspace
from wantui.captions.files import CaptionChange, read, save, save_all
from wantui.journal.errors import FilesChangedError
from wantui.journal.journal import Journal

name, folder, edits, end = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), time.monotonic() + float(sys.argv[4])
items = scan(blueprint.load(folder / "dataset.toml")).items
journal, chance, conflicts = Journal(Workspace(folder)), random.Random(name), 0
for number in itertools.count():
    if number >= edits and time.monotonic() > end:
        break
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
        except FilesChangedError:
            conflicts += 1
        else:
            break
print(number, conflicts)
"""


def words_of_both(folder: Path, items: tuple[Item, ...]) -> None:
    """Let two processes write, and look for every word of theirs."""
    argv = [sys.executable, "-c", WRITER]
    options = [str(folder), str(EDITS), str(SECONDS)]
    writers = [subprocess.Popen([*argv, name, *options], stdout=subprocess.PIPE, text=True) for name in "AB"]
    try:
        told = [writer.communicate()[0] for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
    edits, conflicts = zip(*(map(int, each.split()) for each in told), strict=True)
    print(f"{sum(edits)} edits, {sum(conflicts)} conflicts told")
    found = Counter(word for item in items for word in read(item).text.split())
    expected = {
        f"{name}{number}": len(items) if number % 10 == 9 else 1
        for name, count in zip("AB", edits, strict=True)
        for number in range(count)
    }
    assert found == expected


@pytest.mark.timeout(120 + 2 * SECONDS)
@pytest.mark.parametrize("is_list", [False, True], ids=["files", "lines of a list"])
def test_no_word_is_lost_that_nobody_was_told_of(folder: Path, journal: Journal, *, is_list: bool) -> None:
    items = listed(folder, LINES) if is_list else items_of(folder, a=b"", b=b"", c=b"")
    words_of_both(folder, items)
    while not SECONDS and journal.undo() is not None:
        pass
    assert SECONDS or [read(item).text for item in items] == ["", "", ""]
