"""Importing: what is planned, and that nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.places import dataset, files, folder, items_of, journal, picture
from wantui.journal.errors import FilesChangedError, JournalError
from wantui.journal.importing import ImportPlan, Twin, carry_out, plan_import
from wantui.journal.trash import restore, trashed

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.journal.journal import Journal

__all__ = ["folder", "journal"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    made = tmp_path / "elsewhere"
    made.mkdir()
    return made


def planned(folder: Path, *sources: Path, twins: Twin = Twin.RENAME, below: bool = False) -> ImportPlan:
    return plan_import(sources, dataset(folder).config.subsets[0], twins=twins, below=below)


def targets(plan: ImportPlan) -> dict[str, str]:
    return {copy.source.name: copy.target.name for copy in plan.copies}


def test_media_come_with_their_captions_and_go_to_the_trash_again(
    folder: Path, journal: Journal, elsewhere: Path
) -> None:
    picture(elsewhere / "a.png", 1)
    (elsewhere / "a.txt").write_bytes(b"a disc\r\n")
    picture(elsewhere / "b.png", 2)
    (elsewhere / "notes.md").write_text("none of it")
    plan = planned(folder, elsewhere)
    assert targets(plan) == {"a.png": "a.png", "a.txt": "a.txt", "b.png": "b.png"}
    assert plan.media == 2
    assert plan.skipped == ((elsewhere / "notes.md", "is no media that the trainer takes"),)
    told: list[int] = []
    step = carry_out(journal, plan, told.append)
    assert step.what == "import 2 media"
    assert told[-1] == plan.size == sum(path.stat().st_size for path in (folder / "images").iterdir())
    assert {path.name for path in (folder / "images").iterdir()} == {"a.png", "a.txt", "b.png"}
    assert (folder / "images/a.txt").read_bytes() == b"a disc\r\n"
    assert trashed(journal.workspace) == ()
    imported = files(folder)
    journal.undo()
    assert list((folder / "images").iterdir()) == []
    (lying,) = trashed(journal.workspace)
    assert lying.what == "copies of: import 2 media"
    journal.redo()
    assert files(folder) == imported
    journal.undo()
    restore(journal, lying.number)
    assert files(folder) == imported
    assert len(list(elsewhere.iterdir())) == 4


def test_what_was_edited_since_is_not_taken_away(folder: Path, journal: Journal, elsewhere: Path) -> None:
    picture(elsewhere / "a.png", 1)
    (elsewhere / "a.txt").write_bytes(b"a disc")
    carry_out(journal, planned(folder, elsewhere))
    (folder / "images/a.txt").write_bytes(b"another text")
    with pytest.raises(FilesChangedError, match=r"a\.txt was changed"):
        journal.undo()
    assert (folder / "images/a.png").exists()


def test_same_content_is_skipped_and_other_content_gets_a_number(
    folder: Path, journal: Journal, elsewhere: Path
) -> None:
    picture(folder / "images/same.png", 1)
    picture(folder / "images/twin.png", 2)
    picture(elsewhere / "same.png", 1)
    picture(elsewhere / "twin.png", 3)
    (elsewhere / "twin.txt").write_bytes(b"mine")
    plan = planned(folder, elsewhere)
    assert targets(plan) == {"twin.png": "twin-2.png", "twin.txt": "twin-2.txt"}
    assert [(each.target and each.target.name, each.why) for each in plan.collisions] == [
        ("twin-2.png", "has the name of another file, twin.png")
    ]
    assert [path.name for path, _ in plan.skipped] == ["same.png"]
    carry_out(journal, plan)
    again = planned(folder, elsewhere)
    assert again.copies == ()
    with pytest.raises(JournalError, match="nothing to import"):
        carry_out(journal, again)
    refused = planned(folder, picture(elsewhere / "deep/twin.png", 9), twins=Twin.REFUSE)
    assert refused.copies == ()
    assert refused.collisions[0].target is None


def test_one_stem_is_never_there_twice(folder: Path, elsewhere: Path) -> None:
    picture(folder / "images/a.jpg", 1)
    picture(elsewhere / "a.png", 2)
    picture(elsewhere / "b.PNG", 3)
    picture(elsewhere / "b.jpg", 4)
    plan = planned(folder, elsewhere)
    assert targets(plan) == {"a.png": "a-2.png", "b.PNG": "b.PNG", "b.jpg": "b-2.jpg"}
    assert "caches" in plan.collisions[0].why


def test_mixed_case_is_fixed_and_captions_are_never_mistaken(folder: Path, elsewhere: Path) -> None:
    (folder / "images/b.txt").write_bytes(b"somebody else's")
    picture(elsewhere / "a.Png", 1)
    (elsewhere / "a.txt").write_bytes(b"a")
    picture(elsewhere / "b.png", 2)
    (elsewhere / "c.txt").write_bytes(b"alone")
    plan = planned(folder, elsewhere)
    assert targets(plan) == {"a.Png": "a.png", "a.txt": "a.txt", "b.png": "b-2.png"}
    assert plan.skipped == ((elsewhere / "c.txt", "is a caption without media"),)


def test_folders_below_are_gone_through_when_asked(folder: Path, elsewhere: Path) -> None:
    picture(elsewhere / "a.png", 1)
    picture(elsewhere / "one/a.png", 2)
    picture(elsewhere / "two/a.png", 1)
    assert targets(planned(folder, elsewhere)) == {"a.png": "a.png"}
    plan = planned(folder, elsewhere, below=True)
    assert [copy.target.name for copy in plan.copies] == ["a.png", "a-2.png"]
    assert [path.parent.name for path, _ in plan.skipped] == ["two"]


def test_what_is_left_out_is_named(folder: Path, elsewhere: Path) -> None:
    (own,) = items_of(folder, a=None)
    (elsewhere / "clip.mp4").write_bytes(b"")
    plan = planned(folder, elsewhere, elsewhere / "nowhere.png", own.media, elsewhere / ".hidden.png")
    assert [(path.name, why) for path, why in plan.skipped] == [
        ("clip.mp4", "is a video, and this dataset takes images"),
        ("nowhere.png", "is not there"),
        ("a.png", "is in the dataset already"),
        (".hidden.png", "is hidden"),
    ]


def test_a_name_taken_since_the_plan_stops_it_all(folder: Path, journal: Journal, elsewhere: Path) -> None:
    for number, name in enumerate("ab"):
        picture(elsewhere / f"{name}.png", number)
    plan = planned(folder, elsewhere)
    (folder / "images/b.png").write_bytes(b"theirs")
    with pytest.raises(FilesChangedError, match=r"b\.png already exists: nothing was imported"):
        carry_out(journal, plan)
    assert {path.name for path in (folder / "images").iterdir()} == {"b.png"}
    assert list((folder / ".wantui/trash").iterdir()) == []


def test_a_full_disk_is_seen_before(
    folder: Path, journal: Journal, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(elsewhere / "a.png")
    plan = planned(folder, elsewhere)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(JournalError, match="make room first"):
        carry_out(journal, plan)
    assert list((folder / "images").iterdir()) == []


def test_copies_of_an_import_that_died_are_swept(folder: Path, journal: Journal, elsewhere: Path) -> None:
    left = folder / ".wantui/trash/.part-x"
    left.mkdir(parents=True)
    (left / "a.png").write_bytes(b"half")
    picture(elsewhere / "a.png")
    carry_out(journal, planned(folder, elsewhere))
    assert [path.name for path in (folder / ".wantui/trash").iterdir()] == ["1"]


def test_a_list_takes_no_import(folder: Path, elsewhere: Path) -> None:
    (folder / "list.jsonl").write_bytes(b"")
    subset = dataset(folder, 'image_jsonl_file = "list.jsonl"\ncache_directory = "cache"').config.subsets[0]
    with pytest.raises(JournalError, match=r"list\.jsonl: a list of media"):
        plan_import([elsewhere], subset)
