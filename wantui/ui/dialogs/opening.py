"""Actions that open something: what is typed behind them waits until it is there."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import work

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.screen import Screen
    from textual.worker import Worker

    from wantui.ui.app import WantuiApp

S = TypeVar("S", bound="Screen[Any]")

EDITOR = "open caption"
"""The group of what opens the caption editor: a question that comes first must not be answered by a caption."""


def opening(group: str) -> Callable[[Callable[[S], Coroutine[Any, Any, None]]], Callable[[S], Worker[None]]]:
    """Make an action a worker that the application waits for with what is typed (`wantui.ui.typed_ahead`).

    Args:
        group: one at a time of these; another one ends it.
    """

    def decorate(method: Callable[[S], Coroutine[Any, Any, None]]) -> Callable[[S], Worker[None]]:
        started = work(group=group, exclusive=True, exit_on_error=False)(method)

        @wraps(method)
        def action(screen: S) -> Worker[None]:
            worker: Worker[None] = started(screen)
            cast("WantuiApp", screen.app).opening(worker)
            return worker

        return action

    return decorate
