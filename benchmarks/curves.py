"""Curves of 1,000,000 steps: until they are drawn, and from a key or a new step to the next picture.

python -m benchmarks.curves

The steps are in a history as the recorder writes it. What is drawn is the curves screen's chart in 200x50 cells, as
strips; a terminal's part is not in it. "While it is read" is the same picture while a thread reads the history, which
is what a key waits for then.
"""

from __future__ import annotations

import gc
import math
import random
import resource
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.history.model import Batch, ReadUpTo, TrainingPoint
from wantui.history.store import HistoryStore
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.jobs.store import job_files
from wantui.paths import Workspace
from wantui.runs.attempt_logs import AttemptLog
from wantui.runs.board import JobView
from wantui.services.curves import Curves, XAxis
from wantui.trainer.model import Progress
from wantui.ui.curves.chart import draw
from wantui.ui.curves.data import CurveState, ExpertCurves, RunCurves
from wantui.ui.drawing.styles import TextStyles, line
from wantui.ui.launch import SWITCH_S

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 1_000_000
AN_EPOCH = 2_000
SIZE = (198, 46)
REPEATS = 15
AT_ONCE = 50_000
STYLES = TextStyles.from_variables({})


def steps(first: int, last: int) -> list[TrainingPoint]:
    """Steps of a loss that falls, with noise."""
    return [
        TrainingPoint(
            1, "high", step, 1, 1.7e9 + 1.9 * step, (step - 1) // AN_EPOCH + 1,
            0.05 + 0.07 * math.exp(-step / 3e5) + 0.02 * random.random(), 0.06 + 0.07 * math.exp(-step / 3e5),
            2e-4, 0.3 + 0.2 * random.random(),
        )
        for step in range(first, last + 1)
    ]  # fmt: skip


def median_and_worst(call: Callable[[int], object]) -> str:
    times = []
    for turn in range(REPEATS):
        begun = time.perf_counter()
        call(turn)
        times.append(1000 * (time.perf_counter() - begun))
    return f"median {statistics.median(times):6.1f} ms   worst {max(times):6.1f} ms"


class Screen:
    """The chart of one run, as the screen draws it."""

    def __init__(self, workspace: Workspace) -> None:
        job = Job("1.high", 1, JobSpec(JobKind.HIGH, ("train",), workspace.root), JobState.RUNNING, 1.7e9)
        log = job_files(workspace, job).log
        log.parent.mkdir(parents=True)
        log.touch()
        logs = (AttemptLog(1, log, (), None, "musubi"),)
        view = JobView(job, Progress(step=STEPS, steps=STEPS), log, logs=logs)
        self.log = log
        self.expert = ExpertCurves(view, Curves(workspace).of(job))
        self.state = CurveState(RunCurves(1, "bench", [self.expert]))

    def read(self, told: Callable[[], object] = lambda: None) -> None:
        """Read what has come."""
        self.expert.curves.refresh(self.expert.view, told)

    def draw(self) -> None:
        """Make the picture, line by line."""
        run, state = self.state.run, self.state
        if run is not None and len(self.expert.columns):
            state.view.extend(run.end(state.axis), run.newest(state.axis))
        for parts in draw(state, STYLES, *SIZE):
            line(parts, SIZE[0], STYLES.base)


def measure(workspace: Workspace) -> None:
    store, screen = HistoryStore(workspace), Screen(workspace)
    for first in range(1, STEPS + 1, AT_ONCE):
        store.write(Batch(points=steps(first, first + AT_ONCE - 1)))
    store.write(Batch(places={screen.log: ReadUpTo(screen.log, 1 << 40)}))
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.perf_counter()
    at_first = threading.Event()
    reader = threading.Thread(target=screen.read, args=(at_first.set,))
    reader.start()
    at_first.wait()
    screen.draw()
    print(f"  the first of {STEPS:,} steps drawn after       {time.perf_counter() - begun:6.2f} s")
    meanwhile = []
    while reader.is_alive():
        drawn = time.perf_counter()
        screen.draw()
        meanwhile.append(1000 * (time.perf_counter() - drawn))
        time.sleep(0.1)
    print(f"  all of them drawn after                       {time.perf_counter() - begun:6.2f} s")
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    print(f"  memory that they take                         {taken:6.0f} MiB")
    print(
        f"  drawn while it is read                        median {statistics.median(meanwhile):6.1f} ms"
        f"   worst {max(meanwhile):6.1f} ms"
    )
    measure_keys(screen)

    def one_more(turn: int) -> None:
        screen.read()
        screen.draw()
        if len(screen.expert.columns) != STEPS + turn + 1:
            raise RuntimeError("the new step is not there")

    times = []
    for turn in range(REPEATS):
        store.write(Batch(points=steps(STEPS + turn + 1, STEPS + turn + 1)))
        begun = time.perf_counter()
        one_more(turn)
        times.append(1000 * (time.perf_counter() - begun))
    print(
        f"  a new step read and drawn                     median {statistics.median(times):6.1f} ms"
        f"   worst {max(times):6.1f} ms"
    )


def measure_keys(screen: Screen) -> None:
    view = screen.state.view
    print(f"  drawn again, everything in sight              {median_and_worst(lambda _: screen.draw())}")

    def zoom(turn: int) -> None:
        view.zoom(2.0 if turn else 1.0)
        screen.draw()

    view.cursor = 0.3 * STEPS
    print(f"  zoomed in, twice as far each time             {median_and_worst(zoom)}")
    view.show_all()
    view.zoom(10.0)

    def pan(_turn: int) -> None:
        view.pan(0.25)
        screen.draw()

    print(f"  moved by a quarter                            {median_and_worst(pan)}")
    view.show_all()
    for axis in (XAxis.EPOCHS, XAxis.TIME):
        screen.state.axis = axis
        screen.draw()
        print(f"  the same over {axis:<32}{median_and_worst(lambda _: screen.draw())}")
    screen.state.axis = XAxis.STEPS
    view.cursor = None


def main() -> None:
    sys.setswitchinterval(SWITCH_S)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.create_state()
        measure(workspace)


if __name__ == "__main__":
    main()
