"""The seam's values for trainings that go on: where an attempt begins, what it saves, and what has been saved so far.

A trainer counts epochs and steps from 1 in each attempt, and writes over its own files. So every attempt writes into
a folder of its own, and a collector (`Trainer.collector`) moves what is whole to its absolute name. What it has moved
is in the job's list of saved files, one for all attempts.
"""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from wantui import atomic, reading
from wantui.jobs.fields import FieldError, Fields


@dataclass(frozen=True, slots=True)
class StartPoint:
    """Where an attempt begins."""

    epoch: int = 0
    """Epochs done before."""
    step: int = 0
    """Steps done before."""
    state: Path | None = None
    """The state folder that it goes on from; None: it begins with nothing."""
    steps_an_epoch: int | None = None
    """Of the attempts before; None where nobody knows."""
    counts_on: bool = False
    """Whether the trainer itself counts on from there, and does not begin at 1 again."""


@dataclass(frozen=True, slots=True)
class AttemptPlace:
    """An attempt among those at a job, and the files of the job's record that its collector needs."""

    job: str
    """``7.high``."""
    attempt: int
    saved: Path
    """The job's list of saved files."""
    run_record: Path
    """Tells after which epoch the job is to end."""
    owner: str
    """Job and time of its run: written into each state, since another run may save states of the same names."""
    events: Path | None = field(default=None, kw_only=True)
    """Folder for the event files of the attempt; None: an older wantui has begun it."""


@dataclass(frozen=True, slots=True)
class AttemptTask(AttemptPlace):
    """One attempt at a training, as its collector has to know it."""

    name: str
    """Of the LoRA files, without epoch and suffix."""
    folder: Path
    """What the attempt writes to."""
    output_folder: Path
    """Where whole files go."""
    epochs: int | None
    """In all, those before the attempt included; None: the trainer counts steps instead."""
    save_every: int | None
    """Epochs between two checkpoints; None: there is one at the end alone."""
    start: StartPoint = field(default_factory=StartPoint)
    keep_states: int | None = 0
    """Newest states that are kept; 0: none is written; None: all are kept."""
    keep_epochs: int | None = None
    """Newest epoch checkpoints that are kept, the last epoch's not counted; None: all."""
    keep_steps: int | None = None
    """Steps for which checkpoints of a step are kept; None: for ever."""

    def is_wanted(self, epoch: int) -> bool:
        """Whether a checkpoint of an epoch, counted from the first, belongs to the run."""
        return epoch == self.epochs or (self.save_every is not None and epoch % self.save_every == 0)

    @property
    def save_every_counted(self) -> int | None:
        """What the trainer, which counts from the start point, has to be told so that it saves each wanted epoch."""
        before = 0 if self.start.counts_on else self.start.epoch
        if not before or self.epochs is None:
            return self.save_every
        every = self.save_every or self.epochs
        first = before // every * every + every
        wanted = [epoch - before for epoch in (first, first + every) if epoch <= self.epochs]
        return math.gcd(*wanted, self.epochs - before)

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        document = asdict(self)
        for key in ("folder", "output_folder", "saved", "run_record"):
            document[key] = str(document[key])
        document["events"] = None if self.events is None else str(self.events)
        document["start"] = start_to_document(self.start)
        return document

    @classmethod
    def from_document(cls, document: Any) -> AttemptTask:
        """From JSON.

        Raises:
            FieldError: it is none.
        """
        fields = Fields(document, "attempt")
        events = fields.text_or_none("events")
        task = cls(
            job=fields.text("job"),
            attempt=fields.integer("attempt"),
            name=fields.text("name"),
            folder=Path(fields.text("folder")),
            output_folder=Path(fields.text("output_folder")),
            saved=Path(fields.text("saved")),
            run_record=Path(fields.text("run_record")),
            owner=fields.text("owner"),
            epochs=fields.integer_or_none("epochs"),
            save_every=fields.integer_or_none("save_every"),
            start=start_from_fields(fields.inner("start")),
            keep_states=fields.integer_or_none("keep_states"),
            keep_epochs=fields.integer_or_none("keep_epochs"),
            keep_steps=fields.integer_or_none("keep_steps"),
            events=None if events is None else Path(events),
        )
        start = task.start
        if min(task.attempt, *(each for each in (task.epochs, task.save_every) if each is not None)) < 1:
            raise FieldError("attempt: attempt, epochs and save_every are 1 at least")
        if min(start.epoch, start.step, start.steps_an_epoch or 0, task.keep_states or 0) < 0:
            raise FieldError("attempt: no count is less than 0")
        return task


def start_to_document(start: StartPoint) -> dict[str, Any]:
    """`start` as JSON."""
    return asdict(start) | {"state": None if start.state is None else str(start.state)}


def start_from_fields(fields: Fields) -> StartPoint:
    """The start point in a document.

    Raises:
        FieldError: it is none.
    """
    state = fields.text_or_none("state")
    return StartPoint(
        epoch=fields.integer("epoch"),
        step=fields.integer("step"),
        state=None if state is None else Path(state),
        steps_an_epoch=fields.integer_or_none("steps_an_epoch"),
        counts_on=fields.flag("counts_on"),
    )


class SavedKind(StrEnum):
    """What a saved file is."""

    LORA = "lora"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file, or the folder of a state, under its absolute name."""

    path: Path
    kind: SavedKind
    epoch: int | None
    """Epochs done; None for what was saved in the middle of one."""
    step: int | None
    """Steps done; None where nobody knows."""
    attempt: int


class EndedBy(StrEnum):
    """Why a collector ended an attempt that would have gone on."""

    FINISHED = "finished"
    """All that was wanted is whole."""
    ASKED = "asked"
    """A person wanted it to end after this epoch."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What the attempts at a job have saved so far."""

    files: tuple[SavedFile, ...] = ()
    """In the order in which they were saved; some may have been removed since."""
    ended: dict[int, EndedBy] = field(default_factory=dict)
    """Attempts that the collector has ended, by their numbers."""

    def existing(self, kind: SavedKind) -> tuple[SavedFile, ...]:
        """The files of a kind that are there."""
        return tuple(each for each in self.files if each.kind is kind and os.path.lexists(each.path))

    @property
    def states(self) -> tuple[SavedFile, ...]:
        """States at the end of an epoch that are there, the newest last."""
        found = (each for each in self.existing(SavedKind.STATE) if each.epoch is not None)
        return tuple(sorted(found, key=lambda each: (each.epoch or 0, each.attempt)))

    def last_epoch(self, attempt: int) -> int:
        """The last epoch that an attempt has saved a LoRA file of; 0: of none."""
        mine = (each for each in self.files if each.kind is SavedKind.LORA and each.attempt == attempt)
        return max((each.epoch or 0 for each in mine), default=0)

    def with_file(self, added: SavedFile) -> Saved:
        """With one more file, in place of an older one of its name."""
        return replace(self, files=(*(each for each in self.files if each.path != added.path), added))

    def without(self, gone: Path) -> Saved:
        """Without a file."""
        return replace(self, files=tuple(each for each in self.files if each.path != gone))

    def with_end(self, attempt: int, why: EndedBy) -> Saved:
        """With the end of an attempt."""
        return replace(self, ended={**self.ended, attempt: why})

    def write(self, path: Path) -> None:
        """Keep it.

        Raises:
            OSError: it cannot be written.
        """
        files = [asdict(each) | {"path": str(each.path), "kind": str(each.kind)} for each in self.files]
        ended = {str(attempt): str(why) for attempt, why in self.ended.items()}
        atomic.write_json(path, {"files": files, "ended": ended})


def read_saved(path: Path) -> Saved:
    """What is in a job's list of saved files; nothing where there is none, or none that can be read.

    Raises:
        OSError: the disk cannot be read.
    """
    try:
        fields = Fields(reading.read_json(path), "list of saved files")
        return Saved(
            tuple(_file(each) for each in fields.objects("files")),
            {int(attempt): EndedBy(why) for attempt, why in fields.mapping("ended").items()},
        )
    except (FileNotFoundError, reading.NotAFileError, reading.FileTooLargeError, FieldError, ValueError):
        return Saved()


def _file(fields: Fields) -> SavedFile:
    return SavedFile(
        path=Path(fields.text("path")),
        kind=SavedKind(fields.text("kind")),
        epoch=fields.integer_or_none("epoch"),
        step=fields.integer_or_none("step"),
        attempt=fields.integer("attempt"),
    )
