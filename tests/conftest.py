"""What every test stands on."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long an example takes, or its making, says nothing on a machine that does other things as well.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
