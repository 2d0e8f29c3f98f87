"""The three steps as text: what each is, whether it is done, what was found, which keys act."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.formatting import HOUR_S, count, gibibytes, home, plural, rough_duration
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS

if TYPE_CHECKING:
    from wantui.services.annotations import JobView
    from wantui.services.first_run import BoxFacts, TrainingOutlook
    from wantui.services.machine import MachineView

NAMED = 2
"""Files that are named before the rest is counted."""
SETUP, DATASET, TRAIN = range(3)
"""The steps, in their order."""


@dataclass(frozen=True, slots=True)
class StartFacts:
    """What is known by now; None is not known yet."""

    box: BoxFacts | None = None
    machine: MachineView | None = None
    items: int | None = None
    """Of the dataset, where there is one."""
    captions: int = 0
    """How many of them have one."""
    bad: tuple[str, ...] = ()
    """Names of the items with a problem."""
    broken: tuple[str, ...] | None = None
    """Names of the images in the folder that was found which cannot be decoded."""
    outlook: TrainingOutlook | None = None
    setup: str | None = None
    """What a setup that is under way is at."""
    training: JobView | None = None
    """A job of the training that is under way."""

    @property
    def done(self) -> tuple[bool, bool, bool]:
        """Which of the steps are done."""
        box = self.box
        return (
            box is not None and box.is_set_up,
            box is not None and box.has_dataset and bool(self.items),
            self.training is not None,
        )

    @property
    def next(self) -> int:
        """The first step that is not done."""
        return self.done.index(False) if False in self.done else TRAIN


@dataclass(frozen=True, slots=True)
class StepText:
    """One step."""

    title: str
    is_done: bool
    found: str
    """What was found, in a line."""
    enter: str
    """What enter does."""
    keys: tuple[tuple[str, str], ...] = ()
    """Other commands by their ids, and what each does here."""
    warning: str = ""
    notes: tuple[str, ...] = field(default=())


def steps_of(seen: StartFacts) -> tuple[StepText, StepText, StepText]:
    """The three steps."""
    return _setup(seen), _dataset(seen), _train(seen)


def _setup(seen: StartFacts) -> StepText:
    box, is_done = seen.box, seen.done[SETUP]
    if box is None:
        found = "looking"
    else:
        trainer = clean(box.trainer) if box.trainer else "no trainer installed"
        found = ", ".join(filter(None, (trainer, _weights(box), gpus_in_words(seen.machine))))
    return StepText(
        "Set up this machine",
        is_done,
        found,
        "review the setup" if is_done else "show what is missing, and install it",
        (("doctor", "check everything"),),
        warning=seen.setup or _no_gpu(seen.machine),
    )


def _no_gpu(machine: MachineView | None) -> str:
    """Why there is none, in a sentence; the doctor tells more."""
    return "" if machine is None or machine.trouble is None else clean(machine.trouble.partition(". ")[0])


def _weights(box: BoxFacts) -> str:
    if not box.needs_weights:
        return "needs no weights"
    if not box.weights_lacking:
        return f"weights of {box.task}"
    return f"{plural(len(box.weights_lacking), 'weight file')} of {box.task} missing"


def gpus_in_words(machine: MachineView | None) -> str:
    """``2 x RTX 5090 32 GiB``; empty where none can be read."""
    if machine is None:
        return ""
    found = Counter(
        clean(each.gpu.name.removeprefix("NVIDIA ").removeprefix("GeForce "))
        + ("" if each.gpu.memory_total_mib is None else f" {gibibytes(each.gpu.memory_total_mib)}")
        for each in machine.gpus
    )
    return ", ".join(f"{number} {GLYPHS.times} {name}" for name, number in found.items())


def _dataset(seen: StartFacts) -> StepText:
    title, others = "Add images or clips", (("import", "import from another folder"), ("settings", "all settings"))
    box, is_done = seen.box, seen.done[DATASET]
    if is_done:
        captions = plural(seen.captions, "caption")
        says = f"{plural(len(seen.bad), 'item has', 'items have')} problems: {_names(seen.bad)}" if seen.bad else ""
        return StepText(
            title, True, f"{plural(seen.items or 0, 'item')}, {captions}", "change the dataset's settings",
            (("import", "import more"), ("problems", "problems and fixes")), warning=says,
        )  # fmt: skip
    if box is None:
        return StepText(title, False, "looking", "choose a folder", others[1:])
    if box.has_dataset:
        found = "reading the dataset" if seen.items is None else "the dataset has no items yet"
        return StepText(title, False, found, "change the dataset's settings", others)
    if box.folder is None:
        found = "no images or clips in this workspace yet"
        return StepText(title, False, found, "choose the folder they are in", notes=(_HOW_TO_SEND,))
    folder = box.folder
    what = [plural(len(folder.images), "image")] if folder.images else []
    what += [plural(len(folder.clips), "clip")] if folder.clips else []
    lacking = folder.media - folder.captions
    troubles = [f"{count(lacking)} without a caption"] if lacking else []
    if seen.broken:
        troubles.append(f"{count(len(seen.broken))} cannot be decoded: {_names(seen.broken)}")
    return StepText(
        title, False,
        f"found {clean(home(folder.path))}: {', '.join(what)}, {plural(folder.captions, 'caption')}",
        "use this folder: shows the dataset.toml before it is written",
        (("settings", "choose another folder"),),
        warning="; ".join(troubles) + ("; you can fix that afterwards" if troubles else ""),
    )  # fmt: skip


_HOW_TO_SEND = "scp or rsync them to the machine, each caption beside its image as NAME.txt"


def _names(names: tuple[str, ...]) -> str:
    more = f" and {count(len(names) - NAMED)} more" if len(names) > NAMED else ""
    return ", ".join(map(clean, names[:NAMED])) + more


def _train(seen: StartFacts) -> StepText:
    is_ready = seen.done[SETUP] and seen.done[DATASET]
    if seen.training is not None:
        return StepText("Train both experts", True, f"{seen.training.job.id} is under way", "watch it")
    says = "open the run form; enter starts it" if is_ready else "open the run form to review it"
    errors = 0 if seen.outlook is None or not is_ready else seen.outlook.errors
    return StepText(
        "Train both experts", False, _outlook_in_words(seen.outlook), says,
        (("problems", "problems and fixes"),) if errors else (),
        warning=f"{plural(errors, 'error')} to fix first" if errors else "",
    )  # fmt: skip


def _outlook_in_words(outlook: TrainingOutlook | None) -> str:
    """``about 3 h 10 min on these GPUs, 2.50 at 0.79 an hour``, as far as it is no guess."""
    if outlook is None:
        return "time and cost follow from the dataset"
    price = outlook.price_per_hour
    if outlook.seconds is None:
        each = " each" if outlook.experts > 1 else ""
        cost = "" if price is None else f", at {price:.2f} an hour"
        return f"{plural(outlook.steps, 'step')}{each}{cost}; the time is known once one has started"
    cost = "" if price is None else f", {outlook.seconds / HOUR_S * price:.2f} at {price:.2f} an hour"
    return f"{rough_duration(outlook.seconds)} on these GPUs{cost}"
