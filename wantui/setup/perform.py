"""Carries out one step of a setup, as a job of the supervisor does it.

    python -m wantui.setup.perform STEP --workspace DIR

Prints each command before it runs, and what it prints. A step that is done already does nothing; one that was killed
is done again from where it was, as far as its commands can.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

from wantui import config as configuration
from wantui.jobs.model import SETUP_KINDS, JobKind
from wantui.paths import Workspace
from wantui.runs.setup_output import LOG_SAYS, failure_line, step_line
from wantui.setup.commands import SetupCommand, SetupError
from wantui.setup.steps import SetupStep, steps_for
from wantui.weights.catalogue import TASKS


def perform(step: SetupStep, config: configuration.Config) -> None:
    """Do a step.

    Raises:
        SetupError: a command failed, or what it should have brought is not there.
    """
    if step.is_done(config):
        print(step_line(1, 1, "there already"), flush=True)  # noqa: T201  the job's log
        return
    commands = step.commands(config)
    for number, command in enumerate(commands, start=1):
        print(step_line(number, len(commands), command.says), flush=True)  # noqa: T201
        _run(command)
    if not step.is_done(config):
        raise SetupError(
            f"everything went well, and yet {step.says} is not there; `wantui doctor` says what is missing"
        )


def _run(command: SetupCommand) -> None:
    print(f"$ {shlex.join(command.argv)}", flush=True)  # noqa: T201
    try:
        done = subprocess.run(command.argv, env={**os.environ, **command.env}, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise SetupError(f"{command.argv[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        again = f"`wantui setup` tries again{command.cure and f'; should it end so again, {command.cure}'}"
        raise SetupError(f"cannot {command.says}: exit code {done.returncode}; {LOG_SAYS}, {again}")


def main() -> int:
    """Do the step of the command line."""
    parser = argparse.ArgumentParser(prog="wantui.setup.perform")
    parser.add_argument("step", choices=sorted(SETUP_KINDS))
    parser.add_argument("--task", choices=TASKS, required=True)
    parser.add_argument("--workspace", type=Path, required=True)
    options = parser.parse_args()
    step = next(each for each in steps_for(options.task) if each.kind is JobKind(options.step))
    try:
        perform(step, configuration.load(Workspace(options.workspace)))
    except (SetupError, configuration.ConfigError) as error:
        print(failure_line(str(error)), flush=True)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
