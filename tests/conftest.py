"""What every test stands on."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.slurm.fixtures import cluster, session_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cluster", "session_cluster"]

IN_CI = bool(os.environ.get("CI"))
"""There the same examples are tried each time, for what lands is judged by its change; elsewhere new ones are."""

# How long an example takes, or its making, says nothing on a machine that does other things as well.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=IN_CI)
settings.load_profile("untimed")


# Hundreds of screens are made and dropped: looked for more seldom, what they leave takes a tenth less of the time.
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _own_records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests start is recorded beside them, not in the home of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANTUI_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        yield
