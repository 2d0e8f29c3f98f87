"""What help lists in a place: its commands, those that are given everywhere, and the signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.jobs.model import JobState
from wantui.listing.rows import ItemStatus
from wantui.ui.commands.catalogue import Command, Place
from wantui.ui.commands.key_names import shown
from wantui.ui.commands.synonyms import SYNONYMS
from wantui.ui.dataset.item_row import problem_mark, status_mark
from wantui.ui.dialogs.help import HelpEntry, HelpSection
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.runs.job_rows import job_mark

if TYPE_CHECKING:
    from rich.style import Style

    from wantui.ui.commands.command_table import CommandTable
    from wantui.ui.drawing.styles import TextStyles

MOST_KEYS = 2
"""Keys of a command that are shown."""


def place_sections(place: Place, table: CommandTable, styles: TextStyles) -> tuple[HelpSection, ...]:
    """What can be done where one is, then what can be done everywhere, then what the signs mean."""
    title = "On this screen" if place is Place.CURVES else f"In the {place.value} pane"
    titles = {place: title} if place is Place.CURVES else {place: title, Place.EVERYWHERE: "Everywhere"}
    signs = _curve_signs(styles) if place is Place.CURVES else _signs(styles)
    commands = {said: [each for each in table.at(where) if each.keys] for where, said in titles.items()}
    return (
        *(HelpSection(said, tuple(map(_entry, listed))) for said, listed in commands.items()),
        HelpSection("Signs", tuple(HelpEntry(sign, says, ink) for sign, ink, says in signs)),
    )


def _entry(command: Command) -> HelpEntry:
    keys = [shown(key) for key in command.keys.split(",") if key]
    named = [key for key in dict.fromkeys([command.key, *keys]) if key and key not in command.key.split()]
    return HelpEntry(
        " ".join([command.key, *named][:MOST_KEYS]),
        command.says,
        more=f"{' '.join(keys)} {command.id} {SYNONYMS.get(command.id, '')}",
    )


def _signs(styles: TextStyles) -> tuple[tuple[str, Style, str], ...]:
    signs = (
        (status_mark(ItemStatus.CURRENT, styles), "item: every cache current; job: done"),
        (status_mark(ItemStatus.STALE, styles), "item: a cache is stale: caption, image or size has changed since"),
        (status_mark(ItemStatus.STALE, styles, encoding=True), "item: being encoded"),
        (status_mark(ItemStatus.MISSING, styles), "item: not cached yet"),
        (
            problem_mark(styles, is_error=True),
            "item: an error, fix it first; job: failed, the note says why",
        ),
        (problem_mark(styles, is_error=False), "item: a warning"),
        (job_mark(JobState.RUNNING, styles), "job: running"),
        (job_mark(JobState.QUEUED, styles), "job: waiting, the note says for what"),
        (job_mark(JobState.CANCELLED, styles), "job: stopped"),
        (job_mark(JobState.SKIPPED, styles), "job: skipped, there was nothing to do"),
        (job_mark(JobState.LOST, styles), "job: lost, ended, and nobody knows how"),
    )
    return tuple((*mark, says) for mark, says in signs)


def _curve_signs(styles: TextStyles) -> tuple[tuple[str, Style, str], ...]:
    return (
        (GLYPHS.curve, styles.high, "the trainer's mean over an epoch; dots: single steps"),
        (GLYPHS.compared, styles.high_dim, "the same of another run"),
        (GLYPHS.checkpoint, styles.plain, "a LoRA file was saved here"),
        (GLYPHS.went_on, styles.dim, "another attempt went on from here"),
        (GLYPHS.no_number, styles.bad, "the trainer told a loss that is no number"),
    )
