"""The training itself: epochs, steps, what is printed on the way and what is saved when."""

from __future__ import annotations

import math
import random
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.trainer.rehearsal import checkpoints, console, optimizer, tensors
from wantui.trainer.rehearsal.arrays import np
from wantui.trainer.rehearsal.faults import Faults, hang
from wantui.trainer.rehearsal.network import NOISE_SPREAD, Network
from wantui.trainer.rehearsal.training_items import FEATURES, Features

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from wantui.dataset.model import Subset
    from wantui.trainer.rehearsal.training_items import Bucketed, TrainingItem

SOURCE = "wantui.rehearsal.train"

_TIMESTEPS = 1000


@dataclass(slots=True)
class EpochLoss:
    """``avr_loss``: the mean over the last epoch's window, batch by batch."""

    losses: list[float] = field(default_factory=list)

    def add(self, batch: int, loss: float) -> float:
        """Take the loss of an epoch's batch number `batch`; the mean."""
        if batch < len(self.losses):
            self.losses[batch] = loss
        else:
            self.losses.append(loss)
        return sum(self.losses) / len(self.losses)


class Training:
    """One run of the training script, after its preparations."""

    def __init__(self, arguments: argparse.Namespace, subsets: tuple[Subset, ...], groups: list[Bucketed]) -> None:
        self._arguments = arguments
        self._groups = groups
        self._i2v = "i2v" in arguments.task
        seed = arguments.seed if arguments.seed is not None else random.randrange(2**32)  # noqa: S311  not for secrets
        self._drawn = random.Random(seed)  # noqa: S311  not for secrets
        self._seed = seed
        self.batches_per_epoch = sum(len(group.order) for group in groups)
        per_epoch = math.ceil(self.batches_per_epoch / arguments.gradient_accumulation_steps)
        if arguments.max_train_epochs is None:
            self.steps = arguments.max_train_steps
        else:
            self.steps = arguments.max_train_epochs * per_epoch
        self.epochs = math.ceil(self.steps / per_epoch)
        alpha, rank = arguments.network_alpha, arguments.network_dim
        self._network = Network(Path(arguments.dit or "none").name, rank, alpha, self._drawn)
        chosen, given = optimizer.settings(arguments.optimizer_args or ())
        self._optimizer = optimizer.AdamW(self._network.weights, self._network.gradients, chosen)
        console.info(SOURCE, f"use AdamW optimizer | {given}")
        self._rate = self._schedule()
        self._facts = checkpoints.Facts(
            started_at=time.time(),
            session=random.randrange(2**32),  # noqa: S311  not for secrets
            items=sum(group.items for group in groups),
            batches_per_epoch=self.batches_per_epoch,
            epochs=self.epochs,
            steps=self.steps,
            optimizer="torch.optim.adamw.AdamW" + _called(given),
            subsets=subsets,
        )
        self._features: dict[Path, Features] = {}
        self._loss = EpochLoss()
        self._step = 0
        self._faults = Faults(
            "high" if arguments.min_timestep else "low", blocks_to_swap=arguments.blocks_to_swap or 0
        )

    def _schedule(self) -> Callable[[int], float]:
        arguments = self._arguments
        return optimizer.schedule(
            arguments.lr_scheduler,
            arguments.learning_rate,
            self.steps,
            warmup=arguments.lr_warmup_steps,
            power=arguments.lr_scheduler_power,
            cycles=arguments.lr_scheduler_num_cycles,
        )

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
        sizes = ", ".join(str(group.batch_size) for group in self._groups)
        with suppress(OSError):  # told of at the first save
            Path(self._arguments.output_dir).mkdir(parents=True, exist_ok=True)
        console.say("running training / 学習開始")
        console.say(f"  num train items / 学習画像、動画数: {self._facts.items}")
        console.say(f"  num batches per epoch / 1epochのバッチ数: {self.batches_per_epoch}")
        console.say(f"  num epochs / epoch数: {self.epochs}")
        console.say(f"  batch size per device / バッチサイズ: {sizes}")
        accumulated = arguments.gradient_accumulation_steps
        console.say(f"  gradient accumulation steps / 勾配を合計するステップ数 = {accumulated}")
        console.say(f"  total optimization steps / 学習ステップ数: {self.steps}")
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
            loss = self._learn(batch, sigma, 1 / accumulated)
            stepped = number % accumulated == 0 or number == len(batches)
            if stepped:
                self._take_step(epoch, progress)
            progress.postfix(f"avr_loss={self._loss.add(number - 1, loss):.3g}")
            if self._step >= self.steps:
                break

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
                self._features[item.latents] = item.load(i2v=self._i2v)
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
        if every is not None and self._step % every == 0:
            self._save(checkpoints.step_name(arguments.output_name, self._step), epoch - 1)
            kept = arguments.save_last_n_steps
            if arguments.save_state:
                kept_states = arguments.save_last_n_steps_state or kept
                self._save_state(checkpoints.step_name(arguments.output_name, self._step), f"at step {self._step}")
                self._remove_step(kept_states, every, self._remove_state)
            self._remove_step(kept, every, self._remove)

    def _remove_step(self, kept: int | None, every: int, remove: Callable[[str], None]) -> None:
        """Remove what is older than the `kept` last steps."""
        if kept is None:
            return
        old = self._step - kept - 1
        old -= old % every
        if old > 0:
            remove(checkpoints.step_name(self._arguments.output_name, old))

    def _end_epoch(self, epoch: int) -> None:
        arguments = self._arguments
        every = arguments.save_every_n_epochs
        if every is None or epoch % every or epoch >= self.epochs:
            return
        name = checkpoints.epoch_name(arguments.output_name, epoch)
        self._save(name, epoch)
        kept = arguments.save_last_n_epochs
        if kept is not None and epoch - every * kept > 0:
            self._remove(checkpoints.epoch_name(arguments.output_name, epoch - every * kept))
        if arguments.save_state:
            self._save_state(name, f"at epoch {epoch}")
            kept_states = arguments.save_last_n_epochs_state or kept
            if kept_states is not None and epoch - every * kept_states > 0:
                self._remove_state(checkpoints.epoch_name(arguments.output_name, epoch - every * kept_states))

    def _end(self) -> None:
        arguments = self._arguments
        if arguments.save_state or arguments.save_state_on_train_end:
            console.info(SOURCE, "")
            console.info(SOURCE, "saving last state.")
            checkpoints.save_state(
                self._path(f"{arguments.output_name}-state"), self._network.adapters, self._optimizer, self._drawn
            )
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

    def _remove(self, name: str) -> None:
        path = self._path(f"{name}.safetensors")
        if path.exists():
            console.say(f"removing old checkpoint: {path}")
            path.unlink()

    def _save_state(self, name: str, when: str) -> None:
        console.info(SOURCE, "")
        console.info(SOURCE, f"saving state {when}")
        checkpoints.save_state(self._path(f"{name}-state"), self._network.adapters, self._optimizer, self._drawn)

    def _remove_state(self, name: str) -> None:
        path = self._path(f"{name}-state")
        if path.exists():
            console.info(SOURCE, f"removing old state: {path}")
            shutil.rmtree(path)


def _called(given: dict[str, object]) -> str:
    """Arguments as the trainer writes them behind the optimizer's name."""
    return f"({','.join(f'{name}={value}' for name, value in given.items())})" if given else ""
