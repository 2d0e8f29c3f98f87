"""What the checkpoints of a run were found to have, in ``.wantui/runs/N/probe.json`` beside that run.

A file of its own, and no table of the history: a few hundred numbers for each checkpoint, all of them read at once,
written by the probe alone, and of no use without the run's folder, with which they come and go. The history has one
writer, the recorder, and keeps what comes each second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import atomic, locks, reading
from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.model import JobError
from wantui.jobs.store import run_folder
from wantui.runs.probing.judging import EpochLosses, mean_and_error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.paths import Workspace

HELD_OUT, TRAINING = "held-out", "training"
"""What an item is to a run: new to it, or trained on."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ItemLoss:
    """The loss of one checkpoint on one item."""

    key: str
    """Section and name: ``0/anna_001``."""
    which: str
    """`HELD_OUT` or `TRAINING`."""
    draws: tuple[float, ...]
    """In the order in which they were drawn; of all its clips, where it has several. nan: no number."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.key.partition("/")[2]

    @property
    def loss(self) -> float:
        """Averaged over the draws."""
        return mean_and_error(self.draws)[0]

    @property
    def error(self) -> float:
        """Standard error of `loss` over the draws; infinite for a single one."""
        return mean_and_error(self.draws)[1]


@dataclass(frozen=True, slots=True)
class Probed:
    """One checkpoint that was asked."""

    expert: str
    epoch: int
    question: str
    """A digest of what was asked: items, their content and captions, draws and seed. Only losses of one question are
    comparable."""
    checkpoint: str
    """The LoRA file."""
    stamp: tuple[int, int]
    """Its modification time in nanoseconds since 1970, and its size."""
    asked: float
    """Seconds since 1970."""
    items: tuple[ItemLoss, ...]
    average: str | None = None
    """See `wantui.runs.probing.checkpoints.Checkpoint.average`."""

    def in_words(self, which: str) -> str:
        """The mean over the items of one set with its error: ``0.0795 ± 0.0031``; empty where there is none."""
        losses = list(self.of(which).items.values())
        if not losses:
            return ""
        mean, error = mean_and_error(losses)
        return f"{mean:.4f} ± {error:.4f}" if math.isfinite(error) else f"{mean:.4f}"

    def of(self, which: str) -> EpochLosses:
        """Of the items of one set."""
        return EpochLosses(self.epoch, {each.key: each.loss for each in self.items if each.which == which})


class Results:
    """The answers of one run's checkpoints."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self._workspace = workspace
        self.number = number
        self.file = run_folder(workspace, number) / "probe.json"
        self._read: tuple[tuple[int, int], tuple[Probed, ...]] | None = None
        """What was read last, with the file's `stamp_of`: curves look each second."""

    def all(self) -> tuple[Probed, ...]:
        """Every answer, in the order in which they were given.

        Raises:
            JobError: the file is broken.
        """
        try:
            stamp = stamp_of(self.file)
            if self._read is not None and self._read[0] == stamp:
                return self._read[1]
            fields = Fields(reading.read_json(self.file), "losses of checkpoints")
            if fields.integer("version") != _VERSION:
                raise FieldError("it is of another version")
            found = tuple(_probed(each) for each in fields.objects("checkpoints"))
            _require_same_items(found)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise JobError(f"{self.file}: cannot be read ({error}); remove it, and ask again") from error
        self._read = (stamp, found)
        return found

    def latest(self, expert: str) -> tuple[Probed, ...]:
        """The answers of its epochs to the question that was asked of an expert last, by epoch; raises as `all`."""
        return tuple(each for each in self._latest(expert) if each.average is None)

    def latest_averages(self, expert: str) -> tuple[Probed, ...]:
        """Those of averages of several epochs to that question; raises what `all` does."""
        return tuple(each for each in self._latest(expert) if each.average is not None)

    def _latest(self, expert: str) -> tuple[Probed, ...]:
        mine = [each for each in self.all() if each.expert == expert]
        last = max(mine, key=lambda each: each.asked, default=None)
        found = [each for each in mine if last is not None and each.question == last.question]
        return tuple(sorted(found, key=lambda each: each.epoch))

    def mean_held_out(self, expert: str) -> tuple[tuple[int, float], ...]:
        """Epochs of `latest` with their mean over held-out items, where that is a number; raises what `all` does."""
        told = (each.of(HELD_OUT) for each in self.latest(expert))
        return tuple((each.epoch, each.mean) for each in told if each.items and math.isfinite(each.mean))

    def keep(self, probed: Probed) -> None:
        """Add an answer; one of the same checkpoint to the same question is replaced.

        Raises:
            JobError: the file is broken.
            OSError: it cannot be written.
        """
        with locks.held(self._workspace.runtime / f"probe-{self.number}.lock"):
            others = [each for each in self.all() if _key(each) != _key(probed)]
            document = {"version": _VERSION, "checkpoints": [_document(each) for each in (*others, probed)]}
            atomic.write_json(self.file, document)


def is_known(
    known: Iterable[Probed],
    expert: str,
    epoch: int,
    question: str,
    stamp: tuple[int, int],
    *,
    average: str | None = None,
) -> bool:
    """Whether a checkpoint has answered a question already, and is the file that it was then."""
    wanted = (expert, epoch, average, question, stamp)
    return any((each.expert, each.epoch, each.average, each.question, each.stamp) == wanted for each in known)


def stamp_of(checkpoint: Path) -> tuple[int, int]:
    """`Probed.stamp` of a file.

    Raises:
        OSError: it is not there.
    """
    status = checkpoint.stat()
    return status.st_mtime_ns, status.st_size


def _require_same_items(found: Iterable[Probed]) -> None:
    """See that answers to one question are about the same items.

    Raises:
        FieldError: they are not, so that they cannot be compared.
    """
    asked: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
    for each in found:
        items = frozenset((item.key, item.which) for item in each.items)
        if asked.setdefault((each.expert, each.question), items) != items:
            raise FieldError(f"{each.expert}, epoch {each.epoch}: other items than of the same question before")


def _key(probed: Probed) -> tuple[str, int, str | None, str]:
    return probed.expert, probed.epoch, probed.average, probed.question


def _document(probed: Probed) -> dict[str, Any]:
    return {
        "expert": probed.expert,
        "epoch": probed.epoch,
        "average": probed.average,
        "question": probed.question,
        "checkpoint": probed.checkpoint,
        "stamp": list(probed.stamp),
        "asked": probed.asked,
        "items": [
            {"item": each.key, "set": each.which, "draws": [d if math.isfinite(d) else None for d in each.draws]}
            for each in probed.items
        ],
    }


def _probed(fields: Fields) -> Probed:
    stamp = fields.integers("stamp")
    if len(stamp) != len(("modified", "size")):
        raise FieldError("stamp: time and size are wanted")
    return Probed(
        expert=fields.text("expert"),
        epoch=fields.integer("epoch"),
        question=fields.text("question"),
        checkpoint=fields.text("checkpoint"),
        stamp=(stamp[0], stamp[1]),
        asked=fields.number("asked"),
        items=tuple(_item(each) for each in fields.objects("items")),
        average=fields.text_or_none("average"),
    )


def _item(fields: Fields) -> ItemLoss:
    draws = [Fields({"draws": each}, "items").number_or_none("draws") for each in fields.items("draws")]
    if not draws:
        raise FieldError("draws: a list of numbers is wanted")
    numbers = tuple(math.nan if each is None else each for each in draws)
    return ItemLoss(fields.text("item"), fields.text("set"), numbers)
