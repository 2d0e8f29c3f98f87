"""Filters, orders, previews of bulk changes, misspelt tags: ``python -m benchmarks.filters [ITEMS ...]``.

Captions are read from files for the previews, as the program does it; everything else is done to rows in memory.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from benchmarks.caches import median_ms, show
from wantui.captions import bulk
from wantui.captions.operations import AddText, DropDuplicateTags, RemoveTag, RenameTag, Replace, SortTags
from wantui.captions.spelling import misspelt
from wantui.captions.vocabulary import Vocabulary
from wantui.dataset.model import Item
from wantui.listing.filters import parse
from wantui.listing.order import SortKey, ordered
from wantui.listing.rows import ItemRow, ItemStatus

FILTERS = (
    "dog", "name:img_0001", "dog OR name:7 -tag:tag_5", "tag:dog", "d*g", "/d[ou]g/", "tokens:>75", "tags:>15",
    "width:<512", "status:stale",
)  # fmt: skip
OPERATIONS = (
    AddText("ohwx"), RemoveTag("dog"), RenameTag("dog", "hound"), Replace("dog", "cat"),
    Replace(r"(\w+) grain", r"\1 noise", is_regex=True), SortTags(), DropDuplicateTags(),
)  # fmt: skip
TAGS = ["dog", "film grain", "soft light", *(f"tag_{number}" for number in range(3000))]
TAGS_EACH = 16


def rows(folder: Path, count: int) -> list[ItemRow]:
    """Rows of items whose captions are written as files."""
    chance = random.Random(4)
    made = []
    for number in range(count):
        name = f"img_{number:05}"
        caption = ", ".join(chance.choices(TAGS, k=TAGS_EACH))
        file = folder / f"{name}.txt"
        file.write_text(caption + "\n")
        item = Item(
            subset=0, name=name, media=folder / f"{name}.png", caption_file=file, caption=caption, width=1024,
            height=768, bucket=(1168, 784), clips=(), latent_caches=(),
            text_cache=folder / f"{name}_wan_te.safetensors",
        )  # fmt: skip
        made.append(ItemRow(item, ItemStatus.CURRENT))
    return made


def measure(made: list[ItemRow]) -> None:
    """Everything, once the files are there."""
    captions = [row.item.caption or "" for row in made]
    items = [row.item for row in made]
    for text in FILTERS:
        wanted = parse(text)
        show(f"  filter {text}", median_ms(lambda: wanted.indexes(made)))  # noqa: B023  called at once
    for key in SortKey:
        show(f"  sort by {key}", median_ms(lambda: ordered(made, range(len(made)), key)))  # noqa: B023  the same
    for operation in OPERATIONS:
        show(f"  preview: {operation.says}", median_ms(lambda: bulk.preview(items, operation)))  # noqa: B023  the same
    show("  misspelt tags", median_ms(lambda: misspelt(captions)))
    show("  vocabulary", median_ms(lambda: Vocabulary(captions)))
    known = Vocabulary(captions)
    show("  completions of t", median_ms(lambda: known.completions("t")))
    show("  one caption changed", median_ms(lambda: known.change(captions[0], captions[0])))


def main() -> None:
    for count in [int(each) for each in sys.argv[1:]] or [5000, 50_000]:
        print(f"{count} items")
        with tempfile.TemporaryDirectory() as folder:
            measure(rows(Path(folder), count))


if __name__ == "__main__":
    main()
