"""Changes of captions and items: one caption, many, taking back, the trash. Every change is journalled."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.captions.drafts import keep
from wantui.dataset.model import Dataset
from wantui.jobs.trust import why_not_used
from wantui.services.values import CaptionText
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.captions.bulk import BulkPreview
    from wantui.captions.encodings import EncodingReading
    from wantui.captions.files import SaveReport
    from wantui.captions.operations import Operation
    from wantui.dataset.model import Item
    from wantui.journal.changes import Step
    from wantui.journal.trash import Trashed
    from wantui.paths import Workspace
    from wantui.trainer.protocol import TokenCounter


@dataclass(frozen=True, slots=True)
class ConvertedCaptions:
    """What became of captions that were not UTF-8."""

    what: str
    """What was done, as the journal has it."""
    step: Step | None
    """None: there was nothing to do."""
    files: tuple[Path, ...]


class Captions:
    """Changes in a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._counting = threading.Lock()
        self._has_counter = False
        self._counter: TokenCounter | None = None

    def read(self, item: Item) -> CaptionText:
        """The caption as it is on the disk; an empty one where there is no file yet."""
        from wantui.captions import files  # noqa: PLC0415  when it is asked for

        with explained():
            caption = files.read(item)
        return CaptionText(caption.text, caption)

    def save(self, item: Item, text: str, read_as: CaptionText | None) -> CaptionText:
        """Write one caption.

        Args:
            item: whose.
            text: the new caption.
            read_as: what the edit began with; None overwrites whatever is there now.

        Raises:
            ConflictError: the caption is not what `read_as` says; nothing was written.
        """
        from wantui.captions import files  # noqa: PLC0415  when it is asked for
        from wantui.journal.journal import Journal  # noqa: PLC0415  the same

        with explained():
            token = files.read(item) if read_as is None else read_as.token
            before = token if isinstance(token, files.ItemCaption) else None
            saved = files.save(Journal(self._workspace), item, text, before)
        return CaptionText(saved.text, saved)

    def readings(self, item: Item) -> tuple[EncodingReading, ...]:
        """What a caption file that is not UTF-8 may say, the likeliest first; empty where it is UTF-8."""
        from wantui.captions.encodings import readings  # noqa: PLC0415  when it is asked for

        with explained():
            return readings(item)

    def convert(self, item: Item, encoding: str) -> Step:
        """Make the file UTF-8, through the journal."""
        from wantui.captions.encodings import converted  # noqa: PLC0415  when it is asked for
        from wantui.journal.journal import Journal  # noqa: PLC0415  the same

        with explained():
            return Journal(self._workspace).do(f"convert {item.media.name} to UTF-8", [converted(item, encoding)])

    def convert_all(self, items: Sequence[Item], encoding: str) -> ConvertedCaptions:
        """Make the files of items UTF-8, in one step; those that are UTF-8 already are passed over."""
        from wantui.captions.encodings import converted, readings  # noqa: PLC0415  when it is asked for
        from wantui.journal.journal import Journal  # noqa: PLC0415  the same

        with explained():
            changes = [converted(item, encoding) for item in items if readings(item)]
            by_path = {change.path: change for change in changes}
            count = len(by_path)
            what = f"convert {count} {'caption' if count == 1 else 'captions'} from {encoding} to UTF-8"
            step = Journal(self._workspace).do(what, list(by_path.values())) if by_path else None
        return ConvertedCaptions(what, step, tuple(by_path))

    def keep_draft(self, item: Item, text: str) -> Path:
        """Keep a text that is not saved in the end; answers with its file."""
        with explained():
            return keep(self._workspace, item, text)

    def tokens(self, text: str) -> int | None:
        """How many tokens the text encoder makes of a caption; None where its tokenizer is not at hand."""
        with self._counting:
            if not self._has_counter:
                with explained():
                    config = configuration.load(self._workspace)
                    if why_not_used(config) is not None:
                        return None  # looking at a caption starts nothing of a workspace that nobody has used yet
                    tool = config.trainer
                    self._counter = trainer(tool.kind).token_counter(tool.python, dict(tool.env))
                self._has_counter = True
            counter = self._counter
        return None if counter is None else counter.count(text)

    def close(self) -> None:
        """End the tokenizer's process."""
        if self._counter is not None:
            self._counter.close()

    def preview(self, items: Sequence[Item], operation: Operation) -> BulkPreview:
        """What an operation would do to the captions as they are on the disk."""
        from wantui.captions.bulk import preview  # noqa: PLC0415  when it is asked for

        with explained():
            return preview(items, operation)

    def apply(self, seen: BulkPreview) -> SaveReport:
        """Write many captions in one step of the journal."""
        from wantui.captions.bulk import title  # noqa: PLC0415  when it is asked for
        from wantui.captions.files import save_all  # noqa: PLC0415  the same
        from wantui.journal.journal import Journal  # noqa: PLC0415  the same

        with explained():
            return save_all(Journal(self._workspace), title(seen), seen.changes)

    def undo(self, number: int | None = None) -> Step | None:
        """Take back a step and no other; None: there is none.

        Args:
            number: of the step; None: the last one.

        Raises:
            ConflictError: a file has been changed by somebody else since; nothing was taken back.
            WantuiError: a later step has changed the same files, or the step does not hold any more.
        """
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for

        with explained():
            return Journal(self._workspace).undo(number)

    def redo(self) -> Step | None:
        """Do again what was undone last; None: nothing was."""
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for

        with explained():
            return Journal(self._workspace).redo()

    def settle(self) -> Step | None:
        """Let the last step stand for good, so that `undo` goes on to the one before; None: there is none."""
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for

        with explained():
            return Journal(self._workspace).settle()

    def steps(self) -> tuple[Step, ...]:
        """Every step, the newest last."""
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for

        with explained():
            return Journal(self._workspace).steps()

    def step(self, number: int) -> Step | None:
        """A step, whether or not it can still be undone or redone; None: there is none of that number."""
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for

        with explained():
            found = Journal(self._workspace).everything()
            return next((each for each in found if each.number == number), None)

    def trash(self, items: Sequence[Item], every: Sequence[Item]) -> Step:
        """Move items of the dataset that ``[run]`` names to the trash.

        Args:
            items: those that go.
            every: all of the dataset.
        """
        from wantui.dataset import blueprint  # noqa: PLC0415  when it is asked for

        with explained():
            config = blueprint.load(configuration.load(self._workspace).run.dataset)
        return self.trash_of(Dataset(config, tuple(every)), items)

    def trash_of(self, dataset: Dataset, items: Sequence[Item]) -> Step:
        """Move items of a dataset to the trash."""
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for
        from wantui.journal.trash import trash  # noqa: PLC0415  the same

        with explained():
            return trash(Journal(self._workspace), dataset, items)

    def trashed(self) -> tuple[Trashed, ...]:
        """What lies in the workspace's trash."""
        from wantui.journal.trash import trashed  # noqa: PLC0415  when it is asked for

        with explained():
            return trashed(self._workspace)

    def restore(self, number: int, names: Sequence[str] | None = None) -> Step:
        """Put back what lies in one folder of the trash.

        Args:
            number: of the folder.
            names: of files; None: all.
        """
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for
        from wantui.journal.trash import restore  # noqa: PLC0415  the same

        with explained():
            return restore(Journal(self._workspace), number, names)
