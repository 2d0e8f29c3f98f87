"""Answers of checkpoints: kept, replaced, read again, told apart by the question; broken files are told."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.jobs.model import JobError
from wantui.paths import Workspace
from wantui.runs.counted_output import CountedOutput, counted_line
from wantui.runs.probing.question import _sets
from wantui.runs.probing.results import HELD_OUT, TRAINING, ItemLoss, Probed, Results, is_known
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import TrainerError
from wantui.trainer.probes import losses_by_item, read_batches

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = (
    ItemLoss("0/a", HELD_OUT, (0.1, 0.3)),
    ItemLoss("0/b", HELD_OUT, (0.2, math.nan)),
    ItemLoss("1/a", TRAINING, (0.05,)),
)
ANSWER = Probed("high", 20, "q", "/out/x-000020.safetensors", (5, 7), 100.0, ITEMS)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = Results(Workspace(tmp_path), 3)
    made.file.parent.mkdir(parents=True)
    return made


def test_answers_are_kept_and_told_by_their_question(results: Results) -> None:
    assert results.all() == ()
    results.keep(replace(ANSWER, question="older", asked=50.0))
    results.keep(replace(ANSWER, epoch=40, checkpoint="/out/x-000040.safetensors"))
    results.keep(ANSWER)
    results.keep(replace(ANSWER, expert="low"))
    results.keep(replace(ANSWER, asked=200.0, stamp=(6, 7)))
    latest = results.latest("high")
    assert [(each.epoch, each.asked) for each in latest] == [(20, 200.0), (40, 100.0)]
    assert repr(latest[0].items) == repr(ITEMS), "nan is nan again"
    assert is_known(results.all(), "high", 20, "q", (6, 7))
    assert not is_known(results.all(), "high", 20, "q", (5, 7)), "another file lies there now"
    assert not is_known(results.all(), "high", 20, "other", (6, 7))


def test_an_answer_in_words() -> None:
    assert ANSWER.of(TRAINING).items == {"1/a": 0.05}
    assert ANSWER.in_words(TRAINING) == "0.0500"
    good = replace(ANSWER, items=(ITEMS[0], ItemLoss("0/b", HELD_OUT, (0.4,))))
    assert good.in_words(HELD_OUT) == "0.3000 ± 0.1000"
    assert good.in_words(TRAINING) == ""
    assert ITEMS[0].error == pytest.approx(0.1)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"version": 9}', '{"version": 1, "checkpoints": [{}]}', '{"version": 1, "checkpoints": 4}']
)
def test_a_broken_file_is_told_and_stays(results: Results, text: str) -> None:
    results.file.write_text(text)
    with pytest.raises(JobError, match="cannot be read"):
        results.all()
    with pytest.raises(JobError):
        results.keep(ANSWER)
    assert results.file.read_text() == text


def test_what_the_run_has_trained_on_is_not_held_out_whatever_it_is_called_now() -> None:
    def row(name: str, content: str | None) -> dict[str, object]:
        return {"subset": 0, "name": name, "media_hash": content}

    trained = [row("a", "A"), row("b", "B"), row("c", None)]
    now = [row("a", "other"), row("renamed", "B"), row("new", "N"), row("unread", None), row("c", "C")]
    assert _sets(trained, now) == {
        "0/a": TRAINING, "0/renamed": TRAINING, "0/new": HELD_OUT, "0/unread": HELD_OUT, "0/c": TRAINING
    }  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 9)), max_size=20))
def test_every_loss_goes_to_the_item_of_its_batch(steps: list[tuple[str, float]]) -> None:
    found = losses_by_item([(item,) for item, _ in steps], [loss for _, loss in steps])
    assert found == {item: [loss for other, loss in steps if other == item] for item, _ in steps}


@pytest.mark.parametrize(("batches", "losses"), [([("a",)], []), ([], [0.1]), ([("a", "b")], [0.1])])
def test_losses_without_their_items_are_refused(batches: list[tuple[str, ...]], losses: list[float | None]) -> None:
    with pytest.raises(TrainerError, match="not known which item"):
        losses_by_item(batches, losses)


def test_a_list_of_batches_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "b").write_text('{"items": ["x"]}\n{"it')
    for name in ("b", "missing"):
        with pytest.raises(TrainerError, match="not known"):
            read_batches(tmp_path / name)


def test_progress_counts_checkpoints_and_the_cause_is_the_trainers() -> None:
    output = CountedOutput("asking checkpoints", "checkpoints? to ask ", trainer("musubi").output_reader("high"))
    output.feed(b"4 checkpoints to ask about 3 items, 22 times each\n")
    assert (output.progress.step, output.progress.steps) == (0, 4)
    output.feed(f"steps: 100%|#| 2/2\n\n{counted_line(1, 4, 30.0, 'high epoch 20: held-out 0.1')}\n".encode())
    assert (output.progress.step, output.progress.steps, output.progress.eta_s) == (1, 4, 90.0)
    output.feed(b'Traceback (most recent call last):\n  File "x"\nValueError: something is wrong\n')
    assert output.progress.cause is not None
    assert "something is wrong" in output.progress.cause
