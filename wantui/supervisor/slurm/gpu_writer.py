"""On the node, beside a trainer: write down what the GPUs of the job show, until the shim is gone.

That the file grows also tells that the job lives, where locks do not reach from machine to machine. So a line is
written where there is no GPU or no driver, too.

    gpu_writer.py FILE         appends lines of `wantui.slurm.gpu_record`; run by the shim with ``python -I``
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3]))  # last, as with the shim

from wantui.gpus.nvml import NvmlProvider
from wantui.slurm.gpu_record import line_of

EVERY_S = 5.0
"""Between two readings: a night of eight hours is some 6000 lines, 2 MB."""


def main(path: str) -> int:
    """Write until the parent is another one."""
    parent = os.getppid()
    provider = NvmlProvider(visible=os.environ.get("CUDA_VISIBLE_DEVICES"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    while os.getppid() == parent:
        gpus = provider.snapshot(with_processes=False)
        with suppress(OSError):  # the disk is full: perhaps not the next time
            os.write(descriptor, line_of(time.time(), gpus))
        time.sleep(EVERY_S)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
