"""All situations at once with the real trainer: what it encodes again, and that it equals encoding everything.

A script takes ten seconds to start, so each situation is a section of one dataset. Needs what
``test_musubi_pipeline.py`` needs.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from tests.recaching.bench import Bench, Changes, assert_same, in_a_process, rehearsal_settings
from tests.recaching.situations import SITUATIONS
from tests.trainer.real import marks
from wantui.caches.model import CacheStep
from wantui.trainer.model import RunSettings, Task

pytestmark = marks(900)


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
    bench = Bench(tmp_path, rehearsal_settings(tmp_path / "settings"))
    sections = {situation: bench.place.section(section_of(situation.name)) for situation in SITUATIONS}
    for situation, section in sections.items():
        situation.prepare(section)
    encode_what_was_rehearsed(bench)
    untouched = bench.place.files()

    for situation, section in sections.items():
        situation.change(section)
    changes = bench.cache()

    for situation, section in sections.items():
        encoded = sorted(name for name in changes.encoded if name.startswith(f"{section.name}/"))
        print(f"| {situation.name} | {', '.join(name.partition('/')[2] for name in encoded) or 'nothing'} |")
    assert changes.encoded == {f"{sections[each].name}/{name}" for each in SITUATIONS for name in each.encoded}
    removed = {f"{sections[each].name}/{name}" for each in SITUATIONS for name in each.removed}
    assert changes.removed == removed | {"an-orphan/z_0064x0064_wan.safetensors"}
    kept = {name: written for name, written in bench.place.files().items() if name not in changes.encoded}
    assert kept == {name: untouched[name] for name in kept}
    bench.assert_current()
    assert_same(bench.place.contents(), bench.reference())
    assert bench.cache() == Changes(frozenset(), frozenset(), ())
    take_what_was_made_by_hand(bench)
    switch_task_and_weights(bench)


def encode_what_was_rehearsed(bench: Bench) -> None:
    """Caches of the rehearsal, and then the real trainer's in their place."""
    assert bench.cache().encoded
    real = real_settings(bench.root / "settings")
    bench.settings = replace(real, dataset=bench.place.file)
    bench.execute = in_a_process
    assert {verdict.why for verdict in bench.look().caches.verdicts} == {"made by the rehearsal trainer"}
    assert bench.cache().encoded == bench.place.files().keys()
    bench.assert_current()


def take_what_was_made_by_hand(bench: Bench) -> None:
    """The scripts made the reference without our knowing: headers and times prove it, and then it is known."""
    by_hand = Bench(bench.root / "fresh-1", bench.settings, in_a_process)
    by_hand.place.folder = by_hand.root
    by_hand.settings = replace(bench.settings, dataset=by_hand.place.file)
    assert by_hand.cache() == Changes(frozenset(), frozenset(), ())
    os.utime(by_hand.root / section_of("nothing") / "media" / "a.bmp")
    assert by_hand.cache() == Changes(frozenset(), frozenset(), ())


def switch_task_and_weights(bench: Bench) -> None:
    """To image-to-video with another T5, back to text-to-video, and then to another VAE."""
    all_latents = {name for name in bench.place.files() if not name.endswith("_te.safetensors")}
    all_texts = bench.place.files().keys() - all_latents
    weights = Path(os.environ["WANTUI_TEST_MUSUBI_WEIGHTS"])
    models = bench.settings.models | {"t5": weights / "models_t5_umt5-xxl-enc-bf16.safetensors"}
    bench.settings = replace(bench.settings, task=Task.I2V, models=models)
    assert bench.cache() == Changes(frozenset(all_latents | all_texts), frozenset(), tuple(CacheStep))
    assert_same(bench.place.contents(), bench.reference())

    bench.settings = replace(bench.settings, task=Task.T2V)
    assert bench.cache() == Changes(frozenset(), frozenset(), ())

    bench.settings = replace(bench.settings, models=models | {"vae": weights / "Wan2.1_VAE.pth"})
    assert bench.cache() == Changes(frozenset(all_latents), frozenset(), (CacheStep.LATENTS,))
