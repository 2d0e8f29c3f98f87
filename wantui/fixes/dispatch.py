"""Which mend a problem has."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from wantui.dataset.lean_paths import as_text
from wantui.fixes import captions as of_captions
from wantui.fixes import files, media, names, pictures, settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.captions.spelling import Misspelling
    from wantui.dataset.controls import Controls
    from wantui.dataset.elsewhere import Found
    from wantui.dataset.model import Dataset, Item, Problem
    from wantui.fixes.model import Mend


class Mender:
    """Finds mends for the problems of one dataset; what several of them need is found once."""

    def __init__(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        """None where it could not be read: then only its settings can be mended."""

    def mend_for(self, problem: Problem) -> Mend | None:
        """What one key can do about a problem; None: it needs a person.

        Files are looked at, and nothing is written.
        """
        mend = settings.mend_for(problem, self.dataset)
        if mend is not None or self.dataset is None:
            return mend
        return (
            of_captions.mend_for(problem, self)
            or media.mend_for(problem, self)
            or names.mend_for(problem, self)
            or pictures.mend_for(problem)
            or files.mend_for(problem, self)
        )

    def mends_for(self, problems: Iterable[Problem]) -> tuple[Mend, ...]:
        """The mends of those problems that have one."""
        found = (self.mend_for(problem) for problem in problems)
        return tuple(mend for mend in found if mend is not None)

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
        from wantui.dataset.trigger import sure_trigger  # noqa: PLC0415  for one kind of problem alone

        return sure_trigger([item.caption for item in self.items if item.caption])

    @cached_property
    def slips(self) -> dict[Problem, Misspelling]:
        """Misspelt tags by their problem."""
        from wantui.captions.lint import slips  # noqa: PLC0415  for one kind of problem alone

        return dict(slips(self.items))

    @cached_property
    def elsewhere(self) -> dict[str, Found]:
        """Where the captions that items lack may be, by `Item.key`."""
        from wantui.dataset.elsewhere import captions_elsewhere  # noqa: PLC0415  for one kind of problem alone

        return {} if self.dataset is None else captions_elsewhere(self.dataset)

    @cached_property
    def controls(self) -> dict[int, Controls]:
        """Control media by the index of their subset."""
        from wantui.dataset.controls import Controls  # noqa: PLC0415  for one kind of problem alone

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


def mend_for(problem: Problem, dataset: Dataset | None) -> Mend | None:
    """What one key can do about one problem; see `Mender`."""
    return Mender(dataset).mend_for(problem)
