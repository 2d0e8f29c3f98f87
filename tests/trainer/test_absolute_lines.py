"""Lines of a log as if the training had never been interrupted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trainer.transcripts import whole
from wantui.jobs.folding import Folder
from wantui.trainer.attempts import AttemptTask, StartPoint
from wantui.trainer.musubi.absolute_lines import MusubiLines

FOLDER, OUTPUT = Path("/out/.attempts/anna.7.high.2"), Path("/out")
BAR = "steps:  22%|██▏       | 4/18 [00:02<00:09,  1.46it/s, avr_loss=1.29]"
AFTER = "steps:  72%|███████▏  | 13/18 [00:02<00:03,  1.46it/s, avr_loss=1.29]"

FOURTH, LAST = "/out/anna-000004", "/out/anna.safetensors"


def task(start: StartPoint, epochs: int | None = 6, folder: Path = FOLDER, name: str = "anna") -> AttemptTask:
    return AttemptTask("7.high", 2, Path("/s"), Path("/r"), "", name, folder, OUTPUT, epochs, 1, start)


GONE_ON = MusubiLines(task(StartPoint(3, 9, OUTPUT / "anna-000003-state", 3)))
FIRST = MusubiLines(task(StartPoint()))
COUNTS_ON = MusubiLines(task(StartPoint(3, 9, OUTPUT / "anna-000003-state", 3, counts_on=True)))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("epoch 1/6", "epoch 4/6"),
        ("epoch 4/6", "epoch 6/6"),
        (BAR, AFTER),
        (
            "steps: 100%|██████████| 18/18 [07:00<00:00, 23.33s/it, avr_loss=1]",
            "steps: 100%|██████████| 18/18 [07:00<00:00, 23.33s/it, avr_loss=1]",
        ),
        ("steps:   6%|5         | 1/18 [00:01<?, ?it/s]", "steps:  56%|#####5    | 10/18 [00:01<?, ?it/s]"),
        ("steps:   6% 1/18 [1:00:00<17:00:00, 3600.00s/it]", "steps:  56% 10/18 [1:00:00<8:00:00, 3600.00s/it]"),
        (
            BAR + "INFO:musubi_tuner.utils.train_utils:saving state at epoch 1",
            AFTER + "INFO:musubi_tuner.utils.train_utils:saving state at epoch 4",
        ),
        ("INFO:a.train_utils:saving state at step 4", "INFO:a.train_utils:saving state at step 13"),
        (
            "INFO:musubi_tuner.dataset.image_video_dataset:epoch is incremented. current_epoch: 0, epoch: 1",
            "INFO:musubi_tuner.dataset.image_video_dataset:epoch is incremented. current_epoch: 3, epoch: 4",
        ),
        (
            "INFO:musubi_tuner.hv_train_network:generating sample images at step / サンプル画像生成 ステップ: 6",
            "INFO:musubi_tuner.hv_train_network:generating sample images at step / サンプル画像生成 ステップ: 15",
        ),
        (f"saving checkpoint: {FOLDER}/anna-000001.safetensors", "saving checkpoint: /out/anna-000004.safetensors"),
        (f"saving checkpoint: {FOLDER}/anna-000003.safetensors", "saving checkpoint: /out/anna.safetensors"),
        (f"removing old checkpoint: {FOLDER}/anna-000003.safetensors", f"removing old checkpoint: {LAST}"),
        (f"INFO:a:removing old state: {FOLDER}/anna-000001-state", f"INFO:a:removing old state: {FOURTH}-state"),
        (f"saving checkpoint: {FOLDER}/anna-step00000004-state", "saving checkpoint: /out/anna-step00000013-state"),
        (
            f"INFO:accelerate.checkpointing:Optimizer state saved in {FOLDER}/anna-000001-state/optimizer.bin",
            "INFO:accelerate.checkpointing:Optimizer state saved in /out/anna-000004-state/optimizer.bin",
        ),
    ],
)  # fmt: skip
def test_what_counts_from_the_attempt_counts_from_the_first_one(line: str, shown: str) -> None:
    assert GONE_ON.absolute(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "",
        "epoch 1/6 was short",
        "  num epochs / epoch数: 6",
        "INFO:a:resume training from local state: /out/anna-000003-state",
        "saving checkpoint: /elsewhere/anna-000001.safetensors",
        f"saving checkpoint: {FOLDER}/other.txt",
        f"saving checkpoint: {FOLDER}/anna-000004.safetensors",  # of what would be epoch 7 of 6
        f"saving checkpoint: {FOLDER}/anna.safetensors",
        f"OSError: [Errno 28] No space left on device: '{FOLDER}/anna-000001.safetensors'",
        "INFO:a:saving last state.",
        "Loading wan2.2.safetensors:   0%|          | 0/123 [00:00<?, ?it/s]",
    ],
)
def test_everything_else_is_left_as_it_is(line: str) -> None:
    assert GONE_ON.absolute(line) == line


@pytest.mark.parametrize("lines", [FIRST, COUNTS_ON])
def test_of_an_attempt_that_needs_no_counting_paths_alone_change(lines: MusubiLines) -> None:
    for line in ("epoch 1/6", BAR, "INFO:a:saving state at epoch 1"):
        assert lines.absolute(line) == line
    saved = f"saving checkpoint: {FOLDER}/anna-000005.safetensors"
    assert lines.absolute(saved) == "saving checkpoint: /out/anna-000005.safetensors"


def test_steps_of_a_training_without_epochs_end_at_its_total() -> None:
    lines = MusubiLines(task(StartPoint(3, 9, OUTPUT), epochs=None))
    assert lines.absolute(BAR.replace("4/18", "12/18")).split("|")[2].startswith(" 18/18 ")


def test_a_real_training_that_went_on() -> None:
    """After one of its two epochs of three steps; what it trains beyond the second is not counted."""
    folder = Path("/workspace/feat/state/out")
    lines = MusubiLines(task(StartPoint(1, 3, folder / "s", 3), 2, folder, "resumed"))
    folds = Folder()
    printed = folds.feed(whole("feat-pinned-state-sample-1"))
    shown = [lines.absolute(line) for line in printed]
    changed = [line for line, before in zip(shown, printed, strict=True) if line != before]
    assert changed[:2] == ["epoch 2/2", "saving checkpoint: /out/resumed.safetensors"]
    assert changed[2].startswith("steps:  50%|█████     | 3/6 [00:00<?, ?it/s]INFO:")
    assert changed[3].endswith("epoch is incremented. current_epoch: 1, epoch: 2")
    assert shown[-1].startswith("steps: 100%|██████████| 6/6 [00:08<00:00,")
