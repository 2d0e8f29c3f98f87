"""Puts a download together from the configuration, and stops one that runs."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.weights.download import Download
from wantui.weights.errors import BusyError
from wantui.weights.locks import holder, loader_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wantui.config import Config
    from wantui.paths import Workspace
    from wantui.weights.hub import Hub

STALL_S = 30.0
"""Seconds without a byte after which a connection is given up."""
_LOOK_S = 0.05


def configured(workspace: Workspace) -> Config:
    """The configuration of a workspace, with its ``[trainer] env`` in force in this process.

    The Hub's library reads the environment while it is imported, so this comes before.

    Raises:
        ConfigError: it cannot be used.
    """
    config = configuration.load(workspace)
    os.environ.update(config.trainer.env)
    return config


def hub_of(config: Config, environment: Mapping[str, str], *, stall_s: float = STALL_S) -> Hub:
    """The Hub that a configuration means: ``[models] endpoint``, else ``HF_ENDPOINT``, else the Hub itself."""
    from wantui.weights.hub import Hub  # noqa: PLC0415  it takes long to import
    from wantui.weights.tokens import token  # noqa: PLC0415  the same

    return Hub(endpoint_of(config, environment), token(environment), stall_s=stall_s)


def endpoint_of(config: Config, environment: Mapping[str, str]) -> str:
    """Where the Hub is that a configuration means."""
    from huggingface_hub.constants import HUGGINGFACE_CO_URL_HOME  # noqa: PLC0415  only who asks the Hub needs it

    return config.models.endpoint or environment.get("HF_ENDPOINT") or HUGGINGFACE_CO_URL_HOME


def download_of(workspace: Workspace, config: Config, environment: Mapping[str, str]) -> Download:
    """A download for a workspace, with the settings of its configuration."""
    return Download(workspace, config.models, hub_of(config, environment), environment)


def pause(workspace: Workspace, patience_s: float = 10.0) -> bool:
    """Ask the workspace's loader to stop and wait until it has; whether there was one.

    Raises:
        BusyError: it does not stop.
    """
    lock = loader_lock(workspace)
    process = holder(lock)
    if process is None:
        return False
    try:
        os.kill(process, signal.SIGTERM)
    except ProcessLookupError:
        return False
    deadline = time.monotonic() + patience_s
    while holder(lock) == process:
        if time.monotonic() > deadline:
            raise BusyError(f"process {process} still downloads; end it with `kill -9 {process}`, nothing is lost")
        time.sleep(_LOOK_S)
    return True
