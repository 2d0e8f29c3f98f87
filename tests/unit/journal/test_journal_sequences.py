"""Whatever is done in whatever order: undoing all of it gives back the bytes that were there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.places import dataset, files, items_of, picture
from wantui.captions.files import CaptionChange, read, save, save_all
from wantui.journal.errors import JournalError
from wantui.journal.importing import carry_out, plan_import
from wantui.journal.journal import Journal
from wantui.journal.trash import restore, trash, trashed
from wantui.paths import Workspace

if TYPE_CHECKING:
    from wantui.dataset.model import Dataset

TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from("\r\n\ufeff ,ab"), st.characters(exclude_categories=["Cs"])), max_size=8
)
RAW = st.one_of(st.none(), TEXTS.map(lambda text: text.encode()))
SECTIONS = 'image_directory = "images"\n[[datasets]]\nimage_jsonl_file = "list.jsonl"\ncache_directory = "cache"'
CHOICE = st.integers(min_value=0, max_value=100)


class Work(RuleBasedStateMachine):
    """A person at work on a dataset, alone."""

    @initialize(a=RAW, b=RAW, c=RAW)
    def begin(self, a: bytes | None, b: bytes | None, c: bytes | None) -> None:
        self.folder = Path(self.temporary.name) / "work"
        self.folder.mkdir()
        items_of(self.folder, a=a, b=b, c=c)
        lines = b"".join(b'{"image_path": "images/%s.png", "caption": "x"}\r\n' % name for name in (b"a", b"b"))
        (self.folder / "list.jsonl").write_bytes(lines)
        self.history = [self.files()]
        """What there was before each step in effect, and what there is now."""
        self.undone: list[dict[str, bytes]] = []

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()

    @property
    def journal(self) -> Journal:
        return Journal(Workspace(self.folder))  # as after a restart

    def dataset(self) -> Dataset:
        return dataset(self.folder, SECTIONS)

    def files(self) -> dict[str, bytes]:
        return {name: content for name, content in files(self.folder).items() if name != "dataset.toml"}

    def happened(self) -> None:
        """A step was made, unless there was nothing to change."""
        in_effect = [step for step in self.journal.steps() if not step.is_undone]
        if len(in_effect) == len(self.history):
            self.history.append(self.files())
            self.undone.clear()

    @rule(which=CHOICE, text=TEXTS)
    def edit(self, which: int, text: str) -> None:
        items = self.dataset().items
        if items:
            item = items[which % len(items)]
            save(self.journal, item, text, read(item))
            self.happened()

    @rule(text=TEXTS)
    def bulk(self, text: str) -> None:
        items = self.dataset().items
        changes = [CaptionChange(item, read(item).text if read(item).token else None, text) for item in items]
        assert save_all(self.journal, "bulk", changes).conflicts == ()
        self.happened()

    @rule(which=CHOICE)
    def remove(self, which: int) -> None:
        found = self.dataset()
        if found.items:
            trash(self.journal, found, [found.items[which % len(found.items)]])
            self.happened()

    @rule(which=CHOICE)
    def put_back(self, which: int) -> None:
        lying = trashed(Workspace(self.folder))
        if lying:
            try:
                restore(self.journal, lying[which % len(lying)].number)
            except JournalError:
                return  # an import has taken the place
            self.happened()

    @rule(name=st.sampled_from("abcd"), shade=st.integers(min_value=200, max_value=202), caption=RAW)
    def bring(self, name: str, shade: int, caption: bytes | None) -> None:
        source = picture(Path(self.temporary.name) / f"new/{name}.png", shade)
        source.with_suffix(".txt").unlink(missing_ok=True)
        if caption is not None:
            source.with_suffix(".txt").write_bytes(caption)
        plan = plan_import([source], self.dataset().config.subsets[0])
        if plan.copies:
            carry_out(self.journal, plan)
            self.happened()

    @precondition(lambda self: len(self.history) > 1)
    @rule()
    def undo(self) -> None:
        assert self.journal.undo() is not None
        self.undone.append(self.history.pop())

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        assert self.journal.redo() is not None
        self.history.append(self.undone.pop())

    @invariant()
    def it_is_as_it_should_be(self) -> None:
        assert self.files() == self.history[-1]

    def teardown(self) -> None:
        while len(self.history) > 1:
            self.undo()
            self.it_is_as_it_should_be()
        assert self.journal.undo() is None
        while self.undone:
            self.redo()
            self.it_is_as_it_should_be()
        self.temporary.cleanup()


PHASES = (Phase.explicit, Phase.generate)  # a sequence of files on a disk takes minutes to shrink
Work.TestCase.settings = settings(max_examples=30, stateful_step_count=12, deadline=None, phases=PHASES)


@pytest.mark.usefixtures("runtime_folder")
class TestWork(Work.TestCase):  # type: ignore[valid-type,misc]  # hypothesis makes the class when asked for it
    """See `Work`."""

    @pytest.fixture
    def runtime_folder(self, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
