"""All situations at once with the real trainer: what it encodes again, and that it equals encoding everything.

A script takes ten seconds to start, so each situation is a section of one dataset. Needs what
``test_musubi_pipeline.py`` needs.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.recaching.bench import Bench, Changes, assert_same, in_a_process, rehearsal_settings
from tests.recaching.situations import SITUATIONS
from tests.trainer.test_musubi_pipeline import NEEDED
from wantui.caches.model import CacheStep
from wantui.caches.records import Records
from wantui.caches.state import examine
from wantui.pipeline.look import source_of
from wantui.trainer.protocol import RunSettings, Task

pytestmark = [
    pytest.mark.musubi,
    pytest.mark.timeout(900),
    pytest.mark.skipif(any(name not in os.environ for name in NEEDED), reason=f"needs {', '.join(NEEDED)}"),
]


def real_settings(root: Path) -> RunSettings:
    weights = Path(os.environ["WANTUI_TEST_MUSUBI_WEIGHTS"])
    return replace(
        rehearsal_settings(root),
        trainer_kind="musubi",
        trainer_root=Path(os.environ["WANTUI_TEST_MUSUBI"]),
        trainer_python=Path(os.environ["WANTUI_TEST_MUSUBI_PYTHON"]),
        trainer_env={"PYTHONPATH": os.environ["WANTUI_TEST_MUSUBI_SHIM"], "OMP_NUM_THREADS": "1"},
        models={
            "t5": weights / "models_t5_umt5-xxl-enc-bf16.pth",
            "vae": weights / "wan_2.1_vae.safetensors",
        },
    )


def section_of(name: str) -> str:
    return re.sub(r"\W+", "-", name)


def test_the_real_trainer_encodes_exactly_what_changed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, real_settings(tmp_path / "settings"), in_a_process)
    sections = {situation: bench.place.section(section_of(situation.name)) for situation in SITUATIONS}
    for situation, section in sections.items():
        situation.prepare(section)
    bench.cache()
    bench.assert_current()
    untouched = bench.place.files()

    for situation, section in sections.items():
        situation.change(section)
    changes = bench.cache()

    for situation, section in sections.items():
        encoded = sorted(name for name in changes.encoded if name.startswith(f"{section.name}/"))
        print(f"| {situation.name} | {', '.join(name.partition('/')[2] for name in encoded) or 'nothing'} |")
    assert changes.encoded == {f"{sections[each].name}/{name}" for each in SITUATIONS for name in each.encoded}
    expected = {f"{sections[each].name}/{name}" for each in SITUATIONS for name in each.removed}
    assert changes.removed - expected == {"an-orphan/z_0064x0064_wan.safetensors"}
    assert expected <= changes.removed
    kept = {name: written for name, written in bench.place.files().items() if name not in changes.encoded}
    assert kept == {name: untouched[name] for name in kept}
    bench.assert_current()
    assert_same(bench.place.contents(), bench.reference())
    assert bench.cache() == Changes(frozenset(), frozenset(), ())

    switch_tasks_and_weights(bench)


def switch_tasks_and_weights(bench: Bench) -> None:
    """To image-to-video, back, and then to the same weights in files of another content."""
    all_latents = {name for name in bench.place.files() if not name.endswith("_te.safetensors")}
    all_texts = bench.place.files().keys() - all_latents
    bench.settings = replace(bench.settings, task=Task.I2V)
    assert bench.cache() == Changes(frozenset(all_latents), frozenset(), (CacheStep.LATENTS,))
    assert_same(bench.place.contents(), bench.reference())

    bench.settings = replace(bench.settings, task=Task.T2V)
    assert bench.cache() == Changes(frozenset(), frozenset(), ())

    weights = Path(os.environ["WANTUI_TEST_MUSUBI_WEIGHTS"])
    others = {"t5": weights / "models_t5_umt5-xxl-enc-bf16.safetensors", "vae": weights / "Wan2.1_VAE.pth"}
    bench.settings = replace(bench.settings, models=others)
    assert bench.cache() == Changes(frozenset(all_latents | all_texts), frozenset(), tuple(CacheStep))
    assert_same(bench.place.contents(), bench.reference())


def test_the_real_trainer_never_takes_what_the_rehearsal_made(tmp_path: Path) -> None:
    bench = Bench(tmp_path, rehearsal_settings(tmp_path / "settings"))
    section = bench.place.section("rehearsed")
    SITUATIONS[0].prepare(section)
    bench.cache()
    bench.settings = replace(real_settings(tmp_path / "settings"), dataset=bench.place.file)
    reasons = {verdict.why for verdict in bench.look().caches.verdicts}
    assert reasons == {"made by the rehearsal trainer"}

    bench.execute = in_a_process
    assert bench.cache().encoded == bench.place.files().keys()
    bench.assert_current()


def test_caches_by_hand_are_taken_as_they_are(tmp_path: Path) -> None:
    """What the trainer's own scripts made is proved by headers and times, and then known by content."""
    bench = Bench(tmp_path, real_settings(tmp_path / "settings"), in_a_process)
    section = bench.place.section("by-hand")
    SITUATIONS[0].prepare(section)
    by_hand = bench.reference()
    assert by_hand
    (tmp_path / "fresh-1" / "by-hand" / "cache").rename(section.cache)
    assert bench.cache() == Changes(frozenset(), frozenset(), ())

    os.utime(section.media / "a.bmp")
    assert bench.cache() == Changes(frozenset(), frozenset(), ())
    records = Records.open(tmp_path / "no records")
    source = source_of(bench.settings, CacheStep.LATENTS)
    report = examine(bench.look().dataset, i2v=False, records=records, latents_source=source, text_source=source)
    assert [verdict.why for verdict in report.to_encode(CacheStep.LATENTS)] == [
        "the media file is newer, its pixels may have changed"
    ]
