"""Starting runs on the cluster, and waiting for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.supervisor.conftest import until
from wantui.jobs.store import RunStore
from wantui.paths import Workspace

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

LONG_S = 240.0
EXPERTS = ("1.high", "1.low")


def job(shell: Shell, name: str) -> dict[str, Any]:
    return next(each for each in shell.jobs() if each["id"] == name)


def states(shell: Shell) -> list[str]:
    """Of both experts."""
    return [job(shell, name)["state"] for name in EXPERTS]


def train(shell: Shell) -> None:
    done = shell.run("train")
    assert done.returncode == 0, done.stderr


def until_trains(shell: Shell, epoch: int = 1) -> None:
    """Wait until both experts have come to an epoch."""
    until(
        lambda: all((job(shell, name)["epoch"] or 0) >= epoch for name in EXPERTS),
        f"epoch {epoch} of both experts",
        LONG_S,
    )


def until_ended(shell: Shell) -> None:
    run = Workspace(shell.folder)
    until(lambda: RunStore(run).get(1).has_ended, "the end of the run", LONG_S)


def loras(shell: Shell) -> list[str]:
    return sorted(path.name for path in (shell.folder / "output").glob("*_demo.safetensors"))
