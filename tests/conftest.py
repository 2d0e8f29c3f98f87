"""What every test stands on."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IN_CI = bool(os.environ.get("CI"))
"""There the same examples are tried each time, for what lands is judged by its change; elsewhere new ones are."""

# How long an example takes, or its making, says nothing on a machine that does other things as well.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=IN_CI)
settings.load_profile("untimed")
