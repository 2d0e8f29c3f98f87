"""Proposals and settings with fixed values, and every call written down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.caches.model import CacheReport, CacheState
from wantui.captions.proposal_review import Accepted, ProposedCaption
from wantui.captions.proposals import Proposal
from wantui.dataset.blueprint import parse
from wantui.dataset.dataset_file import DatasetFile
from wantui.errors import ConflictError, WantuiError
from wantui.journal.changes import Step
from wantui.journal.import_plan import ImportPlan
from wantui.services.captions import Captions
from wantui.services.dataset_settings import Consequence, DatasetSettings
from wantui.services.fixes import Fixes
from wantui.services.importing import Importing
from wantui.services.presets import Presets
from wantui.services.proposals import CaptionsToMake, Proposals
from wantui.services.screen_settings import ScreenSettings
from wantui.services.values import CaptionText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.ui.fake import FakeServices
    from wantui.captions.bulk import BulkPreview
    from wantui.captions.encodings import EncodingReading
    from wantui.captions.files import SaveReport
    from wantui.captions.operations import Operation
    from wantui.dataset.model import Item, Subset
    from wantui.fixes import Fix, Fixed
    from wantui.journal.trash import Trashed
    from wantui.runs.request import RunRequest
    from wantui.services.fixes import FixableProblem

SOURCE = "python caption.py {media}"


class FakeFixes(Fixes):
    """Nothing is wrong."""

    def __init__(self) -> None:
        """There is no workspace behind it."""

    def troubles(self) -> tuple[FixableProblem, ...]:
        return ()

    def examine(self, is_cancelled: Callable[[], bool]) -> int:
        return 0

    def fix(self, fixes: Sequence[Fix]) -> Fixed:
        raise NotImplementedError


class FakePresets(Presets):
    """Presets without files."""

    def __init__(self) -> None:
        self.presets: dict[str, dict[str, object]] = {}
        self.saved: list[tuple[str, object]] = []
        self.trouble: str | None = None

    def names(self) -> tuple[str, ...]:
        return tuple(self.presets)

    def save_request(self, name: str, request: RunRequest) -> str:
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        self.saved.append((name, request))
        return f"presets/{name}.toml"

    def save_run(self, name: str, run: int) -> str:
        self.saved.append((name, run))
        return f"presets/{name}.toml"


class FakeCaptions(Captions):
    """Steps that were done before; no files."""

    services: FakeServices
    """It has the texts."""

    def __init__(self) -> None:
        self.done: list[Step] = [Step(1, "add ohwx in front in 3 captions", 0.0, (), is_undone=False)]
        self.undone: list[Step] = []
        self.drafts: list[str] = []

    def undo(self, number: int | None = None) -> Step | None:
        if not self.done:
            return None
        at = next((at for at, step in enumerate(self.done) if step.number == number), -1)
        self.undone.append(self.done.pop(at))
        return self.undone[-1]

    def redo(self) -> Step | None:
        if not self.undone:
            return None
        self.done.append(self.undone.pop())
        return self.done[-1]

    def steps(self) -> tuple[Step, ...]:
        return (*self.done, *(replace(step, is_undone=True) for step in self.undone))

    def settle(self) -> Step | None:
        return None

    def trashed(self) -> tuple[Trashed, ...]:
        return ()

    def readings(self, item: Item) -> tuple[EncodingReading, ...]:
        return ()

    def convert(self, item: Item, encoding: str) -> Step:
        raise NotImplementedError

    def keep_draft(self, item: Item, text: str) -> Path:
        self.drafts.append(text)
        return Path("/draft.txt")

    def tokens(self, text: str) -> int | None:
        return None

    def close(self) -> None:
        pass

    def read(self, item: Item) -> CaptionText:
        return CaptionText(
            self.services.texts.get(item.name, item.caption or ""), token=self.services.texts.get(item.name)
        )

    def save(self, item: Item, text: str, read_as: CaptionText | None) -> CaptionText:
        if self.services.conflicts and (read_as is None or read_as.text != "theirs"):
            self.services.texts[item.name] = "theirs"
            raise ConflictError("changed on disk")
        self.services.calls.append(("save", item.name, text))
        self.services.texts[item.name] = text
        items = tuple(
            replace(known, caption=text) if known.name == item.name else known for known in self.services.view.items
        )
        assert self.services.view.report is not None
        verdicts = tuple(
            replace(verdict, state=CacheState.STALE, why="caption edited")
            if verdict.path == item.text_cache
            else verdict
            for verdict in self.services.view.report.verdicts
        )
        self.services.view = replace(self.services.view, items=items, report=CacheReport(verdicts))
        return CaptionText(text, token=text)

    def preview(self, items: Sequence[Item], operation: Operation) -> BulkPreview:
        raise NotImplementedError

    def apply(self, seen: BulkPreview) -> SaveReport:
        raise NotImplementedError

    def trash(self, items: Sequence[Item], every: Sequence[Item]) -> Step:
        raise NotImplementedError

    def restore(self, number: int, names: Sequence[str] | None = None) -> Step:
        raise NotImplementedError


@dataclass
class FakeProposals(Proposals):
    """Captions that nothing writes."""

    proposed: tuple[ProposedCaption, ...] = ()
    media: tuple[Path, ...] = ()
    trouble: str | None = None
    conflict: str | None = None
    """Name of an item whose proposal cannot be accepted."""
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def propose(self, *items: Item) -> None:
        made = (Proposal(item.media, f"[red]a picture[/] of {item.name}", SOURCE, 0.0, "x", None) for item in items)
        self.proposed = tuple(ProposedCaption(item, each) for item, each in zip(items, made, strict=True))

    def to_make(self, items: Sequence[Item]) -> CaptionsToMake:
        self.calls.append(("to_make", len(items)))
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        return CaptionsToMake(SOURCE, self.media)

    def make(self, media: Sequence[Path] | None) -> int:
        self.calls.append(("make", tuple(media or ())))
        return 9

    def waiting(self, items: Sequence[Item]) -> tuple[ProposedCaption, ...]:
        self.calls.append(("waiting", len(items)))
        return self.proposed

    def accept(self, proposed: Sequence[ProposedCaption]) -> Accepted:
        self.calls.append(("accept", {each.item.name: each.proposal.text for each in proposed}))
        kept = tuple((each.item, "was changed") for each in proposed if each.item.name == self.conflict)
        return Accepted(None, len(proposed) - len(kept), kept)

    def reject(self, proposed: Sequence[ProposedCaption]) -> None:
        self.calls.append(("reject", [each.item.name for each in proposed]))


DATASET = """\
# Anna
[general]
resolution = [960, 544]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"

[[datasets]]
video_directory = "clips"
cache_directory = "cache_clips"
target_frames = [1, 25]
"""


@dataclass
class FakeScreenSettings(ScreenSettings):
    """Keeps a theme in memory."""

    kept: list[str] = field(default_factory=list)
    trouble: str | None = None

    def keep_theme(self, name: str) -> None:
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        self.kept.append(name)


@dataclass
class FakeSettings(DatasetSettings):
    """A ``dataset.toml`` that is never written."""

    text: str | None = DATASET
    found: Consequence = field(default_factory=lambda: Consequence(24, 2, 24, 1))
    conflict: bool = False
    saved: list[str] = field(default_factory=list)

    def path(self) -> Path:
        return Path("/home/me/loras/anna/dataset.toml")

    def read(self) -> DatasetFile | None:
        return None if self.text is None else DatasetFile(self.path(), self.text)

    def proposed(self, folder: Path) -> DatasetFile:
        return replace(DatasetFile(self.path(), DATASET), text=f"# from {folder.name}\n{DATASET}")

    def with_folder(self, file: DatasetFile, folder: Path, *, video: bool | None = None) -> DatasetFile:
        return file.add({"image_directory": str(folder), "cache_directory": f"{folder}-cache"})

    def consequence(self, file: DatasetFile) -> Consequence:
        _ = file.config
        return self.found

    def save(self, before: DatasetFile | None, after: DatasetFile) -> None:
        if self.conflict:
            raise WantuiError("dataset.toml is not what it was")
        assert (None if before is None else before.text) == self.text
        self.text = after.text
        self.saved.append(after.text)


@dataclass
class FakeImporting(Importing):
    """Imports that copy nothing."""

    subsets: tuple[Subset, ...] = field(default_factory=lambda: parse(Path("/d/dataset.toml"), DATASET).subsets)
    plans: dict[str, ImportPlan] = field(default_factory=dict)
    """By the name of what is imported."""
    trouble: str | None = None
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def targets(self) -> tuple[Subset, ...]:
        return self.subsets

    def plan(self, source: Path, target: Subset) -> ImportPlan:
        self.calls.append(("plan", source.name, target.index))
        folder = target.media_directory
        assert folder is not None
        return self.plans.get(source.name, ImportPlan(folder, (), 0, (), ((source, "is no media"),)))

    def carry_out(self, plan: ImportPlan, copied: Callable[[int], None]) -> None:
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        copied(plan.size)
        self.calls.append(("copy", plan.media))
