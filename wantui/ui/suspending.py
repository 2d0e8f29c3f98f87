"""Back to the shell and here again (ctrl+z and ``fg``): only where a shell would notice."""

from __future__ import annotations

import os
import signal

import psutil


def has_job_control() -> bool:
    """Whether somebody would notice that we are stopped, and could let us go on.

    That is a process of our session in another process group that is the parent of one in ours, such as a shell.
    Where there is none, our group is "orphaned" (POSIX, 11.1.4): nothing could continue it.
    """
    group, session = os.getpgrp(), os.getsid(0)
    try:
        process = psutil.Process().parent()
        while process is not None:
            if os.getsid(process.pid) != session:
                return False
            if os.getpgid(process.pid) != group:
                return True
            process = process.parent()
    except (psutil.Error, OSError):  # it has ended meanwhile, or is hidden from us
        return False
    return False


def stop_group() -> None:
    """Stop our process group, as the terminal does for ctrl+z: with us whoever waits for us, as ``make``."""
    os.kill(0, signal.SIGTSTP)
