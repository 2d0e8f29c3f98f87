"""Rehearses ``wan_train_network.py``: trains one expert's LoRA on the cache files of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.dataset import blueprint
from wantui.trainer.rehearsal import caching, console, flags, training_items
from wantui.trainer.rehearsal.training_loop import SOURCE, TrainingLoop

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_DEFAULT_RANK = 4
"""The trainer's own, where ``--network_dim`` is not given."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script.

    Raises:
        SystemExit: argparse's, with code 2.
        ValueError: there is nothing to train on, or a flag is missing or wrong.
        Exception: whatever ends the real script too, see `training_loop` and `wantui.dataset`.
    """
    console.use_utf8()
    arguments = flags.parse_training(argv)
    console.info(SOURCE, caching.DISCLAIMER)
    for name in ("dataset_config", "dit"):
        if getattr(arguments, name) is None:
            raise ValueError(f"--{name} is required")
    if arguments.network_dim is None:
        arguments.network_dim = _DEFAULT_RANK
    console.info(SOURCE, f"Load dataset config from {arguments.dataset_config}")
    subsets = blueprint.load(Path(arguments.dataset_config)).subsets
    caching.show_settings(subsets)
    groups = training_items.collect(subsets)
    if not any(group.items for group in groups):
        raise ValueError(
            "No training items found in the dataset. Please ensure that the latent/Text Encoder cache has been "
            "created beforehand. / データセットに学習データがありません。"
            "latent/Text Encoderキャッシュを事前に作成したか確認してください"
        )
    training = TrainingLoop(arguments, subsets, groups)
    _prepare(arguments, training)
    training.run()


def _prepare(arguments: argparse.Namespace, training: TrainingLoop) -> None:
    """Say what is trained, and resume if asked to."""
    console.info(SOURCE, "preparing accelerator")
    console.say("accelerator device: rehearsal")
    console.info(SOURCE, f"Loading DiT model from {arguments.dit}: not in a rehearsal")
    console.say(f"import network module: {arguments.network_module}")
    console.info(
        SOURCE, f"create LoRA network. base dim (rank): {arguments.network_dim}, alpha: {arguments.network_alpha}"
    )
    if arguments.optimizer_type and arguments.optimizer_type.lower() != "adamw":
        console.warning(SOURCE, f"rehearsal has AdamW alone, which stands in for {arguments.optimizer_type}")
    if arguments.sample_prompts:
        console.warning(SOURCE, "rehearsal draws no samples")
    if arguments.network_weights:
        training.load_weights(Path(arguments.network_weights))
    if arguments.resume:
        training.resume(Path(arguments.resume))
    console.say("prepare optimizer, data loader etc.")
    if arguments.max_train_epochs is not None:
        epochs = arguments.max_train_epochs
        console.say(f"override steps. steps for {epochs} epochs is / 指定エポックまでのステップ数: {training.steps}")


if __name__ == "__main__":
    main()
