"""The dataset's settings: change them in the form, or make them from a folder where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.dataset_file import DatasetFile
    from wantui.ui.context import WorkContext


async def begin(context: WorkContext, folder: Path | None = None) -> None:
    """Open the form on the file there is, or on one that a folder suggests.

    Args:
        context: of the flow.
        folder: that suggests one; None: it is asked for.
    """
    settings = context.services.dataset_settings
    try:
        before = await context.ask(settings.read)
        file = before or await _from_folder(context, folder)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    if file is None:
        return
    from wantui.ui.dataset.dataset_form import DatasetForm  # noqa: PLC0415  its fields cost time that only it needs

    form = DatasetForm(settings, file, before, context.services.root)
    if await context.push(form):
        context.rescan()
        context.tell(f"{file.path.name} is written.")


async def _from_folder(context: WorkContext, folder: Path | None) -> DatasetFile | None:
    """What a folder suggests, which is asked for where None is given; None: no folder was named.

    Raises:
        WantuiError: nothing can be made of it.
    """
    if folder is None:
        from wantui.ui.dialogs.ask_path import AskPath  # noqa: PLC0415  opened when asked for

        path: Path = await context.ask(context.services.dataset_settings.path)
        folder = await context.push(
            AskPath(
                "Create a dataset",
                f"{path} does not exist yet.\n"
                "Which folder are the images or clips in? Their captions lie beside them.",
                context.services.root,
            )
        )
    return None if folder is None else await context.ask(context.services.dataset_settings.proposed, folder)
