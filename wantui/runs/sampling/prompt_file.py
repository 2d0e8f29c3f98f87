"""The prompts of a workspace: a text file of a person's own, a prompt in each line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.dataset.trigger import key_word, lacks_trigger, sure_trigger
from wantui.formatting import plain_plural
from wantui.runs.errors import PlanError
from wantui.trainer.prompts import Prompt, PromptProblem, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST_PROMPTS = 1 << 20
"""Bytes of the file; a prompt has some hundred."""
MOST_TOLD = 5
"""Lines that an error names."""
_EXAMPLE = """\
# What `wantui sample` makes pictures of: one prompt a line, with the trainer's own options behind it.
#   --w 832 --h 480   size in pixels, in steps of 16
#   --f 1             frames: 1 is a picture; 5, 9, ... 81 a clip
#   --d 42            seed, the same for every pair of checkpoints
#   --s 20            steps
#   --g --fs --n      guidance, flow shift, negative prompt;  --i FILE  the image that an i2v run begins with
# A line that begins with # is passed over.
{trigger}, standing on a beach at sunset
{trigger}, portrait, soft light from a window
"""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """The file as it is."""

    path: Path
    exists: bool
    prompts: tuple[tuple[int, Prompt], ...]
    """With their lines, from 1."""
    problems: tuple[PromptProblem, ...]

    def told(self, problem: PromptProblem) -> str:
        """``prompts.txt:3: --w 100: ... is wanted``."""
        return f"{self.path}:{problem.line}: {problem.message}"

    def usable(self) -> tuple[Prompt, ...]:
        """Its prompts.

        Raises:
            PlanError: there are none, or a line has errors; the message names file and line.
        """
        errors = [problem for problem in self.problems if problem.is_error]
        if errors:
            more = len(errors) - MOST_TOLD
            told = [self.told(problem) for problem in errors[:MOST_TOLD]]
            raise PlanError("\n".join(told + ([f"and {plain_plural(more, 'line')} more"] if more > 0 else [])))
        if not self.prompts:
            what = "has no prompt in it" if self.exists else "is not there"
            raise PlanError(f"{self.path} {what}; `wantui sample --prompts` opens it in your editor")
        return tuple(prompt for _, prompt in self.prompts)


def read(path: Path, captions: Sequence[str] = ()) -> PromptFile:
    """Read the prompts; a file that is not there has none.

    Args:
        path: of the file.
        captions: of the dataset; where nearly all begin with one trigger, a prompt without it is warned of.

    Raises:
        PlanError: it cannot be read, or is not UTF-8.
    """
    try:
        text = reading.read_bytes(path, LARGEST_PROMPTS).decode("utf-8")
    except FileNotFoundError:
        return PromptFile(path, exists=False, prompts=(), problems=())
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path}: cannot be read ({error}); it is a text file in UTF-8, a prompt a line") from error
    prompts, problems = parse(text, path.parent)
    trigger = sure_trigger(captions)
    lacking = [
        PromptProblem(line, f'the trigger "{trigger}" is missing: the LoRA may do nothing here', is_error=False)
        for line, prompt in prompts
        if trigger and lacks_trigger(prompt.text, trigger)
    ]
    every = sorted((*problems, *lacking), key=lambda each: each.line)
    return PromptFile(path, exists=True, prompts=prompts, problems=tuple(every))


def create(path: Path, captions: Sequence[str] = ()) -> bool:
    """Write an example where there is no file yet; whether it was written.

    Raises:
        PlanError: it cannot be written.
    """
    if path.exists():
        return False
    trigger = sure_trigger(captions)
    text = _EXAMPLE.format(trigger=trigger if trigger and key_word(trigger) else "your trigger")
    try:
        atomic.write_text(path, text)
    except OSError as error:
        raise PlanError(f"{path}: cannot be written ({error.strerror}); `[sample] prompts` names another") from error
    return True
