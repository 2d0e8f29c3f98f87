"""The command that makes pictures by a pair, and what is found of it, without the trainer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.trainer.settings import run_settings
from wantui.gpus.model import Gpu
from wantui.trainer.model import Task, TrainerError
from wantui.trainer.musubi.sampling import made_files
from wantui.trainer.musubi.trainer import MusubiTrainer
from wantui.trainer.prompts import Prompt
from wantui.trainer.rehearsal import tensors, wan_generate_video
from wantui.trainer.samples import SampleTask

HIGH, LOW = Path("/out/h-000020.safetensors"), Path("/out/l-000040.safetensors")
SMALL = Prompt("a cat", 64, 64, steps=4)
LAZY = 'parser.add_argument("--save_path")\nparser.add_argument("--lazy_loading", action="store_true")\n'


def task(*prompts: Prompt, folder: Path = Path("/run/making")) -> SampleTask:
    return SampleTask(HIGH, LOW, prompts or (SMALL,), folder)


def gpu(gib: int) -> Gpu:
    return Gpu(0, "GPU-0", "a GPU", memory_total_mib=gib * 1024)


def flags(asked: SampleTask, device: Gpu | None = None, **changed: Any) -> dict[str, Any]:
    """The flags as the script understands them."""
    command = MusubiTrainer().sample_command(run_settings(**changed), device, asked)
    at = next(at for at, word in enumerate(command.argv) if word.endswith("wan_generate_video.py"))
    return vars(wan_generate_video.parser().parse_args(command.argv[at + 1 :]))


def test_both_experts_are_given_each_with_its_lora() -> None:
    found = flags(task())
    assert (found["lora_weight"], found["lora_weight_high_noise"]) == ([LOW], [HIGH])
    assert "t2v_low" in found["dit"]
    assert "t2v_high" in found["dit_high_noise"]
    assert (found["task"], found["output_type"], found["attn_mode"]) == ("t2v-A14B", "images", "torch")
    assert found["save_path"] == task().made


def test_one_prompt_is_given_as_flags_and_several_as_a_file() -> None:
    prompt = Prompt("-a cat", 64, 128, 5, 7, 4, 3.5, 12.0, "blurred")
    found = flags(task(prompt))
    assert (found["prompt"], found["video_size"], found["video_length"]) == ("-a cat", [128, 64], 5)
    assert (found["seed"], found["infer_steps"], found["guidance_scale"], found["flow_shift"]) == (7, 4, 3.5, 12.0)
    assert (found["negative_prompt"], found["from_file"]) == ("blurred", None)
    several = flags(task(SMALL, Prompt("a dog")))
    assert (several["from_file"], several["prompt"]) == (task().prompt_file, None)


def test_weights_and_attention_are_those_of_the_training() -> None:
    found = flags(task(), training={"xformers": True, "fp8_t5": True}, training_high={"dit": "/own/high.safetensors"})
    assert (found["dit_high_noise"], found["attn_mode"], found["fp8_t5"]) == (
        "/own/high.safetensors",
        "xformers",
        True,
    )
    scaled = flags(task(), training={"fp8_scaled": True})
    assert (scaled["fp8"], scaled["fp8_scaled"]) == (True, True)


def test_a_picture_to_video_run_wants_an_image() -> None:
    with pytest.raises(TrainerError, match="--i"):
        flags(task(), task=Task.I2V)
    found = flags(task(Prompt("a", 64, 64, image=Path("/w/a.png"))), task=Task.I2V)
    assert (found["task"], found["image_path"]) == ("i2v-A14B", "/w/a.png")


@pytest.mark.parametrize(
    ("memory", "gib", "fp8", "blocks"),
    [
        ("auto", 80, False, None),
        ("auto", 48, True, None),
        ("auto", 32, True, 10),
        ("auto", 24, True, 20),
        ("auto", 8, True, 36),
        ("fp8", 80, True, None),
        ("swap30", 80, True, 30),
        ("workflow", 48, True, None),
    ],
)
def test_both_experts_share_the_device_by_the_levels_of_training(
    memory: str, gib: int, fp8: bool, blocks: int | None
) -> None:
    found = flags(task(), gpu(gib), memory=memory)
    assert (found["fp8"], found["blocks_to_swap"], found["lazy_loading"]) == (fp8, blocks, False)


def test_one_after_the_other_where_both_do_not_fit_and_the_trainer_can(tmp_path: Path) -> None:
    source = tmp_path / "src/musubi_tuner"
    source.mkdir(parents=True)
    (source / "wan_generate_video.py").write_text(LAZY)
    found = flags(task(), gpu(24), memory="auto", trainer_root=tmp_path)
    assert (found["fp8"], found["blocks_to_swap"], found["lazy_loading"]) == (True, None, True)
    assert not flags(task(), gpu(48), memory="auto", trainer_root=tmp_path)["lazy_loading"]


def test_ways_that_take_less_are_named_and_can_be_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "src/musubi_tuner"
    source.mkdir(parents=True)
    (source / "wan_generate_video.py").write_text(LAZY)
    settings = run_settings(memory="auto", trainer_root=tmp_path)
    plan = MusubiTrainer().sample_memory(settings, gpu(48), task())
    assert plan.chosen.name == "fp8"
    assert [each.name for each in plan.options[:6]] == [
        "full",
        "full-lazy",
        "fp8",
        "fp8-lazy",
        "swap10",
        "swap10-lazy",
    ]
    assert plan.options[3].says == "fp8 weights, all on the GPU, one expert after the other"
    assert plan.options[3].device_mib < plan.options[4].device_mib < plan.options[2].device_mib
    for each in plan.options:
        found = flags(replace(task(), memory=each.name), gpu(48), memory="auto", trainer_root=tmp_path)
        assert (found["fp8"], found["lazy_loading"]) == (each.weights == "fp8", each.name.endswith("-lazy"))
    named = MusubiTrainer().sample_memory(replace(settings, memory="swap30"), gpu(48), task())
    assert [each.name for each in named.options] == ["swap30", "swap30-lazy"]


def test_files_are_found_in_the_order_of_the_prompts(tmp_path: Path) -> None:
    made = tmp_path / "made"
    (made / "20260101-000000-200_7").mkdir(parents=True)
    (made / "20260101-000000-100_7_000.png").touch()
    for number in (1, 0):
        (made / f"20260101-000000-200_7/x_{number:03d}.png").touch()
    asked = task(SMALL, Prompt("b", frames=5), folder=tmp_path)
    assert [[path.name for path in frames] for frames in made_files(asked)] == [
        ["20260101-000000-100_7_000.png"],
        ["x_000.png", "x_001.png"],
    ]
    with pytest.raises(TrainerError, match="1 pictures were asked for, and the trainer has written 2"):
        made_files(task(SMALL, folder=tmp_path))
    with pytest.raises(TrainerError, match="has written 0"):
        made_files(task(SMALL, folder=tmp_path / "none"))


def lora(path: Path, epoch: int, value: float) -> Path:
    tensors.save(
        path,
        {"lora_unet_a.lora_up.weight": tensors.tensor([value], (1,), "F32")},
        {"ss_epoch": str(epoch)},
    )
    return path


def test_rehearsal_draws_the_same_for_the_same_and_another_for_each_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANTUI_REHEARSAL_STEP_S", "0")
    early, late = lora(tmp_path / "1.safetensors", 1, 0.1), lora(tmp_path / "9.safetensors", 9, 0.2)

    def drawn(name: str, high: Path, low: Path, *prompts: Prompt) -> list[bytes]:
        folder = tmp_path / name
        folder.mkdir()
        asked = SampleTask(high, low, prompts, folder)
        asked.prompt_file.write_text("".join(f"{prompt.line()}\n" for prompt in prompts))
        words = ["--task", "t2v-A14B", "--save_path", str(asked.made), "--output_type", "images"]
        words += [word for key in ("dit", "dit_high_noise", "vae", "t5") for word in (f"--{key}", "none")]
        words += ["--lora_weight", str(low), "--lora_weight_high_noise", str(high)]
        wan_generate_video.main([*words, "--from_file", str(asked.prompt_file)])
        found = made_files(asked)
        assert [len(frames) for frames in found] == [prompt.frames for prompt in prompts]
        assert all(Image.open(frame).size == (64, 64) for frames in found for frame in frames)
        return [frames[0].read_bytes() for frames in found]

    clip = Prompt("a walk", 64, 64, 5, steps=1)
    first = drawn("first", early, late, SMALL, clip)
    assert drawn("again", early, late, SMALL, clip) == first
    others = [
        drawn("high", late, late, SMALL)[0],
        drawn("low", early, early, SMALL)[0],
        drawn("seed", early, late, Prompt("a cat", 64, 64, seed=1, steps=1))[0],
        drawn("text", early, late, Prompt("a dog", 64, 64, steps=1))[0],
    ]
    assert len({first[0], *others}) == 5


def test_a_misspelt_flag_ends_with_argparse_s_code() -> None:
    words = [sys.executable, "-m", "wantui.trainer.rehearsal.wan_generate_video", "--nonsense"]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 2
