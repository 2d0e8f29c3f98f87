"""The loader as a process: ``python -m wantui.weights.fetch --workspace DIR --task T``.

It may be killed at any moment; the next one goes on where it was. SIGTERM and SIGINT stop it in good order. Exit
codes: 0 all files are here, 1 some are not, 2 bad usage or configuration, 130 stopped.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, TextIO

from wantui import config as configuration
from wantui.paths import WorkspaceError, find_workspace
from wantui.weights.catalogue import TASKS
from wantui.weights.control import configured, download_of
from wantui.weights.errors import ModelsError
from wantui.weights.printing import Printer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from wantui.paths import Workspace
    from wantui.weights.catalogue import Task

DONE, FAILED, BAD_USAGE, STOPPED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Load what the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="wantui.weights.fetch", description="Download the weights of a task.")
    parser.add_argument("--workspace", metavar="DIR")
    parser.add_argument("--task", choices=TASKS, help="default: [run] task")
    parser.add_argument("--replace", action="store_true", help="download again the files that differ from the Hub's")
    options = parser.parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8
    try:
        workspace = find_workspace(options.workspace)
        return fetch(workspace, options.task, replaces=options.replace, out=sys.stdout)
    except (configuration.ConfigError, WorkspaceError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_USAGE
    except ModelsError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


def fetch(workspace: Workspace, task: Task | None, *, replaces: bool, out: TextIO) -> int:
    """Load the files of a task, with its progress on `out`; the exit code.

    Must be called from the main thread: it takes the signals that stop it.

    Raises:
        ConfigError: the configuration cannot be used.
        ModelsError: another process loads for this workspace.
    """
    config = configured(workspace)
    download = download_of(workspace, config, os.environ)
    download.replaces = replaces

    def stop(_number: int, _frame: FrameType | None) -> None:
        download.stopped.set()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    printer = Printer(out)
    try:
        progress = download.run(task or config.run.task, printer.show, printer.line)
    except KeyboardInterrupt:
        printer.line("stopped; what has arrived is kept, and the next `wantui models download` continues from there")
        return STOPPED
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    printer.end(progress)
    return DONE if progress.ended == "done" else FAILED


if __name__ == "__main__":
    sys.exit(main())
