"""Lines of an attempt's log with numbers and file names that count from the first attempt.

An attempt counts its epochs and steps from 1 and saves to a folder of its own. A line here is one whose progress bar
is folded: what a terminal is left with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wantui.trainer.musubi.saved_files import absolute_name, read_name

if TYPE_CHECKING:
    from wantui.trainer.attempts import AttemptTask
    from wantui.trainer.musubi.saved_files import SavedName

_EPOCH = re.compile(r"^epoch (?P<epoch>\d{1,12})/(?P<epochs>\d{1,12})$")
_EPOCH_OF_DATASET = re.compile(r"(?<=epoch is incremented\. current_epoch: )(\d{1,12}), epoch: (\d{1,12})")
_STATE = re.compile(r"(?<=:saving state at )(?P<what>epoch|step) (?P<number>\d{1,12})")
_SAMPLE = re.compile(r"(?<=:generating sample images at step)([^:]{0,40}: )(\d{1,12})")
_BAR = re.compile(
    r"steps:(?P<space>\s{1,20})\d{1,3}%(?:\|(?P<cells>[^|]{0,2000})\|)?\s{1,20}"
    r"(?P<step>\d{1,12})/(?P<steps>\d{1,12}) \[(?P<spent>[^<\]]{0,40})<[^,\]]{0,40},"
    r"(?P<rate>\s{0,20}(?P<number>\d{1,9}(?:\.\d{1,9})?|\?)(?P<unit>it/s|s/it))"
)
"""As `wantui.trainer.musubi.output` has it, in text."""
_SAVING = "saving checkpoint: |removing old checkpoint: |removing old state: |Saving current state to | saved in "
"""What stands before the path of a saved file."""
_COUNTED = (
    rb"^epoch \d|steps:[^\r\n]*[\r ]*(?:\n|\Z)|epoch is incremented|:saving state at |:generating sample images"
)

_EIGHTHS, _TENTHS = " ▏▎▍▌▋▊▉█", " 123456789#"
"""How far a cell of tqdm's bars is filled, the second where the terminal knows ASCII alone."""
_MINUTE, _HOUR = 60, 3600


class MusubiLines:
    """The lines of one attempt."""

    def __init__(self, task: AttemptTask) -> None:
        self._task = task
        self._counts = bool(task.start.epoch) and not task.start.counts_on
        self._folder = f"{task.folder}/"
        name = rf"{re.escape(task.name)}(?:-(?:step)?\d{{6,}})?(?:\.safetensors|-state)"
        self._path = re.compile(rf"(?P<said>{_SAVING}){re.escape(self._folder)}(?P<name>{name})")

    def absolute(self, line: str) -> str:
        """The line with absolute numbers and paths; what has none is left as it is."""
        if self._folder in line:
            line = self._path.sub(self._with_path, line)
        if not self._counts:
            return line
        start = self._task.start
        if "steps:" in line:
            line = _BAR.sub(self._with_bar, line)
        if " sample images " in line:
            line = _SAMPLE.sub(lambda found: f"{found[1]}{int(found[2]) + start.step}", line)
        if "epoch" in line or ":saving state" in line:
            line = _EPOCH.sub(self._with_epoch, line)
            line = _EPOCH_OF_DATASET.sub(
                lambda found: f"{int(found[1]) + start.epoch}, epoch: {int(found[2]) + start.epoch}", line
            )
            line = _STATE.sub(self._with_state, line)
        return line

    def _with_path(self, found: re.Match[str]) -> str:
        name = read_name(found["name"], self._task.name)
        if name is None or self._is_beyond(name):
            return found[0]
        absolute = absolute_name(name, self._task.epochs, self._task.start)
        return f"{found['said']}{self._task.output_folder / absolute.of(self._task.name)}"

    def _is_beyond(self, name: SavedName) -> bool:
        """Whether a file is of what is trained for a moment after the last epoch that is wanted."""
        epochs, start = self._task.epochs, self._task.start
        if not self._counts or epochs is None:
            return False
        return name.is_last or (name.epoch is not None and start.epoch + name.epoch > epochs)

    def _with_epoch(self, found: re.Match[str]) -> str:
        """It trains on for a moment after the last epoch that is wanted."""
        epochs = int(found["epochs"])
        return f"epoch {min(self._task.start.epoch + int(found['epoch']), epochs)}/{epochs}"

    def _with_state(self, found: re.Match[str]) -> str:
        start = self._task.start
        return f"{found['what']} {int(found['number']) + (start.epoch if found['what'] == 'epoch' else start.step)}"

    def _with_bar(self, found: re.Match[str]) -> str:
        start, steps = self._task.start, int(found["steps"])
        if self._task.epochs:
            # The trainer is told of all epochs, of which those before the attempt may have had other steps.
            steps = start.step + steps - start.epoch * (steps // self._task.epochs)
        step = min(start.step + int(found["step"]), steps)
        part = step / steps if steps else 0.0
        cells = found["cells"]
        head = f"steps: {100 * part:3.0f}%" + (f"|{_cells(cells, part)}|" if cells is not None else "")
        left = _seconds_left(steps - step, found["number"], found["unit"])
        return f"{head} {step}/{steps} [{found['spent']}<{left},{found['rate']}"


def _cells(drawn: str, part: float) -> str:
    """A bar of as many cells and of the same signs as `drawn`, so much of it full."""
    signs = _TENTHS if drawn.strip() and drawn.isascii() else _EIGHTHS
    most = len(signs) - 1
    full, rest = divmod(int(part * len(drawn) * most), most)
    if full >= len(drawn):
        return signs[-1] * len(drawn)
    return signs[-1] * full + signs[rest] + signs[0] * (len(drawn) - full - 1)


def _seconds_left(steps: int, rate: str, unit: str) -> str:
    """The time that so many steps take, as tqdm writes it."""
    if rate == "?" or float(rate) == 0:
        return "?"
    seconds = round(steps * float(rate) if unit == "s/it" else steps / float(rate))
    minutes, second = divmod(seconds, _MINUTE)
    hours, minute = divmod(minutes, _HOUR // _MINUTE)
    return f"{hours:d}:{minute:02d}:{second:02d}" if hours else f"{minute:02d}:{second:02d}"
