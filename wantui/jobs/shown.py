"""What is configured or started as it may be shown: without what is secret in it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HIDDEN = "(not shown)"
_SECRET_NAME = re.compile(r"TOKEN(?!IZER|S|_LEN)|SECRET|PASSW|API_?KEY|ACCESS_?KEY|CREDENTIAL", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")
"""Of an address, a proxy's say."""


def shown_value(name: str, value: str) -> str:
    """The value of a variable, flag or setting: all of it is left out where its name says that it is secret.

    Otherwise the login of an address in it is.
    """
    return HIDDEN if _SECRET_NAME.search(name) else _LOGIN.sub(HIDDEN, value)


def shown(name: str, value: Any) -> Any:
    """A setting, of whatever type, as a JSON document may have it."""
    if isinstance(value, dict):
        return {key: shown(str(key), each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(name, each) for each in value]
    return shown_value(name, str(value)) if isinstance(value, (Path, str)) else value


def shown_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for people and documents."""
    return {name: shown_value(name, value) for name, value in environment.items()}


def shown_argv(argv: Iterable[str]) -> list[str]:
    """A command line for people and documents: ``--wandb_api_key`` may be among its flags."""
    shown: list[str] = []
    flag = ""
    for word in argv:
        name, _, value = word.partition("=")
        if word.startswith("--") and value:
            shown.append(f"{name}={shown_value(name, value)}")
        else:
            shown.append(word if word.startswith("--") else shown_value(flag, word))
        flag = word if word.startswith("--") and not value else ""
    return shown


def command_lines(argv: Sequence[str]) -> list[str]:
    """A command line as a shell takes it, a flag a line."""
    lines: list[str] = []
    for word in argv:
        quoted = shlex.quote(word)
        if lines and not word.startswith("--"):
            lines[-1] += " " + quoted
        else:
            lines.append(quoted)
    return [each + (" \\" if at < len(lines) - 1 else "") for at, each in enumerate(lines)]
