"""Proposals on disk, and which items want one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.fake import make_item
from wantui.captions.proposals import Proposal, ProposalStore, media_digest, wants_caption
from wantui.paths import Workspace

MADE = Proposal(Path("/a/b.png"), "a woman\nin a field", "python caption.py {media}", 12.5, "abc", None)


def test_what_is_kept_is_found_again_until_it_is_forgotten(tmp_path: Path) -> None:
    store = ProposalStore(Workspace(tmp_path))
    assert store.all() == {}
    other = replace(MADE, media=Path("/a/c\udcff [red].png"), before="old")
    store.keep(MADE)
    store.keep(other)
    assert ProposalStore(Workspace(tmp_path)).all() == {MADE.media: MADE, other.media: other}
    newer = replace(MADE, text="a man")
    store.keep(newer)
    assert store.of(MADE.media) == newer
    store.forget([MADE.media, Path("/never")])
    assert store.all() == {other.media: other}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 1}', b'{"version": 99, "media": "/a"}', b"\xff"])
def test_a_broken_file_among_them_is_passed_over(tmp_path: Path, content: bytes) -> None:
    store = ProposalStore(Workspace(tmp_path))
    store.keep(MADE)
    (store.folder / "zz.json").write_bytes(content)
    assert list(store.all()) == [MADE.media]


def test_only_what_is_missing_or_empty_wants_a_caption(tmp_path: Path) -> None:
    item = make_item(tmp_path, 1, "in a field")
    assert not wants_caption(item)
    assert wants_caption(replace(item, caption=""))
    assert wants_caption(replace(item, caption=None, problem_code="missing-caption"))
    assert not wants_caption(replace(item, caption=None, problem_code="caption-not-utf8")), "there is one"
    assert not wants_caption(replace(item, caption=None, problem_code="unreadable-media"))


def test_other_content_has_another_digest(tmp_path: Path) -> None:
    media = tmp_path / "a.png"
    assert media_digest(media) is None
    media.write_bytes(b"one")
    one = media_digest(media)
    media.write_bytes(b"two")
    assert one is not None
    assert media_digest(media) not in (one, None)
