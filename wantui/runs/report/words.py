"""A report in a few lines, for a message and for the command line; and the figures that page and lines share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.formatting import duration_in_hours, plain_plural
from wantui.history.model import EventSeverity
from wantui.jobs.model import EXPERT_KINDS, JobState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.runs.report.facts import RunFacts

EVENTS_SAID = 5
"""Warnings and errors, the latest."""


def title(facts: RunFacts) -> str:
    """``Run 7 · mylora``."""
    suffix = facts.report.settings.get("suffix")
    return f"Run {facts.run.number}" + (f" · {suffix}" if suffix else "")


def outcome(facts: RunFacts) -> str:
    """``2 experts trained``, ``high failed``, ``running``: what has come of the run in a few words."""
    if not facts.run.has_ended:
        return "running" if facts.stretches else "waiting"
    bad = [f"{job.kind} {job.state}" for job in facts.run.jobs if not job.state.is_good]
    if bad:
        return ", ".join(bad)
    done = sum(job.kind in EXPERT_KINDS and job.state is JobState.SUCCEEDED for job in facts.run.jobs)
    return plain_plural(done, "expert") + " trained" if done else "caches done"


def figures(facts: RunFacts) -> Iterator[tuple[str, str]]:
    """Time, GPU time, energy and cost, as far as they are known: name and value."""
    if facts.stretches:
        yield "time", duration_in_hours(facts.seconds)
    if facts.gpu_seconds:
        yield "GPU hours", f"{facts.gpu_seconds / 3600:.2f}"
    if facts.energy_wh is not None:
        yield "energy", energy(facts.energy_wh)
    if facts.cost is not None:
        yield "cost", money(facts.cost)


def energy(wh: float) -> str:
    """``3.42 kWh``, ``12 Wh``."""
    return f"{wh / 1000:.2f} kWh" if wh >= 1000 else f"{wh:.0f} Wh"  # noqa: PLR2004  of a kilowatt hour


def money(amount: float) -> str:
    """``2.48``: nobody has said in which currency a price is."""
    return f"{amount:.2f}"


def lines(facts: RunFacts) -> Iterator[str]:
    """The report without its curves."""
    yield f"{title(facts)}: {outcome(facts)}"
    known = [f"{name} {value}" for name, value in figures(facts)]
    if known:
        yield ", ".join(known)
    for view in facts.views:
        if view.job.kind not in EXPERT_KINDS:
            continue
        told = view.progress
        said = [str(view.job.state)]
        if told.epoch is not None and told.epochs is not None:
            said.append(f"epoch {told.epoch} of {told.epochs}")
        if told.loss is not None:
            said.append(f"loss {told.loss:.3f}")
        yield f"{view.job.kind}: {', '.join(said)}"
        if view.job.reason and not view.job.state.is_good:
            yield f"  {view.job.reason}"
        there = [each for each in facts.checkpoints.get(str(view.job.kind), ()) if each.size is not None]
        if there:
            yield f"  {there[-1].path}"
    bad = [event for event in facts.events if event.severity is not EventSeverity.INFO]
    for event in bad[-EVENTS_SAID:]:
        yield f"{event.severity}: {event.message}"
    if len(bad) > EVENTS_SAID:
        yield f"and {plain_plural(len(bad) - EVENTS_SAID, 'event')} before; `wantui events` lists them"
