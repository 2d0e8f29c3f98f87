"""What the screen asks for around changes: one caption, many, taking back, the trash. Every change is journalled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wantui import config as configuration
from wantui.ui.data.told import told_as_backend_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.dataset.model import Item
    from wantui.paths import Workspace
    from wantui.ui.data.backend import CaptionText
    from wantui.workbench.bulk import BulkPreview, Operation
    from wantui.workbench.caption_files import Saved
    from wantui.workbench.changes import Step
    from wantui.workbench.trash import Trashed


class Editing(Protocol):
    """Changes of captions and items. Every call may block, and raises `BackendError`."""

    def read(self, item: Item) -> CaptionText:
        """The caption as it is on the disk."""
        ...

    def save(self, item: Item, text: str, read_as: CaptionText | None) -> CaptionText:
        """Write one caption.

        Args:
            item: whose.
            text: the new caption.
            read_as: what the edit began with; None overwrites whatever is there now.

        Raises:
            CaptionConflictError: the caption is not what `read_as` says; nothing was written.
        """
        ...

    def preview(self, items: Sequence[Item], operation: Operation) -> BulkPreview:
        """What an operation would do; nothing is written."""
        ...

    def apply(self, seen: BulkPreview) -> Saved:
        """Do what a preview has shown, in one step."""
        ...

    def undo(self) -> Step | None:
        """Take back the last step; None: there is none."""
        ...

    def redo(self) -> Step | None:
        """Do again what was undone last; None: nothing was."""
        ...

    def steps(self) -> tuple[Step, ...]:
        """Every step, the newest last."""
        ...

    def trash(self, items: Sequence[Item], every: Sequence[Item]) -> Step:
        """Move items to the trash.

        Args:
            items: those that go.
            every: all of the dataset.
        """
        ...

    def trashed(self) -> tuple[Trashed, ...]:
        """What lies in the trash."""
        ...

    def restore(self, number: int) -> Step:
        """Put back what was moved to the trash at once."""
        ...


class WorkspaceEditing:
    """Changes in a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def read(self, item: Item) -> CaptionText:
        """The caption as it is on the disk; an empty one where there is no file yet."""
        from wantui.ui.data.backend import CaptionText  # noqa: PLC0415  the same
        from wantui.workbench import caption_files  # noqa: PLC0415  when it is asked for

        with told_as_backend_error():
            caption = caption_files.read(item)
        return CaptionText(caption.text, caption)

    def save(self, item: Item, text: str, read_as: CaptionText | None) -> CaptionText:
        """Write one caption through the journal."""
        from wantui.ui.data.backend import CaptionText  # noqa: PLC0415  the same
        from wantui.workbench import caption_files  # noqa: PLC0415  when it is asked for
        from wantui.workbench.journal import Journal  # noqa: PLC0415  the same

        with told_as_backend_error():
            token = caption_files.read(item) if read_as is None else read_as.token
            before = token if isinstance(token, caption_files.ItemCaption) else None
            saved = caption_files.save(Journal(self._workspace), item, text, before)
        return CaptionText(saved.text, saved)

    def preview(self, items: Sequence[Item], operation: Operation) -> BulkPreview:
        """What an operation would do to the captions as they are on the disk."""
        from wantui.workbench.bulk import preview  # noqa: PLC0415  when it is asked for

        with told_as_backend_error():
            return preview(items, operation)

    def apply(self, seen: BulkPreview) -> Saved:
        """Write many captions in one step of the journal."""
        from wantui.workbench.bulk import title  # noqa: PLC0415  when it is asked for
        from wantui.workbench.caption_files import save_all  # noqa: PLC0415  the same
        from wantui.workbench.journal import Journal  # noqa: PLC0415  the same

        with told_as_backend_error():
            return save_all(Journal(self._workspace), title(seen), seen.changes)

    def undo(self) -> Step | None:
        """Take back the last step of the journal."""
        from wantui.workbench.journal import Journal  # noqa: PLC0415  when it is asked for

        with told_as_backend_error():
            return Journal(self._workspace).undo()

    def redo(self) -> Step | None:
        """Do the last undone step of the journal again."""
        from wantui.workbench.journal import Journal  # noqa: PLC0415  when it is asked for

        with told_as_backend_error():
            return Journal(self._workspace).redo()

    def steps(self) -> tuple[Step, ...]:
        """Every step of the journal."""
        from wantui.workbench.journal import Journal  # noqa: PLC0415  when it is asked for

        with told_as_backend_error():
            return Journal(self._workspace).steps()

    def trash(self, items: Sequence[Item], every: Sequence[Item]) -> Step:
        """Move media and captions to the workspace's trash."""
        from wantui.dataset import blueprint  # noqa: PLC0415  when it is asked for
        from wantui.dataset.model import Dataset  # noqa: PLC0415  the same
        from wantui.workbench.journal import Journal  # noqa: PLC0415  the same
        from wantui.workbench.trash import trash  # noqa: PLC0415  the same

        with told_as_backend_error():
            config = blueprint.load(configuration.load(self._workspace).run.dataset)
            return trash(Journal(self._workspace), Dataset(config, tuple(every)), items)

    def trashed(self) -> tuple[Trashed, ...]:
        """What lies in the workspace's trash."""
        from wantui.workbench.trash import trashed  # noqa: PLC0415  when it is asked for

        with told_as_backend_error():
            return trashed(self._workspace)

    def restore(self, number: int) -> Step:
        """Put back what lies in one folder of the trash."""
        from wantui.workbench.journal import Journal  # noqa: PLC0415  when it is asked for
        from wantui.workbench.trash import restore  # noqa: PLC0415  the same

        with told_as_backend_error():
            return restore(Journal(self._workspace), number)
