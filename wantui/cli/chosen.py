"""The items that a verb's filter asks for; caches, problems and the tokenizer are looked at where it needs them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.cli.errors import complain
from wantui.jobs import trust
from wantui.jobs.model import RunKind
from wantui.listing.finding import choose
from wantui.listing.row_making import rows_of
from wantui.runs.report import look_at
from wantui.runs.request import RunRequest, settings_for
from wantui.runs.scanning import scan_for
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wantui.config.schema import Config
    from wantui.dataset.model import Dataset
    from wantui.listing.rows import ItemRow
    from wantui.listing.selection import Selection
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a filter leaves of a dataset."""

    dataset: Dataset
    rows: list[ItemRow]
    """In the order asked for."""
    has_status: bool
    """Whether caches and problems were looked at."""


def chosen(workspace: Workspace, dataset: Path | None, selection: Selection, *, has_status: bool = False) -> Chosen:
    """The items that are asked for.

    Args:
        workspace: whose configuration counts.
        dataset: the ``dataset.toml``; None: that of ``[run]``.
        selection: which, in which order.
        has_status: whether caches and problems are looked at even where the selection does not need it.

    Raises:
        JournalError: the filter takes too long.
        DatasetError: the ``dataset.toml`` cannot be read.
    """
    config = configuration.load(workspace)
    settings = settings_for(config, RunRequest(RunKind.TRAIN, dataset=dataset))
    has_status = has_status or selection.asks_for_status
    if has_status:
        look = look_at(workspace, settings)
        found, rows = look.dataset, rows_of(look.dataset.items, look.problems, look.caches)
    else:
        found = scan_for(workspace, settings)
        rows = rows_of(found.items)
    with _tokens(config, selection) as tokens:
        return Chosen(found, choose(rows, selection, tokens), has_status)


@contextmanager
def _tokens(config: Config, selection: Selection) -> Iterator[Callable[[str], int | None] | None]:
    """What counts tokens, where they are asked for and the trainer's tokenizer is at hand."""
    counter = None
    why_not = trust.why_not_used(config) if selection.filter.asks_for_tokens else None
    if why_not is not None:
        complain(f"the trainer's tokenizer is not started, because {why_not}: tokens: counts words")
    elif selection.filter.asks_for_tokens:
        counter = trainer(config.trainer.kind).token_counter(config.trainer.python, dict(config.trainer.env))
        if counter is None or counter.count("") is None:
            complain("the text encoder's tokenizer is not at hand: tokens: counts words")
    if counter is None:
        yield None
        return
    try:
        yield counter.count
    finally:
        counter.close()
