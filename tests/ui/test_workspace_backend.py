"""The seam's real side, on a folder with one image."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from tests.ui.fake import rows_in
from wantui.dataset.blueprint import EXAMPLE, load
from wantui.errors import ConflictError, WantuiError
from wantui.jobs.model import RunKind
from wantui.listing.rows import ItemStatus
from wantui.services.runs import RunRequest
from wantui.services.workspace import Services
from wantui.trainer.model import Expert, Task
from wantui.ui.work.lazy_services import LazyServices, lazy_services

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

MOST_COLUMNS = 40
"""What the dataset pane has for a line on a screen with several panes."""


def test_items_begin_as_not_cached(workspace: Workspace) -> None:
    view = Services(workspace).dataset()
    assert [(row.name, row.status) for row in rows_in(view)] == [("one", ItemStatus.MISSING)]


def test_a_caption_keeps_its_line_ends_and_is_not_overwritten_unasked(workspace: Workspace) -> None:
    services = Services(workspace)
    item = services.dataset().items[0]
    read = services.captions.read(item)
    assert read.text == "a teal wall"
    saved = services.captions.save(item, "a blue wall", read)
    assert item.caption_file is not None
    assert item.caption_file.read_bytes() == b"a blue wall\r\n"
    item.caption_file.write_text("theirs", encoding="utf-8")
    with pytest.raises(ConflictError):
        services.captions.save(item, "mine", saved)
    services.captions.save(item, "mine", None)
    assert item.caption_file.read_text(encoding="utf-8") == "mine"


def test_a_caption_that_is_missing_is_written(workspace: Workspace) -> None:
    services = Services(workspace)
    item = services.dataset().items[0]
    assert item.caption_file is not None
    item.caption_file.unlink()
    services.captions.save(item, "new", services.captions.read(item))
    assert item.caption_file.read_text(encoding="utf-8").strip() == "new"


def test_no_dataset_names_file_and_key(workspace: Workspace) -> None:
    (workspace.root / "dataset" / "dataset.toml").unlink()
    with pytest.raises(WantuiError, match=r"No dataset yet: .*dataset\.toml does not exist") as caught:
        Services(workspace).dataset()
    assert "0 shows every first step" in str(caught.value)


def test_the_example_of_a_dataset_is_read(tmp_path: Path) -> None:
    path = tmp_path / "dataset.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert [subset.media_directory for subset in load(path).subsets] == [tmp_path / "images"]
    assert max(map(len, EXAMPLE.splitlines())) <= MOST_COLUMNS


def test_a_broken_configuration_is_told_by_every_call(workspace: Workspace) -> None:
    workspace.config_file.write_text("[run]\nsufix = 1\n", encoding="utf-8")
    services = Services(workspace)
    for call in (services.defaults, services.dataset, services.machine.gpus):
        with pytest.raises(WantuiError, match="sufix"):
            call()


def test_the_plan_of_a_run_has_its_steps_and_command_lines(workspace: Workspace) -> None:
    services = Services(workspace)
    assert services.defaults().is_rehearsal
    preview = services.runs.preview(RunRequest(RunKind.TRAIN, suffix="wall", author="me", epochs=3, save_every=1))
    assert preview.may_start
    assert preview.steps is not None
    assert preview.steps.steps == 3
    assert preview.to_encode == {"latents": 1, "text": 1}
    assert [job.kind for job in preview.jobs] == ["latents", "text", "high", "low"]
    assert any("WAN2.2-HighNoise_wall" in word for word in preview.jobs[2].argv)


def test_a_suffix_that_is_no_file_name_is_refused(workspace: Workspace) -> None:
    services = Services(workspace)
    with pytest.raises(WantuiError, match="suffix"):
        services.runs.preview(RunRequest(RunKind.TRAIN, suffix="a/b"))


def test_a_preset_keeps_what_was_asked_for(workspace: Workspace) -> None:
    services = Services(workspace)
    presets = services.presets
    asked = RunRequest(RunKind.TRAIN, task=Task.I2V, experts=(Expert.LOW,), epochs=3, save_every=1, memory="workflow")
    presets.save_request("night", asked)
    presets.save_request("more", RunRequest(RunKind.TRAIN, epochs=9, loaded="night"))
    expected = {"task": "i2v", "experts": "low", "epochs": 3, "save_every": 1, "memory": "workflow"}
    assert presets.load("night").run == expected
    found = services.runs.form_values("more")
    assert {key: found[key].text for key in expected} == {key: str(value) for key, value in expected.items()} | {
        "epochs": "9"
    }


def test_simulated_gpus_are_free(workspace: Workspace) -> None:
    services = Services(workspace)
    assert [reading.busy for reading in services.machine.gpus()] == [None, None]
    services.close()


def test_the_late_backend_is_the_real_one_from_its_first_call(workspace: Workspace) -> None:
    late = lazy_services(workspace)
    assert late.root == workspace.root
    before = cast("LazyServices", late)._made
    assert late.runs.jobs() == ()
    after: object = cast("LazyServices", late)._made
    assert (before, type(after)) == (None, Services)
    late.close()
