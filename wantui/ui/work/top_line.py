"""The top line: is it running, how far, when done, is anything wrong. The same on every screen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.formatting import count, duration, home, plural, shortened
from wantui.listing.rows import ItemStatus
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.drawn import Drawn
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Inks, Part, cells, spread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from textual.strip import Strip

    from wantui.runs.watch.state import WatchState
    from wantui.services.values import Defaults
    from wantui.ui.runs.run_status import Standing

WIDE = 110
"""From this width on everything has room."""
MINUTE_S = 60
TROUBLE_ROOM = 60
"""Cells that the watcher's trouble may take."""


@dataclass(frozen=True, slots=True)
class TopFacts:
    """What the top line says."""

    root: Path
    defaults: Defaults | None = None
    items: int | None = None
    statuses: Mapping[ItemStatus, int] = field(default_factory=dict)
    standing: Standing | None = None
    watching: WatchState | None = None
    """What the supervisor's watcher is at; None where none is at work."""


def mood_parts(standing: Standing, inks: Inks) -> list[Part]:
    """``▶ 34 %``, ``✓ done``: the run in a word."""
    from wantui.ui.runs.run_status import Mood  # noqa: PLC0415  the first frame has no run

    match standing.mood:
        case Mood.RUNNING:
            said = "" if standing.percent is None or standing.doing else f" {standing.percent} %"
            said = f" {standing.doing}" if standing.doing else said
            return [(GLYPHS.running + said, inks.good + inks.strong)]
        case Mood.WAITING:
            return [(f"{GLYPHS.waiting} waiting", inks.dim)]
        case Mood.DONE:
            return [(f"{GLYPHS.done} done", inks.good)]
        case Mood.FAILED:
            return [(f"{GLYPHS.failed} failed", inks.bad + inks.strong)]
        case Mood.STOPPED:
            return [(f"{GLYPHS.stopped} stopped", inks.caution)]
        case Mood.LOST:
            return [(f"{GLYPHS.lost} lost", inks.caution)]


def watch_parts(state: WatchState | None, inks: Inks, room: int) -> list[Part]:
    """``watching``, ``paused``: whether edits are encoded by themselves.

    Args:
        state: of the watcher.
        inks: of the theme.
        room: cells for what troubles it.
    """
    if state is None:
        return []
    match state.watching.value:
        case "watching" | "encoding":
            said: Part = ("watching", inks.good)
        case "polling":
            said = ("polling", inks.good)
        case "paused":
            said = ("paused", inks.caution)
        case "waiting":
            said = ("not watching before the first run", inks.caution)
        case "trouble":
            why = clean((state.note or "").partition("\n")[0])
            said = (f"{GLYPHS.problem} not watching" + (f": {why}" if why and room > len(why) else ""), inks.bad)
        case _:
            said = ("not watching", inks.dim)
    return [said, ("   ", inks.plain)]


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
        width, inks = self.size.width, self.inks
        facts = self.facts
        if facts is None:
            return spread([(" wantui", inks.accent)], [], width, inks.raised)
        clock: Part = (time.strftime("%H:%M ", time.localtime(self.now())), inks.dim)
        if width < WIDE:
            left, end = self._narrow(facts, inks, width)
            if cells([*left, *end, clock]) + 2 <= width:
                end.append(clock)
            return spread(left, end, width, inks.raised)
        for is_brief in (False, True):
            left, end = self._wide(facts, inks, is_brief=is_brief)
            if cells([*left, *end, clock]) < width:
                break
        return spread(left, [*end, clock], width, inks.raised)

    def _wide(self, facts: TopFacts, inks: Inks, *, is_brief: bool) -> tuple[list[Part], list[Part]]:
        left: list[Part] = [(" wantui", inks.accent), ("  " + clean(home(facts.root)), inks.plain)]
        said: list[str] = []
        if facts.defaults is not None:
            experts = "both experts" if facts.defaults.experts == "both" else f"{facts.defaults.experts} expert"
            said += [f"{clean(facts.defaults.task)}-A14B", experts]
        if facts.items is not None:
            said.append(plural(facts.items, "item"))
        if not is_brief:
            left.append(("    " + f" {GLYPHS.dot} ".join(said), inks.dim))
        marks = self._marks(facts, inks)
        if marks:
            left += [("    caches ", inks.dim), *marks]
        end: list[Part] = []
        if facts.standing is not None:
            end += [(f"run {facts.standing.run} ", inks.plain), *mood_parts(facts.standing, inks)]
            left_s = duration(facts.standing.left_s)
            if left_s:
                end += [("   left ", inks.dim), (left_s, inks.strong)]
            end.append(("   ", inks.plain))
        end += watch_parts(facts.watching, inks, room=8 if is_brief else TROUBLE_ROOM)
        return left, [*end, *self._rehearsal(facts, inks)]

    def _narrow(self, facts: TopFacts, inks: Inks, width: int) -> tuple[list[Part], list[Part]]:
        end: list[Part] = []
        if facts.statuses.get(ItemStatus.STALE):
            end.append((f"{GLYPHS.stale} {count(facts.statuses[ItemStatus.STALE])} stale  ", inks.caution))
        if facts.statuses.get(ItemStatus.PROBLEM):
            end.append((f"{GLYPHS.problem} {count(facts.statuses[ItemStatus.PROBLEM])}  ", inks.bad))
        if facts.watching is not None and facts.watching.watching.value in ("paused", "trouble"):
            end += watch_parts(facts.watching, inks, room=0)
        end += self._rehearsal(facts, inks)
        run: list[Part] = []
        if facts.standing is not None:
            run += [(f" {GLYPHS.dot} {facts.standing.run} ", inks.dim), *mood_parts(facts.standing, inks)]
            left_s = duration(facts.standing.left_s)
            if left_s:
                run += [(" left ", inks.dim), (left_s, inks.plain)]
        room = width - 10 - cells(run) - cells(end)
        where = shortened(clean("/".join(facts.root.parts[-2:]).lstrip("/")), max(0, room), GLYPHS.ellipsis)
        return [(" wantui ", inks.accent), (where, inks.plain), *run, (" ", inks.plain)], end

    def _marks(self, facts: TopFacts, inks: Inks) -> list[Part]:
        shown = (
            (ItemStatus.CURRENT, GLYPHS.current, inks.good),
            (ItemStatus.STALE, GLYPHS.stale, inks.caution),
            (ItemStatus.MISSING, GLYPHS.missing, inks.dim),
            (ItemStatus.PROBLEM, GLYPHS.problem, inks.bad),
        )
        return [(f" {mark} {count(facts.statuses[status])} ", ink)
                for status, mark, ink in shown if facts.statuses.get(status)]  # fmt: skip

    def _rehearsal(self, facts: TopFacts, inks: Inks) -> list[Part]:
        if facts.defaults is None or not facts.defaults.is_rehearsal:
            return []
        return [("REHEARSAL", inks.caution + inks.strong), ("  ", inks.plain)]
