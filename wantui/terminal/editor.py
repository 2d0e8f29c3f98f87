"""Which program a person edits files with."""

from __future__ import annotations

import os
import shlex
import shutil

from wantui.errors import WantuiError

FALLBACKS = ("nano", "vim", "vi")
"""What is looked for where no editor is set, the easiest to leave first."""


def editor_command() -> list[str]:
    """``$VISUAL``, else ``$EDITOR``, with its flags; else the first of `FALLBACKS` that there is.

    Raises:
        WantuiError: there is none, or its variable cannot be understood.
    """
    for name in ("VISUAL", "EDITOR"):
        try:
            command = shlex.split(os.environ.get(name, ""))
        except ValueError as error:
            raise WantuiError(f"{name}={os.environ[name]}: {error}; close the quotation mark") from error
        if command:
            return command
    found = next((each for each in FALLBACKS if shutil.which(each)), None)
    if found is None:
        raise WantuiError(f"none of {', '.join(FALLBACKS)} is there; set EDITOR to an editor that is")
    return [found]
