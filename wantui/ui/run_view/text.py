"""A run in lines: its result first, then its checkpoints and files; settings, items and command lines on pages."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wantui.formatting import at_clock, count, duration, file_size, home, plural
from wantui.jobs.model import JobState
from wantui.jobs.shown import command_lines, shown_argv, shown_environment
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.lines_view import Lines, fact, wrapped
from wantui.ui.drawing.styles import Part, cells, fit, right
from wantui.ui.runs.job_rows import job_mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wantui.services.annotations import JobView
    from wantui.services.probing import AverageView, CheckpointView
    from wantui.services.run_view import RunView
    from wantui.ui.drawing.styles import TextStyles

MOST_CHANGES = 6
"""Differences from the run before that are told at once; the screen that compares has all."""
EPOCH = 11
NUMBER = 9
MARK = 2
SIZE = 11
LONGEST_NAME = 32


def result_lines(view: RunView, captions: Mapping[str, str], width: int, styles: TextStyles) -> Lines:
    """What came of a run.

    Args:
        view: of the run.
        captions: of the items of the dataset, by name.
        width: cells of a line.
        styles: the theme's.
    """
    parts = (
        _state(view, width, styles),
        _changed(view, width, styles),
        _next(view, width, styles),
        _checkpoints(view, width, styles),
        _files(view, width, styles),
        _hardest(view, captions, width, styles),
        _told(view, width, styles),
    )
    lines: Lines = []
    for part in parts:
        if part:
            lines += [*([[]] if lines else []), *part]
    return lines


def _state(view: RunView, width: int, styles: TextStyles) -> Lines:
    """How it stands, what it took, and how each expert stands where that says more."""
    figures = dict(view.figures)
    took = [f"took {figures['time']}"] if "time" in figures and view.has_ended else []
    took += [f"{name} {value}" for name, value in figures.items() if name not in ("time", "GPU hours")]
    gpus = sorted({each.job.gpu for each in view.experts if each.job.gpu is not None})
    if gpus:
        took.insert(1 if view.has_ended else 0, f"on GPU {' and '.join(map(str, gpus))}")
    is_done = view.has_ended and view.run.is_good
    head = f"{GLYPHS.done} done" if is_done else view.outcome
    ink = styles.good if is_done or view.outcome == "running" else styles.bad if view.has_ended else styles.dim
    said = ", ".join([*([at_clock(view.ended)] if view.ended else []), *took])
    first, *rest = wrapped(said, width - len(head) - 1) or [""]
    lines: Lines = [[(head, ink + styles.strong), (f" {first}", styles.plain)]]
    lines += [[(" " * (len(head) + 1) + piece, styles.plain)] for piece in rest]
    for each in view.experts or view.jobs:
        lines += _job(each, width, styles)
    if view.best and view.has_ended:
        pair = " + ".join(f"{each.expert} {each.member}" for each in view.best)
        lines.append([("best ", styles.dim), (pair, styles.strong), (f"   {view.why_best}", styles.dim)])
    return lines


def _job(view: JobView, width: int, styles: TextStyles) -> Lines:
    """One job: its sign, where it is, its loss, and why it ended where it did not end well."""
    job, told = view.job, view.progress
    mark, ink = job_mark(job.state, styles)
    said: list[Part] = [(f"{mark} ", ink), (f"{job.kind:<8}", styles.of_job(str(job.kind)))]
    words = [str(job.state)]
    if told.epoch is not None and told.epochs:
        words.append(f"epoch {told.epoch} of {told.epochs}")
    if told.loss is not None:
        words.append(f"loss {told.loss:.3f}")
    if job.state is JobState.RUNNING and told.eta_s is not None:
        words.append(f"{duration(told.eta_s)} left")
    lines: Lines = [[*said, (", ".join(words), styles.plain)]]
    reason = "" if job.state.is_good else job.reason or told.cause or ""
    return lines + [[("          " + piece, styles.caution)] for piece in wrapped(reason, width - 10)]


def _changed(view: RunView, width: int, styles: TextStyles) -> Lines:
    """How it differs from the training before it."""
    if view.before is None or view.differs is None:
        return []
    head = f"changed since run {view.before}"
    changes = view.differs.summary()
    if not changes:
        return [[(f"the same settings, trainer and items as run {view.before}", styles.dim)]]
    lines: Lines = [[(head, styles.dim)]]
    for each in changes[:MOST_CHANGES]:
        lines += [[("  " + piece, styles.plain)] for piece in wrapped(each, width - 2)]
    if len(changes) > MOST_CHANGES:
        lines.append([
            (f"  and {count(len(changes) - MOST_CHANGES)} more: ", styles.dim),
            ("d", styles.accent), (" compares", styles.dim),
        ])  # fmt: skip
    return lines


def next_steps(view: RunView) -> tuple[tuple[str, str], ...]:
    """What a person can do next: key and words."""
    if not view.has_ended:
        return (("v", "curves"), ("l", "log"))
    if not view.experts:
        return ()
    if view.run.is_good:
        ask = () if view.is_probed else (("o", "ask the checkpoints for their held-out loss"),)
        return (*ask, ("+", "more epochs"), ("n", "new run like this"))
    first = ("+", "resume from the last checkpoint") if view.checkpoints else ("l", "log")
    return (first, ("n", "new run like this"))


def _next(view: RunView, width: int, styles: TextStyles) -> Lines:
    lines: Lines = [[]]
    for key, words in next_steps(view):
        piece: list[Part] = [(key, styles.accent), (f" {words}   ", styles.plain)]
        if lines[-1] and cells(lines[-1]) + cells(piece) > width:
            lines.append([])
        lines[-1] += piece
    return [each for each in lines if each]


def _checkpoints(view: RunView, width: int, styles: TextStyles) -> Lines:
    """A row for each epoch that has a checkpoint, the experts beside each other; and who over-fits."""
    if not view.checkpoints:
        return []
    experts = list(dict.fromkeys(each.expert for each in view.checkpoints))
    found = {(each.expert, each.epoch): each for each in view.checkpoints}
    averages = {(each.expert, each.label): each for each in view.averages}
    labels = dict.fromkeys(each.label for each in view.averages)
    column = NUMBER + NUMBER + MARK + SIZE
    room = max(EPOCH, width - column * len(experts))
    first = min(room, max([EPOCH, *(len(label) + 1 for label in labels)]))
    names: list[Part] = [(fit("checkpoint", first), styles.dim)]
    heads: list[Part] = [(" " * first, styles.dim)]
    for expert in experts:
        names.append((fit(right(expert, NUMBER - 1), column), styles.of_job(expert)))
        heads.append((
            right("loss", NUMBER - 1) + " " + right("held out", NUMBER) + " " * MARK + right("size", SIZE - 1),
            styles.dim,
        ))  # fmt: skip
    lines: Lines = [names, heads]
    for epoch in sorted({each.epoch for each in view.checkpoints}):
        row: list[Part] = [(fit(f"epoch {epoch}", first), styles.plain)]
        for expert in experts:
            row += _cell(found.get((expert, epoch)), styles, column)
        lines.append(row)
    for label in labels:
        row = [(fit(label, first, GLYPHS.ellipsis), styles.plain)]
        for expert in experts:
            row += _average_cell(averages.get((expert, label)), styles, column)
        lines.append(row)
    for expert, sentence in view.verdicts:
        lines += [[(piece, styles.caution)] for piece in wrapped(f"{expert} {sentence}", width)]
    return lines


def _cell(each: CheckpointView | None, styles: TextStyles, width: int) -> list[Part]:
    if each is None:
        return [(" " * width, styles.plain)]
    loss = GLYPHS.skipped if each.loss is None else f"{each.loss:.4f}"
    held_out = GLYPHS.skipped if each.held_out is None else f"{each.held_out:.4f}"
    lowest = styles.of_job(each.expert) + styles.strong if each.is_lowest else styles.plain
    mark = f" {GLYPHS.checkpoint}" if each.is_lowest else ""
    return [
        (right(loss, NUMBER - 1) + " ", styles.plain),
        (right(held_out, NUMBER) + fit(mark, MARK), lowest),
        (right(file_size(each.size), SIZE - 1), styles.dim),
    ]


def _average_cell(each: AverageView | None, styles: TextStyles, width: int) -> list[Part]:
    if each is None:
        return [(" " * width, styles.plain)]
    held_out = GLYPHS.skipped if each.held_out is None else f"{each.held_out:.4f}"
    return [
        (right(GLYPHS.skipped, NUMBER - 1) + " ", styles.plain),
        (right(held_out, NUMBER) + " " * MARK, styles.plain),
        (right(file_size(each.size), SIZE - 1), styles.dim),
    ]


def _files(view: RunView, width: int, styles: TextStyles) -> Lines:
    """Where the best checkpoints lie, from the folder of the output on."""
    if not view.best:
        return []
    folder = view.best[0].path.parent
    lines: Lines = [[("files", styles.dim), (f"  in {clean(home(folder))}", styles.faint)]]
    lines += [[(f"  {fit(clean(each.path.name), width - 2, GLYPHS.ellipsis)}", styles.plain)] for each in view.best]
    return [*lines, [("  y", styles.accent), (" copy paths", styles.dim)]]


def _hardest(view: RunView, captions: Mapping[str, str], width: int, styles: TextStyles) -> Lines:
    if not view.hardest:
        return []
    lines: Lines = [[("hardest items", styles.dim), ("  held-out loss by item", styles.faint)]]
    name_width = min(LONGEST_NAME, max(len(each.name) for each in view.hardest))
    for each in view.hardest:
        row: list[Part] = [
            ("  " + fit(clean(each.name), name_width, GLYPHS.ellipsis), styles.plain),
            (f"  {each.expert:<5}", styles.of_job(each.expert)),
            (f"{each.loss:.4f}  ", styles.caution),
        ]
        caption = fit(clean(captions.get(each.name, "")), width - cells(row), GLYPHS.ellipsis)
        lines.append([*row, (caption, styles.dim)])
    return [*lines, [("  h", styles.accent), (" show them in the dataset", styles.dim)]]


def _told(view: RunView, width: int, styles: TextStyles) -> Lines:
    """What it trained with, in a line or two."""
    settings = dict(view.settings)
    said = [f"trained on {plural(len(view.items), 'item')}"] if view.items else []
    said += [f"{name} {settings[name]}" for name in ("rank", "learning rate", "seed") if name in settings]
    said += [view.trainer] if view.trainer else []
    return [[(piece, styles.dim)] for piece in wrapped(f" {GLYPHS.dot} ".join(said), width)] if said else []


def settings_lines(view: RunView, width: int, styles: TextStyles) -> Lines:
    """What it was told, without paths."""
    inks = styles.dim, styles.plain
    lines: Lines = [[("settings", styles.strong)]]
    if view.experts:
        trainer = view.trainer or "not settled yet: no expert has started"
        lines += fact("trainer", trainer, width, inks)
    facts = [*view.settings]
    facts += [(f"memory, {kind}", said) for kind, said in view.memory]
    facts += [(f"attempts, {kind}", said) for kind, said in view.attempts]
    for label, value in facts:
        lines += fact(label, value, width, inks)
    return lines


def paths_lines(view: RunView, width: int, styles: TextStyles) -> Lines:
    """Where what it was told of lies."""
    lines: Lines = [[("paths", styles.strong)]] if view.paths else []
    for label, value in view.paths:
        lines += fact(label, value, width, (styles.dim, styles.plain))
    return lines


def items_lines(view: RunView, since: str, width: int, styles: TextStyles) -> Lines:
    """What it trained on, an item a line; and what has changed since."""
    if not view.experts:
        return []
    if not view.items:
        said = "Its items are not settled yet: that happens when all their caches are encoded."
        return [[(piece, styles.dim)] for piece in wrapped(said, width)]
    lines: Lines = [[(f"trained on {plural(len(view.items), 'item')}", styles.strong)]]
    if since:
        lines += [[(piece, styles.caution)] for piece in wrapped(f"since this run began: {since}", width)]
    name_width = min(LONGEST_NAME, max(len(name) for name, _ in view.items))
    for name, caption in view.items:
        lines.append([
            (fit(clean(name), name_width, GLYPHS.ellipsis), styles.plain),
            ("  " + fit(clean(caption), width - name_width - 2, GLYPHS.ellipsis), styles.dim),
        ])  # fmt: skip
    return lines


def commands_text(view: RunView) -> str:
    """The command line of every job, ready to paste."""
    return "\n\n".join("\n".join(_command(each)) for each in view.jobs)


def commands_page(view: RunView, width: int, styles: TextStyles) -> Lines:
    """The command line of every job, and its log."""
    lines: Lines = []
    for each in view.jobs:
        kind = str(each.job.kind)
        lines += [*([[]] if lines else []), [(each.job.id, styles.of_job(kind) + styles.strong)]]
        lines += fact("log", home(each.log), width, (styles.dim, styles.plain), 5)
        lines += [[(piece, styles.dim)] for said in _command(each)[1:] for piece in wrapped(said, width)]
    return lines


def _command(view: JobView) -> list[str]:
    job = view.job
    environment = shown_environment(job.env or job.spec.env)
    words = [f"{name}={shlex.quote(value)}" for name, value in sorted(environment.items())]
    return [
        f"# {job.id}",
        f"cd {shlex.quote(str(job.spec.cwd))} && \\",
        *(f"{word} \\" for word in words),
        *command_lines(shown_argv(job.argv or job.spec.argv)),
    ]


def paths_text(view: RunView) -> str:
    """The files that are best, a path a line; empty where nothing is saved."""
    return "\n".join(str(each.path) for each in view.best)
