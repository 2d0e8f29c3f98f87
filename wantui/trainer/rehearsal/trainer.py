"""The rehearsal trainer behind wantui's seam."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import wantui
from wantui.dataset.model import MediaRules
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.checkout import SCRIPTS
from wantui.trainer.musubi.failures import explain_exit
from wantui.trainer.musubi.output import MusubiOutput
from wantui.trainer.musubi.output_files import existing_outputs, outputs
from wantui.trainer.musubi.preflight import output_problems

if TYPE_CHECKING:
    from wantui.dataset.model import Problem
    from wantui.gpus.model import Gpu
    from wantui.trainer.memory_plans import Way
    from wantui.trainer.model import Command, ExistingOutputs, ExitReason, Expert, Outputs, RunSettings
    from wantui.trainer.protocol import CurveReader, OutputReader

PACKAGE = "wantui.trainer.rehearsal"


class RehearsalTrainer:
    """The built-in trainer: its scripts take the real ones' flags and print what they print."""

    kind = "rehearsal"

    def problems(self, settings: RunSettings) -> list[Problem]:
        """What keeps it from running these settings: no weights, no checkout, but a folder to write to."""
        return list(output_problems(settings.output_directory)) if settings.experts else []

    def latents_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> Command:
        """Encode the media."""
        return commands.latents_command(settings, launcher(), gpu, skip_existing=skip_existing)

    def text_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> Command:
        """Encode the captions."""
        return commands.text_command(settings, launcher(), gpu, skip_existing=skip_existing)

    def training_command(self, settings: RunSettings, expert: Expert, gpu: Gpu | None, port: int | None) -> Command:  # noqa: ARG002  the seam's
        """Train one expert; there is no launcher that would need a port."""
        return commands.training_command(settings, launcher(), expert, gpu)

    def ways(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> tuple[Way, ...]:
        """What the real trainer would do on such devices."""
        from wantui.trainer.musubi.memory_plan import ways  # noqa: PLC0415  only a plan needs it

        return ways(settings, gpus)

    def device_problems(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> list[Problem]:  # noqa: ARG002  the seam's
        """It runs on anything."""
        return []

    def output_reader(self, kind: str) -> OutputReader:
        """It prints what the real trainer does."""
        return MusubiOutput(kind)

    def curve_reader(self) -> CurveReader:
        """The same."""
        from wantui.trainer.musubi.curve import MusubiCurve  # noqa: PLC0415  only the screen draws curves

        return MusubiCurve()

    def explain_exit(self, exit_code: int, cause: str | None) -> ExitReason:
        """By the signal, or by what it printed."""
        return explain_exit(exit_code, cause)

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

    def existing_outputs(self, settings: RunSettings, expert: Expert) -> ExistingOutputs:
        """What trainings under the expert's names have left so far."""
        return existing_outputs(settings, expert)


def launcher() -> commands.Launcher:
    """wantui's own interpreter, with wantui's own folder to import from: jobs run in the dataset's folder."""

    def script(name: str) -> tuple[str, ...]:
        return (sys.executable, "-P", "-m", f"{PACKAGE}.{Path(SCRIPTS[name]).stem}")

    return commands.Launcher(
        latents=script("latents"),
        text=script("text"),
        train=script("train"),
        python_path=(Path(wantui.__file__).parent.parent,),
    )
