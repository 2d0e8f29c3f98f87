"""The environment of a job as it may be shown: without what is secret in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = "(not shown)"
_SECRET_NAME = re.compile(r"TOKEN(?!IZER)|SECRET|PASSW|API_?KEY|ACCESS_?KEY|CREDENTIAL", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")
"""Of an address, a proxy's say."""


def shown_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for people and documents: values whose names say that they are secret are left out."""
    return {
        name: HIDDEN if _SECRET_NAME.search(name) else _LOGIN.sub(HIDDEN, value)
        for name, value in environment.items()
    }
