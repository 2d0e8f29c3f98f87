"""Averages of a run's checkpoints (post-hoc EMA): what would be made, and making it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.trainer.averages import Decay

if TYPE_CHECKING:
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.averaging.order import AverageOrder, WantedAverage
    from wantui.trainer.model import Expert


class Averaging:
    """Averages of checkpoints of a workspace's runs; `wantui.services.probing.Probing.averages` lists them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def plan(
        self,
        number: int,
        *,
        expert: Expert | None = None,
        first: int | None = None,
        last: int | None = None,
        newest: int | None = None,
        beta: float | None = None,
        sigma_rel: float | None = None,
    ) -> AverageOrder:
        """What would be averaged; nothing is started.

        Args:
            number: of the run.
            expert: whose checkpoints; None: of each.
            first: the epoch that it begins with; None: the first there is.
            last: the epoch that it ends with; None: the last.
            newest: so many of them, counted from the last; None: all.
            beta: see `wantui.trainer.averages.Decay`.
            sigma_rel: likewise; where neither is given, the usual one.

        Raises:
            BadInputError: there are too few checkpoints, they cannot be averaged, or not so.
            JobError: there is no such run.
        """
        from wantui.runs.averaging.order import plan  # noqa: PLC0415  when it is asked for

        with explained():
            decay = Decay.of(beta, sigma_rel)
            return plan(self._workspace, number, decay, expert=expert, first=first, last=last, newest=newest)

    def left(self, order: AverageOrder) -> tuple[WantedAverage, ...]:
        """What of it does not exist yet.

        Raises:
            ConflictError: something else has the name of one of its files.
        """
        with explained():
            return order.left(self._workspace)

    def begin(self, order: AverageOrder) -> Run | None:
        """Start making it; None where all of it exists already.

        Raises:
            ConflictError: something else has the name of one of its files.
            BadInputError: the run names a trainer that is not this person's.
        """
        from wantui.runs.averaging.order import begin  # noqa: PLC0415  when it is asked for

        with explained():
            return begin(self._workspace, order)
