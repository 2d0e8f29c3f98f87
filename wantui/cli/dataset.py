"""``dataset``: the settings of ``dataset.toml``, shown and changed key by key, or made from a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.dataset.dataset_file import DatasetFile, diff, said, value_of
from wantui.dataset.keys import IMAGE, VIDEO
from wantui.services.dataset_settings import DatasetSettings

if TYPE_CHECKING:
    import argparse

    from wantui.dataset.dataset_file import Section
    from wantui.paths import Workspace

ANY_KEY = {**IMAGE, **VIDEO}


def dataset(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what the action says."""
    service = DatasetSettings(workspace, options.dataset)
    path = service.path()
    match options.action:
        case "show":
            return _show(service.file(), as_json=options.json)
        case "new":
            if path.exists():
                complain(f"{path}: already exists; `wantui dataset add` adds a folder to it")
                return BAD_USAGE
            return _write(service, None, service.proposed(options.folder.expanduser().absolute()), options)
    before = service.file()
    section = _section(before, options)
    match options.action:
        case "set":
            text = options.value
            value = value_of(ANY_KEY[options.key], text) if options.key in ANY_KEY else text
            after = before.set(section, options.key, value)
        case "unset":
            after = before.unset(section, options.key)
        case "remove":
            after = before.remove(options.section - 1)
        case _:
            after = service.with_folder(before, options.folder, video=True if options.video else None)
    return _write(service, before, after, options)


def _section(file: DatasetFile, options: argparse.Namespace) -> Section:
    """What ``--section`` means; without it the only ``[[datasets]]`` for keys that are a section's own."""
    given = getattr(options, "section", None)
    if given is not None:
        return None if given == 0 else given - 1
    key = getattr(options, "key", None)
    in_general = key is None or key in file.general or len(file.sections) != 1
    return None if in_general else 0


def _write(
    service: DatasetSettings, before: DatasetFile | None, after: DatasetFile, options: argparse.Namespace
) -> int:
    """Write the file, or print what would change."""
    if after.trouble is not None:
        complain(f"{after.trouble}; nothing was written")
        return FAILED
    if options.dry_run:
        print(diff(before, after), end="")
        return DONE
    step = service.write(before, after)
    print("nothing changes" if step is None else f"{after.path} is written")
    return DONE


def _show(file: DatasetFile, *, as_json: bool) -> int:
    trouble = file.trouble
    if as_json:
        document: dict[str, Any] = {"path": str(file.path), "general": file.general, "datasets": list(file.sections)}
        show.document(document | {"problem": None if trouble is None else str(trouble)})
    else:
        print(file.path)
        for section, own in ((None, file.general), *enumerate(file.sections)):
            print(f"\n{said(section)}")
            show.table([[key, str(value)] for key, value in own.items()], indent="  ")
        if trouble is not None:
            print(f"\n{show.BAD} {trouble}")
    return DONE if trouble is None else FAILED
