"""``wantui``: the screen without a verb, the headless verbs with one."""

from __future__ import annotations

import sys


def main() -> int:
    """Run what the command line asks for and return the exit code."""
    if len(sys.argv) > 1:
        from wantui.cli.parser import run  # noqa: PLC0415  the screen does not pay for the verbs

        return run(sys.argv[1:])
    from wantui.cli.screen import open_screen  # noqa: PLC0415  the verbs do not pay for the screen

    return open_screen(None)


if __name__ == "__main__":
    sys.exit(main())
