"""A report as one HTML file: styles, charts and pictures are inside it, so that it can be sent and kept."""

from __future__ import annotations

import shlex
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from wantui import reading
from wantui.formatting import duration_in_hours, file_size, in_words, moment, plain_plural
from wantui.history.model import EventSeverity
from wantui.jobs.model import EXPERT_KINDS
from wantui.jobs.shown import shown_argv
from wantui.runs.report import chart, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wantui.runs.report.facts import RunFacts, SavedLora

PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
MOST_PICTURES = 48
LARGEST_PICTURE = 4 << 20
"""Bytes; a sample has about one megabyte."""
RATE_HEIGHT = 150

STYLE = """
:root { color-scheme: light dark; --ink: #1c2230; --dim: #5d667a; --line: #d9dde6; --page: #fbfbfd; --box: #f1f3f7;
  --high: #7c4dc4; --low: #0f8a76; --bad: #b3261e; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e2e6ef; --dim: #98a2b8; --line: #2c3446; --page: #0e1118;
  --box: #171c27; --high: #b98df0; --low: #4fd8c0; --bad: #ff8a80; --warn: #f0b85a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 2.5rem auto;
  max-width: 62rem; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; } .dim { color: var(--dim); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.figures { display: flex; flex-wrap: wrap; gap: 2.2rem; margin: 1.2rem 0 0; padding: 0; }
.figures div { display: flex; flex-direction: column-reverse; } .figures dd { margin: 0; font-size: 1.35rem; }
.figures dt { color: var(--dim); font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--dim); font-size: .85rem; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; } .high { color: var(--high); } .low { color: var(--low); }
svg { width: 100%; height: auto; } .label { fill: var(--dim); font-size: 12px; } .end { text-anchor: end; }
.middle { text-anchor: middle; } .grid { stroke: var(--line); opacity: 1; } .curve { stroke-width: 2; }
.curve.high, .tick.high { stroke: var(--high); } .curve.low, .tick.low { stroke: var(--low); }
.curve.faint { stroke-width: 1; } .tick { stroke-width: 2; }
pre { background: var(--box); padding: .7rem .9rem; overflow-x: auto; white-space: pre-wrap; word-break: break-all;
  font-size: .82rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .8rem; }
.pictures img { width: 100%; border-radius: 4px; } figure { margin: 0; } figcaption { font-size: .75rem; }
summary { cursor: pointer; color: var(--dim); }
"""


def page(facts: RunFacts) -> str:
    """The whole file."""
    title = escape(words.title(facts))
    return "\n".join(
        (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
            '<meta name="viewport" content="width=device-width">',
            f"<style>{STYLE}</style></head><body>",
            *_head(facts),
            *_curves(facts),
            *_checkpoints(facts),
            *_samples(facts),
            *_events(facts),
            *_attempts(facts),
            *_difference(facts),
            *_settings(facts),
            *_commands(facts),
            "</body></html>\n",
        )
    )


def _head(facts: RunFacts) -> Iterator[str]:
    shade = "" if facts.run.is_good or not facts.run.has_ended else ' class="bad"'
    yield f"<h1>{escape(words.title(facts))}</h1><p{shade}>{escape(words.outcome(facts))}</p>"
    if facts.started is not None and facts.ended is not None:
        until = moment(facts.ended) if facts.run.has_ended else f"now, {moment(facts.ended)}"
        yield f'<p class="dim">{moment(facts.started)} to {until}</p>'
    shown = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in words.figures(facts))
    yield f'<dl class="figures">{shown}</dl>'
    rows = []
    for view in facts.views:
        if view.job.kind not in EXPERT_KINDS:
            continue
        told, job = view.progress, view.job
        cells = [
            f'<span class="{job.kind}">{job.kind}</span>',
            escape(str(job.state) + (f": {job.reason}" if job.reason and not job.state.is_good else "")),
            _of(told.epoch, told.epochs),
            _of(told.step, told.steps),
            "" if told.step_s is None else f"{told.step_s:.2f} s",
            "" if told.loss is None else f"{told.loss:.4f}",
        ]
        rows.append(cells)
    if rows:
        yield _table(("expert", "", "epoch", "step", "a step", "loss"), rows, numbers=(2, 3, 4, 5))


def _of(number: int | None, total: int | None) -> str:
    return "" if number is None else f"{number:,}" + (f" of {total:,}" if total is not None else "")


def _curves(facts: RunFacts) -> Iterator[str]:
    ticks = {
        kind: [each.step for each in found if each.step is not None] for kind, found in facts.checkpoints.items()
    }
    losses = chart.draw(chart.loss_curves(facts.points), ticks)
    if losses:
        yield "<h2>Loss</h2>" + losses
        yield '<p class="dim">by step; <span class="high">high</span> and <span class="low">low</span> noise expert, '
        yield "smoothed, with the loss of each step faint behind; ticks are saved LoRA files</p>"
    rates = chart.draw(chart.learning_rates(facts.points), {}, RATE_HEIGHT)
    if rates:
        yield "<h2>Learning rate</h2>" + rates


def _checkpoints(facts: RunFacts) -> Iterator[str]:
    rows = [
        [f'<span class="{kind}">{kind}</span>', *_checkpoint(each)]
        for kind, found in facts.checkpoints.items()
        for each in found
    ]
    if rows:
        yield "<h2>LoRA files</h2>"
        yield _table(("expert", "epoch", "step", "loss of its epoch", "size", "file"), rows, numbers=(1, 2, 3, 4))


def _checkpoint(each: SavedLora) -> list[str]:
    return [
        _of(each.epoch, None),
        _of(each.step, None),
        "" if each.loss is None else f"{each.loss:.4f}",
        "removed" if each.size is None else file_size(each.size),
        escape(str(each.path)),
    ]


def _samples(facts: RunFacts) -> Iterator[str]:
    """Pictures are inside; of clips, and of what is too large, the path is told."""
    if not facts.samples:
        return
    pictures, paths = [], []
    for path in facts.samples[-MOST_PICTURES:]:
        data = _picture(path)
        if data is None:
            paths.append(f"<p>{escape(str(path))}</p>")
        else:
            name = escape(path.name)
            pictures.append(f'<figure><img alt="{name}" src="{data}"><figcaption>{name}</figcaption></figure>')
    yield f'<h2>Samples</h2><div class="pictures">{"".join(pictures)}</div>' + "".join(paths)
    if len(facts.samples) > MOST_PICTURES:
        left = plain_plural(len(facts.samples) - MOST_PICTURES, "earlier one")
        yield f'<p class="dim">and {left} in {escape(str(facts.samples[0].parent))}</p>'


def _picture(path: Path) -> str | None:
    kind = PICTURES.get(path.suffix.lower())
    try:
        if kind is None or path.stat().st_size > LARGEST_PICTURE:
            return None
        with reading.open_file(path) as file:
            return f"data:{kind};base64,{b64encode(file.read()).decode()}"
    except (OSError, reading.NotAFileError):
        return None


def _events(facts: RunFacts) -> Iterator[str]:
    if facts.events:
        shades = {EventSeverity.WARNING: "warn", EventSeverity.ERROR: "bad", EventSeverity.INFO: ""}
        rows = [
            [moment(event.time), f'<span class="{shades[event.severity]}">{escape(event.message)}</span>']
            for event in facts.events
        ]
        yield "<h2>What happened</h2>" + _table(("when", "what"), rows)


def _attempts(facts: RunFacts) -> Iterator[str]:
    rows = [
        [str(each.kind), str(each.attempt), moment(each.started), duration_in_hours(each.seconds), escape(each.how)]
        for each in facts.stretches
    ]
    if rows:
        yield "<h2>Jobs</h2>" + _table(("job", "attempt", "started", "took", "ended"), rows, numbers=(1, 3))


def _difference(facts: RunFacts) -> Iterator[str]:
    found = facts.difference
    if found is None:
        return
    yield f"<h2>Compared with run {facts.before}</h2>"
    if not found:
        yield '<p class="dim">the same settings, trainer and items</p>'
        return
    rows = [[escape(key), escape(in_words(was)), escape(in_words(now))] for key, (was, now) in found.settings.items()]
    if found.trainer:
        rows.append(["trainer", *(escape(each or "not known") for each in found.trainer)])
    if rows:
        yield _table(("", "was", "is"), rows)
    if found.items:
        yield f"<p>items: {escape(str(found.items))}</p>"


def _settings(facts: RunFacts) -> Iterator[str]:
    report = facts.report
    rows = [["trainer", escape(report.trainer or "not started")]]
    rows += [[f"memory, {kind}", escape(said)] for kind, said in report.memory.items()]
    rows += [[escape(key), escape(in_words(value))] for key, value in report.told_settings.items()]
    yield "<h2>Settings</h2>" + _table(("", ""), rows)
    if report.items:
        listed = [[escape(row["name"]), escape(row["caption"] or "")] for row in report.items]
        yield f"<details><summary>trained on {plain_plural(len(listed), 'item')}</summary>"
        yield _table(("item", "caption"), listed) + "</details>"


def _commands(facts: RunFacts) -> Iterator[str]:
    yield "<h2>Command lines</h2>"
    for job in facts.run.jobs:
        yield f"<p>{job.kind}</p><pre>{escape(shlex.join(shown_argv(job.argv)))}</pre>"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], numbers: tuple[int, ...] = ()) -> str:
    """Cells are HTML already.

    Args:
        head: above the columns.
        rows: below.
        numbers: the columns that are aligned to the right.
    """
    classes = [' class="number"' if column in numbers else "" for column in range(9)]
    top = "".join(f"<th{classes[at]}>{name}</th>" for at, name in enumerate(head))
    body = "".join(
        "<tr>" + "".join(f"<td{classes[at]}>{cell}</td>" for at, cell in enumerate(row)) + "</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"
