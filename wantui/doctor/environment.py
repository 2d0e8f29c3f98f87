"""Checks of the trainer: its checkout, its interpreter, what is installed there, and its tokenizer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.doctor.model import Finding, bad, caution, good
from wantui.doctor.partial_installs import half_installed, is_ours, package
from wantui.jobs import trust
from wantui.trainer.musubi.checkout import SCRIPTS, absolute, missing_scripts
from wantui.trainer.musubi.version import commit_of
from wantui.weights.hub_cache import hub_cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wantui.config import Config

PROBE = Path(__file__).with_name("probe.py")
PATIENCE_S = 4.0
"""The doctor answers within five seconds; importing torch takes one to four."""

KNOWN_COMMITS = {
    "d0a193061a23a51c90664282205d753605a641c1": "the workflow's commit",
    "30c658c": "v0.3.4",
}
"""The commits that wantui is tested with, by their beginning."""

OPTIONAL = frozenset({"tensorboard", "xformers", "bitsandbytes", "six", "google.protobuf"})
"""What a training of the workflow's kind works without."""

TOKENIZER = ("Wan-AI/Wan2.1-T2V-14B", "google/umt5-xxl")
"""Repository and folder from which the text step takes its tokenizer (the trainer's ``wan/modules/t5.py``)."""
ASK = "start a run, or let the doctor ask it: `wantui doctor --ask-trainer`"
TOKENIZER_FILES = ("tokenizer.json", "spiece.model")
"""Either of them is a tokenizer."""


@dataclass(frozen=True, slots=True)
class TrainerFacts:
    """What the trainer's environment has."""

    python: str | None = None
    torch: str | None = None
    """Version; None where there is none."""
    missing: tuple[str, ...] = ()
    """Modules that are not there."""
    half: tuple[str, ...] = ()
    """Those of them whose distribution counts as installed, so that to install it does nothing."""
    unlisted: tuple[str, ...] = ()
    """Modules that are there, at least in part, though no distribution of theirs counts as installed."""
    torch_cuda: str | None = None
    """The CUDA that torch is built for; None: none, or not told."""
    architectures: list[str] | None = None
    why_no_architectures: str | None = None
    trouble: str | None = None
    """Why nothing is known."""
    is_unasked: bool = False
    """Whether the interpreter was not started, because nothing of the workspace may start yet."""
    is_late: bool = False
    """Whether it was stopped before it had told everything."""

    @property
    def torch_is_broken(self) -> bool:
        """Whether there is a torch that cannot be imported."""
        return self.torch is not None and self.why_no_architectures is not None and not self.is_late


def ask(python: Path, environment: Mapping[str, str], patience_s: float | None = None) -> TrainerFacts:
    """Ask the trainer's interpreter what it has.

    Args:
        python: the interpreter.
        environment: set on top of this process's.
        patience_s: how long to wait for torch; what is known by then counts. None: `PATIENCE_S`.
    """
    limit_s = PATIENCE_S if patience_s is None else patience_s
    try:
        process = subprocess.Popen(
            [str(python), str(PROBE)], env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return TrainerFacts(trouble=f"{python} cannot be started: {error.strerror}")
    with process:
        try:
            output, said = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with whatever it has started, a wrapper's interpreter say
            return _facts(python, error.stdout or b"", b"", late_s=limit_s)
    return _facts(python, output, said, late_s=None)


def ask_trainer(config: Config, python: Path | None = None, patience_s: float | None = None) -> TrainerFacts:
    """As `ask`, in the environment of ``[trainer]``, unless nothing of the workspace may be started.

    Args:
        config: of the workspace.
        python: the interpreter; None: the configured one.
        patience_s: as in `ask`.
    """
    asked = config.trainer.python if python is None else python
    why_not = trust.why_not_used(config) if _is_of_workspace(config, asked) else None
    if why_not is not None:
        return TrainerFacts(trouble=f"{asked} was not asked: {why_not}", is_unasked=True)
    return ask(asked, config.trainer.env, patience_s)


def _is_of_workspace(config: Config, python: Path) -> bool:
    """Whether to start `python` executes something that the workspace brings or names."""
    folders = (config.file.parent, absolute(config.trainer.root), absolute(config.trainer.python))
    return bool(config.trainer.env) or any(absolute(python).is_relative_to(folder) for folder in folders)


def _facts(python: Path, output: bytes, said: bytes, *, late_s: float | None) -> TrainerFacts:
    """What the probe has told.

    Args:
        python: that has run it.
        output: of the probe, a JSON object a line.
        said: its errors.
        late_s: the seconds in which it has not ended; None: it has.
    """
    known: dict[str, Any] = {}
    for line in output.decode("utf-8", "replace").splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            continue  # a site's own greeting
        if isinstance(document, dict):
            known |= document
    is_late, last = late_s is not None, said.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if "python" not in known:
        why = f"it did not answer within {late_s:g} s" if is_late else (last or "it said nothing")
        return TrainerFacts(trouble=f"{python} does not work: {why}", is_late=is_late)
    astray = _why_astray(python, known.get("prefix"))
    if astray is not None:
        return TrainerFacts(trouble=astray)
    why_not = known.get("trouble")
    if is_late:
        why_not = "torch took too long to import"
    elif why_not is None and "cuda" not in known:
        why_not = f"torch cannot be imported: {last or 'no error is told'}"
    return TrainerFacts(
        python=known["python"], torch=known.get("torch"), missing=tuple(known.get("missing", ())),
        half=tuple(known.get("half", ())), unlisted=tuple(known.get("unlisted", ())),
        torch_cuda=known.get("cuda"), architectures=known.get("architectures"), why_no_architectures=why_not,
        is_late=is_late,
    )  # fmt: skip


def _why_astray(python: Path, prefix: str | None) -> str | None:
    """Why an interpreter is of another environment than its folder's, so that what is installed goes astray.

    A link is the Python that it leads to, unless there is a ``pyvenv.cfg`` beside its folder (PEP 405).
    """
    folder = os.path.dirname(os.path.realpath(python.parent))  # noqa: PTH120  as realpath
    if prefix is None or not python.is_symlink() or os.path.realpath(prefix) == folder:
        return None
    return f"{python} has no pyvenv.cfg beside its bin: it is the Python of {prefix}, and installs there"


def checkout(config: Config) -> Finding:
    """The trainer's source."""
    if config.trainer.kind == "rehearsal":
        cure = 'set kind = "musubi" in [trainer] to train for real'
        return caution("trainer", "the rehearsal trainer: everything works, nothing is trained", cure)
    root = absolute(config.trainer.root)
    missing = missing_scripts(root)
    if missing:
        is_none = len(missing) == len(SCRIPTS)
        seen = f"no musubi-tuner at {root}" if is_none else f"{root} has no {missing[0]}"
        return bad("trainer", seen, "run `wantui setup`, or set root in [trainer] of wantui.toml")
    commit = commit_of(root)
    if commit is None:
        return caution("trainer", f"{root}, of an unknown commit", "check it out with git, so that runs tell theirs")
    for beginning, name in KNOWN_COMMITS.items():
        if commit.startswith(beginning):
            return good("trainer", f"musubi-tuner {name} ({commit[:10]}) at {root}")
    cure = (
        "go on if it works for you (`wantui doctor --smoke`); wantui is tested with v0.3.4 and the workflow's commit"
    )
    return caution("trainer", f"musubi-tuner {commit[:10]} at {root}", cure)


def interpreter(config: Config, facts: TrainerFacts | None) -> Iterator[Finding]:
    """The trainer's environment."""
    if facts is None:
        yield good("environment", "the rehearsal trainer needs none")
        return
    if facts.is_unasked:
        yield caution("environment", str(facts.trouble), ASK)
        return
    if facts.trouble is not None:
        yield bad("environment", facts.trouble, "run `wantui setup`, or set python in [trainer] of wantui.toml")
        return
    in_part = facts.unlisted if is_ours(absolute(config.trainer.python)) else ()
    needed = [*(module for module in facts.missing if module not in OPTIONAL), *in_part]
    seen = f"Python {facts.python} at {config.trainer.python}"
    if needed:
        yield bad("environment", f"{seen} lacks {', '.join(needed)}", "run `wantui setup`")
    elif halves := half_installed(config):
        names = ", ".join(map(package, halves))
        yield bad("environment", f"{seen}: an installer was killed at {names}", "run `wantui setup`")
    elif facts.torch is None:
        yield bad("environment", f"{seen}: its torch does not count as installed", "run `wantui setup`")
    elif facts.torch_is_broken:
        yield bad("environment", str(facts.why_no_architectures), "run `wantui setup`")
    else:
        yield good("environment", f"{seen}, torch {facts.torch}")


def tensorboard(facts: TrainerFacts | None) -> Finding:
    """What writes the curves."""
    if facts is None:
        return good("tensorboard", "the rehearsal trainer writes its curves itself")
    if facts.is_unasked:
        return caution("tensorboard", "not known: the trainer's environment was not asked", ASK)
    if facts.trouble is not None:
        return caution("tensorboard", "not known: the trainer's environment does not answer", "run `wantui setup`")
    if "tensorboard" in facts.missing:
        return caution("tensorboard", "missing: no curves are written", "run `wantui setup`")
    return good("tensorboard", "there")


def tokenizer(config: Config) -> Finding:
    """What the text step fetches from the Hub unless it is at hand; a machine without a network ends there."""
    if config.trainer.kind == "rehearsal":
        return good("tokenizer", "the rehearsal trainer needs none")
    folder = hub_cache({**os.environ, **config.trainer.env})
    repository, inner = TOKENIZER
    snapshots = folder / f"models--{repository.replace('/', '--')}" / "snapshots"
    for found in sorted(snapshots.glob(f"*/{inner}/*")):
        if found.name in TOKENIZER_FILES and found.exists():
            return good("tokenizer", f"at hand in {folder}")
    return caution("tokenizer", f"not in {folder}: the text step will fetch it", "run `wantui setup` while online")
