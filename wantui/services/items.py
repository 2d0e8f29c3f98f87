"""The items of a dataset that a filter or a name asks for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.caches.held_out import HeldOut, drawn
from wantui.jobs import trust
from wantui.jobs.model import RunKind
from wantui.listing.finding import asked, choose, named, rows_in
from wantui.listing.order import SortKey
from wantui.listing.row_making import rows_of
from wantui.runs.request import RunRequest, settings_for
from wantui.services.settings import dataset_path
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wantui.config.schema import Config
    from wantui.dataset.model import Dataset, Item
    from wantui.listing.losses import ItemLosses
    from wantui.listing.rows import ItemRow
    from wantui.listing.selection import Selection
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class ChosenItems:
    """What a filter leaves of a dataset."""

    dataset: Dataset
    rows: list[ItemRow]
    """In the order asked for."""
    has_status: bool
    """Whether caches and problems were looked at."""
    losses: ItemLosses | None = None
    """What the checkpoints of a run have on each item, where that was asked for."""

    def item(self, name: str) -> Item:
        """The one item of that name: a stem, a file name or a path.

        Raises:
            JournalError: there is none, or several.
        """
        return named(self.rows, name)


class Items:
    """The items of a workspace's dataset."""

    def __init__(
        self, workspace: Workspace, dataset: Path | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        """Make it.

        Args:
            workspace: whose configuration counts.
            dataset: the ``dataset.toml``; None: that of ``[run]``.
            say: told why something is not looked at as it was asked for.
        """
        self._workspace = workspace
        self._dataset = dataset
        self._say = say

    def all(self) -> tuple[Item, ...]:
        """Every item, in the dataset's order, without a look at caches and problems."""
        with explained():
            return tuple(row.item for row in rows_in(dataset_path(self._workspace, self._dataset), self._workspace))

    def named(self, names: Sequence[str]) -> list[Item]:
        """The items of these names; those that have a caption which is not UTF-8 where none is given."""
        with explained():
            rows = rows_in(dataset_path(self._workspace, self._dataset), self._workspace)
        return [named(rows, name) for name in names] or [
            row.item for row in rows if row.item.problem_code == "caption-not-utf8"
        ]

    def chosen(
        self,
        text: str = "",
        key: SortKey = SortKey.DATASET,
        *,
        is_reversed: bool = False,
        has_status: bool = False,
    ) -> ChosenItems:
        """The items that a filter asks for.

        Caches, problems and the tokenizer are looked at where the filter or the order needs them.

        Args:
            text: the filter.
            key: the order.
            is_reversed: the other way round.
            has_status: whether caches and problems are looked at in any case.

        Raises:
            BadInputError: the filter cannot be understood, or takes too long.
            DatasetError: the ``dataset.toml`` cannot be read.
        """
        selection = asked(text, key, is_reversed=is_reversed)
        with explained():
            config = configuration.load(self._workspace)
            settings = settings_for(config, RunRequest(RunKind.TRAIN, dataset=self._dataset))
            has_status = has_status or selection.asks_for_status
            if has_status:
                from wantui.runs.dataset_report import look_at  # noqa: PLC0415  few filters need it

                look = look_at(self._workspace, settings)
                found, rows = look.dataset, rows_of(look.dataset.items, look.problems, look.caches, look.held_out)
            else:
                from wantui.runs.scanning import scan_for  # noqa: PLC0415  when it is asked for

                found = scan_for(self._workspace, settings)
                rows = rows_of(found.items, held_out=HeldOut(self._workspace).among(found.items))
            with self._tokens(config, selection) as tokens:
                losses = self.losses() if selection.asks_for_losses else None
                return ChosenItems(found, choose(rows, selection, tokens, lambda: losses), has_status, losses)

    def losses(self) -> ItemLosses | None:
        """What the checkpoints that were asked last have on each item; None: none was asked.

        Raises:
            JobError: what was kept cannot be read.
        """
        from wantui.runs.probing.items import latest_losses  # noqa: PLC0415  few filters need it

        with explained():
            return latest_losses(self._workspace)

    def hold_out(self, items: Sequence[Item]) -> None:
        """Never train on `items` until they are released.

        Raises:
            CacheError: the list of held-out items cannot be read or written.
        """
        with explained():
            HeldOut(self._workspace).add(items)

    def release(self, items: Sequence[Item]) -> None:
        """Let held-out `items` be trained on again; raises what `hold_out` does."""
        with explained():
            HeldOut(self._workspace).release(items)

    def drawn(self, rows: Sequence[ItemRow], count: int, seed: int) -> tuple[Item, ...]:
        """`count` items of `rows` at random, in proportion from each section; see `held_out.drawn`."""
        return drawn((row.item for row in rows if not row.is_held_out), count, seed)

    @contextmanager
    def _tokens(self, config: Config, selection: Selection) -> Iterator[Callable[[str], int | None] | None]:
        """What counts tokens, where they are asked for and the trainer's tokenizer is at hand."""
        counter = None
        why_not = trust.why_not_used(config) if selection.filter.asks_for_tokens else None
        if why_not is not None:
            self._say(f"the trainer's tokenizer is not started, because {why_not}: tokens: counts words")
        elif selection.filter.asks_for_tokens:
            counter = trainer(config.trainer.kind).token_counter(config.trainer.python, dict(config.trainer.env))
            if counter is None or counter.count("") is None:
                self._say("the text encoder's tokenizer is not at hand: tokens: counts words")
        if counter is None:
            yield None
            return
        try:
            yield counter.count
        finally:
            counter.close()
