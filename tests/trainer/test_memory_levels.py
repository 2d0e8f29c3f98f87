"""The ladder: estimates that follow the shapes, and a level for every device."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.settings import run_settings
from wantui.dataset.model import Severity
from wantui.gpus import host
from wantui.gpus.model import Gpu
from wantui.memory_ways import MEMORY
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert
from wantui.trainer.musubi import commands, memory, memory_levels
from wantui.trainer.musubi.flags import flag_problems
from wantui.trainer.musubi.memory import BatchShape
from wantui.trainer.musubi.memory_level import largest_batch
from wantui.trainer.musubi.memory_levels import Conditions

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.trainer.memory_plans import Option

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


def chosen(gpu: Gpu | None, given: Conditions | None = None) -> tuple[Option, str]:
    """What is chosen for a device, the workflow's images unless something else is given."""
    return memory_levels.choose(gpu, memory_levels.options(gpu, given or Conditions(IMAGES, {})))


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine as they are rented, whatever this one is."""
    monkeypatch.setattr(host, "memory_mib", lambda: 128 * 1024)
    monkeypatch.setattr(host, "cores", lambda: 32)


shapes = st.builds(
    BatchShape,
    width=st.integers(2, 90).map(lambda sixteens: 16 * sixteens),
    height=st.integers(2, 90).map(lambda sixteens: 16 * sixteens),
    frames=st.integers(0, 20).map(lambda n: 4 * n + 1),
    batch_size=st.integers(1, 4),
)


@pytest.mark.parametrize("flag", ["network_dim", "blocks_to_swap"])
def test_a_number_of_thousands_of_digits_is_not_reckoned_with(flag: str) -> None:
    assert chosen(RTX_5090, Conditions(IMAGES, {flag: "9" * 5000}))[0].device_mib > 0


def test_the_weights_are_as_large_as_the_files() -> None:
    """28.6 GB, as the Hub lists them; norms and biases are not counted."""
    assert memory.weight_bytes() / 1e9 == pytest.approx(28.6, abs=0.05)


def test_a_clip_has_the_tokens_of_its_latent() -> None:
    assert BatchShape(832, 480, 81).tokens == 21 * 30 * 52
    assert BatchShape(960, 960, batch_size=2).tokens == 2 * 60 * 60


@pytest.mark.parametrize(
    ("mib", "level"),
    [(12282, "swap30"), (16376, "swap20"), (24564, "swap10"), (32607, "swap10"), (49140, "fp8"), (81559, "full")],
)
def test_each_device_gets_the_fastest_level_that_fits(mib: int, level: str) -> None:
    """32 GiB: the workflow's ten blocks. 24 GiB and 12 GiB: images train there, as the trainer's docs have it."""
    assert chosen(replace(RTX_5090, memory_total_mib=mib))[0].name == level


def test_the_choice_says_why_the_faster_one_was_passed() -> None:
    assert "fp8: needs about 28 GiB" in chosen(RTX_5090)[1]


def test_where_nothing_fits_the_leanest_is_named_with_what_it_lacks() -> None:
    option, why = chosen(replace(RTX_5090, memory_total_mib=8192), Conditions(BatchShape(832, 480, 81), {}))
    assert option.name == memory_levels.LEVELS[-1].name == memory_levels.OFFLOAD
    assert option.why_not is not None
    assert option.why_not in why


def test_a_commit_without_the_flag_has_no_such_level() -> None:
    given = Conditions(IMAGES, {}, knows_offload=False)
    assert [option.name for option in memory_levels.options(RTX_5090, given)][-1] == "swap36"


def test_a_device_that_does_not_tell_its_memory_gets_the_workflows_way() -> None:
    assert chosen(replace(RTX_5090, memory_total_mib=None))[0].name == "fp8"
    assert chosen(None)[0].name == "fp8"


def test_little_memory_of_the_machine_keeps_blocks_on_the_device() -> None:
    given = Conditions(IMAGES, {}, host_mib=4000)
    suits = [option.name for option in memory_levels.options(RTX_5090, given) if option.why_not is None]
    assert suits == ["swap10"]


def test_what_a_person_asks_for_is_reckoned_with() -> None:
    """Of levels that come to the same, the one that says so is left."""
    scaled = memory_levels.options(RTX_5090, Conditions(IMAGES, {"fp8_scaled": True}))
    assert [option.name for option in scaled] == [level.name for level in memory_levels.LEVELS[1:]]
    swapped = memory_levels.options(RTX_5090, Conditions(IMAGES, {"blocks_to_swap": "20", "fp8_base": True}))
    assert [option.name for option in swapped] == ["swap20", "offload"]
    assert all("20 of 40 blocks" in option.says for option in swapped)
    large = memory_levels.options(RTX_5090, Conditions(IMAGES, {"network_dim": "128"}))[1]
    assert large.device_mib > memory_levels.options(RTX_5090, Conditions(IMAGES, {}))[2].device_mib
    plain = Conditions(IMAGES, {"gradient_checkpointing": False})
    assert memory_levels.options(RTX_5090, plain)[1].device_mib > 64 * 1024


def test_fp8_scaled_never_comes_without_its_base(tmp_path: Path) -> None:
    """The trainer refuses that combination, and a large GPU would get fp16 weights."""
    settings = run_settings(dataset=tmp_path / "none.toml", memory="auto", training={"fp8_scaled": True})
    flags = commands.training_flags(settings, Expert.HIGH, replace(RTX_5090, memory_total_mib=81559))
    assert flags["fp8_base"] is True
    assert flag_problems(settings) == []


@given(shapes, st.integers(1, 128))
def test_no_level_needs_more_than_the_one_above_it(shape: BatchShape, dim: int) -> None:
    needs = [option.device_mib for option in memory_levels.options(None, Conditions(shape, {"network_dim": dim}))]
    assert len(needs) == len(memory_levels.LEVELS)
    assert needs == sorted(needs, reverse=True)


@given(shapes, shapes)
def test_more_tokens_never_need_less(one: BatchShape, other: BatchShape) -> None:
    few, many = sorted((one, other), key=lambda shape: shape.tokens)
    for less, more in zip(
        memory_levels.options(None, Conditions(few, {})),
        memory_levels.options(None, Conditions(many, {})),
        strict=True,
    ):
        assert less.device_mib <= more.device_mib


def test_what_changes_with_another_level_is_said() -> None:
    full, fp8, swap10, *_ = memory_levels.options(None, Conditions(IMAGES, {}))
    assert fp8.against(full) == "-5 GiB on the GPU"
    assert swap10.against(fp8) == "-11 GiB on the GPU, +3 GiB of memory, +7 GiB moved a step"
    assert full.against(full) == "the same figures"


@pytest.mark.parametrize(("cores", "live", "expected"), [(1, 1, 0), (2, 1, 1), (16, 1, 2), (16, 2, 2), (4, 2, 1)])
def test_workers_leave_a_core_to_each_expert(cores: int, live: int, expected: int) -> None:
    assert memory_levels.workers(cores, live) == expected


def test_experts_that_train_at_once_share_the_machines_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "memory_mib", lambda: 20 * 1024)
    small = replace(RTX_5090, memory_total_mib=12282)
    settings = run_settings(dataset=tmp_path / "none.toml", memory="auto")
    assert {way.chosen.why_not is None for way in trainer("musubi").ways(settings, (small,))} == {False}
    alone = replace(settings, most_at_once=1)
    assert {way.chosen.name for way in trainer("musubi").ways(alone, (small,))} == {"swap30"}


def test_few_cores_read_data_with_fewer_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = run_settings(dataset=tmp_path / "none.toml", memory="auto")
    monkeypatch.setattr(host, "cores", lambda: 4)
    assert commands.training_flags(settings, Expert.HIGH, RTX_5090)["max_data_loader_n_workers"] == 1
    monkeypatch.setattr(host, "cores", lambda: 32)
    assert commands.training_flags(settings, Expert.HIGH, RTX_5090)["max_data_loader_n_workers"] == 2


@pytest.mark.parametrize(("persistent", "workers"), [(False, 0), (True, 1)])
def test_processes_that_shall_persist_are_at_least_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, persistent: bool, workers: int
) -> None:
    """DataLoader: ``ValueError: persistent_workers option needs num_workers > 0``."""
    asked = {"persistent_data_loader_workers": persistent}
    settings = run_settings(dataset=tmp_path / "none.toml", memory="auto", training=asked)
    monkeypatch.setattr(host, "cores", lambda: 1)
    assert commands.training_flags(settings, Expert.HIGH, RTX_5090)["max_data_loader_n_workers"] == workers


def test_a_containers_quota_decides_how_many_threads_encode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = run_settings(dataset=tmp_path / "none.toml")
    monkeypatch.setattr(os, "cpu_count", lambda: 256)
    command = trainer("musubi").latents_command(settings, None, skip_existing=True)
    assert command.env["OMP_NUM_THREADS"] == "32"
    asked = replace(settings, trainer_env={"OMP_NUM_THREADS": "4"})
    assert trainer("musubi").latents_command(asked, None, skip_existing=True).env["OMP_NUM_THREADS"] == "4"
    monkeypatch.setattr(os, "cpu_count", lambda: 32)
    assert "OMP_NUM_THREADS" not in trainer("musubi").latents_command(settings, None, skip_existing=True).env


def test_what_devices_do_badly_is_said_before(tmp_path: Path) -> None:
    settings = run_settings(dataset=tmp_path / "none.toml", memory="auto")
    turing = replace(RTX_5090, name="T4", compute_capability=(7, 5), memory_total_mib=15360)

    def codes(gpu: Gpu, **changes: Any) -> list[str]:
        found = trainer("musubi").device_problems(replace(settings, **changes), (gpu,))
        assert all(problem.severity is Severity.WARNING for problem in found)
        return [problem.code for problem in found]

    assert codes(turing, training={"mixed_precision": "bf16"}) == ["bf16-unsupported"]
    assert codes(RTX_5090, training={"xformers": True}) == ["xformers-on-blackwell"]
    assert codes(RTX_5090, training={"mixed_precision": "bf16"}) == []
    assert codes(RTX_5090, memory="full") == ["gpu-memory"]
    assert codes(turing, memory="workflow") == ["gpu-memory"]


def test_the_workflow_is_as_it_was_and_auto_goes_by_the_gpu_and_the_dataset(tmp_path: Path) -> None:
    file = tmp_path / "dataset.toml"
    file.write_text('[[datasets]]\nimage_directory = "i"\ncache_directory = "c"\nresolution = [960, 960]\n')
    settings = run_settings(dataset=file)

    def flags(gpu: Gpu, **changes: Any) -> tuple[object, object]:
        found = commands.training_flags(replace(settings, **changes), Expert.HIGH, gpu)
        return found.get("fp8_base"), found.get("blocks_to_swap")

    large = replace(RTX_5090, name="H100", memory_total_mib=81559)
    assert (flags(RTX_5090), flags(large)) == ((True, 10), (True, None))
    assert (flags(RTX_5090, memory="auto"), flags(large, memory="auto")) == ((True, 10), (False, False))
    assert flags(large, memory="swap20") == (True, 20)
    assert flags(large, memory="swap20", training={"blocks_to_swap": 5}) == (True, 5)


def test_a_way_says_what_was_chosen_for_each_expert_and_why(tmp_path: Path) -> None:
    settings = run_settings(dataset=tmp_path / "none.toml", memory="auto", training_low={"blocks_to_swap": 30})
    high, low = trainer("musubi").ways(settings, (RTX_5090,))
    assert high.says.startswith("swap10 (fp8 weights, 10 of 40 blocks")
    assert (high.chosen.name, low.chosen.name) == ("swap10", "swap30")
    assert high.chosen in high.options
    asked, _ = trainer("musubi").ways(replace(settings, memory="fp8"), (RTX_5090,))
    assert asked.why.startswith("as asked; about 28 GiB; needs about")
    workflow, _ = trainer("musubi").ways(replace(settings, memory="workflow"), (RTX_5090,))
    assert workflow.chosen.says == high.chosen.says


def test_the_largest_batch_is_that_of_the_longest_clips(tmp_path: Path) -> None:
    file = tmp_path / "dataset.toml"
    file.write_text(IMAGES_AND_CLIPS)
    assert largest_batch(run_settings(dataset=file)) == BatchShape(480, 320, 81)
    assert largest_batch(run_settings(dataset=tmp_path / "none.toml")) == IMAGES


def test_every_level_can_be_named_in_the_configuration() -> None:
    assert ("auto", "workflow", *(level.name for level in memory_levels.LEVELS)) == MEMORY
