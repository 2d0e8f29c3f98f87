"""Rehearses ``wan_cache_text_encoder_outputs.py``: encodes the dataset's captions into text cache files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.cache_names import TEXT_ENDING
from wantui.trainer.rehearsal import caching, console, flags, tensors, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.dataset.model import Item

TENSOR_NAME = "varlen_t5_bfloat16"

_SOURCE = "wantui.rehearsal.cache_text"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script.

    Raises:
        SystemExit: argparse's, with code 2.
        Exception: whatever ends the real script too, see `caching` and `wantui.dataset`.
    """
    console.use_utf8()
    arguments = flags.text_parser().parse_args(argv)
    dataset = caching.open_dataset(arguments.dataset_config, _SOURCE)
    console.info(_SOURCE, f"Loading T5: {arguments.t5}: not in a rehearsal")
    console.info(_SOURCE, "Encoding with T5")
    caching.encode_dataset(
        dataset,
        arguments,
        _SOURCE,
        job="text",
        ending=TEXT_ENDING,
        expected=lambda item: (item.text_cache,),
        encode=encode_item,
    )


def encode_item(item: Item, files: list[Path]) -> None:
    """Write `files`, the text cache of one item if it is wanted."""
    caption = caching.caption_of(item)
    metadata = {**caching.METADATA, "caption1": caption}
    for path in files:
        _warn_of_mismatch(path, caption)
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors.save(path, {TENSOR_NAME: text.encode(caption)}, metadata)


def _warn_of_mismatch(path: Path, caption: str) -> None:
    """Say so when the file to be replaced was made of another caption."""
    try:
        _, metadata = tensors.load(path)
    except (FileNotFoundError, tensors.TensorFileError):
        return
    existing = metadata.get("caption1")
    if existing != caption:
        console.warning(_SOURCE, f"caption mismatch: existing={existing}, new={caption}, overwrite")


if __name__ == "__main__":
    main()
