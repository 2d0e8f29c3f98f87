"""What is to be done after a run, as it was asked for; kept with its own run, and handed to the supervisor.

The command is copied into the order when a person asks for it, so a ``wantui.toml`` that is edited later, or that
somebody else wrote, runs nothing. Whose order it is goes by `wantui.jobs.trust`, as with every run.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from wantui.jobs.fields import Fields
from wantui.jobs.model import JobKind, RunKind
from wantui.runs.errors import PlanError
from wantui.runs.own_jobs import own_job
from wantui.supervisor import client

if TYPE_CHECKING:
    from wantui.jobs.model import Run
    from wantui.paths import Workspace

PROCESS = (sys.executable, "-P", "-m", "wantui.runs.after.main")


@dataclass(frozen=True, slots=True)
class AfterOrder:
    """What is done after a run."""

    run: int
    upload: str | None = None
    """The repository that its release goes to; None: nothing is uploaded."""
    public: bool = False
    """Whether everybody may see it there."""
    command: tuple[str, ...] = ()
    """What is run at last; empty: nothing."""
    name: str | None = None
    """Of the release; None: the run's suffix."""
    high: int | None = None
    """Epoch of the high-noise expert; None: see `wantui.runs.releasing.plan.choose`."""
    low: int | None = None
    """The same of the other."""

    def to_document(self) -> dict[str, Any]:
        """As JSON, for the run's record."""
        return {"after": asdict(self) | {"command": list(self.command)}}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> AfterOrder:
        """From a run's record.

        Raises:
            FieldError: it is none.
        """
        fields = Fields(document.get("after"), "after")
        return cls(
            fields.integer("run"),
            fields.text_or_none("upload"),
            fields.flag("public"),
            fields.texts("command"),
            fields.text_or_none("name"),
            fields.integer_or_none("high"),
            fields.integer_or_none("low"),
        )


def begin(workspace: Workspace, order: AfterOrder) -> Run:
    """Hand an order to the supervisor.

    Raises:
        PlanError: there is nothing to do.
        SupervisorError: the supervisor cannot be reached.
    """
    if order.upload is None and not order.command:
        raise PlanError('nothing to do: give --upload PERSON/NAME, or command = ["..."] in [after] of wantui.toml')
    workspace.create_state()
    spec = own_job(workspace, JobKind.AFTER, PROCESS, wants_gpu=False, may_skip=False)
    return client.submit(workspace, RunKind.AFTER, order.to_document(), (spec,), after=(order.run,))
