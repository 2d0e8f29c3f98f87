"""The command lines: the workflow's, flag by flag, and what is laid on top."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.settings import gpu, run_settings
from wantui.gpus.model import Gpu
from wantui.trainer.attempts import AttemptPlace, StartPoint
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert, RunSettings, Task, TrainerCommand, TrainerError
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.attempt_tasks import attempt_task
from wantui.trainer.musubi.trainer import MusubiTrainer

SCRIPTS = "/t/musubi-tuner/src/musubi_tuner"
PYTHON = "/t/musubi-tuner/venv/bin/python"

WORKFLOW = """
--task t2v-A14B
--dit /m/wan2.2_t2v_{expert}_noise_14B_fp16.safetensors
--vae /m/wan_2.1_vae.safetensors
--t5 /m/models_t5_umt5-xxl-enc-bf16.pth
--dataset_config /d/dataset.toml
--sdpa
--mixed_precision fp16
--fp8_base
--optimizer_type adamw
--learning_rate 3e-4
--gradient_checkpointing
--gradient_accumulation_steps 1
--max_data_loader_n_workers 2
--network_module networks.lora_wan
--network_dim 16
--network_alpha 16
--timestep_sampling shift
--discrete_flow_shift 1.0
--max_train_epochs 100
--save_every_n_epochs 100
--seed 5
--optimizer_args weight_decay=0.1
--max_grad_norm 0
--lr_scheduler polynomial
--lr_scheduler_power 8
--lr_scheduler_min_lr_ratio 5e-5
--output_dir /o
--output_name WAN2.2-{name}Noise_MyLoRA
--metadata_title WAN2.2-{name}Noise_MyLoRA
--metadata_author MyName
--preserve_distribution_shape
--min_timestep {low}
--max_timestep {high}
"""


def training_words(settings: RunSettings, expert: Expert = Expert.HIGH, **assigned: Any) -> list[str]:
    command = MusubiTrainer().training_command(settings, expert, assigned.get("gpu"), assigned.get("port"))
    return list(command.argv)


def flag(words: list[str], name: str) -> list[str] | None:
    """The values of a flag; None when it is not there."""
    if f"--{name}" not in words:
        return None
    start = words.index(f"--{name}") + 1
    end = next((at for at in range(start, len(words)) if words[at].startswith("--")), len(words))
    return words[start:end]


@pytest.mark.parametrize(
    ("expert", "low", "high"), [(Expert.HIGH, 875, 1000), (Expert.LOW, 0, 875)], ids=["high", "low"]
)
def test_training_is_the_workflows_command_line(expert: Expert, low: int, high: int) -> None:
    words = training_words(run_settings(), expert)
    script = words.index(f"{SCRIPTS}/wan_train_network.py")
    expected = WORKFLOW.format(expert=expert.value, name=expert.value.capitalize(), low=low, high=high)
    assert words[script + 1 :] == expected.split()


def test_accelerate_is_told_everything() -> None:
    words = training_words(run_settings(), port=29511)
    script = words.index(f"{SCRIPTS}/wan_train_network.py")
    assert words[:script] == [
        *(PYTHON, "-c", commands.LAUNCH),
        *("--config_file", str(commands.ACCELERATE_CONFIG)),
        *("--num_processes", "1", "--num_machines", "1", "--num_cpu_threads_per_process", "1"),
        *("--mixed_precision", "fp16", "--dynamo_backend", "no", "--gpu_ids", "all"),
        *("--main_process_port", "29511"),
    ]
    assert commands.ACCELERATE_CONFIG.is_file()


def test_accelerate_gets_the_precision_of_the_script() -> None:
    words = training_words(run_settings(training={"mixed_precision": "bf16"}))
    assert [words[at + 1] for at, word in enumerate(words) if word == "--mixed_precision"] == ["bf16", "bf16"]


def test_cache_scripts_are_the_workflows() -> None:
    settings = run_settings()
    latents = MusubiTrainer().latents_command(settings, None, skip_existing=False)
    text = MusubiTrainer().text_command(settings, None, skip_existing=True)
    script = f"{SCRIPTS}/wan_cache_latents.py"
    assert latents.argv == (
        *(PYTHON, script, "--dataset_config", "/d/dataset.toml", "--vae", "/m/wan_2.1_vae.safetensors"),
    )
    assert text.argv == (
        *(PYTHON, f"{SCRIPTS}/wan_cache_text_encoder_outputs.py", "--dataset_config", "/d/dataset.toml"),
        *("--t5", "/m/models_t5_umt5-xxl-enc-bf16.pth", "--skip_existing"),
    )


def test_i2v_has_its_own_weights_boundary_and_latents() -> None:
    settings = run_settings(task=Task.I2V)
    high, low = training_words(settings), training_words(settings, Expert.LOW)
    assert flag(high, "task") == ["i2v-A14B"]
    assert flag(high, "dit") == ["/m/wan2.2_i2v_high_noise_14B_fp16.safetensors"]
    assert (flag(high, "min_timestep"), flag(high, "max_timestep")) == (["900"], ["1000"])
    assert (flag(low, "min_timestep"), flag(low, "max_timestep")) == (["0"], ["900"])
    assert "--i2v" in MusubiTrainer().latents_command(settings, None, skip_existing=False).argv
    assert "--i2v" not in MusubiTrainer().latents_command(run_settings(), None, skip_existing=False).argv


def test_user_flags_replace_the_workflows() -> None:
    settings = run_settings(
        training={
            "learning_rate": 1e-05,
            "network_dim": 32,
            "fp8_base": False,
            "fp8_scaled": True,
            "optimizer_args": ["weight_decay=0.01", "betas=0.9,0.99"],
        },
        training_high={"seed": 7},
        training_low={"seed": 8},
    )
    words = training_words(settings)
    assert flag(words, "learning_rate") == ["1e-05"]
    assert flag(words, "network_dim") == ["32"]
    assert flag(words, "fp8_base") is None
    assert flag(words, "fp8_scaled") == []
    assert flag(words, "optimizer_args") == ["weight_decay=0.01", "betas=0.9,0.99"]
    assert flag(words, "seed") == ["7"]
    assert flag(training_words(settings, Expert.LOW), "seed") == ["8"]
    assert len([word for word in words if word == "--learning_rate"]) == 1


def test_caching_flags_reach_their_script_only() -> None:
    settings = run_settings(caching_latents={"vae_cache_cpu": True}, caching_text={"batch_size": 8})
    latents = list(MusubiTrainer().latents_command(settings, None, skip_existing=False).argv)
    text = list(MusubiTrainer().text_command(settings, None, skip_existing=False).argv)
    assert (flag(latents, "vae_cache_cpu"), flag(latents, "batch_size")) == ([], None)
    assert (flag(text, "vae_cache_cpu"), flag(text, "batch_size")) == (None, ["8"])


@pytest.mark.parametrize("attention", ["flash_attn", "flash3", "sage_attn", "xformers"])
def test_another_attention_replaces_sdpa(attention: str) -> None:
    words = training_words(run_settings(training_high={attention: True}))
    assert flag(words, attention) == []
    assert flag(words, "sdpa") is None
    assert (flag(words, "split_attn") == []) == (attention == "xformers")
    assert flag(training_words(run_settings(training_high={attention: True}), Expert.LOW), "sdpa") == []


def test_xformers_without_splitting_when_asked() -> None:
    words = training_words(run_settings(training={"xformers": True, "split_attn": False}))
    assert flag(words, "split_attn") is None


@pytest.mark.parametrize(("memory_gib", "swaps"), [(24, True), (31.8, True), (33, False), (80, False)])
def test_small_gpus_swap_blocks(memory_gib: float, swaps: bool) -> None:
    words = training_words(run_settings(), gpu=gpu(memory_gib))
    assert flag(words, "blocks_to_swap") == (["10"] if swaps else None)


def test_block_swap_is_the_users_to_decide() -> None:
    small = gpu(24)
    assert flag(training_words(run_settings(training={"blocks_to_swap": 20}), gpu=small), "blocks_to_swap") == ["20"]
    assert flag(training_words(run_settings(training={"blocks_to_swap": False}), gpu=small), "blocks_to_swap") is None
    assert flag(training_words(run_settings()), "blocks_to_swap") is None


def test_an_attempt_writes_event_files_of_its_own() -> None:
    def words(settings: RunSettings, events: Path | None = Path("/r/low.events")) -> list[str]:
        place = AttemptPlace("7.low", 1, Path("/r/low.saved.json"), Path("/r/run.json"), "", events=events)
        task = attempt_task(settings, Expert.LOW, place, StartPoint())
        return list(MusubiTrainer().training_command(settings, Expert.LOW, None, None, task).argv)

    mine = words(run_settings())
    assert flag(mine, "logging_dir") == ["/r/low.events"]
    assert flag(mine, "log_with") == ["tensorboard"]
    assert flag(mine, "log_prefix") == ["WAN2.2-LowNoise_MyLoRA_"]
    assert flag(words(run_settings(), None), "logging_dir") is None
    theirs = words(run_settings(training={"logging_dir": "/theirs"}))
    assert (flag(theirs, "logging_dir"), flag(theirs, "log_with")) == (["/theirs"], None)
    wandb = words(run_settings(training={"log_with": "wandb"}))
    assert (flag(wandb, "logging_dir"), flag(wandb, "log_with")) == (None, ["wandb"])


def test_relative_paths_are_relative_to_the_configuration() -> None:
    settings = run_settings(
        training={"network_weights": "old/a.safetensors", "base_weights": ["b.safetensors", "/abs/c.safetensors"]}
    )
    words = training_words(settings)
    assert flag(words, "network_weights") == ["/w/old/a.safetensors"]
    assert flag(words, "base_weights") == ["/w/b.safetensors", "/abs/c.safetensors"]


def test_values_that_look_like_flags_are_tied_to_theirs() -> None:
    words = training_words(run_settings(author="-me", training={"mode_scale": -1e-05}))
    assert "--metadata_author=-me" in words
    assert "--mode_scale=-1e-05" in words


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    command = MusubiTrainer().training_command(
        run_settings(trainer_env={"HF_HOME": "/hf", "PYTHONUTF8": "0"}), Expert.HIGH, gpu(80, index=3), None
    )
    assert command.cwd == Path("/d")
    assert command.env == {
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUTF8": "0",
        "HF_HOME": "/hf",
        "PYTHONPATH": os.pathsep.join(["/t/musubi-tuner/src", "/mine"]),
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "3",
    }


def test_a_configured_python_path_comes_behind_the_trainers_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    command = MusubiTrainer().latents_command(
        run_settings(trainer_env={"PYTHONPATH": "/shim"}), None, skip_existing=False
    )
    assert command.env["PYTHONPATH"] == os.pathsep.join(["/t/musubi-tuner/src", "/shim"])
    assert "CUDA_VISIBLE_DEVICES" not in command.env


def test_a_slice_of_a_gpu_is_named_by_its_uuid() -> None:
    slice_ = Gpu(9, "MIG-11111111-aaaa", "NVIDIA A100 MIG 1g.5gb")
    command = MusubiTrainer().training_command(run_settings(), Expert.HIGH, slice_, None)
    assert command.env["CUDA_VISIBLE_DEVICES"] == "MIG-11111111-aaaa"


def test_the_lease_wins_over_a_configured_gpu() -> None:
    settings = run_settings(trainer_env={"CUDA_VISIBLE_DEVICES": "7"})
    assigned: TrainerCommand = MusubiTrainer().text_command(settings, gpu(80, index=1), skip_existing=False)
    assert assigned.env["CUDA_VISIBLE_DEVICES"] == "1"


def test_another_launcher_gets_the_same_flags() -> None:
    launcher = commands.Launcher(latents=("lat",), text=("txt",), train=("trn",))
    settings = run_settings()
    mine = commands.training_command(settings, launcher, Expert.HIGH, None)
    theirs = MusubiTrainer().training_command(settings, Expert.HIGH, None, None)
    assert mine.argv[0] == "trn"
    assert mine.argv[1:] == theirs.argv[theirs.argv.index("--task") :]
    assert "PYTHONPATH" not in mine.env


def test_weights_that_are_not_named() -> None:
    with pytest.raises(TrainerError, match="vae"):
        MusubiTrainer().latents_command(run_settings(models={}), None, skip_existing=False)


def test_catalogue() -> None:
    assert isinstance(trainer("musubi"), MusubiTrainer)
    with pytest.raises(TrainerError, match=r"musubi, rehearsal"):
        trainer("diffusers")
