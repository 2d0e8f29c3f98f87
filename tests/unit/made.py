"""Items and rows for tests of the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wantui.dataset.model import Item
from wantui.listing.rows import ItemRow, ItemStatus


def item(name: str, caption: str | None = None, folder: Path = Path("/set"), **changed: Any) -> Item:
    """An image with its caption beside it."""
    given: dict[str, Any] = {
        "subset": 0, "name": name, "media": folder / f"{name}.png", "caption_file": folder / f"{name}.txt",
        "caption": caption, "width": 1024, "height": 768, "bucket": (1168, 784), "clips": (), "latent_caches": (),
        "text_cache": folder / f"{name}_wan_te.safetensors",
    }  # fmt: skip
    return Item(**given | changed)


def row(
    name: str, caption: str | None = None, status: ItemStatus = ItemStatus.CURRENT, codes: tuple[str, ...] = (),
    **changed: Any,
) -> ItemRow:  # fmt: skip
    """A row of the list."""
    return ItemRow(item(name, caption, **changed), status, codes=codes)
