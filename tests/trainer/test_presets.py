"""The ladder: estimates that follow the shapes, and a rung for every device."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.settings import run_settings
from wantui.config.schema import PRESETS
from wantui.gpus.model import Gpu
from wantui.trainer.catalogue import trainer
from wantui.trainer.musubi import commands, memory, presets
from wantui.trainer.musubi.memory import BatchShape
from wantui.trainer.musubi.rungs import largest_batch
from wantui.trainer.protocol import Expert

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = BatchShape(960, 960)
"""The workflow's resolution."""
IMAGES_AND_CLIPS = """\
[general]
caption_extension = ".txt"
[[datasets]]
image_directory = "i"
cache_directory = "c"
resolution = [960, 960]
[[datasets]]
video_directory = "v"
cache_directory = "d"
resolution = [480, 320]
target_frames = [1, 81]
"""
RTX_5090 = Gpu(0, "GPU-0", "NVIDIA GeForce RTX 5090", memory_total_mib=32607, compute_capability=(12, 0))

shapes = st.builds(
    BatchShape,
    width=st.integers(2, 90).map(lambda sixteens: 16 * sixteens),
    height=st.integers(2, 90).map(lambda sixteens: 16 * sixteens),
    frames=st.integers(0, 20).map(lambda n: 4 * n + 1),
    batch_size=st.integers(1, 4),
)


def test_the_weights_are_as_large_as_the_files() -> None:
    """28.6 GB, as the Hub lists them; norms and biases are not counted."""
    assert memory.weight_bytes() / 1e9 == pytest.approx(28.6, abs=0.05)


def test_a_clip_has_the_tokens_of_its_latent() -> None:
    assert BatchShape(832, 480, 81).tokens == 21 * 30 * 52
    assert BatchShape(960, 960, batch_size=2).tokens == 2 * 60 * 60


@pytest.mark.parametrize(
    ("mib", "rung"),
    [(12282, "swap30"), (16376, "swap20"), (24564, "swap10"), (32607, "swap10"), (49140, "fp8"), (81559, "full")],
)
def test_each_device_gets_the_fastest_rung_that_fits(mib: int, rung: str) -> None:
    """32 GiB: the workflow's ten blocks. 24 GiB and 12 GiB: images train there, as the trainer's docs have it."""
    assert presets.choose(replace(RTX_5090, memory_total_mib=mib), IMAGES).fit.rung.name == rung


def test_the_choice_says_why_the_faster_one_was_passed() -> None:
    choice = presets.choose(RTX_5090, IMAGES)
    assert "fp8: needs about 28 GiB" in choice.why


def test_where_nothing_fits_the_leanest_is_named_with_what_it_lacks() -> None:
    choice = presets.choose(replace(RTX_5090, memory_total_mib=8192), BatchShape(832, 480, 81))
    assert choice.fit.rung is presets.LADDER[-1]
    assert choice.fit.why_not is not None
    assert choice.fit.why_not in choice.why


def test_a_device_that_does_not_tell_its_memory_gets_the_workflows_way() -> None:
    assert presets.choose(replace(RTX_5090, memory_total_mib=None), IMAGES).fit.rung.name == "fp8"
    assert presets.choose(None, IMAGES).fit.rung.name == "fp8"


def test_little_memory_of_the_machine_keeps_blocks_on_the_device() -> None:
    fits = presets.fits(RTX_5090, IMAGES, 16, host_mib=4000)
    assert [fit.rung.name for fit in fits if fit.why_not is None] == ["swap10"]


@given(shapes, st.integers(1, 128))
def test_no_rung_needs_more_than_the_one_above_it(shape: BatchShape, dim: int) -> None:
    needs = [rung.need(shape, dim).device_mib for rung in presets.LADDER]
    assert needs == sorted(needs, reverse=True)


@given(shapes, shapes)
def test_more_tokens_never_need_less(one: BatchShape, other: BatchShape) -> None:
    few, many = sorted((one, other), key=lambda shape: shape.tokens)
    for rung in presets.LADDER:
        assert rung.need(few).device_mib <= rung.need(many).device_mib


@pytest.mark.parametrize(("cores", "live", "expected"), [(1, 1, 0), (2, 1, 1), (16, 1, 2), (16, 2, 2), (4, 2, 1)])
def test_workers_leave_a_core_to_each_expert(cores: int, live: int, expected: int) -> None:
    assert presets.workers(cores, live) == expected


def test_a_device_refuses_what_it_cannot_do() -> None:
    turing = replace(RTX_5090, name="T4", compute_capability=(7, 5))
    assert [code for code, _, _ in presets.refused({"mixed_precision": "bf16"}, turing)] == ["bf16-unsupported"]
    assert [code for code, _, _ in presets.refused({"xformers": True}, RTX_5090)] == ["xformers-on-blackwell"]
    assert not list(presets.refused({"mixed_precision": "bf16", "sdpa": True}, RTX_5090))
    assert not list(presets.refused({"xformers": True}, None))


def test_the_workflow_is_as_it_was_and_auto_goes_by_the_gpu_and_the_dataset(tmp_path: Path) -> None:
    file = tmp_path / "dataset.toml"
    file.write_text('[[datasets]]\nimage_directory = "i"\ncache_directory = "c"\nresolution = [960, 960]\n')
    settings = run_settings(dataset=file)

    def flags(gpu: Gpu, **changes: object) -> tuple[object, object]:
        found = commands.training_flags(replace(settings, **changes), Expert.HIGH, gpu)  # type: ignore[arg-type]
        return found.get("fp8_base"), found.get("blocks_to_swap")

    large = replace(RTX_5090, name="H100", memory_total_mib=81559)
    assert (flags(RTX_5090), flags(large)) == ((True, 10), (True, None))
    assert (flags(RTX_5090, preset="auto"), flags(large, preset="auto")) == ((True, 10), (False, False))
    assert flags(large, preset="swap20") == (True, 20)
    assert flags(large, preset="swap20", training={"blocks_to_swap": 5}) == (True, 5)
    said = trainer("musubi").way(replace(settings, preset="auto"), RTX_5090)
    assert said is not None
    assert said.startswith("swap10 (fp8 weights, 10 of 40 blocks")
    assert trainer("musubi").way(settings, RTX_5090) is None


def test_the_largest_batch_is_that_of_the_longest_clips(tmp_path: Path) -> None:
    file = tmp_path / "dataset.toml"
    file.write_text(IMAGES_AND_CLIPS)
    assert largest_batch(run_settings(dataset=file)) == BatchShape(480, 320, 81)
    assert largest_batch(run_settings(dataset=tmp_path / "none.toml")) == IMAGES


def test_every_rung_can_be_named_in_the_configuration() -> None:
    assert ("workflow", "auto", *(rung.name for rung in presets.LADDER)) == PRESETS
