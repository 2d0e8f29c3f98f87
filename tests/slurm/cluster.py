"""A real Slurm with two nodes of one pretended GPU each, all on this machine's loopback and in one folder."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.supervisor.conftest import is_gone, until
from wantui.jobs.process import descendants

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
NODES = ("n1", "n2")
_CONF = """\
ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdSpoolDir={folder}/spool-%n
SlurmdLogFile={folder}/slurmd-%n.log
{limits}
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
GresTypes=gpu
MpiDefault=none
ReturnToService=2
KillWait=10
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
NodeName={nodes[0]} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 {each}
NodeName={nodes[1]} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 {each}
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
PartitionName=gpu Nodes={nodes[0]},{nodes[1]} Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes={nodes[0]},{nodes[1]} MaxTime=INFINITE State=UP PriorityTier=2
"""
_EACH = "RealMemory=1000 Gres=gpu:1 State=UNKNOWN"
_WITHOUT_CGROUPS = """\
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectTypeParameters=CR_Core"""
_WITH_CGROUPS = """\
ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup
SelectTypeParameters=CR_Core_Memory"""
_CGROUPS = """\
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
CgroupAutomount=no
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
MinRAMSpace=10
"""
CGROUPS = Path("/sys/fs/cgroup")


def what_is_missing() -> str | None:
    """Why it cannot be brought up here; None: it can."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    absent = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if absent:
        return f"no {', '.join(absent)} here: Debian's packages slurm-wlm and munge have them"
    return None if os.getuid() == 0 else "Slurm's daemons want root here"


def limits_memory() -> bool:
    """Whether nodes here can end a job that takes too much memory: where cgroups of version 1 may be made."""
    return all((CGROUPS / name / "cgroup.procs").exists() for name in ("memory", "freezer")) and os.access(
        CGROUPS / "memory", os.W_OK
    )


@dataclass
class Cluster:
    """The daemons, and Slurm's programs."""

    nodes: tuple[str, str] = NODES
    has_limits: bool = False
    """Whether nodes end a job that takes more memory than it was given (`limits_memory`). No other cluster here may
    have nodes of these names then: cgroups are named by nodes and numbers of jobs."""
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="wt-slurm-", dir="/tmp")))

    @property
    def conf(self) -> Path:
        return self.folder / "slurm.conf"

    def start(self) -> None:
        ports = _free_ports(3)
        (self.folder / "state").mkdir()
        host = socket.gethostname().partition(".")[0]
        limits = _WITH_CGROUPS if self.has_limits else _WITHOUT_CGROUPS
        self.conf.write_text(
            _CONF.format(host=host, folder=self.folder, ports=ports, limits=limits, nodes=self.nodes, each=_EACH)
        )
        (self.folder / "cgroup.conf").write_text(_CGROUPS)
        devices = "".join(
            f"NodeName={node} Name=gpu File={file}\n"
            for node, file in zip(self.nodes, ("/dev/null", "/dev/zero"), strict=True)
        )
        (self.folder / "gres.conf").write_text(devices)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        files = {
            "key-file": "munge.key",
            "socket": "munge.socket",
            "pid-file": "munged.pid",
            "seed-file": "munge.seed",
        }
        named = [f"--{option}={self.folder / name}" for option, name in files.items()]
        self._daemon("munged", *named, f"--log-file={self.folder / 'munged.log'}", "--force")
        self.start_controller()
        for node in self.nodes:
            self.start_node(node)
        until(lambda: self.ask("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * 4, "two idle nodes")

    def start_controller(self) -> None:
        self._daemon("slurmctld")
        until(lambda: self._run("scontrol", "ping").returncode == 0, "a controller")

    def start_node(self, node: str, *, empty: Path | None = None) -> None:
        """Start the daemon of a node.

        Args:
            node: its name.
            empty: a folder that it and its jobs find empty, as on a node that does not share it.
        """
        if empty is None:
            self._daemon("slurmd", "-N", node)
        else:
            mount = 'mount -t tmpfs none "$1" && exec slurmd -N "$2"'
            self._daemon("unshare", "--mount", "sh", "-c", mount, "sh", str(empty), node)

    def kill(self, daemon: str) -> None:
        """kill -9 of ``slurmctld``, ``slurmd-n1``, ..., and wait until it is gone."""
        pid = int((self.folder / f"{daemon}.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        until(lambda: is_gone(pid), f"the end of {daemon}")

    def set(self, name: str, value: str) -> None:
        """Change a line of the configuration, or add it, and let the controller read it."""
        lines = [line for line in self.conf.read_text().splitlines() if not line.startswith(f"{name}=")]
        self.conf.write_text("\n".join([*lines, f"{name}={value}", ""]))
        self.ask("scontrol", "reconfigure")

    def lose(self, node: str, ticket: str) -> None:
        """Let a node lose its power: its daemon and all processes of the job there are killed at once."""
        keeper = next(pid for pid in _process_ids() if f"slurmstepd: [{ticket}.batch]" in _title(pid))
        processes = [keeper, *descendants(keeper)]
        self.kill(f"slurmd-{node}")
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def until_kept(self, *claims: Path) -> None:
        """Wait until the controller has written down what has happened up to these files."""
        kept = self.folder / "state" / "job_state"
        newest = max(path.stat().st_mtime for path in claims)
        until(lambda: kept.exists() and kept.stat().st_mtime > newest, "the controller's state")

    def copy_of_state(self) -> Path:
        """What the controller has written down by now."""
        copy = self.folder / "old-state"
        shutil.copytree(self.folder / "state", copy)
        return copy

    def put_back(self, copy: Path) -> None:
        """Let the controller, which is not running, find an older state."""
        shutil.rmtree(self.folder / "state")
        copy.rename(self.folder / "state")

    def ask(self, *argv: str) -> str:
        done = self._run(*argv)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def try_to(self, *argv: str) -> None:
        """Ask for something that may be too late by now."""
        self._run(*argv)

    def end_jobs(self) -> None:
        """End every job, and wait until the nodes are free."""
        self.ask("scancel", f"--user={os.getuid()}")
        self._run("scontrol", "update", f"nodename={','.join(self.nodes)}", "state=resume")
        until(lambda: self.ask("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * 4, "two idle nodes")

    def stop(self) -> None:
        for file in self.folder.glob("*.pid"):
            pid = int(file.read_text() or 0)
            if pid and not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.has_limits:
            self._remove_cgroups()

    def _remove_cgroups(self) -> None:
        """Those of its nodes, which Slurm leaves empty."""
        for node in self.nodes:
            found = [path for root in CGROUPS.glob(f"*/slurm_{node}") for path in (root, *root.rglob("*/"))]
            for path in sorted(found, key=lambda path: len(path.parts), reverse=True):
                with suppress(OSError):
                    path.rmdir()

    def _daemon(self, *argv: str) -> None:
        done = self._run(*argv)
        assert done.returncode == 0, done.stderr

    def _run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WANTUI_")}
        environment = {**kept, "SLURM_CONF": str(self.conf), "PATH": path}
        with (self.folder / "output").open("w+") as output:  # daemons keep what they inherit
            done = subprocess.run(
                argv, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=90
            )
            output.seek(0)
            text = output.read()
        return subprocess.CompletedProcess(argv, done.returncode, text, text)


def _process_ids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _title(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
