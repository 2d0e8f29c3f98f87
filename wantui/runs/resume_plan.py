"""What going on with a run would mean: from which epoch to which, at what learning rate, with what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wantui.dataset.model import Severity
from wantui.jobs.model import EXPERT_KINDS, Job, JobError, JobState, Run
from wantui.jobs.store import job_files
from wantui.runs.errors import PlanError
from wantui.runs.kept_settings import settings_of_job, with_changes
from wantui.runs.output_names import existing
from wantui.runs.resume import owner, start_point, whole_state
from wantui.runs.run_report import changed_since
from wantui.runs.training_set import TrainingSet
from wantui.trainer.attempts import Saved, SavedKind, StartPoint, read_saved
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert, RunSettings

if TYPE_CHECKING:
    from wantui.caches.items import ItemsDifference
    from wantui.paths import Workspace
    from wantui.runs.request import ResumeRequest
    from wantui.trainer.protocol import Trainer

MOST_RATES = 200
"""Points of a learning rate's course."""


@dataclass(frozen=True, slots=True)
class ExpertResume:
    """How one expert would go on."""

    job: Job
    start: StartPoint
    """At epoch 0 it begins with nothing: it had saved nothing."""
    epochs: int
    """In all."""
    before: int
    """Epochs in all as the run had them."""
    rates: tuple[tuple[int, float], ...]
    """Step and learning rate from the start point to the end; empty where that is not known."""
    changes: dict[str, Any]
    """`wantui.jobs.model.Job.changes`."""
    differs: tuple[tuple[str, str, str], ...]
    """What is changed, what it was, what it will be."""


@dataclass(frozen=True, slots=True)
class ResumePlan:
    """How a run would go on."""

    run: Run
    experts: tuple[ExpertResume, ...]
    anew: bool
    """Whether what is not current is encoded first, and the present captions are trained on."""
    captions: ItemsDifference | None
    """How the dataset differs now from what the run trains on; None where that cannot be told."""

    @property
    def trains_on(self) -> str:
        """Which captions are trained on, where others could be; empty where nothing differs."""
        if not self.captions:
            return ""
        return "the captions as they are now" if self.anew else "the captions that the run began with"


def plan_resume(workspace: Workspace, run: Run, job: Job | None, request: ResumeRequest) -> ResumePlan:
    """Plan how `job`, or where that is None every expert of `run` that is not done, goes on.

    Raises:
        JobError: a job has not ended, or there is nothing to go on with.
        PlanError: something is asked for that a state cannot follow.
    """
    experts = []
    for each in (job,) if job is not None else run.jobs:
        if each.kind not in EXPERT_KINDS:
            if job is not None:
                raise JobError(f"{job.id} does not train: there is nothing to resume; `wantui retry {job.id}`")
            continue
        if not each.state.has_ended:
            raise JobError(f"{each.id} is {each.state}; stop it first, or wait until it has ended")
        found = _expert(workspace, run, each, request)
        if found is not None:
            experts.append(found)
        elif job is not None:
            raise JobError(_all_done(run, job))
    if not experts:
        done = next((each for each in run.jobs if each.kind in EXPERT_KINDS), None)
        raise JobError(f"run {run.number} has no expert to resume" if done is None else _all_done(run, done))
    has_set = all(each.job.detached for each in experts) and TrainingSet.of(workspace, run).dataset.exists()
    return ResumePlan(run, tuple(experts), request.present_captions or not has_set, changed_since(workspace, run))


def _all_done(run: Run, job: Job) -> str:
    epochs = settings_of_job(run, job).epochs
    return f"{job.id} has trained all its {epochs} epochs; `wantui resume {job.id} --epochs {epochs + 20}` adds 20"


def _refuse(tool: Trainer, request: ResumeRequest) -> None:
    """Refuse what a state cannot follow.

    Raises:
        PlanError: a flag is among it.
    """
    for flag in request.training:
        why = tool.kept_by_state(flag)
        if why is not None:
            raise PlanError(
                f"{flag} stays as it is: {why}; for another one start a new run from a checkpoint: "
                f"`wantui train --suffix NAME --set network_weights=CHECKPOINT --set {flag}=...`"
            )


def _expert(workspace: Workspace, run: Run, job: Job, request: ResumeRequest) -> ExpertResume | None:
    """How one expert goes on; None where it is done.

    Raises:
        JobError: it has saved something, but no whole state.
        PlanError: fewer epochs are asked for than it has done.
    """
    expert = Expert(job.kind.value)
    before = settings_of_job(run, job)
    tool = trainer(before.trainer_kind)
    _refuse(tool, request)
    epochs = before.epochs if request.epochs is None else request.epochs
    if tool.epochs(before, expert) is None:
        raise JobError(
            f"{job.id} counts steps (max_train_epochs in [training]): the trainer would do all of them again; "
            f"`wantui retry {job.id} --replace` starts over"
        )
    saved = read_saved(job_files(workspace, job).saved)
    newest = whole_state(saved, tool, owner(run, job))
    reached = 0 if newest is None else newest.epoch or 0
    if epochs < reached or (epochs == reached and epochs < before.epochs):
        raise PlanError(f"epochs {epochs}: {job.id} has trained {reached} already; more are wanted in all")
    if job.state is JobState.SUCCEEDED and epochs == before.epochs:
        return None
    start = start_point(workspace, run, job, tool, epochs)
    if start.state is None:
        _refuse_what_is_not_there(job, before, expert, saved)
    changes = _changes(job, request)
    after = with_changes(before, changes, expert)
    refuse_flags(tool, before, after, expert)
    return ExpertResume(
        job=job,
        start=start,
        epochs=epochs,
        before=before.epochs,
        rates=rates(tool, after, expert, start),
        changes=changes,
        differs=tuple(_differences(before, after, expert)),
    )


def _refuse_what_is_not_there(job: Job, settings: RunSettings, expert: Expert, saved: Saved) -> None:
    """Refuse to begin with nothing where something was saved.

    Raises:
        JobError: it was; what to do.
    """
    listed = [each.path for each in saved.files if each.kind is SavedKind.LORA]
    if saved.existing(SavedKind.LORA) or existing(settings, expert).files:
        raise JobError(
            f"{job.id} has no complete state to resume from (keep_states in [run] keeps some); "
            f"`wantui retry {job.id} --replace` starts over"
        )
    if listed:
        raise JobError(
            f"what {job.id} has saved in {listed[-1].parent} is not there any more; "
            f"move it back, or `wantui retry {job.id}` starts over"
        )


def refuse_flags(tool: Trainer, before: RunSettings, after: RunSettings, expert: Expert) -> None:
    """Refuse what the trainer would, since a run that has once been given a flag keeps it.

    Raises:
        PlanError: the first thing that is wrong, of those that were not wrong before.
    """
    if after.training_flags(expert) == before.training_flags(expert):
        return
    known = tool.problems(replace(before, experts=(expert,)))
    for problem in tool.problems(replace(after, experts=(expert,))):
        if problem.severity is Severity.ERROR and problem not in known:
            raise PlanError(f"{problem.message}: {problem.fix}" if problem.fix else problem.message)


def _changes(job: Job, request: ResumeRequest) -> dict[str, Any]:
    """What this job has different from its run by now."""
    asked = {"epochs": request.epochs, "memory": request.memory, "save_every": request.save_every}
    changes = job.changes | {name: value for name, value in asked.items() if value is not None}
    if request.training:
        changes["training"] = {**job.changes.get("training", {}), **request.training}
    return changes


def rates(tool: Trainer, settings: RunSettings, expert: Expert, start: StartPoint) -> tuple[tuple[int, float], ...]:
    """The learning rate from the start point to the end; nothing where steps or schedule are not known."""
    if start.steps_an_epoch is None:
        return ()
    total = start.step + (settings.epochs - start.epoch) * start.steps_an_epoch
    rate = tool.learning_rate(settings, expert, total)
    if rate is None or not 0 <= start.step < total:  # what an attempt's record says may be anything
        return ()
    count = max(1, min(MOST_RATES, total - start.step))
    steps = sorted({start.step + (total - 1 - start.step) * number // max(1, count - 1) for number in range(count)})
    return tuple((step, rate(step)) for step in steps)


def _differences(before: RunSettings, after: RunSettings, expert: Expert) -> list[tuple[str, str, str]]:
    """What is changed, for a person."""
    found = [
        (name, str(getattr(before, name)), str(getattr(after, name)))
        for name in ("epochs", "save_every", "memory")
        if getattr(before, name) != getattr(after, name)
    ]
    old, new = before.training_flags(expert), after.training_flags(expert)
    return found + [
        (flag, "not set" if flag not in old else str(old[flag]), str(value))
        for flag, value in new.items()
        if flag not in old or old[flag] != value
    ]
