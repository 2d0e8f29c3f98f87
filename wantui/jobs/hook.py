"""What a hook answers: the commands that the supervisor runs before and after a job print one of these as JSON.

To a hook's command the supervisor adds ``--run-folder DIR --job KIND --attempt N``, before a start with a GPU also
``--gpu JSON`` (the reading of the device assigned; without it nothing may be changed on disk, only answered), and
after the end ``--exit-code N``, with ``--stopped`` where somebody asked for that end; where nobody saw the end, in
place of the exit code ``--lost REASON``.

The supervisor knows processes, not trainers. Whether the caches are current, whether the weights are there, and
what the command line is on the GPU that was assigned is the business of the pipeline, asked in a process of its own
(`wantui.runs.hooks.main`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from wantui import reading
from wantui.jobs.fields import Fields
from wantui.jobs.model import JobError

NOT_NOW = 75
"""Exit code of a hook that cannot answer at the moment (``EX_TEMPFAIL`` of `sysexits.h(3)`): it is asked again."""


class Decision(StrEnum):
    """What to do with the job."""

    GO = "go"
    """Before: start it. After: it did what it is for."""
    SKIP = "skip"
    """Before only: there is nothing to do, the job is good without having run."""
    AGAIN = "again"
    """Before: what it needs no longer holds, so the jobs that it needs go first once more. After: it failed for a
    reason that another attempt, prepared anew, does not have."""
    STOP = "stop"
    """After only: it ended because a person wanted that, and can go on from where it was."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class HookResult:
    """The answer of a hook."""

    decision: Decision
    reason: str | None = None
    """A sentence for `SKIP` and `FAIL`."""
    argv: tuple[str, ...] = ()
    """The final command line; empty: as planned."""
    env: dict[str, str] = field(default_factory=dict)
    """The final environment on top of the supervisor's own; empty: as planned."""
    detaches: bool = False
    """Whether the jobs that need this one read their caches elsewhere from now on, so that the cache folders are
    free for the next cache job although these still wait or run."""
    launcher: tuple[str, ...] = ()
    """A program that starts the command line, put before it."""
    cause: str | None = None
    """For `AGAIN` after the end: `wantui.jobs.model.PastAttempt.cause`."""
    pause_s: float = 0.0
    """For `AGAIN` after the end: seconds until the next attempt may start."""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))  # ASCII: a path need not be UTF-8

    @classmethod
    def from_json(cls, text: str) -> HookResult:
        """Read what a hook printed.

        Raises:
            JobError: it is no result.
        """
        try:
            fields = Fields(reading.parse_json(text), "answer")
            return cls(
                decision=Decision(fields.text("decision")),
                reason=fields.text_or_none("reason"),
                argv=fields.texts("argv"),
                env=fields.environment("env"),
                detaches=fields.flag("detaches"),
                launcher=fields.texts("launcher"),
                cause=fields.text_or_none("cause"),
                pause_s=fields.number("pause_s") if fields.has("pause_s") else 0.0,
            )
        except ValueError as error:
            raise JobError(f"the hook answered something that is no result: {text[:200]!r}") from error
