"""Where jobs run: what the engine asks of this machine, and could ask of a cluster's scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wantui.gpus.model import GpuReading
    from wantui.jobs.model import Interruption, Job
    from wantui.jobs.store import ExitRecord
    from wantui.supervisor.spawn import Started


@dataclass(frozen=True, slots=True)
class Seen:
    """A job at one moment."""

    is_alive: bool
    ended: ExitRecord | None = None
    """How it ended, where that has been written down."""
    broken: str | None = None
    """What is wrong with what was written down."""
    is_certain: bool = True
    """Whether it could be looked for: not where its folder is away at the moment."""
    waits: str | None = None
    """Why it does not run yet although it was handed over, as a sentence: a scheduler lets it wait."""
    interruption: Interruption | None = None
    """What ended it from outside."""


class Machine(Protocol):
    """Takes what a job needs, starts it, looks after it, ends it."""

    @property
    def trouble(self) -> str | None:
        """Why its settings of now are not in force; None: they are."""
        ...

    def offers(self) -> list[GpuReading]:
        """Every GPU that may be used, and whether it is free; where a scheduler chooses, one that is to be chosen.

        Raises:
            MachineError, OSError: they cannot be read at the moment.
        """
        ...

    def take(self, job: Job) -> bool:
        """Take what a job that is about to start needs: nobody else gets it then.

        Returns:
            False where somebody else was faster, or an earlier start of the job is still alive; nothing is taken.

        Raises:
            JobError, MachineError, OSError: it cannot be taken; nothing is.
        """
        ...

    def holds(self, job: Job) -> bool:
        """Whether that has been taken for a job, and no process of the job has it yet."""
        ...

    def start(self, job: Job) -> str | None:
        """Start a job, for which everything has been taken.

        Args:
            job: with its final command line and environment.

        Returns:
            None: it runs. Else where it waits until it does, as a sentence: `see` tells when.

        Raises:
            OSError: no process or file can be made; everything is still taken.
        """
        ...

    def see(self, job: Job) -> Seen:
        """Look for a job, whoever started it.

        Raises:
            OSError: it cannot be told at the moment.
        """
        ...

    def identify(self, job: Job) -> Started | None:
        """Its processes, as soon as they are known."""
        ...

    def keep(self, job: Job) -> str | None:
        """Make sure that others know what a running job uses; what stands in the way of that, said once."""
        ...

    def press(self, job: Job) -> None:
        """Do what is due to end a job that was asked to stop, whether it runs or waits where it was handed to."""
        ...

    def how_lost(self, job: Job) -> str:
        """Why nobody saw how a job ended, as a sentence."""
        ...

    def give_back(self, job: Job) -> None:
        """Give back what a job holds that has no process (any more)."""
        ...

    def forget(self, job: Job) -> None:
        """Keep nothing more of a job that has ended."""
        ...

    def collect(self) -> None:
        """Collect processes that have ended."""
        ...

    def rest(self) -> None:
        """Let go of drivers until a job waits again."""
        ...
