"""What fixes look at: one dataset, and what several of them need of it, found once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from wantui.dataset.controls import Controls
from wantui.dataset.elsewhere import captions_elsewhere
from wantui.dataset.lean_paths import as_text
from wantui.dataset.trigger import sure_trigger

if TYPE_CHECKING:
    from wantui.captions.spelling import Misspelling
    from wantui.dataset.elsewhere import Found
    from wantui.dataset.model import Dataset, Item, Problem


class FixContext:
    """One dataset, as last scanned."""

    def __init__(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        """None where it could not be read: then only its settings can be fixed."""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Those of the dataset."""
        return () if self.dataset is None else self.dataset.items

    def item_of(self, problem: Problem) -> Item | None:
        """The item whose media or caption the problem is about."""
        path = str(problem.path)
        return self._by_line.get((path, problem.line)) if problem.line is not None else self._by_file.get(path)

    @cached_property
    def trigger(self) -> str:
        """The words that captions begin with."""
        return sure_trigger([item.caption for item in self.items if item.caption])

    @cached_property
    def slips(self) -> dict[Problem, Misspelling]:
        """Misspelt tags by their problem."""
        from wantui.captions.lint import slips  # noqa: PLC0415  for one kind of problem alone

        return dict(slips(self.items))

    @cached_property
    def elsewhere(self) -> dict[str, Found]:
        """Where the captions that items lack may be, by `Item.key`."""
        return {} if self.dataset is None else captions_elsewhere(self.dataset)

    @cached_property
    def controls(self) -> dict[int, Controls]:
        """Control media by the index of their subset."""
        if self.dataset is None:
            return {}
        config = self.dataset.config
        of_subset = {
            each.index: [item for item in self.items if item.subset == each.index] for each in config.subsets
        }
        return {each.index: Controls(config, each, of_subset[each.index]) for each in config.subsets}

    @cached_property
    def _by_file(self) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for item in self.items:
            found[as_text(item, "media")] = item
            if item.caption_file is not None:
                found.setdefault(as_text(item, "caption_file"), item)
        return found

    @cached_property
    def _by_line(self) -> dict[tuple[str, int | None], Item]:
        return {(str(item.jsonl_file), item.jsonl_line): item for item in self.items if item.jsonl_file is not None}
