"""Averages LoRA files as the trainer's script of this name does: same flags, same arithmetic, same order.

Sorted by modification time, unless told ``--no_sort``; ``--sigma_rel`` wins over ``--beta``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.trainer.averages import Decay
from wantui.trainer.rehearsal import console, tensors
from wantui.trainer.rehearsal.arrays import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.trainer.rehearsal.arrays import Array
    from wantui.trainer.rehearsal.tensors import Tensor

_ALPHA = ".alpha"


def parser() -> argparse.ArgumentParser:
    """Its command line."""
    made = argparse.ArgumentParser(description="Merge LoRA weights with Post-Hoc EMA method.")
    made.add_argument("path", nargs="+", type=Path)
    made.add_argument("--no_sort", action="store_true")
    made.add_argument("--beta", type=float, default=0.95)
    made.add_argument("--beta2", type=float)
    made.add_argument("--sigma_rel", type=float)
    made.add_argument("--output_file", type=Path, required=True)
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script.

    Raises:
        SystemExit: argparse's, with code 2.
        OSError: a LoRA file cannot be read, or nothing can be written.
        wantui.trainer.rehearsal.tensors.TensorFileError: a LoRA file is corrupt.
        ValueError: two files have different alphas.
        KeyError: a file has a tensor that the first one has not.
    """
    console.use_utf8()
    options = parser().parse_args(argv)
    paths: list[Path] = options.path
    if not options.no_sort:
        console.say("Sorting files by modification time...")
        paths.sort(key=lambda path: path.stat().st_mtime)
    first, metadata = tensors.load(paths[0])
    console.say(f"Loading weights from {paths[0]}")
    mean = {name: each.array() for name, each in first.items()}
    for path, beta in zip(paths[1:], _betas(options, len(paths)), strict=True):
        console.say(f"Loading weights from {path} for merging with beta={beta:.4f}")
        added, metadata = tensors.load(path)
        _add(mean, added, beta)
    averaged = {name: tensors.tensor(mean[name], each.shape, each.dtype) for name, each in first.items()}
    metadata["sshs_model_hash"] = tensors.model_hash(averaged)
    metadata["sshs_legacy_hash"] = tensors.legacy_hash(averaged, metadata)
    console.say(f"Saving merged weights to {options.output_file}")
    tensors.save(options.output_file, averaged, metadata)
    console.say("Merging completed successfully.")


def _betas(options: argparse.Namespace, count: int) -> Sequence[float]:
    if options.sigma_rel is not None:
        return Decay(sigma_rel=options.sigma_rel).betas(count)
    last = options.beta if options.beta2 is None else options.beta2
    return [float(each) for each in np.linspace(options.beta, last, count - 1)]


def _add(mean: dict[str, Array], added: dict[str, Tensor], beta: float) -> None:
    """Add one more file to the mean so far, which keeps the share `beta`."""
    for name, each in added.items():
        if name not in mean:
            raise KeyError(f"Key {name} not found in the initial state_dict.")
        if not name.endswith(_ALPHA):
            mean[name] = mean[name] * beta + each.array() * (1 - beta)
        elif not np.allclose(mean[name], each.array()):
            raise ValueError(f"Alpha tensors for key {name} do not match across files.")


if __name__ == "__main__":
    main()
