"""The training itself: epochs, steps, what is printed on the way and what is saved when."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.trainer.musubi.schedules import schedule
from wantui.trainer.probes import BATCHES_VARIABLE
from wantui.trainer.rehearsal import checkpoints, console, optimizer, tensors
from wantui.trainer.rehearsal.arrays import np
from wantui.trainer.rehearsal.event_writer import EventWriter
from wantui.trainer.rehearsal.faults import Faults, hang
from wantui.trainer.rehearsal.network import NOISE_SPREAD, Network
from wantui.trainer.rehearsal.training_items import FEATURES, Features

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wantui.dataset.model import Subset
    from wantui.trainer.rehearsal.training_items import Bucketed, TrainingItem

SOURCE = "wantui.rehearsal.train"

_TIMESTEPS = 1000


class TrainingLoop:
    """One run of the training script, after its preparations."""

    def __init__(self, arguments: argparse.Namespace, subsets: tuple[Subset, ...], groups: list[Bucketed]) -> None:
        self._arguments = arguments
        self._groups = groups
        self._seed = arguments.seed if arguments.seed is not None else random.randrange(2**32)  # noqa: S311  no secret
        self._drawn = random.Random(self._seed)  # noqa: S311  not for secrets
        self.batches_per_epoch = sum(len(group.order) for group in groups)
        per_epoch = math.ceil(self.batches_per_epoch / arguments.gradient_accumulation_steps)
        epochs = arguments.max_train_epochs
        self.steps = arguments.max_train_steps if epochs is None else epochs * per_epoch
        self.epochs = math.ceil(self.steps / per_epoch)
        name = Path(arguments.dit or "none").name
        self._network = Network(name, arguments.network_dim, arguments.network_alpha, self._drawn)
        chosen, given = optimizer.settings(arguments.optimizer_args or ())
        self._optimizer = optimizer.AdamW(self._network.weights, self._network.gradients, chosen)
        console.info(SOURCE, f"use AdamW optimizer | {given}")
        self._rate = schedule(
            arguments.lr_scheduler,
            arguments.learning_rate,
            self.steps,
            warmup=arguments.lr_warmup_steps,
            power=arguments.lr_scheduler_power,
            cycles=arguments.lr_scheduler_num_cycles,
        )
        called = f"({','.join(f'{name}={value}' for name, value in given.items())})" if given else ""
        self._facts = {
            "ss_session_id": random.randrange(2**32),  # noqa: S311  no secret
            "ss_training_started_at": time.time(),
            "ss_num_train_items": sum(group.items for group in groups),
            "ss_num_batches_per_epoch": self.batches_per_epoch,
            "ss_num_epochs": self.epochs,
            "ss_max_train_steps": self.steps,
            "ss_optimizer": f"torch.optim.adamw.AdamW{called}",
            "ss_datasets": json.dumps([checkpoints.described(subset) for subset in subsets]),
        }
        self._features: dict[Path, Features] = {}
        self._losses: list[float] = []
        """Of the last epoch's batches, by their numbers, so far as this epoch has not come to them."""
        self._step = 0
        job = "high" if arguments.min_timestep else "low"
        self._faults = Faults(job, blocks_to_swap=arguments.blocks_to_swap or 0)
        self._events: EventWriter | None = None
        self._batches = os.environ.get(BATCHES_VARIABLE) or None

    def load_weights(self, file: Path) -> None:
        """Begin with the weights of a LoRA file.

        Raises:
            OSError: the file is not there.
            ValueError: it is of a network of another rank, or no whole LoRA file.
        """
        checkpoints.load_lora(file, self._network.adapters)
        console.say(f"load network weights from {file}: <All keys matched successfully>")

    def resume(self, folder: Path) -> None:
        """Go on from a state folder; steps and epochs are counted from the start again all the same.

        Raises:
            OSError: the state is not there.
            ValueError: it is of a network of another rank.
        """
        console.info(SOURCE, f"resume training from local state: {folder}")
        checkpoints.load_state(folder, self._network.adapters, self._optimizer)

    def run(self) -> None:
        """Train and save.

        Raises:
            OSError: a cache file is gone, or the output folder cannot be written to.
            KeyError: the caches are for another task.
            wantui.trainer.rehearsal.tensors.TensorFileError: a cache file is corrupt.
        """
        self._announce()
        if self._arguments.logging_dir:
            self._events = EventWriter(Path(self._arguments.logging_dir), self._arguments.log_prefix or "")
        self._faults.start()
        # Too high a learning rate ends in losses of nan, and without a warning, as in torch.
        with np.errstate(all="ignore"), console.ProgressBar("steps", self.steps) as progress:
            for epoch in range(1, self.epochs + 1):
                console.say(f"\nepoch {epoch}/{self.epochs}")
                self._train_epoch(epoch, progress)
                self._end_epoch(epoch)
            self._end()

    def _announce(self) -> None:
        arguments = self._arguments
        with suppress(OSError):  # told of at the first save
            Path(arguments.output_dir).mkdir(parents=True, exist_ok=True)
        console.say("running training / 学習開始")
        for name, value in (
            ("num train items / 学習画像、動画数: ", self._facts["ss_num_train_items"]),
            ("num batches per epoch / 1epochのバッチ数: ", self.batches_per_epoch),
            ("num epochs / epoch数: ", self.epochs),
            ("batch size per device / バッチサイズ: ", ", ".join(str(group.batch_size) for group in self._groups)),
            ("gradient accumulation steps / 勾配を合計するステップ数 = ", arguments.gradient_accumulation_steps),
            ("total optimization steps / 学習ステップ数: ", self.steps),
        ):
            console.say(f"  {name}{value}")
        for name, weights in (("DiT", arguments.dit), ("VAE", arguments.vae)):
            if weights is not None:
                console.info(SOURCE, f"set {name} model name for metadata: {weights}")

    def _train_epoch(self, epoch: int, progress: console.ProgressBar) -> None:
        accumulated = self._arguments.gradient_accumulation_steps
        for group in self._groups:
            group.shuffle(random.Random(self._seed + epoch))  # noqa: S311  not for secrets
            console.info(SOURCE, f"epoch is incremented. current_epoch: {epoch - 1}, epoch: {epoch}")
        batches = [batch for group in self._groups for batch in group.batches()]
        self._drawn.shuffle(batches)
        for number, (batch, sigma) in enumerate(zip(batches, self._sigmas(len(batches)), strict=True), start=1):
            self._tell(batch)
            loss = self._learn(batch, sigma, 1 / accumulated)
            if number % accumulated == 0 or number == len(batches):
                self._take_step(epoch, progress)
            self._losses[number - 1 : number] = [loss]
            average = sum(self._losses) / len(self._losses)
            progress.postfix(f"avr_loss={average:.3g}")
            if self._events is not None:
                rate = self._rate(self._optimizer.steps)  # the trainer logs the rate after the step, too
                self._events.write(self._step, {"loss/current": loss, "loss/average": average, "lr/unet": rate})
            if self._step >= self.steps:
                break

    def _tell(self, batch: list[TrainingItem]) -> None:
        """Write down which items a batch has, as the real trainer's observer does, where somebody asks."""
        if self._batches is not None:
            with Path(self._batches).open("a", encoding="utf-8") as told:
                told.write(json.dumps({"items": [str(item.latents) for item in batch]}) + "\n")

    def _sigmas(self, count: int) -> Iterator[float]:
        """`count` amounts of noise within the expert's range, spread evenly over it, in random order.

        Spread evenly, because the loss depends on it so much that few drawn freely would hide what is learned.
        """
        arguments = self._arguments
        low = (arguments.min_timestep or 0) / _TIMESTEPS
        high = (_TIMESTEPS if arguments.max_timestep is None else arguments.max_timestep) / _TIMESTEPS
        places = list(range(count))
        self._drawn.shuffle(places)
        shift = arguments.discrete_flow_shift
        for place in places:
            even = (place + self._drawn.random()) / count
            shifted = shift * even / (1 + (shift - 1) * even)
            yield low + (high - low) * shifted

    def _learn(self, batch: list[TrainingItem], sigma: float, share: float) -> float:
        """Add a batch's gradients; its mean loss."""
        total = 0.0
        for item in batch:
            noise = np.array([self._drawn.gauss(0.0, NOISE_SPREAD) for _ in range(FEATURES)])
            total += self._network.loss(self._load(item), noise, sigma, share / len(batch))
        return total / len(batch)

    def _load(self, item: TrainingItem) -> Features:
        try:
            if item.latents not in self._features:
                self._features[item.latents] = item.load(i2v="i2v" in self._arguments.task)
        except tensors.TensorFileError as error:
            if self._faults.hangs_on_corrupt_cache:
                hang(str(error))
            raise
        return self._features[item.latents]

    def _take_step(self, epoch: int, progress: console.ProgressBar) -> None:
        arguments = self._arguments
        if arguments.max_grad_norm:
            self._optimizer.clip(arguments.max_grad_norm)
        self._optimizer.step(self._rate(self._optimizer.steps))
        self._step += 1
        progress.advance()
        self._faults.step(self._step)
        every = arguments.save_every_n_steps
        if every is None or self._step % every:
            return
        name = checkpoints.step_name(arguments.output_name, self._step)
        self._save(name, epoch - 1)
        kept = arguments.save_last_n_steps
        if arguments.save_state:
            self._save_state(name, f"saving state at step {self._step}")
            self._remove_state(self._old_step(arguments.save_last_n_steps_state or kept, every))
        self._remove(self._old_step(kept, every))

    def _old_step(self, kept: int | None, every: int) -> str | None:
        """The name of the step to be removed now that the `kept` last steps are kept; None: nothing is."""
        old = 0 if kept is None else (self._step - kept - 1) // every * every
        return checkpoints.step_name(self._arguments.output_name, old) if old > 0 else None

    def _end_epoch(self, epoch: int) -> None:
        arguments = self._arguments
        every = arguments.save_every_n_epochs
        if every is None or epoch % every or epoch >= self.epochs:
            return
        name = checkpoints.epoch_name(arguments.output_name, epoch)
        self._save(name, epoch)
        kept = arguments.save_last_n_epochs
        self._remove(self._old_epoch(epoch, kept, every))
        if arguments.save_state:
            self._save_state(name, f"saving state at epoch {epoch}")
            self._remove_state(self._old_epoch(epoch, arguments.save_last_n_epochs_state or kept, every))

    def _old_epoch(self, epoch: int, kept: int | None, every: int) -> str | None:
        """The name of the epoch to be removed after `epoch`; None: nothing is."""
        old = 0 if kept is None else epoch - every * kept
        return checkpoints.epoch_name(self._arguments.output_name, old) if old > 0 else None

    def _end(self) -> None:
        arguments = self._arguments
        if arguments.save_state or arguments.save_state_on_train_end:
            self._save_state(arguments.output_name, "saving last state.")
        self._save(arguments.output_name, self.epochs)
        console.info(SOURCE, "model saved.")

    def _path(self, name: str) -> Path:
        return Path(self._arguments.output_dir) / name

    def _save(self, name: str | None, epoch: int) -> None:
        if name is None:
            raise TypeError("unsupported operand type(s) for +: 'NoneType' and 'str'")
        path = self._path(f"{name}.safetensors")
        console.say(f"\nsaving checkpoint: {path}")
        metadata = checkpoints.metadata(self._arguments, self._facts, self._step, epoch)
        checkpoints.save_lora(path, self._network.adapters, metadata, self._arguments)

    def _remove(self, name: str | None) -> None:
        if name is not None and (path := self._path(f"{name}.safetensors")).exists():
            console.say(f"removing old checkpoint: {path}")
            path.unlink()

    def _save_state(self, name: str, message: str) -> None:
        console.info(SOURCE, "")
        console.info(SOURCE, message)
        checkpoints.save_state(self._path(f"{name}-state"), self._network.adapters, self._optimizer, self._drawn)

    def _remove_state(self, name: str | None) -> None:
        if name is not None and (path := self._path(f"{name}-state")).exists():
            console.info(SOURCE, f"removing old state: {path}")
            shutil.rmtree(path)
