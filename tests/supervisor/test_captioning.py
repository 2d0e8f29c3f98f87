"""A captioning run as real processes: proposals, failures, retries, stops, GPUs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import until
from tests.ui.fake import paint_sunset
from wantui import config as configuration
from wantui.captions.proposals import ProposalStore
from wantui.jobs.model import JobKind, JobState
from wantui.runs.board import Board
from wantui.runs.captioning.order import propose
from wantui.runs.errors import PlanError
from wantui.supervisor import client

if TYPE_CHECKING:
    from pathlib import Path

    from tests.supervisor.conftest import Site
    from wantui.jobs.model import Job, Run

CAPTIONER = """\
import os, pathlib, sys, time
media, workspace = map(pathlib.Path, sys.argv[1:])
with open(workspace / "asked.txt", "a") as asked:
    asked.write(media.name + "\\n")
if (workspace / f"wait-{media.stem}").exists():
    time.sleep(600)
if (workspace / f"fail-{media.stem}").exists():
    sys.exit("out of ideas")
print(f"a picture called {media.stem} on", os.environ.get("CUDA_VISIBLE_DEVICES", "no GPU"))
"""


@pytest.fixture
def folder(site: Site) -> Path:
    """A dataset of four pictures; `d` has a caption, `c` an empty one."""
    images = site.folder / "dataset/images"
    images.mkdir(parents=True)
    for name in "abcd":
        paint_sunset(images / f"{name}.png", (96, 64))
    (images / "c.txt").write_text("")
    (images / "d.txt").write_text("mine")
    (site.folder / "dataset/dataset.toml").write_text(
        '[general]\ncaption_extension = ".txt"\n[[datasets]]\nimage_directory = "images"\ncache_directory = "cache"\n'
    )
    (site.folder / "caption.py").write_text(CAPTIONER)
    set_captions(site)
    return images


def set_captions(site: Site, more: str = "") -> None:
    config = site.folder / "wantui.toml"
    kept = config.read_text().partition("[captions]")[0]
    words = f'["{sys.executable}", "caption.py", "{{media}}", "{{workspace}}"]'
    config.write_text(f"{kept}[captions]\ncommand = {words}\n{more}")


def begin(site: Site, *media: Path) -> Run:
    return propose(site.workspace, configuration.load(site.workspace), media or None)


def ended(site: Site, run: Run) -> Job:
    return site.until_ended(run)["caption"]


def proposed(site: Site) -> dict[str, str]:
    return {path.stem: each.text for path, each in ProposalStore(site.workspace).all().items()}


def asked(site: Site) -> list[str]:
    return (site.folder / "asked.txt").read_text().split()


def test_what_has_no_caption_gets_a_proposal_and_no_caption_is_written(site: Site, folder: Path) -> None:
    job = ended(site, begin(site))
    assert (job.state, job.reason) == (JobState.SUCCEEDED, "3 captions proposed")
    assert job.gpu is None
    assert proposed(site) == {name: f"a picture called {name} on no GPU" for name in "abc"}
    assert sorted(path.name for path in folder.glob("*.txt")) == ["c.txt", "d.txt"]
    assert ((folder / "c.txt").read_text(), (folder / "d.txt").read_text()) == ("", "mine")
    (view,) = Board(site.workspace).of(site.store.get(1))
    assert (view.progress.step, view.progress.steps) == (3, 3)
    assert "[2/3 " in site.log("1.caption")


def test_items_that_are_chosen_are_asked_about_whatever_they_have(site: Site, folder: Path) -> None:
    assert ended(site, begin(site, folder / "d.png")).state is JobState.SUCCEEDED
    kept = ProposalStore(site.workspace).of(folder / "d.png")
    assert kept is not None
    assert (kept.before, (folder / "d.txt").read_text()) == ("mine", "mine")


def test_a_retry_asks_only_about_what_failed(site: Site, folder: Path) -> None:
    (site.folder / "fail-b").touch()
    job = ended(site, begin(site))
    assert (job.state, job.exit_code) == (JobState.FAILED, 1)
    assert job.reason == "not captioned: 1 of 3 items: b.png: exit code 1"
    assert "out of ideas" in site.log("1.caption")
    assert set(proposed(site)) == {"a", "c"}
    (site.folder / "fail-b").unlink()
    client.retry(site.workspace, "1.caption")
    assert ended(site, site.store.get(1)).state is JobState.SUCCEEDED
    assert asked(site) == ["a.png", "b.png", "c.png", "b.png"]
    again = ended(site, begin(site))
    assert (again.state, again.reason) == (
        JobState.SKIPPED, "every item that was asked for has a caption or a proposal"
    )  # fmt: skip
    paint_sunset(folder / "a.png", (64, 96))
    assert ended(site, begin(site)).state is JobState.SUCCEEDED
    assert asked(site)[4:] == ["a.png"], "another picture wants another caption"


def test_a_stopped_job_keeps_what_it_has_and_goes_on_from_there(site: Site, folder: Path) -> None:
    assert folder.is_dir()
    (site.folder / "wait-b").touch()
    begin(site)
    until(lambda: proposed(site) or None, "the first proposal")
    until(lambda: len(asked(site)) == 2 or None, "the second question")
    client.stop(site.workspace, "1")
    assert ended(site, site.store.get(1)).state is JobState.CANCELLED
    (site.folder / "wait-b").unlink()
    client.retry(site.workspace, "1")
    assert ended(site, site.store.get(1)).state is JobState.SUCCEEDED
    assert asked(site) == ["a.png", "b.png", "b.png", "c.png"]


def test_a_gpu_is_waited_for_like_by_every_other_job(site: Site, folder: Path) -> None:
    assert folder.is_dir()
    set_captions(site, "gpu = true\n")
    site.occupy(0)
    job = ended(site, begin(site))
    assert (job.state, job.gpu) == (JobState.SUCCEEDED, 1)
    assert job.kind is JobKind.CAPTION
    assert proposed(site)["a"] == "a picture called a on 1"


def test_what_cannot_be_captioned_is_refused_beforehand(site: Site, folder: Path) -> None:
    for name in "abc":
        (folder / f"{name}.txt").write_text("written")
    with pytest.raises(PlanError, match="nothing to caption"):
        begin(site)
    config = site.folder / "wantui.toml"
    config.write_text(config.read_text().partition("[captions]")[0])
    with pytest.raises(PlanError, match=r"\[captions\]"):
        begin(site)
    config.write_text(config.read_text() + '[captions]\ntool = "qwen-vl"\n')
    with pytest.raises(PlanError, match="weights"):
        begin(site)
    config.write_text(config.read_text() + 'model = "qwen.safetensors"\n')
    with pytest.raises(PlanError, match="no captioning script"):
        begin(site)
    assert site.store.runs() == ()
