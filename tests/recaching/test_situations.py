"""Each situation with the rehearsal trainer: what is encoded again, and that it equals encoding everything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.recaching.bench import Bench, Changes, assert_same, in_a_process, rehearsal_settings
from tests.recaching.situations import SITUATIONS, SIZES, Situation, latents, pictures, texts
from wantui.caches.model import CacheStep
from wantui.dataset.model import DatasetError
from wantui.jobs.hook import Decision
from wantui.trainer.model import Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.recaching.place import Section


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, rehearsal_settings(tmp_path / "weights"))


@pytest.fixture
def cached(bench: Bench) -> Bench:
    """Two sections of pictures, encoded."""
    for name in ("one", "other"):
        pictures(bench.place.section(name))
    bench.cache()
    return bench


def within(section: str, names: frozenset[str]) -> frozenset[str]:
    return frozenset(f"{section}/{name}" for name in names)


def everywhere(names: frozenset[str]) -> frozenset[str]:
    return within("one", names) | within("other", names)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_exactly_what_changed_is_encoded(bench: Bench, situation: Situation) -> None:
    here = bench.place.section("here")
    situation.prepare(here)
    pictures(bench.place.section("beside"))
    bench.cache()

    situation.change(here)
    changes = bench.cache()

    assert changes.encoded == within("here", situation.encoded)
    assert changes.removed == within("here", situation.removed | orphans(situation))
    needed = {step for step, end in ENDINGS.items() if any(name.endswith(end) for name in situation.encoded)}
    assert set(changes.started) == needed
    bench.assert_current()
    assert_same(bench.place.contents(), bench.reference())


ENDINGS = {CacheStep.LATENTS: "_wan.safetensors", CacheStep.TEXT: "_wan_te.safetensors"}


def orphans(situation: Situation) -> frozenset[str]:
    """What the change itself puts there, to be removed."""
    return latents("z 64x64") if situation.name == "an orphan" else frozenset()


def test_the_scripts_as_processes(bench: Bench) -> None:
    bench.execute = in_a_process
    bench.settings.trainer_env["WANTUI_REHEARSAL_STEP_S"] = "0"
    here = bench.place.section("here")
    pictures(here)
    bench.cache()
    here.caption("a", "edited")
    here.picture("b", 9, SIZES["b"])
    changes = bench.cache()
    assert changes.encoded == within("here", texts("a") | latents("b"))
    assert_same(bench.place.contents(), bench.reference())


ALL_LATENTS, ALL_TEXTS = latents(*SIZES), texts(*SIZES)


def switch(bench: Bench, task: Task) -> None:
    bench.settings = replace(bench.settings, task=task)


def test_image_to_video_needs_its_first_frames_and_text_to_video_does_not_mind(cached: Bench) -> None:
    switch(cached, Task.I2V)
    assert cached.cache() == Changes(everywhere(ALL_LATENTS), frozenset(), (CacheStep.LATENTS,))
    assert_same(cached.place.contents(), cached.reference())

    switch(cached, Task.T2V)
    assert cached.cache() == Changes(frozenset(), frozenset(), ())
    assert_same(cached.place.contents(), cached.reference())


@pytest.mark.parametrize(("key", "step", "names"), [
    ("vae", CacheStep.LATENTS, ALL_LATENTS), ("t5", CacheStep.TEXT, ALL_TEXTS),
])  # fmt: skip
def test_other_weights(cached: Bench, key: str, step: CacheStep, names: frozenset[str]) -> None:
    cached.settings.models[key].write_text("better")
    assert cached.cache() == Changes(everywhere(names), frozenset(), (step,))
    cached.assert_current()


def test_other_flags(cached: Bench) -> None:
    cached.settings = replace(
        cached.settings, caching_latents={"vae_dtype": "float16"}, caching_text={"batch_size": 4}
    )
    assert cached.cache() == Changes(everywhere(ALL_LATENTS), frozenset(), (CacheStep.LATENTS,))


def test_everything_on_demand(cached: Bench) -> None:
    changes = cached.cache(force=True)
    assert changes == Changes(everywhere(ALL_LATENTS | ALL_TEXTS), frozenset(), tuple(CacheStep))
    assert cached.cache() == Changes(frozenset(), frozenset(), ())


def test_a_picture_that_moves_to_another_dataset(cached: Bench) -> None:
    one, other = cached.place.sections.values()
    for suffix in (".bmp", ".txt"):
        (one.media / "a").with_suffix(suffix).rename((other.media / "m").with_suffix(suffix))
    changes = cached.cache()
    assert changes.encoded == within("other", latents("m 64x64") | texts("m"))
    assert changes.removed == within("one", latents("a") | texts("a"))
    assert_same(cached.place.contents(), cached.reference())


def wrong_folder(section: Section) -> None:
    section.set(image_directory=f"{section.name}/no such media")


def empty_folder(section: Section) -> None:
    for path in section.media.iterdir():
        path.unlink()


def two_of_a_stem(section: Section) -> None:
    section.picture("extra", 3).rename(section.media / "a.png")


def no_caption(section: Section) -> None:
    (section.media / "a.txt").unlink()


def a_truncated_picture(section: Section) -> None:
    path = section.media / "a.bmp"
    path.write_bytes(path.read_bytes()[:500])


REFUSED = {
    "wrong folder": wrong_folder,
    "empty folder": empty_folder,
    "two media of a stem": two_of_a_stem,
    "no caption": no_caption,
    "a truncated picture": a_truncated_picture,
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_nothing_starts_and_no_cache_is_lost(bench: Bench, change: Callable[[Section], None]) -> None:
    here = bench.place.section("here")
    pictures(here)
    beside = bench.place.section("beside")
    pictures(beside)
    bench.cache()
    before = bench.place.files()

    change(here)
    beside.caption("a", "edited")

    for force in (False, True):
        for step in CacheStep:
            verdict = bench.prepare(step, force=force)
            assert verdict.decision is Decision.FAIL
            assert verdict.reason
    assert bench.place.files() == before


def test_a_shared_cache_folder_starts_nothing_either(cached: Bench) -> None:
    before = cached.place.files()
    cached.place.sections["one"].set(cache_directory="other/cache")
    for step in CacheStep:
        with pytest.raises(DatasetError, match="share the cache folder"):
            cached.prepare(step)
    assert cached.place.files() == before
