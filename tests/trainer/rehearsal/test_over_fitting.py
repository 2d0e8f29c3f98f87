"""Over twenty seeds: a toy that over-fits is said to, and one that does not is not. No process is started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wantui.runs.probing.judging import EpochLosses, OverFit, over_fit
from wantui.trainer.musubi.event_files import MusubiEvents, event_files
from wantui.trainer.probes import BATCHES_VARIABLE, losses_by_item, read_batches
from wantui.trainer.rehearsal import flags, tensors
from wantui.trainer.rehearsal.arrays import np
from wantui.trainer.rehearsal.faults import PACE_VARIABLE
from wantui.trainer.rehearsal.training_items import FEATURES, WINDOW, Bucketed, Features, TrainingItem
from wantui.trainer.rehearsal.training_loop import TrainingLoop

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS = range(20)
HELD_OUT = 32
DRAWS = 4
FIRST_HELD_OUT = 10_000


@dataclass(frozen=True, slots=True)
class Made(TrainingItem):
    """An item without files: what its caches would be pooled to."""

    features: Features

    def load(self, *, i2v: bool) -> Features:
        return self.features


def made(count: int, seed: int, *, common: float, first: int = 0) -> list[TrainingItem]:
    """Items of unit variance.

    Args:
        count: how many.
        seed: of the draw.
        common: the share of a picture's variance that its caption tells, by one rule for all; the rest is its own.
        first: number of the first one.
    """
    rule = np.random.default_rng(1000).normal(size=(FEATURES, FEATURES)) / FEATURES**0.5
    drawn = np.random.default_rng([seed, first])
    found: list[TrainingItem] = []
    for at in range(first, first + count):
        text = drawn.normal(size=FEATURES)
        latent = common**0.5 * (rule @ text) + (1 - common) ** 0.5 * drawn.normal(size=FEATURES)
        found.append(Made(Path(f"/{at}"), Path("/text"), Features(latent, text, None)))
    return found


def train(folder: Path, items: Sequence[TrainingItem], *words: str) -> None:
    """Run the training loop in this process."""
    folder.mkdir(parents=True)
    given = (
        "--dit",
        "toy",
        "--network_dim",
        "4",
        "--network_alpha",
        "4",
        "--task",
        "t2v-A14B",
        "--output_name",
        "toy",
    )
    arguments = flags.parse_training([*given, "--output_dir", str(folder), *words])
    loop = TrainingLoop(arguments, (), [Bucketed(1, {(64, 64, WINDOW): list(items)})])
    if arguments.network_weights:
        loop.load_weights(Path(arguments.network_weights))
    loop.run()


def asked(checkpoint: Path, folder: Path, items: Sequence[TrainingItem]) -> dict[str, float]:
    """The loss of each item, asked as a probe does."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(BATCHES_VARIABLE, f"{folder}.jsonl")
        train(
            folder, items, "--network_weights", str(checkpoint), "--learning_rate", "1e-20", "--seed", "1",
            "--max_train_epochs", str(DRAWS), "--logging_dir", str(folder),
        )  # fmt: skip
    ((file, _),) = event_files(folder)
    losses = losses_by_item(read_batches(Path(f"{folder}.jsonl")), [step.loss for step in MusubiEvents(file).read()])
    assert all(len(drawn) == DRAWS for drawn in losses.values())
    return {item: sum(drawn) / DRAWS for item, drawn in losses.items()}


def judged(folder: Path, held_out: Sequence[TrainingItem], epochs: Sequence[int]) -> OverFit | None:
    """What is said of a training by some of its epochs, of which the last is the training's."""
    found = []
    for epoch in epochs:
        name = "toy" if epoch == epochs[-1] else f"toy-{epoch:06d}"
        losses = asked(folder / f"trained/{name}.safetensors", folder / f"asked-{epoch}", held_out)
        found.append(EpochLosses(epoch, losses))
    return over_fit(found)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PACE_VARIABLE, "0")
    monkeypatch.setattr("os.fsync", lambda _: None)  # hundreds of checkpoints, none of which has to survive


def called(
    folder: Path, seed: int, trained: list[TrainingItem], common: float, epochs: tuple[int, int, int], *flags: str
) -> OverFit | None:
    """What is said of a training whose checkpoints are asked at three epochs, of which the last is its end."""
    every = str(epochs[0])
    train(
        folder / "trained", trained, "--seed", str(seed), *flags, "--lr_scheduler", "cosine",
        "--max_train_epochs", str(epochs[-1]), "--save_every_n_epochs", every,
    )  # fmt: skip
    return judged(folder, made(HELD_OUT, seed, common=common, first=FIRST_HELD_OUT), epochs)


def test_few_items_with_nothing_in_common_and_many_epochs_are_said_to_over_fit(tmp_path: Path) -> None:
    for seed in SEEDS:
        items = made(8, seed, common=0)
        found = called(tmp_path / str(seed), seed, items, 0, (8, 80, 160), "--learning_rate", "8e-4")
        assert found is not None, seed
        assert (found.last, found.rise.items) == (160, HELD_OUT)


def test_many_items_that_captions_tell_of_and_few_epochs_are_not(tmp_path: Path) -> None:
    for seed in SEEDS:
        items = made(100, seed, common=0.5)
        found = called(tmp_path / str(seed), seed, items, 0.5, (1, 2, 3), "--learning_rate", "2e-4")
        assert found is None, seed


def test_asking_twice_gives_the_same_answer_and_changes_no_weight(tmp_path: Path) -> None:
    items = made(5, 0, common=0.5)
    train(tmp_path / "trained", items, "--max_train_epochs", "3", "--save_every_n_epochs", "1", "--seed", "3")
    checkpoint = tmp_path / "trained/toy.safetensors"
    first = asked(checkpoint, tmp_path / "first", items)
    assert asked(checkpoint, tmp_path / "second", items) == first
    assert asked(tmp_path / "trained/toy-000001.safetensors", tmp_path / "other", items) != first
    before, after = (tensors.load(each)[0] for each in (checkpoint, tmp_path / "first/toy.safetensors"))
    assert before == after


def test_weights_of_another_rank_are_refused(tmp_path: Path) -> None:
    items = made(2, 0, common=0)
    train(tmp_path / "trained", items, "--max_train_epochs", "1")
    words = ("--network_weights", str(tmp_path / "trained/toy.safetensors"), "--max_train_epochs", "1")
    with pytest.raises(ValueError, match="use the --network_dim that it was trained with"):
        train(tmp_path / "again", items, *words, "--network_dim", "8")
