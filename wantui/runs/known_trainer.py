"""Whether the trainer that a run names may be started for another job: that of a run of somebody else is not.

A sample job and a probe run the trainer with the settings of the run that they are about. Who asks for them sees no
command line of that run, and its record may be from somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.jobs import trust
from wantui.runs.errors import PlanError

if TYPE_CHECKING:
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.trainer.model import RunSettings


def require_known_trainer(workspace: Workspace, run: Run, settings: RunSettings) -> None:
    """See that this user has started a run on this machine, or that it names the trainer of ``wantui.toml``.

    Args:
        workspace: where.
        run: whose checkpoints are used.
        settings: of one of its experts.

    Raises:
        PlanError: neither.
        ConfigError: ``wantui.toml`` cannot be read.
    """
    if trust.is_approved(run):
        return
    config = configuration.load(workspace)
    named = config.trainer.kind, config.trainer.root, config.trainer.python, config.trainer.env
    if named != (settings.trainer_kind, settings.trainer_root, settings.trainer_python, settings.trainer_env):
        raise PlanError(
            f"you have not started run {run.number} on this machine, and it names another trainer "
            f"({settings.trainer_python}) than {config.file}; if that one is yours, put it into [trainer] there"
        )
