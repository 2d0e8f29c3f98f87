"""What makes captions: a command, asked about file after file, or the trainer's Qwen-VL script, asked about all.

Each yields, in no promised order, a file and the caption or what went wrong with it. Nothing here writes a caption.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.config.checks import MEDIA_PLACE
from wantui.dataset.media import IMAGE_SUFFIXES, is_taken
from wantui.runs.captioning.outcome import NotCaptioned, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WORKSPACE_PLACE = "{workspace}"
QWEN_SCRIPT = "caption_images_by_qwen_vl.py"
"""In ``src/musubi_tuner``, since musubi-tuner ba41f9e of 16 August 2025."""


@dataclass(frozen=True, slots=True)
class CommandCaptioner:
    """A program that prints the caption of one file."""

    words: tuple[str, ...]
    """The command line, with `MEDIA_PLACE` where the file goes."""
    limit_s: float
    """Seconds that one file may take."""

    @property
    def source(self) -> str:
        """What its proposals are said to be from."""
        return shlex.join(self.words)

    def takes(self, media: Path) -> bool:  # noqa: ARG002  what the program takes only it knows
        """Whether it can be asked about the file."""
        return True

    def problem(self) -> str | None:
        """What keeps it from working, as a sentence with its fix; None: nothing that can be known beforehand."""
        return None

    def captions(self, media: Sequence[Path], workspace: Path) -> Iterator[Outcome]:
        """Ask about every file, one after the other.

        Args:
            media: the files.
            workspace: the folder that the program runs in.
        """
        for path in media:
            yield path, self._ask(path, workspace)

    def _ask(self, media: Path, workspace: Path) -> str | NotCaptioned:
        places = {MEDIA_PLACE: str(media), WORKSPACE_PLACE: str(workspace)}
        argv = [_filled(word, places) for word in self.words]
        try:
            # Standard input is inherited: it is the job's liveness lock (`wantui.jobs.liveness`).
            process = subprocess.Popen(argv, cwd=workspace, stdout=subprocess.PIPE, process_group=0)
        except OSError as error:
            return NotCaptioned(f"cannot start {argv[0]}: {error.strerror}")
        try:
            printed, _ = process.communicate(timeout=self.limit_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return NotCaptioned(f"took more than {self.limit_s:g} seconds; [captions] limit_s allows more")
        return _caption(printed, process.returncode)


@dataclass(frozen=True, slots=True)
class QwenCaptioner:
    """The trainer's script around Qwen2.5-VL: it loads the model once and captions the images of a folder."""

    root: Path
    """The trainer's checkout."""
    python: Path
    """The trainer's interpreter."""
    model: Path
    """The weights."""
    prompt: str
    """What the model is asked; empty: the script's own question."""
    fp8: bool
    limit_s: float
    """Seconds that one file may take, once the first one is captioned."""
    env: dict[str, str] = field(default_factory=dict)
    """``[trainer] env``."""

    @property
    def source(self) -> str:
        """What its proposals are said to be from."""
        return "qwen-vl"

    def takes(self, media: Path) -> bool:
        """Whether it can be asked about the file: it knows images alone."""
        return is_taken(media.name, IMAGE_SUFFIXES)

    def problem(self) -> str | None:
        """What keeps it from working, as a sentence with its fix."""
        if not self._script.is_file():
            return (
                f"{self._script}: this checkout of the trainer has no captioning script; bring it to one of 16 "
                "August 2025 or later, or set [captions] command to a program of your own"
            )
        if not self.python.is_file():
            return f"{self.python}: there is no interpreter for the trainer; set python in [trainer]"
        if not self.model.exists():
            return f"{self.model}: the weights of qwen-vl are missing; set model in [captions] to them"
        return None

    @property
    def _script(self) -> Path:
        return self.root / "src" / "musubi_tuner" / QWEN_SCRIPT

    def captions(self, media: Sequence[Path], workspace: Path) -> Iterator[Outcome]:
        """Let the script go over all files, and take each caption as it is written.

        Args:
            media: images.
            workspace: the folder with wantui's own below it.
        """
        from wantui.runs.captioning.batch import LinkedImages  # noqa: PLC0415  a command needs none of it

        with LinkedImages.of(media, workspace) as batch:
            yield from batch.watch(self.argv(batch.images, batch.written), self._environment(), self.limit_s)

    def argv(self, images: Path, written: Path) -> list[str]:
        """The command line.

        Args:
            images: the folder to caption.
            written: the jsonl file that the script writes.
        """
        flags = ["--image_dir", str(images), "--model_path", str(self.model), "--output_file", str(written)]
        flags += ["--output_format", "jsonl"]
        if self.prompt:
            flags += ["--prompt", self.prompt]
        if self.fp8:
            flags.append("--fp8_vl")
        return [str(self.python), str(self._script), *flags]

    def _environment(self) -> dict[str, str]:
        inherited = self.env.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        path = os.pathsep.join([str(self.root / "src"), *([inherited] if inherited else [])])
        return {**os.environ, **self.env, "PYTHONPATH": path}


Captioner = CommandCaptioner | QwenCaptioner


def _filled(word: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        word = word.replace(place, value)
    return word


def _caption(printed: bytes, code: int) -> str | NotCaptioned:
    """What a program's output comes to."""
    if code != 0:
        return NotCaptioned(f"exit code {code}" if code > 0 else f"ended by {signal.Signals(-code).name}")
    try:
        text = printed.decode("utf-8").replace("\r\n", "\n").strip()
    except UnicodeDecodeError:
        return NotCaptioned("printed something that is not UTF-8")
    return text or NotCaptioned("printed nothing")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with everything that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
