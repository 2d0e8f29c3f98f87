"""The watcher: what changes on disk is encoded again, once it is quiet, with no screen open."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.demo import demo_workspace
from tests.supervisor.conftest import Site, is_gone, until
from wantui import config
from wantui.caches.header import read_header
from wantui.config import load
from wantui.jobs import trust
from wantui.jobs.model import JobKind
from wantui.jobs.process import read_stat
from wantui.runs.watch import state as watch_state
from wantui.runs.watch.state import Watching
from wantui.runs.watch.watcher import Watcher
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.jobs.model import Run


@pytest.fixture
def demo(make_site: Callable[..., Site]) -> Site:
    """Three captioned pictures, encoded, and a watcher that is told so within a blink."""
    site = make_site("demo")
    (site.folder / "wantui.toml").unlink()
    demo_workspace(site.folder, epochs=1)
    for picture in sorted((site.folder / "dataset/images").iterdir())[6:]:
        picture.unlink()
    config = site.folder / "wantui.toml"
    quick = config.read_text().replace('STEP_S = "0.1"', 'STEP_S = "0"')
    config.write_text(f"{quick}\n[watch]\nquiet_s = 0.3\n")
    return site


def encoded(site: Site) -> Run:
    """Encode everything and wait for the watcher."""
    from wantui.jobs.model import RunKind
    from wantui.runs.plan import plan_run, start
    from wantui.runs.request import RunRequest

    run = start(site.workspace, plan_run(site.workspace, config.load(site.workspace), RunRequest(RunKind.CACHE)))
    site.until_ended(run)
    until(lambda: state(site) is Watching.WATCHING, "the watcher")
    return run


def state(site: Site) -> Watching | None:
    told = watch_state.read_state(site.workspace)
    return None if told is None else told.watching


def captions(site: Site) -> list[Path]:
    return sorted((site.folder / "dataset/images").glob("*.txt"))


def cached_caption(site: Site, caption: Path) -> str:
    return read_header(site.folder / f"dataset/cache/{caption.stem}_wan_te.safetensors").metadata["caption1"]


def is_cached(site: Site, caption: Path, text: str) -> bool:
    try:
        return cached_caption(site, caption) == text
    except FileNotFoundError:
        return False  # moved away, and not encoded again yet


def encoded_at(site: Site, caption: Path) -> int:
    return (site.folder / f"dataset/cache/{caption.stem}_wan_te.safetensors").stat().st_mtime_ns


def all_quiet(site: Site) -> bool:
    return all(run.has_ended for run in site.store.runs()) and state(site) is Watching.WATCHING


def test_an_edit_is_encoded_again_and_only_that(demo: Site) -> None:
    encoded(demo)
    edited, *others = captions(demo)
    before = {
        each: (demo.folder / f"dataset/cache/{each.stem}_wan_te.safetensors").stat().st_mtime_ns for each in others
    }
    edited.write_text("ohwx, edited from outside\n")
    until(lambda: is_cached(demo, edited, "ohwx, edited from outside"), "the new caption in its cache")
    for each, when in before.items():
        assert encoded_at(demo, each) == when
    until(lambda: all_quiet(demo), "quiet")
    assert [str(job.state) for job in demo.store.get(2).jobs] == ["skipped", "succeeded"]


def test_a_burst_becomes_one_or_two_runs_and_the_last_text_wins(demo: Site) -> None:
    config = demo.folder / "wantui.toml"
    config.write_text(config.read_text().replace("quiet_s = 0.3", "quiet_s = 2"))  # no pause of the writer is as long
    encoded(demo)
    for number in range(300):
        for caption in captions(demo):
            caption.write_text(f"ohwx, edit {number}\n")
    for caption in captions(demo):
        until(partial(is_cached, demo, caption, "ohwx, edit 299"), "the last text")
    until(lambda: all_quiet(demo), "quiet")
    assert len(demo.store.runs()) - 1 in (1, 2)


def test_edits_during_a_cache_run_are_encoded_by_exactly_one_more_attempt(demo: Site) -> None:
    """By the same run where its proof still sees them, else by another."""
    encoded(demo)
    config = demo.folder / "wantui.toml"
    config.write_text(config.read_text().replace('STEP_S = "0"', 'STEP_S = "4"'))  # 2 s an item
    trust.mark_used(load(demo.workspace))
    first, second, _ = captions(demo)
    first.write_text("ohwx, the first edit\n")
    until(lambda: len(demo.store.runs()) == 2 and demo.job("2.text").pid, "the first run")
    encoder = demo.job("2.text").pid
    assert encoder is not None
    os.killpg(encoder, signal.SIGSTOP)  # all five while it is at it, however slow we are
    for number in range(5):
        second.write_text(f"ohwx, edit {number} meanwhile\n")
    os.killpg(encoder, signal.SIGCONT)
    until(lambda: is_cached(demo, second, "ohwx, edit 4 meanwhile"), "the last text")
    until(lambda: all_quiet(demo), "quiet")
    texts = [job for run in demo.store.runs() for job in run.jobs if job.kind is JobKind.TEXT]
    assert sum(job.attempt for job in texts) == 3
    assert all(job.state.is_good for job in texts)


def test_equal_content_leads_to_nothing(demo: Site) -> None:
    encoded(demo)
    for caption in captions(demo):
        copy = caption.with_suffix(".copy")
        shutil.copy(caption, copy)
        copy.replace(caption)
    first = captions(demo)[0]
    first.write_text("ohwx, a real edit\n")
    until(lambda: is_cached(demo, first, "ohwx, a real edit"), "the edit")
    assert len(demo.store.runs()) == 2


def test_a_pause_keeps_changes_until_it_is_over(demo: Site) -> None:
    encoded(demo)
    watch_state.pause(demo.workspace)
    edited = captions(demo)[0]
    edited.write_text("ohwx, edited while paused\n")
    assert state(demo) is Watching.PAUSED
    run = demo.submit(demo.spec("high", "sleep 1"))
    demo.until_ended(run)
    assert not is_cached(demo, edited, "ohwx, edited while paused")
    watch_state.resume(demo.workspace)
    until(lambda: is_cached(demo, edited, "ohwx, edited while paused"), "the caption")


def test_a_dataset_that_was_never_encoded_is_left_alone(demo: Site) -> None:
    client.ensure(demo.workspace)
    until(lambda: state(demo) is Watching.WATCHING, "the watcher")
    captions(demo)[0].write_text("ohwx, still being written\n")
    run = demo.submit(demo.spec("high", "sleep 1"))
    demo.until_ended(run)
    assert len(demo.store.runs()) == 1


def test_what_stands_in_the_way_of_a_dataset_that_was_never_encoded_is_no_trouble(demo: Site) -> None:
    captions(demo)[0].unlink()
    watcher = Watcher(demo.workspace, threading.Event())
    watcher._encode(config.load(demo.workspace))
    assert not watcher._in_trouble
    assert not demo.store.runs()


def test_a_dataset_that_nobody_has_made_is_no_trouble(demo: Site) -> None:
    shutil.rmtree(demo.folder / "dataset")
    watcher = Watcher(demo.workspace, threading.Event())
    watcher._encode(config.load(demo.workspace))
    assert not watcher._in_trouble


def test_an_error_in_the_dataset_is_told_and_fixed_without_a_restart(demo: Site) -> None:
    encoded(demo)
    caption = captions(demo)[0]
    text = caption.read_text()
    caption.unlink()
    until(lambda: state(demo) is Watching.TROUBLE, "the trouble")
    caption.write_text(text)
    until(lambda: state(demo) is Watching.WATCHING, "the watcher")
    assert len(demo.store.runs()) == 1


def is_watcher(pid: int) -> bool:
    """Whether a child of the supervisor is it, and not what is left of a job that has ended."""
    try:
        return b"wantui.runs.watch.watcher" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_the_watcher_outlives_no_supervisor_and_comes_back_when_killed(demo: Site) -> None:
    encoded(demo)

    def watchers() -> list[int]:
        parent = demo.supervisor_pid()
        stats = (read_stat(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [stat.pid for stat in stats if stat is not None and stat.parent == parent and is_watcher(stat.pid)]

    (old,) = watchers()
    os.kill(old, signal.SIGKILL)
    (new,) = until(lambda: [pid for pid in watchers() if pid != old], "another watcher")
    demo.kill_supervisor()
    until(lambda: is_gone(new), "the watcher's end")


def test_where_nobody_tells_changes_files_are_looked_at(
    demo: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As with inotify's watches used up: whatever refuses to watch, the same edit is seen."""
    refusing = tmp_path / "refusing"
    refusing.mkdir()
    (refusing / "watchfiles.py").write_text(
        "import importlib.util, pathlib, sys\n"
        "here = str(pathlib.Path(__file__).parent)\n"
        "sys.path.remove(here); del sys.modules['watchfiles']\n"
        "import watchfiles as real\n"
        "told = real.watch\n"
        "def watch(*paths, force_polling, **options):\n"
        "    if not force_polling: raise OSError('OS file watch limit reached')\n"
        "    return told(*paths, force_polling=True, **options)\n"
        "real.watch = watch\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(refusing))
    client.ensure(demo.workspace)
    until(lambda: state(demo) is Watching.POLLING, "polling")
    told = watch_state.read_state(demo.workspace)
    assert told is not None
    assert "watch limit reached" in (told.note or "")


def test_a_cache_folder_that_cannot_be_listed_is_told_and_watching_goes_on(demo: Site) -> None:
    encoded(demo)
    cache = demo.folder / "dataset/cache"
    cache.rename(cache.with_name("away"))
    cache.symlink_to(cache)  # too many levels of links: not even root can list it
    settings = config.load(demo.workspace)
    watcher = Watcher(demo.workspace, threading.Event())
    watched = watcher._folders(settings)
    watcher._changed_at = 0.0
    watcher._act(settings, watched)
    told = watch_state.read_state(demo.workspace)
    assert told is not None
    assert told.watching is Watching.TROUBLE
    assert "cannot be listed" in (told.note or "")
    cache.unlink()
    cache.with_name("away").rename(cache)
    watcher._changed_at = 0.0
    watcher._act(settings, watched)
    assert not watcher._in_trouble
