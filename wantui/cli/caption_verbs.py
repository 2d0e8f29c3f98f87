"""The actions of ``captions`` that list and change; what an action needs is imported when it is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli.numbers import positive

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wantui.paths import Workspace
    from wantui.services.annotations import Operation

    Act = Callable[[Workspace, argparse.Namespace], int]
    Add = Callable[[str, str, Act], argparse.ArgumentParser]

SORT_KEYS = ("dataset", "name", "status", "length", "size", "time", "loss")
"""As `wantui.listing.order.SortKey`."""


def add_actions(add: Add) -> None:
    """Add every action.

    Args:
        add: makes a parser of a name, a sentence and what is done.
    """
    listed = add("list", "the items with their captions", _list)
    listed.add_argument("filter", nargs="?", metavar="FILTER", help="which items; docs/filters.md has the language")
    listed.add_argument("--sort", choices=SORT_KEYS, default="dataset")
    listed.add_argument("--reverse", action="store_true")
    listed.add_argument("--caches", action="store_true", help="look at caches and problems too")
    written = add("set", "writes one caption", _set)
    written.add_argument("name", metavar="NAME", help="the item: its name, file name or path")
    written.add_argument("text", metavar="TEXT", help="the caption; - reads it from standard input")
    counted = add("tags", "the tags with their counts, and those that are misspelt", _tags)
    counted.add_argument("filter", nargs="?", metavar="FILTER", help="which items; docs/filters.md has the language")
    counted.add_argument("--sort", choices=("count", "name"), default="count")
    for each in (listed, written, counted):
        each.add_argument("--dataset", type=Path, metavar="T", help="the dataset.toml (default: [run] dataset)")
    _add_changes(add)
    back = add("undo", "undoes the last change of captions, items or dataset.toml", _undo)
    back.add_argument("--step", type=positive, metavar="N", help="this one alone, where no later one needs it")
    for each in (back, add("redo", "redoes what was undone", _redo)):
        each.add_argument("--steps", type=positive, default=1, metavar="N")
    for each in (listed, counted, add("history", "what has been changed, the newest last", _steps)):
        each.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")


def _add_changes(add: Add) -> None:
    """The actions that change many captions at once."""
    added = add("add", "puts a trigger word or text in front, or at the end", _changing(_add_text))
    added.add_argument("text", metavar="TEXT")
    added.add_argument("--end", action="store_true", help="at the end instead of in front")
    added.add_argument("--separator", default=", ", metavar="S", help="what stands between (default: ', ')")
    removed = add("remove-tag", "removes a tag", _changing(_remove_tag))
    removed.add_argument("tag", metavar="TAG")
    renamed = add("rename-tag", "renames a tag everywhere", _changing(_rename_tag))
    renamed.add_argument("old", metavar="TAG")
    renamed.add_argument("new", metavar="NAME")
    replaced = add("replace", "replaces a text", _changing(_replace))
    replaced.add_argument("find", metavar="FIND")
    replaced.add_argument("by", metavar="BY", help="with --regex \\1 is the first group")
    replaced.add_argument("--regex", action="store_true", help="FIND is a regular expression")
    replaced.add_argument("--ignore-case", action="store_true")
    ordered = add("sort-tags", "sorts the tags of each caption", _changing(_sort_tags))
    ordered.add_argument("--keep", type=int, default=1, metavar="N", help="the first N stay in place (default: 1)")
    dropped = add("drop-duplicates", "keeps the first of tags that are there twice", _changing(_drop_duplicates))
    filled = add("fill", "captions all that have no caption", _changing(_fill))
    filled.add_argument("text", metavar="TEXT")
    for each in (added, removed, renamed, replaced, ordered, dropped, filled):
        each.add_argument("--filter", metavar="FILTER", help="only in the items that the filter leaves")
        each.add_argument("--dry-run", action="store_true", help="print what would change and write nothing")
        each.add_argument("--dataset", type=Path, metavar="T", help="the dataset.toml (default: [run] dataset)")
        each.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")


def _changing(make: Callable[[argparse.Namespace], Operation]) -> Act:
    """What carries out the operation that the options ask for."""

    def act(workspace: Workspace, options: argparse.Namespace) -> int:
        from wantui.cli.captions import change  # noqa: PLC0415  see above

        return change(workspace, options, make(options))

    return act


def _add_text(given: argparse.Namespace) -> Operation:
    from wantui.captions.operations import AddText  # noqa: PLC0415  see above

    return AddText(given.text, at_end=given.end, separator=given.separator)


def _remove_tag(given: argparse.Namespace) -> Operation:
    from wantui.captions.operations import RemoveTag  # noqa: PLC0415  see above

    return RemoveTag(given.tag)


def _rename_tag(given: argparse.Namespace) -> Operation:
    from wantui.captions.operations import RenameTag  # noqa: PLC0415  see above

    return RenameTag(given.old, given.new)


def _replace(given: argparse.Namespace) -> Operation:
    from wantui.captions.operations import Replace  # noqa: PLC0415  see above

    return Replace(given.find, given.by, is_regex=given.regex, ignores_case=given.ignore_case)


def _sort_tags(given: argparse.Namespace) -> Operation:
    from wantui.captions.operations import SortTags  # noqa: PLC0415  see above

    return SortTags(max(0, given.keep))


def _drop_duplicates(_given: argparse.Namespace) -> Operation:
    from wantui.captions.operations import DropDuplicateTags  # noqa: PLC0415  see above

    return DropDuplicateTags()


def _fill(given: argparse.Namespace) -> Operation:
    from wantui.captions.operations import FillEmpty  # noqa: PLC0415  see above

    return FillEmpty(given.text)


def _list(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.captions import list_  # noqa: PLC0415  see above

    return list_(workspace, options)


def _set(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.captions import set_  # noqa: PLC0415  see above

    return set_(workspace, options)


def _tags(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.captions import tags  # noqa: PLC0415  see above

    return tags(workspace, options)


def _undo(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.captions import undo  # noqa: PLC0415  see above

    return undo(workspace, options)


def _redo(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.captions import redo  # noqa: PLC0415  see above

    return redo(workspace, options)


def _steps(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.captions import steps  # noqa: PLC0415  see above

    return steps(workspace, options)
