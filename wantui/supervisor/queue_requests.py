"""What clients may ask about the order of the queue: move a run, hold one, pause all, go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.jobs import pause as pausing
from wantui.jobs.codec import run_to_document
from wantui.jobs.model import JobError

if TYPE_CHECKING:
    from wantui.jobs.fields import Fields
    from wantui.jobs.model import Run
    from wantui.supervisor.engine import Engine

Document = dict[str, Any]


def move(engine: Engine, request: Fields) -> Document:
    """Give a run another place in the queue.

    Args:
        engine: whose queue.
        request: ``run``, and ``position``, counted from 1 among the runs that have not ended; one that is too high
            means the last one.
    """
    run = _in_queue(engine, request)
    others = [other for other in engine.queue.in_order() if other.number != run.number]
    position = request.integer("position")
    if position < 1:
        raise JobError(f"position {position}: the first in the queue is 1")
    at = min(position - 1, len(others))
    engine.queue.change(replace(run, order=_order_at(engine, others, at)))
    return {"position": at + 1, "run": run_to_document(engine.queue.runs[run.number])}


def hold(engine: Engine, request: Fields) -> Document:
    """Start no other job of a run until it is released; those that run go on."""
    run = _in_queue(engine, request)
    if run.held:
        raise JobError(f"run {run.number} is held already")
    engine.queue.change(replace(run, held=True))
    return {"run": run_to_document(engine.queue.runs[run.number])}


def pause(engine: Engine, _: Fields) -> Document:
    """Start no other job of any run until `go`; those that run go on."""
    pausing.pause(engine.queue.workspace)
    return {"running": [job.id for run in engine.queue.in_order() for job in run.jobs if job.state.is_active]}


def go(engine: Engine, _: Fields) -> Document:
    """Let jobs start again."""
    pausing.go(engine.queue.workspace)
    return {}


def _in_queue(engine: Engine, request: Fields) -> Run:
    run, _ = engine.queue.find(str(request.integer("run")))
    if run.number not in engine.queue.runs or run.has_ended:
        raise JobError(f"run {run.number} has ended; `wantui queue list` lists what waits and runs")
    return run


def _order_at(engine: Engine, others: list[Run], at: int) -> float:
    """An order that comes right before ``others[at]``, or behind all where there is none of that index.

    Where two runs leave no number between them, those behind make room, the last one first, so that whoever reads
    the records at any moment finds the runs in the right order.
    """
    if not others:
        return 1.0
    if at == len(others):
        return others[-1].place[0] + 1
    above = others[at].place[0]
    if at == 0:
        return above - 1
    below = others[at - 1].place[0]
    middle = (below + above) / 2
    if below < middle < above:
        return middle
    for other in reversed(others[at:]):
        engine.queue.change(replace(other, order=other.place[0] + 1))
    return below + 0.5
