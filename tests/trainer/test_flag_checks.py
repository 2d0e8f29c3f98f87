"""Values that argparse takes and the training script refuses once everything is loaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainer.settings import MODELS, run_settings
from wantui.dataset.model import Problem, Severity
from wantui.trainer.model import Expert
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.checkout import SCRIPTS
from wantui.trainer.musubi.flags import flag_problems

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
class NetworkTrainer:
    def get_dummy_scheduler(optimizer): ...
    def get_lr_scheduler(self, args, optimizer):
        if name.startswith("adafactor"): ...
        if name == DiffusersSchedulerType.PIECEWISE_CONSTANT.value: ...
        if name == SchedulerType.CONSTANT: ...
        if name == SchedulerType.CONSTANT_WITH_WARMUP: ...
        if name == SchedulerType.COSINE_WITH_RESTARTS: ...
        if name == SchedulerType.POLYNOMIAL: ...
        if name == SchedulerType.COSINE_WITH_MIN_LR: ...
        if name == SchedulerType.LINEAR or name == SchedulerType.COSINE: ...
    def train(self, args):
        if args.sage_attn:
            raise ValueError("no")
        if args.dim_from_weights:
            weights_sd = load_file(args.dim_from_weights)
"""
LATER = SCRIPT.replace("get_dummy_scheduler(", "get_dummy_scheduler(self, ").replace(
    "    def train", '        if name.lower() == "rex": ...\n    def train'
)
DTYPES = 'def str_to_dtype(s):\n    if s in ["bf16", "bfloat16"]: ...\n'


def class_of(name: str, arguments: str) -> str:
    return f"class {name}:\n    def __init__(self, {arguments}): ...\n"


CLASSES = {
    "torch/__init__.py": "",
    "torch/optim/__init__.py": "from .adamw import AdamW\nfrom .sgd import SGD\nfrom . import lr_scheduler\n",
    "torch/optim/adamw.py": class_of("AdamW", "params, lr=1, betas=(0.9, 0.9), weight_decay=0, *, amsgrad=False"),
    "torch/optim/sgd.py": class_of("SGD", "params, lr=1, momentum=0, weight_decay=0"),
    "torch/optim/lr_scheduler.py": class_of("StepLR", "optimizer, step_size, gamma=0.1"),
    "prodigyopt/__init__.py": "from .prodigy import Prodigy\n",
    "prodigyopt/prodigy.py": class_of("Prodigy", "params, lr=1, weight_decay=0, decouple=True, d_coef=1"),
    "transformers/__init__.py": "",
    "transformers/optimization.py": class_of("Adafactor", "params, lr=None, weight_decay=0, relative_step=True"),
    "schedulefree/__init__.py": class_of("AdamWScheduleFree", "params, lr=1, weight_decay=0"),
    "lycoris/__init__.py": "",
    "lycoris/kohya.py": "def create_network(multiplier, network_dim, **kwargs): ...\n",
}
NETWORKS = {
    "lora.py": "def create_arch_network(**kwargs): kwargs.get('rank_dropout'); kwargs.get('exclude_patterns')\n",
    "lora_wan.py": "TARGETS = ['WanAttentionBlock']\ndef create_arch_network(**kwargs): ...\n",
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def checkout(folder: Path, script: str = SCRIPT) -> None:
    """A trainer and its environment, as far as flags are looked up in them."""
    source = folder / "trainer" / "src" / "musubi_tuner"
    write(source, {SCRIPTS["train"]: script, "utils/model_utils.py": DTYPES})
    write(source / "networks", NETWORKS)
    write(folder / "venv", {"pyvenv.cfg": "include-system-site-packages = false\n", "bin/python": ""})
    write(folder / "venv" / "lib" / "python3.11" / "site-packages", CLASSES)


def problems(folder: Path, **changes: Any) -> list[Problem]:
    return flag_problems(
        run_settings(
            trainer_root=folder / "trainer",
            trainer_python=folder / "venv" / "bin" / "python",
            trainer_env={"PYTHONPATH": ""},
            models=MODELS,
            experts=(Expert.HIGH,),
            base_directory=folder,
            **changes,
        )
    )


GOOD = [
    {},
    {"optimizer_type": "AdamW", "optimizer_args": ["weight_decay=0.01", "betas=(0.9,0.99)"]},
    {"optimizer_type": "adamw", "optimizer_args": ["betas=0.9,0.999"]},
    {"optimizer_type": "AdaFactor", "lr_scheduler": "cosine"},
    {"optimizer_type": "adafactor", "optimizer_args": ["relative_step=False"], "lr_scheduler": "adafactor:1e-4"},
    {"optimizer_type": "SGD"},
    {"optimizer_type": "torch.optim.AdamW"},
    {"optimizer_type": "prodigyopt.Prodigy", "optimizer_args": ["decouple=True", "d_coef=0.5"], "learning_rate": 1},
    {"lr_scheduler": "constant"},
    {"lr_scheduler": "constant", "lr_warmup_steps": 0},
    {"lr_scheduler": "constant_with_warmup", "lr_warmup_steps": 100},
    {"lr_scheduler": "cosine_with_restarts", "lr_scheduler_num_cycles": 3},
    {"lr_scheduler": "cosine_with_min_lr", "lr_scheduler_min_lr_ratio": 0.1},
    {"lr_scheduler": "piecewise_constant", "lr_scheduler_args": ["step_rules='1:10,0.1'"]},
    {"lr_scheduler_type": "StepLR", "lr_scheduler_args": ["step_size=10"]},
    {"network_module": "musubi_tuner.networks.lora_wan", "network_args": ["rank_dropout=0.1"]},
    {"network_args": ["exclude_patterns=['.*ffn.*']"]},
    {"network_module": "lycoris.kohya", "network_args": ["algo=lokr", "factor=8"]},
    {"persistent_data_loader_workers": True},
    {"persistent_data_loader_workers": True, "max_data_loader_n_workers": 2},
    {"vae_dtype": "bfloat16", "dynamo_backend": "INDUCTOR"},
    {"resume": "user/repository/folder", "resume_from_huggingface": True},
]


@pytest.mark.parametrize("flags", GOOD)
def test_published_commands_are_taken(tmp_path: Path, flags: dict[str, Any]) -> None:
    """Each of these, where its package was there, ran with the real script."""
    checkout(tmp_path)
    assert problems(tmp_path, training=flags) == []


BAD: list[tuple[dict[str, Any], str, str, str]] = [
    ({"optimizer_type": "Prodigy"}, "optimizer_type", "optimizer-unknown", "write prodigyopt.Prodigy"),
    ({"optimizer_type": "sgd"}, "optimizer_type", "optimizer-unknown", "write SGD"),
    ({"optimizer_type": False}, "optimizer_type", "optimizer-unknown", 'optimizer_type = "adamw"'),
    ({"optimizer_type": "adamw8bit"}, "optimizer_type", "package-missing", "install bitsandbytes"),
    ({"optimizer_type": "lion_pytorch.Lion"}, "optimizer_type", "package-missing", "install lion_pytorch"),
    ({"optimizer_type": "prodigyopt.prodigy.Prodigi"}, "optimizer_type", "module-missing", "Prodigy"),
    (
        {"optimizer_type": "schedulefree.AdamWScheduleFree"},
        "optimizer_type",
        "optimizer-unknown",
        "update the trainer",
    ),
    ({"optimizer_args": "weight_decay=0.01 betas=0.9,0.999"}, "optimizer_args", "bad-flag-value", "give a list"),
    ({"optimizer_args": ["weight_decay"]}, "optimizer_args", "bad-flag-value", "weight_decay=VALUE"),
    ({"optimizer_args": ["betas=(0.9, 0.99"]}, "optimizer_args", "bad-flag-value", "give a Python value"),
    ({"optimizer_args": ["amsgrad=true"]}, "optimizer_args", "bad-flag-value", "amsgrad=True"),
    ({"optimizer_args": ["wd=0.1"]}, "optimizer_args", "bad-flag-value", "remove it"),
    ({"optimizer_args": ["lr=1e-4"]}, "optimizer_args", "bad-flag-value", "set learning_rate"),
    ({"lr_scheduler": "cosin"}, "lr_scheduler", "scheduler-refused", "write cosine"),
    ({"lr_scheduler": "rex"}, "lr_scheduler", "scheduler-refused", "write one of"),
    ({"lr_scheduler": "adafactor"}, "lr_scheduler", "scheduler-refused", "optimizer_type"),
    ({"lr_scheduler": "constant", "lr_warmup_steps": 50}, "lr_warmup_steps", "scheduler-refused", "remove it"),
    ({"lr_scheduler": "constant", "lr_warmup_steps": "5%"}, "lr_warmup_steps", "scheduler-refused", "remove it"),
    (
        {"lr_scheduler": "cosine_with_min_lr", "lr_scheduler_min_lr_ratio": False},
        "lr_scheduler",
        "scheduler-refused",
        "lr_scheduler_min_lr_ratio",
    ),
    ({"lr_scheduler_type": "StepLR"}, "lr_scheduler_args", "bad-flag-value", "step_size=VALUE"),
    ({"network_module": "networks.lora"}, "network_module", "module-wrong", "networks.lora_wan"),
    ({"network_module": "networks.loha"}, "network_module", "module-missing", "networks.lora_wan"),
    ({"network_module": "dreambooth.lora"}, "network_module", "package-missing", "install dreambooth"),
    ({"network_args": ["rank_dropout"]}, "network_args", "bad-flag-value", "rank_dropout=VALUE"),
    ({"network_args": ["rank_dropout=low"]}, "network_args", "bad-flag-value", "a number"),
    ({"network_args": ["exclude_patterns=.*"]}, "network_args", "bad-flag-value", "list of regular expressions"),
    ({"network_args": ["rank_droput=0.1"]}, "network_args", "network-arg-unused", "correct the name"),
    ({"dim_from_weights": True}, "dim_from_weights", "bad-flag-value", "set network_dim"),
    ({"sage_attn": True}, "sage_attn", "flag-refused", "sdpa is used then"),
    ({"flash_attn": True}, "flash_attn", "package-missing", "install flash-attn"),
    ({"log_with": "wandb"}, "log_with", "package-missing", "install wandb"),
    ({"log_with": "tensorboard"}, "log_with", "no-logging-folder", "logging_dir"),
    ({"vae_dtype": "bf"}, "vae_dtype", "bad-flag-value", "bfloat16"),
    ({"dynamo_backend": "inductor"}, "dynamo_backend", "bad-flag-value", "INDUCTOR"),
    ({"learning_rate": 0}, "learning_rate", "bad-flag-value", "above 0"),
    ({"save_every_n_steps": 0}, "save_every_n_steps", "bad-flag-value", "1 or more"),
    ({"min_timestep": 1000}, "min_timestep", "bad-flag-value", "smaller"),
    (
        {"persistent_data_loader_workers": True, "max_data_loader_n_workers": 0},
        "persistent_data_loader_workers",
        "no-workers",
        "max_data_loader_n_workers = 1",
    ),
    ({"resume": "output"}, "resume", "path-missing", "NAME-000004-state"),
    ({"resume": "."}, "resume", "path-wrong", "save_state"),
    ({"network_weights": "gone.safetensors"}, "network_weights", "path-missing", "correct network_weights"),
    ({"base_weights": ["gone.safetensors"]}, "base_weights", "path-missing", "correct base_weights"),
    ({"sample_prompts": "prompts.txt"}, "sample_prompts", "path-missing", "correct sample_prompts"),
    ({"sample_prompts": "venv/bin/python"}, "sample_prompts", "path-wrong", ".txt file"),
    ({"sample_prompts": "venv"}, "sample_prompts", "path-wrong", "correct sample_prompts"),
    ({"config_file": "conf"}, "config_file", "path-missing", "correct config_file"),
]


@pytest.mark.parametrize(("flags", "flag", "code", "fix"), BAD)
def test_what_the_script_refuses(tmp_path: Path, flags: dict[str, Any], flag: str, code: str, fix: str) -> None:
    checkout(tmp_path)
    (found,) = problems(tmp_path, training=flags, flag_places={f"training.{flag}": "wantui.toml:7"})
    assert (found.code, found.line) == (code, 7)
    assert found.message.startswith(f"{flag} in [training] ")
    assert fix in found.fix


def test_the_place_is_that_of_the_expert(tmp_path: Path) -> None:
    checkout(tmp_path)
    places = {"training.lr_scheduler": "wantui.toml:3", "training.high.lr_scheduler": "presets/a.toml:2"}
    (found,) = problems(tmp_path, training_high={"lr_scheduler": "cosin"}, flag_places=places)
    assert (found.path, found.line) == (tmp_path / "presets/a.toml", 2)


def test_a_later_commit_knows_more(tmp_path: Path) -> None:
    checkout(tmp_path, LATER)
    flags = {"optimizer_type": "schedulefree.AdamWScheduleFree", "lr_scheduler": "whatever"}
    assert problems(tmp_path, training=flags) == []
    assert problems(tmp_path, training={"lr_scheduler": "REX"}) == []


def test_a_commit_that_trains_with_sage_attention(tmp_path: Path) -> None:
    checkout(tmp_path, SCRIPT.replace("sage_attn", "other_attn"))
    assert problems(tmp_path, training={"sage_attn": True}) == []


def test_sage_attention_is_not_recommended(tmp_path: Path) -> None:
    checkout(tmp_path)
    (found,) = problems(tmp_path, training={"sdpa": False})
    assert "sage_attn" not in found.fix


def test_packages_that_cannot_be_seen_are_a_warning(tmp_path: Path) -> None:
    checkout(tmp_path)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("include-system-site-packages = true\n")
    (found,) = problems(tmp_path, training={"optimizer_type": "bitsandbytes.optim.AdamW8bit"})
    assert (found.code, found.severity) == ("package-unchecked", Severity.WARNING)
    assert "cannot be read" in found.message


def test_a_state_inside_the_folder_is_offered(tmp_path: Path) -> None:
    checkout(tmp_path)
    write(tmp_path, {f"output/a-000004-state/{name}": "" for name in ("optimizer.bin", "scheduler.bin")})
    (found,) = problems(tmp_path, training={"resume": "output"})
    assert "a-000004-state" in found.fix
    assert problems(tmp_path, training={"resume": "output/a-000004-state"}) == []


@pytest.mark.parametrize(
    ("name", "dim", "code"),
    [
        ("lora_unet_a.lora_down.weight", 16, None),
        ("lora_unet_a.lora_down.weight", 8, "network-rank"),
        ("diffusion_model.a.weight", 16, "network-format"),
    ],
)
def test_a_lora_to_begin_with(tmp_path: Path, name: str, dim: int, code: str | None) -> None:
    checkout(tmp_path)
    header = json.dumps({name: {"dtype": "F16", "shape": [16, 1], "data_offsets": [0, 32]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(32))
    found = problems(tmp_path, training={"network_weights": "a.safetensors", "network_dim": dim})
    assert [each.code for each in found] == ([] if code is None else [code])


def test_a_state_on_the_hub_keeps_its_name(tmp_path: Path) -> None:
    words = commands.arguments({"resume": "user/repo/state", "resume_from_huggingface": True}, tmp_path)
    assert words == ("--resume", "user/repo/state", "--resume_from_huggingface")


VALUES = st.one_of(
    st.text(max_size=30), st.lists(st.text(max_size=30), max_size=3), st.integers(), st.floats(), st.booleans()
)
FLAGS = (
    *(
        "optimizer_type",
        "optimizer_args",
        "lr_scheduler",
        "lr_scheduler_type",
        "lr_scheduler_args",
        "lr_warmup_steps",
    ),
    *("network_module", "network_args", "network_weights", "resume", "sample_prompts", "config_file", "base_weights"),
    *("blocks_to_swap", "seed", "learning_rate", "network_dim", "vae_dtype", "dynamo_backend"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(FLAGS), VALUES, max_size=4), st.binary(max_size=200))
def test_wild_values_and_sources_do_no_harm(tmp_path: Path, flags: dict[str, Any], source: bytes) -> None:
    if not (tmp_path / "trainer").is_dir():
        checkout(tmp_path)
    (tmp_path / "trainer" / "src" / "musubi_tuner" / "hv_train_network.py").write_bytes(source)
    for found in problems(tmp_path, training=flags):
        assert found.fix


@pytest.mark.parametrize("value", ["/", "..", ".", "a" * 5000, "a\0b", "~nobody-of-that-name/x", "a..b"])
@pytest.mark.parametrize("flag", FLAGS)
def test_odd_names(tmp_path: Path, flag: str, value: str) -> None:
    checkout(tmp_path)
    problems(tmp_path, training={flag: value})
