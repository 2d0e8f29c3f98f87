"""What an attempt saves gets its absolute name once it is whole, and nothing that exists is overwritten."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.caches.header import read_header
from wantui.jobs.fields import FieldError
from wantui.trainer.attempts import AttemptTask, EndedBy, SavedKind, StartPoint, read_saved
from wantui.trainer.musubi import saved_files
from wantui.trainer.musubi.attempt_files import AttemptFiles
from wantui.trainer.musubi.saved_files import SavedName, opened_of, read_name, state_problem
from wantui.trainer.musubi.trainer import MusubiTrainer

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "WAN2.2-HighNoise_anna"


@pytest.fixture
def task(tmp_path: Path) -> Callable[..., AttemptTask]:
    """An attempt that went on after epoch 3 of 6, three steps each, with every epoch saved and one state kept."""
    output = tmp_path / "output"
    folder = output / ".attempts/one"
    folder.mkdir(parents=True)
    (tmp_path / "run.json").write_text('{"jobs": [{"id": "7.high"}]}')

    def make(**changes: Any) -> AttemptTask:
        plain = AttemptTask(
            job="7.high", attempt=2, saved=tmp_path / "high.saved.json", run_record=tmp_path / "run.json",
            owner="7.high 1.0", name=NAME,
            folder=folder, output_folder=output, epochs=6, save_every=1, keep_states=1,
            start=StartPoint(3, 9, output / f"{NAME}-000003-state", 3),
        )  # fmt: skip
        return replace(plain, **changes)

    return make


def lora(path: Path, content: bytes = b"12", **metadata: str) -> Path:
    head = {"__metadata__": metadata, "a": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}
    text = json.dumps(head).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)
    return path


def state(folder: Path) -> Path:
    folder.mkdir()
    lora(folder / "model.safetensors")
    for name in ("optimizer.bin", "scheduler.bin", "random_states_0.pkl"):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("data", b"0" * 100)
    return folder


def names(task: AttemptTask) -> list[str]:
    return sorted(path.name.replace(NAME, "", 1) for path in task.output_folder.iterdir() if path.name != ".attempts")


def test_names_and_metadata_count_from_the_first_epoch(task: Callable[..., AttemptTask]) -> None:
    one = task()
    lora(one.folder / f"{NAME}-000001.safetensors", ss_epoch="1", ss_steps="3", ss_seed="5")
    lora(one.folder / f"{NAME}-000003.safetensors", ss_epoch="3", ss_steps="9")
    lora(one.folder / f"{NAME}-step00000002.safetensors")
    state(one.folder / f"{NAME}-000003-state")
    files = AttemptFiles(one)
    files.collect()
    assert names(one) == ["-000004.safetensors", "-state", "-step00000011.safetensors", ".safetensors"]
    fourth = read_header(one.output_folder / f"{NAME}-000004.safetensors").metadata
    assert fourth == {"ss_epoch": "4", "ss_steps": "12", "ss_seed": "5"}
    assert read_header(one.output_folder / f"{NAME}.safetensors").metadata["ss_epoch"] == "6"
    kept = {(each.path.name, each.epoch, each.step) for each in read_saved(one.saved).files}
    assert (f"{NAME}.safetensors", 6, 18) in kept
    assert files.is_finished()
    assert files.should_end() is EndedBy.FINISHED
    files.give_up_rest()
    assert not one.folder.exists()
    assert not (one.output_folder / ".attempts").exists()


def test_a_first_attempt_ends_by_itself_and_its_files_stay_byte_for_byte(task: Callable[..., AttemptTask]) -> None:
    one = task(start=StartPoint(), attempt=1)
    made = lora(one.folder / f"{NAME}-000002.safetensors", ss_epoch="2")
    before = made.read_bytes(), made.stat().st_ino
    lora(one.folder / f"{NAME}.safetensors")
    state(one.folder / f"{NAME}-state")
    files = AttemptFiles(one)
    files.collect()
    assert names(one) == ["-000002.safetensors", "-state", ".safetensors"]
    moved = one.output_folder / f"{NAME}-000002.safetensors"
    assert (moved.read_bytes(), moved.stat().st_ino) == before
    assert files.should_end() is None


def test_what_is_not_whole_or_still_open_waits(task: Callable[..., AttemptTask]) -> None:
    one = task()
    lora(one.folder / f"{NAME}-000001.safetensors", content=b"1")  # a byte is missing
    broken = state(one.folder / f"{NAME}-000001-state")
    archive = broken / "optimizer.bin"
    archive.write_bytes(archive.read_bytes()[:-30])
    unfinished = state(one.folder / f"{NAME}-000002-state")
    (unfinished / "random_states_0.pkl").unlink()
    files = AttemptFiles(one)
    files.collect()
    assert names(one) == []
    whole = lora(one.folder / f"{NAME}-000002.safetensors")
    with whole.open("ab"):
        files.collect(lambda: opened_of([os.getpid()]))
        assert names(one) == []
    files.collect(lambda: opened_of([os.getpid()]))
    assert names(one) == ["-000005.safetensors"]


def test_only_wanted_epochs_are_kept_and_older_states_go_when_the_next_is_whole(
    task: Callable[..., AttemptTask],
) -> None:
    one = task(save_every=2, start=StartPoint(3, 9, None, 3), epochs=8)
    assert one.save_every_counted == 1  # epochs 4, 6 and 8 are 1, 3 and 5 of this attempt
    for epoch in (1, 2, 3):
        lora(one.folder / f"{NAME}-{epoch:06d}.safetensors")
        state(one.folder / f"{NAME}-{epoch:06d}-state")
        AttemptFiles(one).collect()
    assert names(one) == ["-000004.safetensors", "-000006-state", "-000006.safetensors"]


def test_what_the_trainer_saves_after_the_last_wanted_epoch_is_no_part_of_the_run(
    task: Callable[..., AttemptTask],
) -> None:
    one = task()
    for epoch in (3, 4):
        lora(one.folder / f"{NAME}-{epoch:06d}.safetensors")
        state(one.folder / f"{NAME}-{epoch:06d}-state")
    lora(one.folder / f"{NAME}.safetensors")
    AttemptFiles(one).collect()
    assert names(one) == ["-state", ".safetensors"]


def test_the_last_file_of_a_shorter_run_gets_its_epochs_name(task: Callable[..., AttemptTask]) -> None:
    first = task(start=StartPoint(), attempt=1, epochs=3)
    old = lora(first.folder / f"{NAME}.safetensors", content=b"ab")
    state(first.folder / f"{NAME}-state")
    AttemptFiles(first).collect()
    second = task(epochs=4)
    lora(second.folder / f"{NAME}-000001.safetensors", content=b"cd")
    state(second.folder / f"{NAME}-000001-state")
    AttemptFiles(second).collect()
    assert names(second) == ["-000003.safetensors", "-state", ".safetensors"]
    assert (second.output_folder / f"{NAME}-000003.safetensors").read_bytes().endswith(b"ab")
    assert not old.exists()
    (kept,) = read_saved(second.saved).states
    assert kept.epoch == 4


def test_a_foreign_file_of_the_name_is_left_alone(
    task: Callable[..., AttemptTask], capsys: pytest.CaptureFixture[str]
) -> None:
    one = task()
    foreign = one.output_folder / f"{NAME}-000004.safetensors"
    foreign.write_text("mine")
    lora(one.folder / f"{NAME}-000001.safetensors")
    AttemptFiles(one).collect()
    assert foreign.read_text() == "mine"
    assert names(one) == ["-000004.safetensors", "-7.high.2-000004.safetensors"]
    assert "exists, so this one is" in capsys.readouterr().err


def test_checkpoints_are_pruned_as_the_flags_say_and_never_those_of_others(task: Callable[..., AttemptTask]) -> None:
    one = task(start=StartPoint(), attempt=1, epochs=9, keep_epochs=2, keep_states=0)
    foreign = lora(one.output_folder / f"{NAME}-000100.safetensors")
    for epoch in range(1, 6):
        lora(one.folder / f"{NAME}-{epoch:06d}.safetensors")
        AttemptFiles(one).collect()
    assert names(one) == ["-000004.safetensors", "-000005.safetensors", "-000100.safetensors"]
    assert foreign.exists()


def test_samples_get_absolute_epochs_and_other_files_are_not_lost(task: Callable[..., AttemptTask]) -> None:
    one = task()
    (one.folder / "sample").mkdir()
    (one.folder / f"sample/{NAME}_e000001_00_20261128010203_5_000.png").write_bytes(b"png")
    (one.folder / "notes.txt").write_text("of another tool")
    (one.folder / ".half.tmp").write_text("")
    files = AttemptFiles(one)
    files.collect()
    files.give_up_rest()
    assert [path.name for path in (one.output_folder / "sample").iterdir()] == [
        f"{NAME}_e000004_00_20261128010203_5_000.png"
    ]
    assert names(one) == ["notes.txt", "sample"]


def test_it_ends_after_the_epoch_that_a_person_wants(task: Callable[..., AttemptTask]) -> None:
    one = task()
    lora(one.folder / f"{NAME}-000001.safetensors")
    files = AttemptFiles(one)
    files.collect()
    one.run_record.write_text('{"jobs": [{"id": "7.low", "end_after": 4}, {"id": "7.high", "end_after": 5}]}')
    assert files.should_end() is None
    lora(one.folder / f"{NAME}-000002.safetensors")
    files.collect()
    assert files.should_end() is None  # its state is not there yet
    state(one.folder / f"{NAME}-000002-state")
    files.collect()
    assert files.should_end() is EndedBy.ASKED
    files.note_end(EndedBy.ASKED)
    assert read_saved(one.saved).ended == {2: EndedBy.ASKED}
    one.run_record.write_text("no JSON")
    assert files.should_end() is None


def test_where_the_trainer_counts_on_itself_nothing_is_added(task: Callable[..., AttemptTask]) -> None:
    one = task(start=StartPoint(3, 9, None, 3, counts_on=True))
    assert one.save_every_counted == 1
    lora(one.folder / f"{NAME}-000004.safetensors", ss_epoch="4")
    lora(one.folder / f"{NAME}.safetensors")
    state(one.folder / f"{NAME}-state")
    files = AttemptFiles(one)
    files.collect()
    assert names(one) == ["-000004.safetensors", "-state", ".safetensors"]
    assert files.should_end() is None  # it ends by itself


def test_a_task_is_read_as_it_was_written(task: Callable[..., AttemptTask]) -> None:
    one = task(keep_epochs=3)
    assert AttemptTask.from_document(json.loads(json.dumps(one.to_document()))) == one


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"save_every": 0}, {"attempt": -1}, {"keep_states": -1}])
def test_a_task_with_numbers_that_none_has_is_none(task: Callable[..., AttemptTask], wrong: dict[str, int]) -> None:
    with pytest.raises(FieldError):
        AttemptTask.from_document(json.loads(json.dumps(task().to_document() | wrong)))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60))
def test_each_wanted_epoch_is_saved_whatever_the_interval_and_the_start(every: int, start: int, more: int) -> None:
    anywhere = Path("/nowhere")
    one = AttemptTask(
        "7.high", 2, anywhere, anywhere, "", NAME, anywhere, anywhere, epochs=start + more, save_every=every,
        start=StartPoint(start),
    )  # fmt: skip
    counted = one.save_every_counted
    assert counted is not None
    wanted = [epoch for epoch in range(start + 1, start + more + 1) if one.is_wanted(epoch)]
    assert start + more in wanted
    assert all((epoch - start) % counted == 0 for epoch in wanted)
    assert more < one.epochs  # type: ignore[operator]  # so the trainer has not come to its own last epoch by then


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (f"{NAME}.safetensors", SavedName(is_state=False)),
        (f"{NAME}-state", SavedName(is_state=True)),
        (f"{NAME}-000012.safetensors", SavedName(is_state=False, epoch=12)),
        (f"{NAME}-step00000012-state", SavedName(is_state=True, step=12)),
        (f"{NAME}-12.safetensors", None),
        (f"{NAME}2.safetensors", None),
        (f"{NAME}-000012.safetensors.tmp", None),
    ],
)
def test_names_are_read_as_the_trainer_writes_them(found: str, name: SavedName | None) -> None:
    assert read_name(found, NAME) == name
    if name is not None:
        assert name.of(NAME) == found


def test_a_state_is_whole_or_the_file_is_named(tmp_path: Path) -> None:
    whole = state(tmp_path / "whole")
    assert state_problem(whole) is None
    assert state_problem(tmp_path / "none") == "model.safetensors is missing"
    (whole / "scaler.pt").write_bytes(b"")
    assert state_problem(whole) == "scaler.pt: it is empty"
    (whole / "scaler.pt").unlink()
    lora(whole / "model.safetensors", content=b"")
    assert state_problem(whole) == "model.safetensors: 2 bytes of it are missing"


def test_a_state_says_whose_it_is(task: Callable[..., AttemptTask]) -> None:
    one = task()
    state(one.folder / f"{NAME}-000001-state")
    AttemptFiles(one).collect()
    (kept,) = read_saved(one.saved).states
    tool = MusubiTrainer()
    assert tool.state_problem(kept.path, "7.high 1.0") is None
    assert tool.state_problem(kept.path, "7.high 2.0") == "it was saved by another training"
    assert tool.state_problem(kept.path / "none", "7.high 1.0") == "it was saved by another training"


def test_what_is_saved_is_known_by_kind(task: Callable[..., AttemptTask]) -> None:
    one = task()
    lora(one.folder / f"{NAME}-000001.safetensors")
    AttemptFiles(one).collect()
    saved = read_saved(one.saved)
    assert [each.epoch for each in saved.existing(SavedKind.LORA)] == [4]
    assert (saved.last_epoch(2), saved.last_epoch(1), saved.states) == (4, 0, ())
    one.saved.write_text("{")
    assert read_saved(one.saved).files == ()


class _Killed(BaseException):
    """What ends a collector in the middle of something."""


@pytest.mark.parametrize("at", range(1, 30))
def test_a_collector_killed_at_any_step_loses_nothing_and_gives_no_wrong_name(
    task: Callable[..., AttemptTask], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    one = task(epochs=4)
    lora(one.folder / f"{NAME}-000001.safetensors", ss_epoch="1")
    state(one.folder / f"{NAME}-000001-state")
    steps = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **more: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == at:
                raise _Killed
            return real(*words, **more)

        return step

    with monkeypatch.context() as patched:
        for owner, name in (
            (os, "link"), (os, "replace"), (os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "unlink"),
        ):  # fmt: skip
            patched.setattr(owner, name, counted(getattr(owner, name)))
        with contextlib.suppress(_Killed):
            AttemptFiles(one).collect()
    left = AttemptFiles(one)
    left.collect()
    left.give_up_rest()
    assert names(one) == ["-state", ".safetensors"]
    assert read_header(one.output_folder / f"{NAME}.safetensors").metadata["ss_epoch"] == "4"
    assert left.is_finished()
    assert {each.path.name for each in read_saved(one.saved).files} == {f"{NAME}.safetensors", f"{NAME}-state"}


def test_what_cannot_be_read_at_the_moment_is_not_given_up(
    task: Callable[..., AttemptTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = task()
    lora(one.folder / f"{NAME}-000001.safetensors")

    def refused(path: Path) -> None:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(saved_files, "read_header", refused)
        with pytest.raises(OSError, match="Stale"):
            AttemptFiles(one).collect()
    AttemptFiles(one).collect()
    assert names(one) == ["-000004.safetensors"]


def test_an_older_state_stays_until_the_file_of_the_newer_one_is_there(task: Callable[..., AttemptTask]) -> None:
    one = task(start=StartPoint(), attempt=1, epochs=2)
    lora(one.folder / f"{NAME}-000001.safetensors")
    state(one.folder / f"{NAME}-000001-state")
    files = AttemptFiles(one)
    files.collect()
    state(one.folder / f"{NAME}-state")  # at its end the trainer saves the state first
    files.collect()
    assert names(one) == ["-000001-state", "-000001.safetensors", "-state"]
    lora(one.folder / f"{NAME}.safetensors")
    files.collect()
    assert names(one) == ["-000001.safetensors", "-state", ".safetensors"]


def test_nothing_that_lies_elsewhere_is_removed(task: Callable[..., AttemptTask], tmp_path: Path) -> None:
    one = task()
    mine = state(tmp_path / "mine")
    hidden = one.output_folder / ".." / "mine"
    listed = [
        {"path": str(path), "kind": "state", "epoch": epoch, "step": None, "attempt": 1}
        for epoch, path in enumerate((mine, hidden), 1)
    ]
    one.saved.write_text(json.dumps({"files": listed, "ended": {}}))
    lora(one.folder / f"{NAME}-000001.safetensors")
    state(one.folder / f"{NAME}-000001-state")
    AttemptFiles(one).collect()
    assert state_problem(mine) is None
    assert names(one) == ["-000004-state", "-000004.safetensors"]


def test_other_files_of_a_name_that_is_taken_are_not_lost(task: Callable[..., AttemptTask]) -> None:
    one = task()
    (one.output_folder / "notes.txt").write_text("of the first attempt")
    (one.folder / "notes.txt").write_text("of the second")
    files = AttemptFiles(one)
    files.give_up_rest()
    assert (one.output_folder / "notes.txt").read_text() == "of the first attempt"
    assert (one.output_folder / "notes-7.high.2.txt").read_text() == "of the second"


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_state_with_any_damage_is_whole_or_has_a_problem(place: int, change: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = state(Path(folder) / "state")
        archive = whole / "optimizer.bin"
        content = bytearray(archive.read_bytes())
        content[place % len(content)] ^= change
        archive.write_bytes(content)
        state_problem(whole)  # an answer, and no error


def test_a_pipe_in_a_state_is_not_waited_for(tmp_path: Path) -> None:
    whole = state(tmp_path / "whole")
    os.mkfifo(whole / "scaler.pt")
    assert state_problem(whole) == "scaler.pt: is a FIFO (named pipe), not a file"
