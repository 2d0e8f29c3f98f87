"""The averages of a run's checkpoints, in ``.wantui/runs/N/averages.json`` beside that run.

They are no checkpoints of an epoch, so they are not in an expert's list of saved files: nothing that counts, prunes
or resumes epochs meets them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui import atomic, locks, reading
from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.model import JobError
from wantui.jobs.store import run_folder
from wantui.trainer.averages import Decay

if TYPE_CHECKING:
    from wantui.paths import Workspace

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Average:
    """An average of checkpoints of one expert."""

    expert: str
    """``high`` or ``low``."""
    path: Path
    """The LoRA file."""
    epochs: tuple[int, ...]
    """Of the checkpoints that are in it, ascending."""
    decay: Decay

    @property
    def name(self) -> str:
        """What it is called on the command line and at the end of its file's name: ``ema-10-40``."""
        return f"ema-{self.epochs[0]}-{self.epochs[-1]}{self.decay.suffix}"

    def __str__(self) -> str:
        """``EMA 10–40``, and how it forgets where that is not the usual."""  # noqa: RUF002  a range
        how = f" {self.decay}" if self.decay.suffix else ""
        return f"EMA {self.epochs[0]}–{self.epochs[-1]}{how}"  # noqa: RUF001  a range


class Averages:
    """The averages of one run."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self._workspace = workspace
        self._number = number
        self.file = run_folder(workspace, number) / "averages.json"

    def existing(self) -> tuple[Average, ...]:
        """Those whose files are there, expert by expert and by epochs.

        Raises:
            JobError: the record is broken.
        """
        found = (each for each in self._recorded() if each.path.is_file())
        return tuple(sorted(found, key=lambda each: (each.expert, each.epochs[0], each.epochs[-1], each.name)))

    def keep(self, average: Average) -> None:
        """Record one, in place of another of its path; raises what `existing` does, or OSError."""
        self._change(average.path, (average,))

    def forget(self, path: Path) -> None:
        """Record no longer what is at `path`; raises as `keep`."""
        self._change(path, ())

    def _change(self, path: Path, added: tuple[Average, ...]) -> None:
        with locks.held(self._workspace.runtime / f"averages-{self._number}.lock"):
            kept = [each for each in self._recorded() if each.path != path]
            documents = [_document(each) for each in (*kept, *added)]
            atomic.write_json(self.file, {"version": _VERSION, "averages": documents})

    def _recorded(self) -> tuple[Average, ...]:
        try:
            fields = Fields(reading.read_json(self.file), "averages of checkpoints")
            if fields.integer("version") != _VERSION:
                raise FieldError("it is of another version")
            return tuple(map(_average, fields.objects("averages")))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise JobError(
                f"{self.file}: cannot be read ({error}); remove it: the LoRA files stay, and are no longer listed"
            ) from error


def _document(average: Average) -> dict[str, Any]:
    return {
        "expert": average.expert,
        "path": str(average.path),
        "epochs": list(average.epochs),
        "beta": average.decay.beta,
        "sigma_rel": average.decay.sigma_rel,
    }


def _average(fields: Fields) -> Average:
    epochs = fields.integers("epochs")
    if not epochs:
        raise FieldError("epochs: there are none")
    decay = Decay(fields.number_or_none("beta"), fields.number_or_none("sigma_rel"))
    return Average(fields.text("expert"), Path(fields.text("path")), epochs, decay)
