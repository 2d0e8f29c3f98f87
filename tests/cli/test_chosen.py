"""What a verb looks at before its filter can be answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.demo import demo_workspace
from wantui import config as configuration
from wantui.cli.errors import complain
from wantui.jobs import trust
from wantui.listing.order import SortKey
from wantui.paths import Workspace
from wantui.services import items as room
from wantui.services.items import Items

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.services.items import ChosenItems


@dataclass
class Counter:
    """A tokenizer for which each letter is a token; it may be none, or give up."""

    knows: bool = True
    last: int = 1_000_000
    """So many answers are given."""
    is_closed: bool = False
    asked: list[str] = field(default_factory=list)

    def token_counter(self, *_given: object) -> Counter:
        return self

    def count(self, text: str) -> int | None:
        self.asked.append(text)
        return len(text) if self.knows and len(self.asked) <= self.last else None

    def close(self) -> None:
        self.is_closed = True


def chosen(workspace: Workspace, text: str, key: SortKey = SortKey.DATASET) -> ChosenItems:
    return Items(workspace, say=complain).chosen(text, key)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    demo_workspace(tmp_path / "demo")
    made = Workspace(tmp_path / "demo")
    trust.mark_used(configuration.load(made))
    return made


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    made = Counter()
    monkeypatch.setattr(room, "trainer", lambda _kind: made)
    return made


def test_tokens_are_counted_by_the_trainers_tokenizer(workspace: Workspace, counter: Counter) -> None:
    found = chosen(workspace, "tokens:>60")
    assert found.rows
    assert len(found.rows) < len(found.dataset.items)
    assert all(len(row.item.caption or "") > 60 for row in found.rows)
    assert counter.is_closed


def test_no_tokenizer_is_started_where_no_tokens_are_asked_for(workspace: Workspace, counter: Counter) -> None:
    chosen(workspace, "words:>5 '\"tokens:>5\"'")
    assert counter.asked == []


def test_without_a_tokenizer_words_are_counted_and_it_is_said(
    workspace: Workspace, counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    counter.knows = False
    found = chosen(workspace, "tokens:>12")
    assert found.rows == chosen(workspace, "words:>12").rows
    assert "counts words" in capsys.readouterr().err
    assert counter.is_closed


def test_a_tokenizer_that_ends_leaves_words_to_be_counted(workspace: Workspace, counter: Counter) -> None:
    counter.last = 1
    found = chosen(workspace, "tokens:>12")
    assert found.rows == chosen(workspace, "words:>12").rows


@pytest.mark.parametrize(
    ("text", "key", "has_status"),
    [
        ("", SortKey.NAME, False),
        ("status:image", SortKey.DATASET, False),
        ("status:missing", SortKey.DATASET, True),
        ("", SortKey.STATUS, True),
    ],
)
def test_caches_are_looked_at_where_they_are_asked_for(
    workspace: Workspace, text: str, key: SortKey, *, has_status: bool
) -> None:
    assert chosen(workspace, text, key).has_status is has_status
