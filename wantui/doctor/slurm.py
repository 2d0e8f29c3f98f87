"""Checks of the cluster, where jobs run on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.doctor.host import file_system_of
from wantui.doctor.model import Finding, bad, caution, good
from wantui.formatting import plain_plural
from wantui.slurm.commands import SlurmError, ask
from wantui.slurm.nodes import nodes, readings
from wantui.slurm.options import refusal
from wantui.slurm.shared_disk import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.config import Config
    from wantui.config.schema import SlurmConfig
    from wantui.paths import Workspace

ANSWER_S = 2.0
"""Seconds for each question to Slurm."""
_OF_ONE_MACHINE = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs"})


def slurm(workspace: Workspace, config: Config) -> Iterator[Finding]:
    """Whether Slurm is there, has such nodes, takes such jobs, and shares the workspace with its nodes."""
    if config.machines.engine != "slurm":
        yield good("slurm", "not used: jobs run on this machine")
        return
    asked = config.machines.slurm
    try:
        version = ask(["sbatch", "--version"], limit_s=ANSWER_S).split()[-1]
        yield _nodes(version, asked)
    except (SlurmError, IndexError) as error:
        yield bad("slurm", str(error), "log in to the cluster's login node; `sinfo` has to answer there")
        return
    why = refusal(asked, limit_s=ANSWER_S)
    if why is not None:
        yield bad(
            "slurm", f"it would not take a job: {why}", "look at [machines.slurm] in wantui.toml and at `sinfo`"
        )
    yield _disk(workspace, asked)


def _disk(workspace: Workspace, asked: SlurmConfig) -> Finding:
    """What the test before the first job has found; before that, what kind of disk it is."""
    found = kept(workspace, asked)
    kind = file_system_of(workspace.root)
    if found is None and kind in _OF_ONE_MACHINE:
        cure = "move it to a folder that login node and nodes share, unless they are one machine"
        return caution("slurm", f"the workspace is on {kind}, a disk of this machine", cure)
    if found is None:
        return good("slurm", f"the workspace is on {kind or 'an unknown disk'}, tested before the first job starts")
    if found.refusal is not None:
        cure = "make it shared, or move the workspace; it is tested again before the next job starts"
        return bad("slurm", found.refusal, cure)
    if found.caution is not None:
        return caution(
            "slurm", found.caution, "nothing, unless jobs are seen to run twice; an administrator can tell more"
        )
    who = ", ".join(found.machines)
    return good("slurm", f"{who} share the workspace's disk; files are seen after {found.seen_after_s:.1f} s")


def _nodes(version: str, asked: SlurmConfig) -> Finding:
    found = readings(nodes(asked), asked)
    if not found:
        kind = "" if asked.gpu is None else f" of the type {asked.gpu}"
        where = "" if asked.partition is None else f" in the partition {asked.partition}"
        return bad("slurm", f"{version} has no GPU{kind}{where}", "see `sinfo -o '%P %N %G'` for what there is")
    hosts = len({each.gpu.uuid.rpartition(":")[0] for each in found})
    free = sum(each.busy is None for each in found)
    return good(
        "slurm", f"{version}, {plain_plural(len(found), 'GPU')} on {plain_plural(hosts, 'node')}, {free} free"
    )
