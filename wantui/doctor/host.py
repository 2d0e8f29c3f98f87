"""Checks of the machine itself: memory and its limits, disk, files, clock, container."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from wantui.doctor.model import Finding, bad, caution, good
from wantui.formatting import file_size
from wantui.gpus.host import CGROUP, memory_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.paths import Workspace

GIB = 1 << 30

COMFORTABLE_MEMORY = 60 * GIB
"""The trainer's README: "64GB or more recommended" (a machine sold with 64 GB tells a little less)."""
LEAST_MEMORY = 30 * GIB
"""The same: "32GB + swap may work"; below that an expert's weights of 28.6 GB cannot be loaded at all."""
LEAST_SHARED_MEMORY = GIB
"""PyTorch's data loaders hand batches over in shared memory; a container's default of 64 MiB ends them with a bus
error (PyTorch's documentation of ``torch.utils.data``, and its README on ``--shm-size``)."""
LEAST_FILES = 4096
"""A training maps weights and thousands of cache files; systems come with a soft limit of 1024 or more."""
NIGHT_DISK = 20 * GIB
"""Checkpoints of a night: at rank 16 about 150 MB each, states several times that, and logs."""
LEAST_DISK = 2 * GIB
MOST_CLOCK_SKEW_S = 2.0
"""Between this machine's clock and the time stamps of the workspace's disk: a change that is not newer is missed."""
OLDEST_CLOCK = 1_735_689_600
"""2025-01-01: a machine whose clock says less has not set it."""


def python() -> Finding:
    """wantui's own interpreter."""
    return good("python", f"{platform.python_version()} at {sys.executable}")


def memory(root: Path = CGROUP, *, is_rehearsal: bool = False) -> Finding:
    """Memory of the machine, or of the container where that is less; the rehearsal trainer needs little."""
    machine = psutil.virtual_memory().total
    limit = memory_limit(root)
    total = machine if limit is None else min(machine, limit)
    seen = f"{total / GIB:.0f} GiB"
    if limit is not None and limit < machine:
        seen += f" allowed to this container, of the machine's {machine / GIB:.0f}"
    if is_rehearsal:
        return good("memory", seen)
    if total < LEAST_MEMORY:
        return bad("memory", seen, "rent a machine with 64 GiB or more: an expert's weights alone take 28.6 GB")
    if total < COMFORTABLE_MEMORY:
        cure = "train one expert at a time, or rent a machine with 64 GiB or more"
        return caution("memory", f"{seen}; the trainer recommends 64", cure)
    return good("memory", seen)


def shared_memory(folder: Path = Path("/dev/shm")) -> Finding:  # noqa: S108  the kernel's own place
    """What data loaders pass batches through."""
    try:
        size = shutil.disk_usage(folder).total
    except OSError:
        return caution("shared-memory", f"{folder} is not there", "set max_data_loader_n_workers = 0 in [training]")
    seen = f"{size / GIB:.1f} GiB" if size >= GIB else f"{size >> 20} MiB"
    if size < LEAST_SHARED_MEMORY:
        cure = "start the container with --shm-size=8g, or set max_data_loader_n_workers = 0 in [training]"
        return caution("shared-memory", seen, cure)
    return good("shared-memory", seen)


def open_files() -> Finding:
    """How many files a process may have open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    seen = "no limit" if soft == resource.RLIM_INFINITY else f"{soft}"
    if soft != resource.RLIM_INFINITY and soft < LEAST_FILES:
        most = hard if hard != resource.RLIM_INFINITY else 65536
        return caution("open-files", seen, f"give `ulimit -n {min(most, 65536)}` before starting wantui")
    return good("open-files", seen)


def disks(workspace: Workspace, output: Path) -> Iterator[Finding]:
    """Room where the workspace lies, and where LoRA files go if that is another disk.

    Args:
        workspace: whose.
        output: ``output_directory`` of ``[run]``; it need not be there yet.
    """
    yield disk(workspace.root, "name a workspace on another disk with --workspace")
    folder = next(each for each in (output, *output.parents) if each.is_dir())
    if folder.stat().st_dev != workspace.root.stat().st_dev:
        yield disk(folder, "name another output_directory in [run]")


def disk(folder: Path, elsewhere: str) -> Finding:
    """Room on the disk of a folder.

    Args:
        folder: any on it.
        elsewhere: how to use another, as an imperative clause.
    """
    free = shutil.disk_usage(folder).free
    seen = f"{file_size(free)} free at {folder}"
    if free < LEAST_DISK:
        return bad("disk", seen, f"make room, or {elsewhere}")
    if free < NIGHT_DISK:
        return caution("disk", seen, "make room for a night's checkpoints, or save fewer of them: save_every")
    return good("disk", seen)


def clock(workspace: Workspace) -> Finding:
    """Whether time stamps of the workspace's disk can be compared with the machine's clock."""
    now = time.time()
    if now < OLDEST_CLOCK:
        return bad("clock", time.strftime("%Y-%m-%d", time.gmtime(now)), "set the machine's clock")
    try:
        with tempfile.NamedTemporaryFile(dir=workspace.root, prefix=".wantui-clock-") as probe:
            skew = Path(probe.name).stat().st_mtime - time.time()
    except OSError as error:
        cure = "correct its permissions, or name another with --workspace"
        return bad("clock", f"{workspace.root} cannot be written ({error.strerror})", cure)
    if abs(skew) > MOST_CLOCK_SKEW_S:
        seen = f"the disk's time stamps are {skew:+.0f} s off the machine's clock"
        return caution("clock", seen, "set both clocks by NTP, and `polling = true` in [watch]")
    return good("clock", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now)))


def watching(workspace: Workspace, limits: Path = Path("/proc/sys/fs/inotify")) -> Finding:
    """Whether the system tells of changed files, or they have to be looked for."""
    kind = file_system_of(workspace.root)
    if kind in NETWORK_FILE_SYSTEMS:
        seen = f"{kind} tells no changes made elsewhere"
        return caution("watching", seen, "set polling = true in [watch] of wantui.toml")
    try:
        watches = int((limits / "max_user_watches").read_text(encoding="ascii"))
        instances = int((limits / "max_user_instances").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return good("watching", "by looking once a second: this system has no inotify")
    where = kind or "a local disk"
    return good("watching", f"inotify, {watches} watches and {instances} instances a user, on {where}")


NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "ceph", "glusterfs"})


def file_system_of(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The kind of file system that `path` lies on, as the kernel names it; None where that is not known."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    best, kind = "", None
    wanted = os.path.realpath(path)
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:  # noqa: PLR2004  device, folder, kind
            continue
        folder = parts[1].replace("\\040", " ")
        inside = wanted == folder or wanted.startswith(folder.rstrip("/") + "/")
        if inside and len(folder) >= len(best):
            best, kind = folder, parts[2]
    return kind


def container(environment: dict[str, str] | None = None, root: Path = Path("/")) -> Finding:
    """Who rents this machine out, and what contains it."""
    given = dict(os.environ) if environment is None else environment
    provider, kind = provider_of(given, root), container_of(given, root)
    if provider is None:
        return good("container", f"in {kind}" if kind else "no container")
    return good("container", f"{provider}, in {kind}" if kind else provider)


_PROVIDER_MARKS = {
    "RunPod": ("RUNPOD_POD_ID",),
    "Vast.ai": ("VAST_CONTAINERLABEL", "VAST_TCP_PORT_22"),
}
"""Variables that a provider sets in each of its machines (the two providers' documentation of their templates)."""


def provider_of(environment: dict[str, str], root: Path = Path("/")) -> str | None:
    """Who rents the machine out; None where nobody is known to.

    A login by SSH has an environment of its own, so that what the machine's first process was given counts as well.
    Vast.ai leaves ``/etc/vast_boot.d`` and ``~/.vast_containerlabel`` besides.
    """
    given = first_environment(root) | environment
    for name, marks in _PROVIDER_MARKS.items():
        if any(given.get(mark) for mark in marks):
            return name
    if (root / "etc/vast_boot.d").exists() or (root / "root/.vast_containerlabel").exists():
        return "Vast.ai"
    return None


def container_of(environment: dict[str, str], root: Path = Path("/")) -> str | None:
    """What contains this system; None on a plain machine.

    Docker and Podman leave a file each, Kubernetes sets a variable, and others say it to the first process in
    ``container`` (systemd's "Container Interface").
    """
    given = first_environment(root) | environment
    if given.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    if (root / ".dockerenv").exists():
        return "Docker"
    if (root / "run/.containerenv").exists():
        return "Podman"
    return given.get("container") or None


def first_environment(root: Path = Path("/")) -> dict[str, str]:
    """The environment of the system's first process; nothing where it is not ours to read."""
    try:
        said = (root / "proc/1/environ").read_bytes()
    except OSError:
        return {}
    pairs = (each.partition("=") for each in said.decode("utf-8", "replace").split("\0"))
    return {name: value for name, equals, value in pairs if equals}
