"""Which media and captions were edited while a cache job ran, whatever the clock says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.unit.made import item
from wantui.runs import sources

if TYPE_CHECKING:
    from pathlib import Path


def test_an_edit_is_seen_by_what_the_file_is_and_not_by_the_clock(tmp_path: Path) -> None:
    one, two = item("one", folder=tmp_path), item("two", folder=tmp_path)
    for each in (one, two):
        assert each.caption_file is not None
        each.media.write_bytes(b"pixels")
        each.caption_file.write_text("ohwx")
    noted = tmp_path / "noted.json"
    sources.note(noted, (one, two))
    assert not sources.edited(noted, (one, two))
    assert one.caption_file is not None
    one.caption_file.write_text("ohwx, a dog")
    os.utime(one.caption_file, (0, 0))
    assert sources.edited(noted, (one,))
    assert not sources.edited(noted, (two,))
    two.media.unlink()
    assert sources.edited(noted, (two,))


def test_where_nothing_was_noted_nothing_is_said(tmp_path: Path) -> None:
    assert not sources.edited(tmp_path / "none.json", (item("one", folder=tmp_path),))
