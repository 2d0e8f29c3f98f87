"""Whose the trainer's environment is, and what a killed installer has left there.

What lies in the trainer's folder, and what `wantui setup` has made, is the trainer's alone, and may be fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.trainer.musubi.checkout import absolute

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config import Config

PROMPT = "wantui-trainer"
"""What a shell shows in an environment that a setup has made: also how one is told from somebody else's."""
_LAST = ("METADATA", "INSTALLER")
"""Files of a ``.dist-info`` folder: the first comes with the package, the second is written when all of it is there
(uv's ``install_wheel``; pip's ``_install_wheel``)."""


def is_ours(python: Path) -> bool:
    """Whether a setup has made the environment of an interpreter."""
    try:
        return f"prompt = {PROMPT}" in (python.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def is_for_trainer(config: Config) -> bool:
    """Whether nobody else is to be expected in the trainer's environment."""
    python = absolute(config.trainer.python)
    return is_ours(python) or python.is_relative_to(absolute(config.trainer.root))


def half_installed(config: Config) -> tuple[Path, ...]:
    """The ``.dist-info`` folders of packages at which an installer was killed, in the trainer's own environment.

    Such a package counts as installed, with whatever files it has; or nothing more can be installed beside it.
    """
    folder = absolute(config.trainer.python).parent.parent
    if not is_for_trainer(config) or not (folder / "pyvenv.cfg").is_file():
        return ()
    found = sorted(folder.glob("lib/python*/site-packages/*.dist-info"))
    return tuple(path for path in found if not all((path / name).is_file() for name in _LAST))


def package(info: Path) -> str:
    """Of a ``.dist-info`` folder (PyPA's recording of installed projects)."""
    return info.name.partition("-")[0].lower()
