"""The logs of several attempts on the screen: one log, one curve."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attempts import second_attempt
from tests.ui.driving import settled, shown, until, work_screen
from wantui.jobs.model import JobState
from wantui.jobs.store import job_files
from wantui.paths import Workspace
from wantui.runs.board import Board
from wantui.runs.curves import LossCurves
from wantui.ui.app import WantuiApp
from wantui.ui.log import file
from wantui.ui.log.file import LogFile
from wantui.ui.log.lines import MILESTONES, PROBLEMS
from wantui.ui.log.search import Expression, LinesOfAKind
from wantui.ui.log.view import LogView
from wantui.ui.log.whole import LogPart, WholeLog
from wantui.ui.runs.loss_chart import LossChart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ui.fake import FakeServices
    from wantui.services.annotations import JobView


@pytest.fixture
def _small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "BLOCK", 16)
        yield


@pytest.fixture(scope="module")
def absolute() -> Callable[[str], str]:
    """Of an attempt that went on after epoch 3."""
    with tempfile.TemporaryDirectory() as folder:
        return lines_of(view_of(Workspace(Path(folder))))


def view_of(workspace: Workspace, state: JobState = JobState.RUNNING) -> JobView:
    second_attempt(workspace, state)
    (view,) = Board(workspace).refresh()
    return view


def lines_of(view: JobView) -> Callable[[str], str]:
    lines = view.logs[-1].absolute_lines()
    assert lines is not None
    return lines


def whole(log: WholeLog) -> list[str]:
    return [log.line(number) for number in range(log.line_count)]


BAR = "steps:   6%| | {}/18 [00:01<00:01,  1.00it/s]"
LINES = st.lists(
    st.sampled_from(
        ["epoch 1/6", "epoch 4/6", "", "an ERROR", f"{BAR.format(1)}\r{BAR.format(3)}"]
    ),
    max_size=8,
)  # fmt: skip


@pytest.mark.usefixtures("_small_blocks")
@settings(max_examples=200, deadline=None)
@given(
    texts=st.lists(LINES, min_size=1, max_size=4), start=st.integers(0, 40), step=st.sampled_from((1, -1)),
    words=st.sampled_from(("epoch 4/6", "1/18", "12/18", "error", "attempt 1", "e", "67%")),
)  # fmt: skip
def test_the_whole_reads_and_is_searched_as_one_text(
    absolute: Callable[[str], str], texts: list[list[str]], start: int, step: int, words: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parts, expected = [], []
        for number, lines in enumerate(texts):
            path = Path(folder, str(number))
            path.write_bytes("".join(f"{line}\n" for line in lines).encode())
            mark = f"attempt {number}" if number else ""
            parts.append(LogPart(LogFile(path), mark, absolute if number else None))
            if lines:
                expected += [mark] if mark else []
                expected += [
                    absolute(line.rpartition("\r")[2]) if number else line.rpartition("\r")[2] for line in lines
                ]
        log = WholeLog(*parts)
        log.look()
        assert whole(log) == expected
        has = [number for number, line in enumerate(expected) if words.lower() in line.lower()]
        if not has:
            assert log.find(Expression(words), start, step) is None
            return
        at = start % len(expected)
        nearest = min(has, key=lambda number: (number - at) * step % len(expected))
        assert log.find(Expression(words), start, step) == nearest
        log.close()


@pytest.mark.usefixtures("_small_blocks")
def test_errors_epochs_and_attempts_are_found_at_the_beginning_of_a_line(tmp_path: Path) -> None:
    lines = [
        "INFO:x:no ERROR: here", "epoch 1/2", "WARNING:wantui:careful", "saving checkpoint: /o/a.safetensors",
        f"{BAR.format(1)}\r{BAR.format(2)}", "Traceback (most recent call last):", "torch.OutOfMemoryError: CUDA",
        "this is no RuntimeError: it is in the middle",
    ]  # fmt: skip
    parts = []
    for number, mark in enumerate(("", "── attempt 2 ──")):
        path = tmp_path / str(number)
        path.write_text("".join(f"{line}\n" for line in lines))
        parts.append(LogPart(LogFile(path), mark))
    log = WholeLog(*parts)
    log.look()

    def every(wanted: LinesOfAKind) -> list[int]:
        found, at = [], log.find(wanted, 0, 1)
        while at is not None and at not in found:
            found.append(at)
            at = log.find(wanted, at + 1, 1)
        return found

    assert every(PROBLEMS) == [2, 5, 6, 11, 14, 15]
    assert every(MILESTONES) == [1, 3, 8, 10, 12]
    assert log.find(PROBLEMS, 10, -1) == 6
    log.close()


def test_a_big_log_shows_the_end_of_the_last_attempt_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_of(Workspace(tmp_path))
    monkeypatch.setattr(file, "AT_ONCE", 100)
    log = WholeLog.of(view)
    log.look()
    assert sum(log.is_mark(number) for number in range(log.line_count)) == 0
    assert log.line(log.line_count - 1).startswith("steps:  89%")
    known = log.line_count
    assert log.count_lines()
    assert log.is_counted
    assert log.line_count > known
    assert sum(log.is_mark(number) for number in range(log.line_count)) == 1


def test_another_attempt_comes_to_what_is_known(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    view = view_of(workspace)
    one = replace(view, logs=view.logs[:1])
    log = WholeLog.of(one)
    log.look()
    known = log.line_count
    assert not log.update(one)
    assert log.update(view)
    assert log.look()
    assert log.is_mark(known)
    assert log.line_count > known + 1


async def test_the_screen_shows_all_attempts_in_one_log_and_one_curve(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(Workspace(tmp_path / "site"))
    services.job_views = (view,)
    points = LossCurves().of(view.logs, "rehearsal")
    monkeypatch.setattr(services, "loss_history", lambda _job: points)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        log, chart = work_screen(pilot).query_one(LogView), work_screen(pilot).query_one(LossChart)
        await until(pilot, lambda: "16/18" in shown(pilot))
        await until(pilot, lambda: "┊ went on" in shown(pilot))
        drawn = ["".join(text for text, _ in parts) for parts in chart.block(60, 10)]
        (column,) = {line.index("┊") for line in drawn[:-1] if "┊" in line}
        assert drawn[-2][column] == "3"
        assert drawn[-2].endswith("epoch 6")
        await pilot.press("l")
        await until(pilot, lambda: "── attempt 2 · went on after epoch 3" in shown(pilot))
        assert "epoch 6/6" in shown(pilot)
        await pilot.press("slash", *"11/18", "enter")
        await until(pilot, lambda: log._match is not None)
        assert "11/18" in log.render_line(int(log._match or 0) - log.scroll_offset.y).text


async def test_a_log_that_is_shown_goes_on_with_the_next_attempt(services: FakeServices, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "site")
    view = view_of(workspace)
    services.job_views = (replace(view, job=replace(view.job, attempt=1), logs=view.logs[:1]),)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        log = work_screen(pilot).query_one(LogView)
        await until(pilot, lambda: "11/18" in shown(pilot))
        assert "attempt 2" not in shown(pilot)
        services.job_views = (view,)
        work_screen(pilot).look_now()
        await until(pilot, lambda: "16/18" in shown(pilot))
        assert log.is_following
        assert job_files(workspace, view.job).log == view.log
