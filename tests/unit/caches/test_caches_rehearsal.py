"""What the rehearsal trainer encoded never counts as current for another trainer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.unit.caches.kept import Kept, latents_of
from wantui.caches.facts import REHEARSAL
from wantui.caches.model import CacheStep
from wantui.runs.dataset_report import source_of
from wantui.trainer.model import RunSettings, Task

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.caches.source import Source

ALL = {latents_of("a"), latents_of("b"), "a_wan_te.safetensors", "b_wan_te.safetensors"}
REHEARSED = dict.fromkeys(ALL, "made by the rehearsal trainer")


class Workplace(Kept):
    """Images whose caches the real trainer or the rehearsal encodes; the records know of no weights or flags."""

    rehearsing = False

    @property
    def source(self) -> Source:
        return replace(super().source, weights=None, flags={}, rehearsal=self.rehearsing)

    def _content(self, path: Path, step: CacheStep) -> tuple[dict[str, str], list[str]]:
        metadata, tensors = super()._content(path, step)
        return metadata | ({REHEARSAL: "true"} if self.rehearsing else {}), tensors


@pytest.fixture
def rehearsed(tmp_path: Path) -> Workplace:
    """All caches made by the rehearsal, and known to be current for it."""
    made = Workplace(tmp_path)
    made.rehearsing = True
    assert set(made.cache_run()) == ALL
    assert made.reasons() == {}
    return made


@pytest.mark.parametrize("with_records", [True, False])
def test_the_real_trainer_refuses_them(rehearsed: Workplace, with_records: bool) -> None:
    rehearsed.rehearsing = False
    assert rehearsed.reasons(with_records=with_records) == REHEARSED


def test_the_real_trainer_encodes_them_again_once(rehearsed: Workplace) -> None:
    rehearsed.rehearsing = False
    assert set(rehearsed.cache_run()) == ALL
    assert rehearsed.cache_run() == []


def test_taking_them_on_record_does_not_hide_it(tmp_path: Path) -> None:
    made = Workplace(tmp_path)
    made.rehearsing = True
    made.cache_by_hand()
    made.rehearsing = False
    made.record()
    assert made.reasons() == REHEARSED


def test_records_of_before_there_was_a_mark_do_not_hide_it(rehearsed: Workplace) -> None:
    for file in (rehearsed.root / "records").iterdir():
        document = json.loads(file.read_bytes())
        if "sources" in document:
            old = {name: [*entry[:5], entry[5][:-1]] for name, entry in document["files"].items()}
            file.write_text(json.dumps(document | {"version": 1, "files": old}))
    rehearsed.rehearsing = False
    assert rehearsed.reasons() == REHEARSED


def test_the_rehearsal_takes_what_the_real_trainer_made(tmp_path: Path) -> None:
    made = Workplace(tmp_path)
    made.cache_run()
    made.rehearsing = True
    assert made.reasons() == {}


@pytest.mark.parametrize("step", list(CacheStep))
@pytest.mark.parametrize(("kind", "rehearsal"), [("musubi", False), ("rehearsal", True)])
def test_the_run_says_which_trainer_encodes(tmp_path: Path, step: CacheStep, kind: str, rehearsal: bool) -> None:
    settings = RunSettings(
        trainer_kind=kind,
        trainer_root=tmp_path,
        trainer_python=tmp_path,
        trainer_env={},
        models={},
        dataset=tmp_path,
        task=Task.T2V,
        experts=(),
        suffix="a",
        author="",
        epochs=1,
        save_every=1,
        output_directory=tmp_path,
    )
    assert source_of(settings, step).rehearsal is rehearsal
