"""The plan of a run as text: problems, buckets and steps, cache work, command lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from wantui.formatting import count, file_size, plural
from wantui.jobs.shown import command_lines, shown_argv
from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.plan.memory_text import MEMORY, memory_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.style import Style

    from wantui.dataset.model import Problem, StepPlan
    from wantui.services.annotations import Forecast, NamesInUse
    from wantui.services.values import RunPreview
    from wantui.trainer.model import RunSettings
    from wantui.ui.drawing.styles import TextStyles

LABEL = 9
WIDEST_LABEL = 40
"""Cells in front of a line within which its last column begins."""
LEAST_COLUMN = 18
"""Cells of a column, however narrow the plan is."""
_GAP = re.compile(r" {2,}(?=\S)")
MOST_PROBLEMS = 12
MOST_BUCKETS = 8
MOST_FILES = 8


def trouble_text(trouble: str, styles: TextStyles) -> Text:
    """Why there is no plan."""
    return Text(clean_lines(trouble), styles.bad)


def preview_text(preview: RunPreview, styles: TextStyles) -> Text:
    """What would happen."""
    text = Text()
    errors = [problem for problem in preview.problems if problem.severity.value == "error"]
    warnings = [
        problem
        for problem in preview.problems
        if problem.severity.value != "error" and problem.code != "files-exist"  # told above all
    ]
    _problems(text, errors, GLYPHS.error, styles.bad, styles)
    if preview.in_use is not None:
        _in_use(text, preview.in_use, styles)
    if preview.steps is not None:
        _steps(text, preview.steps, preview.settings, styles)
    _label(text, "caches", styles)
    work = [plural(number, f"{step} file") for step, number in preview.to_encode.items() if number]
    text.append(f"{' and '.join(work)} to encode\n" if work else "all current, nothing to encode\n")
    _label(text, "saves", styles)
    text.append(f"every {plural(preview.settings.save_every, 'epoch')}, and at the end\n")
    if preview.forecast is not None:
        _forecast(text, preview.forecast, styles)
    if preview.ways:
        memory_text(text, preview.ways, styles)
    elif preview.steps is not None:
        _label(text, MEMORY, styles)
        text.append(f"{clean(preview.settings.memory)}, settled on the GPU that the expert gets\n")
    if warnings:
        text.append("\n")
    _problems(text, warnings, GLYPHS.problem, styles.caution, styles)
    for job in preview.jobs:
        text.append(f"\n{job.kind}\n", styles.of_job(job.kind) + styles.strong)
        for line in command_lines(shown_argv(job.argv)):
            text.append(f"  {clean(line)}\n", styles.dim)
    return text


def _in_use(text: Text, found: NamesInUse, styles: TextStyles) -> None:
    """Which files exist, by their names, and that none of them is overwritten unasked."""
    text.append(f"{GLYPHS.problem} ", styles.caution)
    text.append(f"{clean(str(found))}\n")
    for path in found.files[:MOST_FILES]:
        text.append(f"  {clean(path.name)}\n", styles.dim)
    if len(found.files) > MOST_FILES:
        text.append(f"  and {count(len(found.files) - MOST_FILES)} more\n", styles.dim)
    text.append(f"  f3 takes the suffix {clean(found.free_suffix)}, which is free\n", styles.dim)
    if not found.writers:
        text.append(f"  f4 replaces them: they are moved to {clean(str(found.place))}\n", styles.dim)
    text.append("\n")


def _label(text: Text, label: str, styles: TextStyles) -> None:
    text.append(f"{label:<{LABEL}}", styles.dim)


def _steps(text: Text, plan: StepPlan, settings: RunSettings, styles: TextStyles) -> None:
    _label(text, "steps", styles)
    text.append(count(plan.steps), styles.strong)
    text.append(f"  ({count(plan.steps_per_epoch)} an epoch {GLYPHS.times} {count(settings.epochs)})")
    text.append("  for each expert\n" if len(settings.experts) > 1 else "\n")
    for at, bucket in enumerate(plan.buckets[:MOST_BUCKETS]):
        _label(text, "buckets" if at == 0 else "", styles)
        frames = f"{GLYPHS.times}{bucket.frames}" if bucket.frames > 1 else ""
        size = f"{bucket.width}{GLYPHS.times}{bucket.height}{frames}"
        text.append(f"{size:<14}")
        text.append(f"{plural(bucket.items, 'item')}, {plural(bucket.batches, 'batch', 'batches')}\n", styles.dim)
    if len(plan.buckets) > MOST_BUCKETS:
        _label(text, "", styles)
        text.append(f"and {plural(len(plan.buckets) - MOST_BUCKETS, 'more bucket')}\n", styles.dim)


def _forecast(text: Text, found: Forecast, styles: TextStyles) -> None:
    """Which files there will be in the end, and whether the disk has room for them."""
    for at, (expert, files) in enumerate(found.experts):
        _label(text, "files" if at == 0 else "", styles)
        each = f" of {file_size(files.checkpoint_bytes)}" if files.checkpoint_bytes else ""
        text.append(f"{expert:<5}", styles.of_job(expert))
        text.append(
            f"{plural(len(files.checkpoints), 'LoRA')}{each}, {clean(files.checkpoints[-1].name)}\n", styles.dim
        )
    _label(text, "disk", styles)
    free = "" if found.free_bytes is None else f" of {file_size(found.free_bytes)} free"
    text.append(f"about {file_size(found.size)}{free}\n")


def _problems(text: Text, problems: list[Problem], sign: str, ink: Style, styles: TextStyles) -> None:
    for problem in problems[:MOST_PROBLEMS]:
        text.append(f"{sign} ", ink)
        text.append(f"{clean(problem.path.name)}: {clean(problem.message)}\n")
        text.append(f"  {clean(problem.fix)}\n", styles.dim)
    if len(problems) > MOST_PROBLEMS:
        text.append(f"  and {count(len(problems) - MOST_PROBLEMS)} more\n", styles.dim)
    if problems:
        text.append("\n")


def hung(text: Text, width: int, console: Console) -> Text:
    """`text` in lines of at most `width` cells; a longer one goes on below where its last column begins."""
    if width < WIDEST_LABEL:
        return text
    rows = Text()
    for row in text.split("\n", include_separator=False, allow_blank=True):
        widest = min(WIDEST_LABEL, width - LEAST_COLUMN)
        indent = max((gap.end() for gap in _GAP.finditer(row.plain[:widest])), default=0)
        head, rest = row.divide([indent])
        pieces = rest.wrap(console, max(LEAST_COLUMN, width - indent)) or [rest]
        for at, piece in enumerate(pieces):
            piece.rstrip()
            rows.append_text(head if at == 0 else Text(" " * indent)).append_text(piece).append("\n")
    rows.right_crop(1)
    return rows
