"""What a person is told of a run that cannot be."""

from __future__ import annotations

from wantui.errors import BadInputError


class PlanError(BadInputError):
    """A run that cannot be planned or started; the message says what is wrong and what to do."""
