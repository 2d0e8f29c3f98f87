"""A job under test: notes when it uses its GPU and the cache folder, and whether somebody else does at that time.

Arguments: GROUND SITE KIND SECONDS CODE [GPU]. Each resource is a file, locked with flock(2) for as long as this
process or its child lives; what is against the rules becomes a line in GROUND/violations.
"""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

ground, site, kind, seconds, code = sys.argv[1:6]
job = os.environ["WANTUI_JOB"].partition(":")[2]
me = f"{site}:{job}"
run = job.partition(".")[0]
held: list[int] = []


def note(folder: str, name: str, text: str) -> None:
    Path(f"{ground}/{folder}/{name}").write_text(text)


def violation(what: str) -> None:
    with Path(f"{ground}/violations").open("a") as file:
        file.write(f"{time.monotonic():.2f} {me}: {what}\n")


def use(name: str, how: int) -> None:
    descriptor = os.open(f"{ground}/locks/{name}", os.O_RDWR | os.O_CREAT)
    held.append(descriptor)
    os.set_inheritable(descriptor, True)
    for _ in range(10):  # the liveness lock of one that ends is let go moments before its other files
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{time.monotonic()} {me}".encode(), 0)
            return
    holder = os.pread(descriptor, 200, 0).decode()
    violation(f"{name} is used at the same time, since {holder}")


if "SLURMD_NODENAME" in os.environ:
    use(f"node-{os.environ['SLURMD_NODENAME']}", fcntl.LOCK_EX)  # each has one GPU
elif len(sys.argv) > 6:
    use(f"{site}-{sys.argv[6]}", fcntl.LOCK_EX)  # simulated GPUs exist once in each workspace
use(f"cache-{site}", fcntl.LOCK_EX if kind == "latents" else fcntl.LOCK_SH)
done = Path(f"{ground}/done/{site}.{run}.latents")
if kind == "latents":
    done.unlink(missing_ok=True)
elif not done.exists():
    violation("begun before what it needs")
print("begun", flush=True)
subprocess.run(["sleep", seconds], close_fds=False)
if kind == "latents" and code == "0":
    note("done", f"{site}.{run}.latents", "")
note("ends", me.replace(":", "_"), code)
sys.exit(int(code))
