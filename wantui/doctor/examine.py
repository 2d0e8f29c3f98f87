"""Every check, all side by side, and each with a time limit of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wantui.doctor import devices, environment, host, notify, terminal
from wantui.doctor import slurm as slurm_checks
from wantui.doctor.limits import LateError, Question
from wantui.doctor.model import Finding, bad, good
from wantui.doctor.weights import weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts
    from wantui.paths import Workspace
    from wantui.terminal.graphics import TerminalGraphics

CHECKS = (
    "python", "slurm", "driver", "gpus", "cuda", "trainer", "environment", "tensorboard", "tokenizer", "weights",
    "disk", "memory", "shared-memory", "watching", "notify", "terminal", "graphics", "tmux", "clock", "open-files",
    "container",
)  # fmt: skip
"""Every check, in the order in which they are told; each has one finding at least."""

LIMIT_S = 3.0
"""Of a check. The trainer's interpreter, which imports torch, has `environment.PATIENCE_S` and a little more."""

_OF_DRIVER = "look at `nvidia-smi` and `dmesg`: restart the machine if the driver hangs"
_OF_DISK = "look whether its disk answers (`df -h`, `mount`): a network disk may be gone"
_OF_SLURM = "see whether `sinfo` answers: the cluster's controller may be away"
_OF_TERMINAL = "go on: only pictures need what it did not tell"
_OF_MACHINE = "look at `dmesg` and `top`: the machine may be stuck"
_ON_DISK = frozenset({"trainer", "environment", "tensorboard", "tokenizer", "weights", "disk", "watching", "clock"})
_CURES = {
    **dict.fromkeys(("driver", "gpus", "cuda"), _OF_DRIVER),
    "slurm": _OF_SLURM,
    **dict.fromkeys(("terminal", "graphics", "tmux"), _OF_TERMINAL),
    **dict.fromkeys(_ON_DISK, _OF_DISK),
}
"""What to do where a check does not answer or cannot be made."""


def examine(
    workspace: Workspace, config: Config, *, sight: Callable[[], TerminalGraphics] | None = None
) -> tuple[Finding, ...]:
    """Look at everything, within five seconds whatever hangs.

    Args:
        workspace: whose place is looked at.
        config: which trainer, weights and GPUs.
        sight: tells how pictures are shown on the terminal; None: nobody has asked it.
    """
    looks = _Looks(workspace, config, sight)
    checks = _checks(looks)
    return tuple(finding for name in CHECKS for finding in _findings(name, checks[name]))


class _Looks:
    """What takes time to look at, begun at once; several checks may need the same."""

    def __init__(self, workspace: Workspace, config: Config, sight: Callable[[], TerminalGraphics] | None) -> None:
        self.workspace = workspace
        self.config = config
        self.sight = sight
        self.is_rehearsal = config.trainer.kind == "rehearsal"
        self.is_elsewhere = config.machines.engine == "slurm"
        self.facts = Question(partial(_ask, config), environment.PATIENCE_S + 0.3)
        self.driver = Question(devices.read_machine_driver, LIMIT_S)
        self.gpus = Question(partial(devices.read_gpus, workspace, config), LIMIT_S)

    def driver_finding(self) -> Finding:
        """Of the driver; a login node needs none."""
        found = self.driver.answer()
        if found is None and self.is_elsewhere:
            return good("driver", "none here; the nodes have theirs")
        return devices.driver(found, is_rehearsal=self.is_rehearsal)

    def gpu_findings(self) -> Iterator[Finding]:
        """Of the GPUs."""
        if self.is_elsewhere:
            return iter([good("gpus", "those of Slurm's nodes, see above")])
        readings, why_none = self.gpus.answer()
        if not readings and not self.is_rehearsal and self.driver.answer() is None:
            return iter([bad("gpus", why_none or "none", "fix the driver first, see above")])
        return devices.gpus(readings, why_none, is_rehearsal=self.is_rehearsal)

    def cuda(self) -> Finding:
        """Of torch against driver and GPUs."""
        if self.is_elsewhere and not self.is_rehearsal:
            return good("cuda", "not compared: driver and GPUs are on the nodes")
        if self.is_rehearsal:
            return devices.no_cuda_needed()
        return devices.cuda(self.driver.answer(), self.gpus.answer()[0], self.facts.answer())


def _checks(looks: _Looks) -> dict[str, Callable[[], Finding | Iterable[Finding]]]:
    """How to get at the findings of each check; what may take time has begun when this returns."""
    workspace, config = looks.workspace, looks.config
    on_threads: dict[str, Callable[[], Finding | Iterable[Finding]]] = {
        "slurm": lambda: tuple(slurm_checks.slurm(workspace, config)),
        "trainer": partial(environment.checkout, config),
        "tokenizer": partial(environment.tokenizer, config),
        "weights": lambda: tuple(weights(workspace, config)),
        "disk": lambda: tuple(host.disks(workspace, config.run.output_directory)),
        "memory": partial(host.memory, is_rehearsal=looks.is_rehearsal),
        "shared-memory": host.shared_memory,
        "watching": partial(host.watching, workspace),
        "notify": partial(notify.addresses_told, config),
        "terminal": terminal.terminal,
        "graphics": partial(terminal.graphics, looks.sight),
        "tmux": terminal.multiplexer,
        "clock": partial(host.clock, workspace),
        "open-files": host.open_files,
        "container": host.container,
    }
    return {name: Question(look, LIMIT_S).answer for name, look in on_threads.items()} | {
        "python": host.python,
        "driver": looks.driver_finding,
        "gpus": looks.gpu_findings,
        "cuda": looks.cuda,
        "environment": lambda: environment.interpreter(config, looks.facts.answer()),
        "tensorboard": lambda: environment.tensorboard(looks.facts.answer()),
    }


def _findings(name: str, find: Callable[[], Finding | Iterable[Finding]]) -> tuple[Finding, ...]:
    """What a check has found, or why it has not."""
    try:
        found = find()
        return (found,) if isinstance(found, Finding) else tuple(found)
    except LateError as error:
        return (bad(name, str(error), _CURES.get(name, _OF_MACHINE)),)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return (bad(name, f"{where}{error.strerror or error}", _CURES.get(name, _OF_MACHINE)),)


def _ask(config: Config) -> TrainerFacts | None:
    if config.trainer.kind == "rehearsal":
        return None
    return environment.ask_trainer(config)
