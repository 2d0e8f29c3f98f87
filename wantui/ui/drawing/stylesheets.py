"""Where the style sheets lie."""

from __future__ import annotations

from pathlib import Path

SHEETS = ("base.tcss", "work.tcss")
"""Read when the program starts, in this order."""


def styles_folder(package: Path | None = None) -> Path:
    """The folder of the style sheets: inside the package when installed, beside it in a checkout.

    Args:
        package: folder of the ``wantui`` package; this one's unless given.

    Raises:
        FileNotFoundError: neither is there, so the installation is broken.
    """
    package = package or Path(__file__).resolve().parents[2]
    for folder in (package / "styles", package.parent / "styles"):
        if (folder / SHEETS[0]).is_file():
            return folder
    raise FileNotFoundError(f"{package}: no styles folder in it or beside it; install wantui again")


def sheets(package: Path | None = None) -> list[Path]:
    """The style sheets, in the order in which they are read."""
    folder = styles_folder(package)
    return [folder / name for name in SHEETS]


def dialogs_sheet() -> str:
    """The style sheet of what is laid over the work screen, read when the first of them is opened.

    Textual keeps it from then on; its rules are rooted in their screens, so that they touch nothing else.
    """
    return str(styles_folder() / "dialogs.tcss")
