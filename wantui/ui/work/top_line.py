"""The top line: is it running, how far, when done, is anything wrong. The same on every screen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.formatting import MINUTE_S, clock_and_day, count, duration, home, plural, shortened
from wantui.listing.rows import ItemStatus
from wantui.terminal.foreign_text import clean
from wantui.ui.dataset.item_row import problem_mark, status_mark
from wantui.ui.drawing.drawn import Drawn
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, TextStyles, cells, spread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from textual.strip import Strip

    from wantui.services.annotations import WatchState
    from wantui.services.outlook import Outlook
    from wantui.services.values import Defaults
    from wantui.ui.runs.run_status import RunStatus

WIDE = 110
"""From this width on everything has room."""
TROUBLE_ROOM = 60
"""Cells that the watcher's trouble may take."""


@dataclass(frozen=True, slots=True)
class TopFacts:
    """What the top line says."""

    root: Path
    defaults: Defaults | None = None
    items: int | None = None
    statuses: Mapping[ItemStatus, int] = field(default_factory=dict)
    standing: RunStatus | None = None
    watching: WatchState | None = None
    """What the supervisor's watcher is at; None where none is at work."""
    outlook: Outlook | None = None
    """What nobody has seen, when all is done, what it costs; None before it is known."""
    errors: int = 0
    """How many of the dataset's problems keep a run from starting."""


def mood_parts(standing: RunStatus, styles: TextStyles) -> list[Part]:
    """``▶ 34 %``, ``✓ done``: the run in a word."""
    from wantui.jobs.model import JobState  # noqa: PLC0415  the first frame has no run
    from wantui.ui.runs.job_rows import job_mark  # noqa: PLC0415  the same

    sign, ink = job_mark(standing.state, styles)
    if standing.state is JobState.RUNNING:
        percent = "" if standing.percent is None else f" {standing.percent} %"
        said = f" {standing.doing}" if standing.doing else percent
    else:
        words = {JobState.QUEUED: "waiting", JobState.SUCCEEDED: "done", JobState.CANCELLED: "stopped"}
        said = f" {words.get(standing.state, standing.state)}"
    is_loud = standing.state in (JobState.RUNNING, JobState.FAILED)
    return [(sign + said, ink + styles.strong if is_loud else ink)]


def event_parts(outlook: Outlook | None, styles: TextStyles, *, is_brief: bool = False) -> list[Part]:
    """``! 2 events``: warnings and errors that nobody has looked at."""
    if outlook is None or not outlook.unseen:
        return []
    ink = styles.bad if outlook.errors else styles.caution
    said = str(outlook.unseen) if is_brief else plural(outlook.unseen, "event")
    return [(f"{GLYPHS.event} {said}", ink + styles.strong), ("  " if is_brief else "   ", styles.plain)]


def end_parts(outlook: Outlook | None, styles: TextStyles, now: float) -> list[Part]:
    """``done 04:12``, ``2 runs waiting, done 07:20``, ``1.61 of 2.52``: as far as it is no guess."""
    if outlook is None or outlook.run is None:
        return []
    parts: list[Part] = []
    if outlook.end is not None:
        parts += [("   done ", styles.faint), (clock_and_day(outlook.end, now=now), styles.strong)]
    if outlook.cost is not None:
        of = "" if outlook.whole_cost is None else f" of {outlook.whole_cost:.2f}"
        parts.append((f"   cost {outlook.cost:.2f}{of}", styles.dim))
    if outlook.waiting:
        until = "" if outlook.last_end is None else f", done {clock_and_day(outlook.last_end, now=now)}"
        parts.append((f"   {plural(outlook.waiting, 'run')} waiting{until}", styles.dim))
    return parts


def watch_parts(state: WatchState | None, styles: TextStyles, room: int) -> list[Part]:
    """``watching``, ``paused``: whether edits are encoded by themselves.

    Args:
        state: of the watcher.
        styles: of the theme.
        room: cells for what troubles it.
    """
    if state is None:
        return []
    match state.watching.value:
        case "watching" | "encoding":
            said: Part = ("watching", styles.good)
        case "polling":
            said = ("polling", styles.good)
        case "paused":
            said = ("paused", styles.caution)
        case "waiting":
            said = ("not watching before the first run", styles.caution)
        case "trouble":
            why = clean((state.note or "").partition("\n")[0])
            said = (
                f"{GLYPHS.problem} not watching" + (f": {why}" if why and room > len(why) else ""),
                styles.bad,
            )
        case _:
            said = ("not watching", styles.dim)
    return [said, ("   ", styles.plain)]


class TopLine(Drawn):
    """One line."""

    facts: reactive[TopFacts | None] = reactive(None)
    """What is said; drawn again only when it differs."""

    def __init__(self) -> None:
        super().__init__(id="top")

    def on_mount(self) -> None:
        """Draw the clock when it shows another minute."""
        self._tick()

    def _tick(self) -> None:
        self.refresh()
        self.set_timer(MINUTE_S - self.now() % MINUTE_S + 0.05, self._tick)

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002  there is one line
        """Draw it."""
        width, styles = self.size.width, self.text_styles
        facts = self.facts
        if facts is None:
            return spread([(" wantui", styles.accent)], [], width, styles.raised)
        clock: Part = (time.strftime("%H:%M ", time.localtime(self.now())), styles.faint)
        if width < WIDE:
            left, end = self._narrow(facts, styles, width)
            if cells([*left, *end, clock]) + 2 <= width:
                end.append(clock)
            return spread(left, end, width, styles.raised)
        for is_brief, has_end in ((False, True), (True, True), (True, False)):
            left, end = self._wide(facts, styles, is_brief=is_brief, has_end=has_end)
            if cells([*left, *end, clock]) < width:
                break
        return spread(left, [*end, clock], width, styles.raised)

    def _wide(
        self, facts: TopFacts, styles: TextStyles, *, is_brief: bool, has_end: bool
    ) -> tuple[list[Part], list[Part]]:
        left: list[Part] = [(" wantui", styles.accent), ("  " + clean(home(facts.root)), styles.plain)]
        said: list[str] = []
        if facts.defaults is not None:
            experts = "both experts" if facts.defaults.experts == "both" else f"{facts.defaults.experts} expert"
            said += [f"{clean(facts.defaults.task)}-A14B", experts]
        if facts.items is not None:
            said.append(plural(facts.items, "item"))
        if not is_brief:
            left.append(("    " + f" {GLYPHS.dot} ".join(said), styles.dim))
        marks = self._marks(facts, styles)
        if marks:
            left += [("    caches ", styles.faint), *marks]
        end: list[Part] = []
        if facts.standing is not None:
            end += [(f"run {facts.standing.run} ", styles.plain), *mood_parts(facts.standing, styles)]
            left_s = duration(facts.standing.left_s)
            if left_s:
                end += [("   left ", styles.faint), (left_s, styles.strong)]
            if has_end:
                end += end_parts(facts.outlook, styles, self.now())
            end.append(("   ", styles.plain))
        end += event_parts(facts.outlook, styles)
        end += watch_parts(facts.watching, styles, room=8 if is_brief else TROUBLE_ROOM)
        return left, [*end, *self._rehearsal(facts, styles)]

    def _narrow(self, facts: TopFacts, styles: TextStyles, width: int) -> tuple[list[Part], list[Part]]:
        end = event_parts(facts.outlook, styles, is_brief=True)
        if facts.statuses.get(ItemStatus.STALE):
            sign, ink = status_mark(ItemStatus.STALE, styles)
            end.append((f"{sign} {count(facts.statuses[ItemStatus.STALE])} stale  ", ink))
        end += [(f"{said}  ", ink) for said, ink in self._problems(facts, styles)]
        if facts.watching is not None and facts.watching.watching.value in ("paused", "trouble"):
            end += watch_parts(facts.watching, styles, room=0)
        end += self._rehearsal(facts, styles)
        run: list[Part] = []
        if facts.standing is not None:
            run += [
                (f" {GLYPHS.dot} {facts.standing.run} ", styles.dim),
                *mood_parts(facts.standing, styles),
            ]
            left_s = duration(facts.standing.left_s)
            if left_s:
                run += [(" left ", styles.faint), (left_s, styles.plain)]
        room = width - 10 - cells(run) - cells(end)
        where = shortened(clean("/".join(facts.root.parts[-2:]).lstrip("/")), max(0, room), GLYPHS.ellipsis)
        return [(" wantui ", styles.accent), (where, styles.plain), *run, (" ", styles.plain)], end

    def _marks(self, facts: TopFacts, styles: TextStyles) -> list[Part]:
        parts: list[Part] = []
        for status in (ItemStatus.CURRENT, ItemStatus.STALE, ItemStatus.MISSING):
            if facts.statuses.get(status):
                sign, ink = status_mark(status, styles)
                parts.append((f" {sign} {count(facts.statuses[status])} ", ink))
        return [*parts, *((f" {said} ", ink) for said, ink in self._problems(facts, styles))]

    def _problems(self, facts: TopFacts, styles: TextStyles) -> list[Part]:
        """``✗ 4``, ``! 7``: what the list of problems has, with its signs."""
        warnings = facts.statuses.get(ItemStatus.PROBLEM, 0) - facts.errors
        parts: list[Part] = []
        for number, is_error in ((facts.errors, True), (warnings, False)):
            sign, ink = problem_mark(styles, is_error=is_error)
            parts += [(f"{sign} {count(number)}", ink)] if number > 0 else []
        return parts

    def _rehearsal(self, facts: TopFacts, styles: TextStyles) -> list[Part]:
        if facts.defaults is None or not facts.defaults.is_rehearsal:
            return []
        return [("REHEARSAL", styles.caution + styles.strong), ("  ", styles.plain)]
