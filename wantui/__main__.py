"""``wantui``: the screen without a verb, the headless verbs with one."""

from __future__ import annotations

import sys

_SCREEN_WORDS = 2
"""``--workspace DIR`` and nothing else still means the screen."""


_INTERRUPTED = 130


def main() -> int:
    """Run what the command line asks for and return the exit code."""
    try:
        return _run()
    except KeyboardInterrupt:  # during the imports, too
        return _INTERRUPTED


def _run() -> int:
    words = sys.argv[1:]
    if not words or (words[0] == "--workspace" and len(words) == _SCREEN_WORDS):
        from wantui.cli.screen import open_screen  # noqa: PLC0415  the screen does not pay for the verbs

        return open_screen(words[1] if words else None)
    from wantui.cli.parser import run  # noqa: PLC0415  nor the verbs for the screen

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
