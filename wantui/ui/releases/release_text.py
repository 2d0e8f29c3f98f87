"""A release as it would be written, in lines."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from wantui.formatting import file_size, home, plain_plural
from wantui.terminal.foreign_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.services.annotations import ReleaseFile, ReleasePlan
    from wantui.ui.drawing.lines_view import Lines
    from wantui.ui.drawing.styles import Part, TextStyles

_LABEL = 12
_LEAST = 20
"""Cells of a value, however narrow it is."""


def release_lines(plan: ReleasePlan, width: int, styles: TextStyles) -> Lines:
    """What will be written, and where."""
    lines: Lines = [[(each, styles.strong)] for each in wrap(clean(home(plan.folder)), width)]
    for file in plan.files:
        lines += [[], *_file_lines(file, width, styles)]
    lines.append([])
    for label, value in _facts(plan):
        pieces = wrap(clean(value), max(_LEAST, width - _LABEL)) or [""]
        lines += [
            [((label if at == 0 else "").ljust(_LABEL), styles.dim), (piece, styles.plain)]
            for at, piece in enumerate(pieces)
        ]
    return lines


def _file_lines(file: ReleaseFile, width: int, styles: TextStyles) -> Iterator[list[Part]]:
    yield from ([(piece, styles.plain)] for piece in wrap(clean(file.name), width))
    found = file.candidate
    held_out = "" if found.held_out is None else f", held out {found.held_out:.4f}"
    yield [(f"  {file.expert} {file.candidate.words}", styles.strong), (f"  {file.why}{held_out}", styles.plain)]
    how = "written in half precision" if file.converts else "copied byte for byte"
    yield [(f"  {file_size(found.path.stat().st_size)}, {how}, then compared", styles.dim)]


def _facts(plan: ReleasePlan) -> Iterator[tuple[str, str]]:
    samples = plain_plural(len(plan.pictures), "sample") if plan.pictures else "no samples"
    yield "with", f"README.md (model card), SHA256SUMS, {samples}"
    yield "trigger", plan.trigger or "none that nearly all captions begin with"
    if plan.author:
        yield "author", plan.author
    if plan.loras_folder is not None:
        yield "also in", home(plan.loras_folder)
    if len(plan.files) == 1:
        yield "alone", f"the run has no checkpoint of the other expert than {plan.files[0].expert}"
