"""The rehearsal trainer behind wantui's seam."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import wantui
from wantui.dataset.model import MediaRules
from wantui.trainer.musubi.checkout import AVERAGE_SCRIPT, SAMPLE_SCRIPT, SCRIPTS
from wantui.trainer.musubi.commands import Launcher
from wantui.trainer.musubi.output_files import outputs
from wantui.trainer.musubi.trainer import MusubiTrainer
from wantui.trainer.musubi.writable import output_problems

if TYPE_CHECKING:
    from wantui.dataset.model import Problem
    from wantui.gpus.model import Gpu
    from wantui.trainer.model import Expert, Outputs, RunSettings

PACKAGE = "wantui.trainer.rehearsal"


class RehearsalTrainer(MusubiTrainer):
    """The built-in trainer: its scripts take the real ones' flags and print what they print.

    What is not said here it has from the real one: commands, ways to fit on a GPU, names of files.
    """

    kind = "rehearsal"
    observer = None

    def launcher(self, settings: RunSettings, expert: Expert | None = None, port: int | None = None) -> Launcher:  # noqa: ARG002  the seam's
        """wantui's own interpreter, with wantui's own folder to import from: jobs run in the dataset's folder."""
        latents, text, train, sample, average = (
            (sys.executable, "-P", "-m", f"{PACKAGE}.{Path(script).stem}")
            for script in (SCRIPTS["latents"], SCRIPTS["text"], SCRIPTS["train"], SAMPLE_SCRIPT, AVERAGE_SCRIPT)
        )
        return Launcher(latents, text, train, (Path(wantui.__file__).parent.parent,), sample, average)

    def problems(self, settings: RunSettings) -> list[Problem]:
        """What keeps it from running these settings: no weights, no checkout, but a folder to write to."""
        return list(output_problems(settings.output_directory)) if settings.experts else []

    def device_problems(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> list[Problem]:  # noqa: ARG002  the seam's
        """It runs on anything."""
        return []

    def media_rules(self, root: Path) -> MediaRules:  # noqa: ARG002  it is a part of wantui
        """Those of v0.3.4."""
        return MediaRules()

    def version(self, settings: RunSettings) -> str:  # noqa: ARG002  the rehearsal is a part of wantui
        """``wantui VERSION rehearsal``."""
        return f"wantui {wantui.__version__} rehearsal"

    def token_counter(self, python: Path, env: dict[str, str]) -> None:
        """It has no tokenizer: words are counted."""

    def outputs(self, settings: RunSettings, expert: Expert) -> Outputs:
        """The real trainer's files by their names; they are small, for they are for show."""
        return replace(outputs(settings, expert), checkpoint_bytes=0, state_bytes=0)
