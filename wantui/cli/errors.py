"""Exit codes, and how an error reads on stderr."""

from __future__ import annotations

import sys

DONE = 0
FAILED = 1
"""What was asked for failed, or problems were found."""
BAD_USAGE = 2
"""Bad usage or configuration."""
NOT_UPLOADED = 3
"""A release was made, and is not, or not known to be, on the Hub: nothing is wrong with the run or the release."""
INTERRUPTED = 130


def complain(message: str) -> None:
    """Print an error for a person."""
    print(f"wantui: {message}", file=sys.stderr)
