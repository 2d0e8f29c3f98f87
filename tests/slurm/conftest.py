"""Workspaces whose jobs run on a Slurm of two nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Shell, in_folder, shell
from tests.demo import demo_workspace
from tests.slurm.fixtures import use_slurm
from tests.supervisor.conftest import runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.slurm.cluster import Cluster

__all__ = ["in_folder", "runtime", "shell"]


@pytest.fixture
def on_slurm(cluster: Cluster, in_folder: Callable[[Path], Shell], tmp_path: Path) -> Callable[..., Shell]:
    """Makes workspaces with the demo's pictures: so many epochs, a checkpoint after each, so long a step.

    That the nodes share their disk is known, unless a test is about that.
    """

    def make(*, epochs: int, step_s: float, settings: str = "", disk_is_known: bool = True) -> Shell:
        shell = in_folder(tmp_path / "site")
        demo_workspace(shell.folder, epochs=epochs)
        text = (shell.folder / "wantui.toml").read_text()
        text = text.replace('STEP_S = "0.1"', f'STEP_S = "{step_s}"')
        assert f'"{step_s}"' in text
        text = "\n".join("save_every = 1" if line.startswith("save_every") else line for line in text.splitlines())
        shell.write("wantui.toml", f"{text}\n[watch]\nenabled = false\n")
        use_slurm(shell.folder, settings, disk_is_known=disk_is_known)
        return shell

    return make
