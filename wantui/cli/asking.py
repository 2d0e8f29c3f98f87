"""Asks a person, where there is one."""

from __future__ import annotations

import sys

from wantui.cli.errors import complain


def agreed(*, as_json: bool = False) -> bool:
    """Whether a person wants it; without a terminal, or where JSON is wanted, there is nobody to ask."""
    if as_json or not sys.stdin.isatty():
        complain("nothing was done; --yes does it without asking")
        return False
    return input("do it? [y/N] ").strip().lower() in ("y", "yes")
