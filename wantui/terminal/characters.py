"""Which characters a terminal is drawn with."""

from __future__ import annotations

import codecs
import locale
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def encoding_of(environment: Mapping[str, str] | None = None) -> str:
    """How characters are sent to the terminal, by Python's name for it, as in ``utf-8``.

    The locale decides: with ``LANG=C`` Python itself speaks UTF-8 all the same, but what draws the terminal at the
    other end does not.

    Args:
        environment: this process's unless given. ``WANTUI_ASCII=1`` in it asks for plain signs in any case.
    """
    given = os.environ if environment is None else environment
    return "ascii" if given.get("WANTUI_ASCII", "0") not in {"", "0"} else named(locale.getencoding())


def named(encoding: str) -> str:
    """Python's one name for an encoding that has many; ``ascii`` for one that it does not know."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "ascii"
