"""Setting a machine up: what is left to do, doing it, how far it is; and the doctor."""

from __future__ import annotations

import selectors
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.errors import WantuiError
from wantui.jobs.model import RunKind
from wantui.jobs.trust import mark_used, why_not_used
from wantui.runs.board import Board
from wantui.services.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wantui.doctor.model import Finding
    from wantui.doctor.smoke import Stage
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.board import JobView
    from wantui.setup.plan import SetupPlan
    from wantui.terminal.graphics import TerminalGraphics
    from wantui.weights.catalogue import Task
    from wantui.weights.model import DownloadProgress

SMOKE_LOOK_S = 0.2
"""How often it is looked whether a smoke test is still wanted."""


class Setup:
    """The machine that a workspace is on."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._board: Board | None = None
        self._weights = Weights(workspace)

    def task(self) -> Task:
        """Whose weights are meant where nothing is said."""
        return self._weights.task()

    def plan(self, task: Task) -> SetupPlan:
        """Look around, and say what a setup would do; it takes seconds, and changes nothing."""
        from wantui.setup.plan import prepare  # noqa: PLC0415  when it is asked for

        with explained():
            return prepare(self._workspace, configuration.load(self._workspace), task)

    def interpreter_to_ask(self) -> Path | None:
        """The trainer's interpreter, where it has never been started from here; None: it has, or there is none."""
        with explained():
            config = configuration.load(self._workspace)
            is_new = why_not_used(config) is not None and config.trainer.python.is_file()
        return config.trainer.python if is_new else None

    def allow(self) -> None:
        """Let what the configuration names be started, as a person asks for it."""
        with explained():
            mark_used(configuration.load(self._workspace))

    def link_speed(self, plan: SetupPlan) -> float:
        """Bytes a second that are counted on."""
        from wantui.setup.estimates import link_speed  # noqa: PLC0415  when it is asked for

        with explained():
            return link_speed(plan.adoption.config)

    def under_way(self) -> Run | None:
        """The setup that has not ended, if there is one."""
        from wantui.setup.plan import under_way  # noqa: PLC0415  when it is asked for

        with explained():
            return under_way(self._workspace)

    def jobs(self) -> tuple[JobView, ...]:
        """Those of the latest setup; none where there was none."""
        if self._board is None:
            self._board = Board(self._workspace)
        with explained():
            runs = [run for run in self._board.store.runs() if run.kind is RunKind.SETUP]
            return self._board.of(runs[-1]) if runs else ()

    def download(self) -> DownloadProgress | None:
        """From the file that the loader writes."""
        return self._weights.progress()

    def begin(self, plan: SetupPlan) -> int | None:
        """Hand what is left to the supervisor; the run's number, None where nothing is left."""
        from wantui.setup.plan import begin  # noqa: PLC0415  when it is asked for

        with explained():
            run = begin(self._workspace, plan)
        return None if run is None else run.number

    def pause(self, weights: str | None) -> None:
        """Stop a download; what is loaded stays.

        Args:
            weights: id of the job that loads; None: something else does, a command line say.
        """
        from wantui.supervisor import client  # noqa: PLC0415  when it is asked for

        if weights is None:
            self._weights.pause()
            return
        with explained():
            client.stop(self._workspace, weights)

    def go_on(self, weights: str) -> None:
        """Load on, by the job that was stopped."""
        from wantui.supervisor import client  # noqa: PLC0415  when it is asked for

        with explained():
            client.retry(self._workspace, weights)

    def stop(self, run: int) -> None:
        """Stop a setup; what is done stays."""
        from wantui.supervisor import client  # noqa: PLC0415  when it is asked for

        with explained():
            client.stop(self._workspace, str(run))

    def drop(self, task: Task) -> int:
        """Files that are not whole, of the weights that ``[models]`` names; the loader is stopped first."""
        self._weights.pause()
        return self._weights.drop(task)

    def findings(self, sight: Callable[[], TerminalGraphics] | None) -> tuple[Finding, ...]:
        """What the doctor has to say.

        Args:
            sight: tells how pictures reach the terminal.
        """
        from wantui.doctor.examine import examine  # noqa: PLC0415  when it is asked for

        with explained():
            return examine(self._workspace, configuration.load(self._workspace), sight=sight)

    def miniature(self) -> tuple[str, Iterator[Stage]]:
        """Where the whole chain can be proved with tiny models, and doing it in this process, stage by stage.

        Raises:
            SmokeError: it cannot even begin; the stages raise it as well.
        """
        from wantui.doctor import smoke  # noqa: PLC0415  when it is asked for

        with explained():
            config = configuration.load(self._workspace)
            return smoke.where(self._workspace, config), smoke.smoke(self._workspace, config)

    def smoke(self, say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> bool:
        """Prove the whole chain with tiny models; it takes a minute or two. Whether it works.

        Args:
            say: is given each line that it has to say, as it comes.
            is_cancelled: asked now and then; it is stopped then, and tidies up by itself.
        """
        argv = [sys.executable, "-P", "-m", "wantui", "--workspace", str(self._workspace.root), "doctor", "--smoke"]
        with explained():
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True, text=True, errors="replace",
            )  # fmt: skip
        if process.stdout is None:
            raise WantuiError("the smoke test has no output")
        with process.stdout as lines, selectors.DefaultSelector() as selector:
            selector.register(lines, selectors.EVENT_READ)
            while not is_cancelled():
                if not selector.select(SMOKE_LOOK_S):
                    continue
                line = lines.readline()
                if not line:
                    return process.wait() == 0
                say(line.rstrip())
        process.send_signal(signal.SIGINT)
        return False
