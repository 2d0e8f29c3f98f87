"""A captioning as it was asked for: which items, and by what; kept with its run, and handed to the supervisor."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.captions.proposals import media_digest, wants_caption
from wantui.dataset import blueprint
from wantui.dataset.scan import scan
from wantui.jobs import trust
from wantui.jobs.model import JobKind, Run, RunKind
from wantui.runs.captioning.captioners import Captioner, CommandCaptioner, QwenCaptioner
from wantui.runs.errors import PlanError
from wantui.runs.own_jobs import own_job
from wantui.runs.plan import no_gpu
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Collection

    from wantui.captions.proposals import ProposalStore
    from wantui.config import Config
    from wantui.dataset.model import Item
    from wantui.paths import Workspace

PROCESS = (sys.executable, "-P", "-m", "wantui.runs.captioning.main")
HOW_TO_SET = """\
[captions]
command = ["python", "caption.py", "{media}"]   # prints the caption of one file
"""


@dataclass(frozen=True, slots=True)
class CaptionOrder:
    """What a captioning run does."""

    dataset: Path
    captioner: Captioner
    media: tuple[Path, ...] | None = None
    """The files to caption, with a caption or without; None: all that have none."""

    def items(self) -> tuple[Item, ...]:
        """The items to caption, one for each media file, as the dataset is now.

        Raises:
            DatasetError: the ``dataset.toml`` cannot be read.
        """
        return chosen(scan(blueprint.load(self.dataset)).items, self.media, self.captioner)

    def to_do(self, store: ProposalStore) -> tuple[Item, ...]:
        """Those of `items` that this captioner has proposed nothing for, or for other content.

        Raises:
            DatasetError: the ``dataset.toml`` cannot be read.
        """
        known = store.all()
        return tuple(
            item
            for item in self.items()
            if (made := known.get(item.media)) is None
            or made.source != self.captioner.source
            or made.content is None
            or made.content != media_digest(item.media)
        )

    def to_document(self) -> dict[str, Any]:
        """As JSON, for the run's record."""
        media = None if self.media is None else [str(path) for path in self.media]
        return {"captions": {"dataset": str(self.dataset), "media": media, "by": _captioner_document(self.captioner)}}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> CaptionOrder:
        """From a run's record.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        kept = document["captions"]
        media = None if kept["media"] is None else tuple(Path(path) for path in kept["media"])
        return cls(Path(kept["dataset"]), _captioner_from(kept["by"]), media)


def chosen(items: Collection[Item], media: Collection[Path] | None, captioner: Captioner) -> tuple[Item, ...]:
    """The items to caption, one for each media file: sections may share a folder.

    Args:
        items: of the dataset.
        media: the files meant; None: those without a caption.
        captioner: leaves out what it cannot look at.
    """
    wanted = None if media is None else set(media)
    found: dict[Path, Item] = {}
    for item in items:
        is_meant = wants_caption(item) if wanted is None else item.media in wanted
        if is_meant and item.width is not None and captioner.takes(item.media):
            found.setdefault(item.media, item)
    return tuple(found.values())


def captioner_of(config: Config) -> Captioner:
    """The captioner that ``[captions]`` sets.

    Raises:
        PlanError: it sets none, or two.
    """
    given, trainer = config.captions, config.trainer
    if given.command is not None and given.tool is not None:
        raise PlanError(f"{config.file}: [captions] has a command and a tool; leave one of them")
    if given.command is not None:
        return CommandCaptioner(given.command, given.limit_s)
    if given.tool is None:
        raise PlanError(f"{config.file}: no captioning program is set; for example:\n\n{HOW_TO_SET}")
    if given.model is None:
        raise PlanError(f"{config.file}: [captions] tool {given.tool} needs its weights; set model to their file")
    return QwenCaptioner(
        root=trainer.root,
        python=trainer.python,
        model=given.model,
        prompt=given.prompt,
        fp8=given.fp8,
        limit_s=given.limit_s,
        env=dict(trainer.env),
    )


def propose(workspace: Workspace, config: Config, media: Collection[Path] | None = None) -> Run:
    """Hand a captioning run to the supervisor.

    Args:
        workspace: where to.
        config: its configuration.
        media: the files to caption; None: all that have no caption.

    Raises:
        DatasetError: the ``dataset.toml`` cannot be read.
        PlanError: there is no captioner, no GPU that it could have, or nothing to caption.
        SupervisorError: the supervisor cannot be reached.
    """
    captioner = captioner_of(config)
    order = CaptionOrder(config.run.dataset, captioner, None if media is None else tuple(media))
    wants_gpu = isinstance(captioner, QwenCaptioner) if config.captions.gpu is None else config.captions.gpu
    why_not = captioner.problem() or (no_gpu(workspace, config) if wants_gpu else None)
    if why_not is None and not order.items():
        why_not = f"nothing to caption: every item that {captioner.source} could look at has a caption"
    if why_not is not None:
        raise PlanError(why_not)
    workspace.create_state()
    trust.mark_used(config)
    spec = own_job(workspace, JobKind.CAPTION, PROCESS, wants_gpu=wants_gpu)
    return client.submit(workspace, RunKind.CAPTION, order.to_document(), (spec,))


def _captioner_document(captioner: Captioner) -> dict[str, Any]:
    match captioner:
        case CommandCaptioner():
            return {"command": list(captioner.words), "limit_s": captioner.limit_s}
        case QwenCaptioner():
            return {
                "root": str(captioner.root),
                "python": str(captioner.python),
                "model": str(captioner.model),
                "prompt": captioner.prompt,
                "fp8": captioner.fp8,
                "limit_s": captioner.limit_s,
                "env": captioner.env,
            }


def _captioner_from(kept: dict[str, Any]) -> Captioner:
    if "command" in kept:
        return CommandCaptioner(tuple(kept["command"]), float(kept["limit_s"]))
    paths = {name: Path(kept[name]) for name in ("root", "python", "model")}
    return QwenCaptioner(
        **paths, prompt=kept["prompt"], fp8=bool(kept["fp8"]), limit_s=float(kept["limit_s"]), env=dict(kept["env"])
    )
