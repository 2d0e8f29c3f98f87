"""What is found before anything starts."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.trainer.conftest import LATENTS_FLAGS, TENSOR, Ready, codes, script, weights
from wantui.caches.header import CorruptError, read_header
from wantui.dataset.model import Problem, Severity
from wantui.trainer.model import Task
from wantui.trainer.musubi.checkout import SCRIPTS
from wantui.trainer.musubi.flag_source import known_flags
from wantui.trainer.musubi.flags import config_file
from wantui.trainer.musubi.preflight import problems
from wantui.trainer.musubi.writable import output_problems

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_wrong(ready: Ready, tmp_path: Path) -> None:
    assert problems(ready()) == []
    assert not (tmp_path / "output").exists()


def test_a_problem_says_where_and_what_to_do(ready: Ready, tmp_path: Path) -> None:
    (missing,) = problems(ready(trainer_python=tmp_path / "nowhere" / "python"))
    assert missing.severity is Severity.ERROR
    assert missing.code == "python-missing"
    assert missing.path == tmp_path / "nowhere" / "python"
    assert "python in [trainer]" in missing.fix


def test_no_checkout(ready: Ready, tmp_path: Path) -> None:
    assert codes(ready(trainer_root=tmp_path / "nowhere")) == ["trainer-missing"]


def test_an_empty_checkout(ready: Ready, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert codes(ready(trainer_root=tmp_path / "empty")) == ["script-missing"] * 3


def test_an_interpreter_that_is_not_executable(ready: Ready) -> None:
    settings = ready()
    settings.trainer_python.chmod(0o644)
    assert codes(settings) == ["python-missing"]


@pytest.mark.parametrize(("system", "expected"), [("false", ["trainer-incomplete"]), ("true", [])])
def test_an_environment_without_accelerate(ready: Ready, system: str, expected: list[str]) -> None:
    settings = ready()
    environment = settings.trainer_python.parent.parent
    (environment / "pyvenv.cfg").write_text(f"include-system-site-packages = {system}\n")
    for module in ("torch", "safetensors", "tensorboard"):
        (environment / "lib" / "python3.11" / "site-packages" / module).mkdir(parents=True)
    assert codes(settings) == expected


def test_no_tensorboard_is_a_warning(ready: Ready) -> None:
    settings = ready()
    environment = settings.trainer_python.parent.parent
    (environment / "pyvenv.cfg").write_text("include-system-site-packages = false\n")
    for module in ("torch", "safetensors", "accelerate"):
        (environment / "lib" / "python3.11" / "site-packages" / module).mkdir(parents=True)
    (warning,) = problems(settings)
    assert (warning.code, warning.severity) == ("tensorboard-missing", Severity.WARNING)


def test_missing_weights_name_the_file_and_the_key(ready: Ready) -> None:
    settings = ready()
    settings.models["t2v_low"].unlink()
    (missing,) = problems(settings)
    assert (missing.code, missing.path) == ("weights-missing", settings.models["t2v_low"])
    assert "t2v_low in [models]" in missing.fix


def test_only_the_weights_of_the_run_count(ready: Ready) -> None:
    settings = ready()
    settings.models["t2v_low"].unlink()
    assert codes(ready(experts=settings.experts[:1])) == []
    assert codes(ready(experts=())) == []
    assert codes(ready(task=Task.I2V)) == ["weights-unset", "weights-unset"]


def test_weights_that_are_not_named(ready: Ready) -> None:
    models = {key: path for key, path in ready().models.items() if key != "vae"}
    (unset,) = problems(ready(models=models))
    assert (unset.code, unset.path.name, unset.fix) == ("weights-unset", "wantui.toml", "set vae in [models]")


def test_weights_cut_short(ready: Ready) -> None:
    settings = ready()
    vae = settings.models["vae"]
    vae.write_bytes(vae.read_bytes()[:-1])
    (damaged,) = problems(settings)
    assert (damaged.code, damaged.path) == ("weights-damaged", vae)
    assert "bytes of it are missing" in damaged.message


def test_weights_of_another_model(ready: Ready) -> None:
    settings = ready()
    weights(settings.models["t2v_high"], tensor="unet.weight")
    assert codes(settings) == ["weights-wrong"]


@pytest.mark.parametrize(
    ("dtype", "asked", "expected"),
    [
        ("F16", "fp16", []),
        ("BF16", "bf16", []),
        ("BF16", "no", []),
        ("F8_E4M3", "fp16", []),
        ("BF16", "fp16", ["weights-precision"]),
        ("F16", "bf16", ["weights-precision"]),
    ],
)
def test_precision(ready: Ready, dtype: str, asked: str, expected: list[str]) -> None:
    settings = ready(training={"mixed_precision": asked}, experts=ready().experts[:1])
    weights(settings.models["t2v_high"], dtype=dtype)
    assert codes(settings) == expected


def test_the_fix_names_the_weights_precision(ready: Ready) -> None:
    settings = ready()
    weights(settings.models["t2v_high"], dtype="BF16", tensor=f"model.diffusion_model.{TENSOR}")
    (problem,) = problems(settings)
    assert problem.fix == 'set mixed_precision = "bf16" in [training]'


def test_fp8_weights_cannot_be_scaled(ready: Ready) -> None:
    settings = ready(training={"fp8_scaled": True}, experts=ready().experts[:1])
    weights(settings.models["t2v_high"], dtype="F8_E4M3")
    assert codes(settings) == ["weights-precision"]


def test_an_output_folder_that_cannot_be_made(ready: Ready, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert codes(ready(output_directory=tmp_path / "file" / "loras")) == ["output-unwritable"]
    assert codes(ready(output_directory=tmp_path / "file")) == ["output-unwritable"]


def test_a_logging_folder_that_cannot_be_made(ready: Ready, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert codes(ready(training={"logging_dir": "file/logs"})) == ["logging-unwritable"]
    assert codes(ready(training={"logging_dir": "logs"})) == []


def test_a_clip_file_that_is_missing(ready: Ready) -> None:
    script_flags = ready().trainer_root / "src" / "musubi_tuner" / SCRIPTS["latents"]
    script(script_flags, [*LATENTS_FLAGS, "clip"])
    assert codes(ready(caching_latents={"clip": "gone.pth"})) == ["path-missing"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_an_output_folder_that_is_read_only(ready: Ready, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    assert codes(ready(output_directory=tmp_path / "locked" / "loras")) == ["output-unwritable"]


def test_writing_is_tried_and_leaves_nothing(ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert codes(ready()) == ["output-unwritable"]
    assert not (tmp_path / "output").exists()


def test_both_experts_are_tried_at_the_same_moment(tmp_path: Path) -> None:
    everybody = threading.Barrier(8)

    def tried(folder: Path) -> list[Problem]:
        everybody.wait(30)
        return list(output_problems(folder))

    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            folder = tmp_path / "output" / str(number) / "loras"
            assert [problem for found in pool.map(tried, [folder] * 8) for problem in found] == []
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_is_a_link_to_nothing(ready: Ready, tmp_path: Path) -> None:
    (tmp_path / "output").symlink_to(tmp_path / "gone")
    assert codes(ready(output_directory=tmp_path / "output")) == ["output-unwritable"]


@pytest.mark.parametrize(
    ("section", "flags", "code", "fix"),
    [
        ("training", {"learning_rat": 1e-4}, "unknown-flag", "write learning_rate"),
        ("training", {"save_precision": "fp16"}, "unknown-flag", ""),
        ("training_low", {"xyzzy": 1}, "unknown-flag", "remove it"),
        ("caching_text", {"vae_cache_cpu": True}, "unknown-flag", "move it to [caching.latents]"),
        ("training", {"max_train_epochs": 3}, "owned-flag", "remove it and set epochs in [run]"),
        ("training", {"max_train_epochs": False, "max_train_steps": 900}, None, ""),
        ("caching_latents", {"i2v": True}, "owned-flag", "remove it and set task in [run]"),
        ("training", {"fp8_scaled": True, "fp8_base": False}, "fp8-scaled-without-base", ""),
        ("training_high", {"fp8_scaled": True}, None, ""),
        ("training", {"blocks_to_swap": 40}, "too-many-blocks", "set blocks_to_swap to 39 or less"),
        ("training", {"blocks_to_swap": "40"}, "too-many-blocks", "set blocks_to_swap to 39 or less"),
        ("training", {"blocks_to_swap": 39}, None, ""),
        ("training", {"sdpa": False}, "no-attention", ""),
        ("training", {"sdpa": True, "xformers": True}, "two-attentions", ""),
        ("training_low", {"flash3": True, "split_attn": True}, "split-attention", ""),
        ("training_low", {"mixed_precision": "fp32"}, "bad-precision", ""),
    ],
)
def test_flags(ready: Ready, section: str, flags: dict[str, Any], code: str | None, fix: str) -> None:
    other = {"weights-precision", "package-unchecked"}  # the environment here has no files that could be read
    found = [each for each in problems(ready(**{section: flags})) if each.code not in other]
    assert [each.code for each in found] == ([] if code is None else [code])
    assert fix in "".join(each.fix for each in found)


@pytest.mark.parametrize(
    ("section", "key", "at", "told"),
    [
        ("training", "training.xyzzy", "wantui.toml:12", ("wantui.toml", 12)),
        ("training_low", "training.low.xyzzy", "presets/slow.toml:3", ("presets/slow.toml", 3)),
        ("caching_text", "caching.text.xyzzy", "wantui.toml:7", ("wantui.toml", 7)),
        ("caching_latents", "caching.xyzzy", "wantui.toml:5", ("wantui.toml", 5)),
        ("training", "training.xyzzy", "--set", ("wantui.toml", None)),
    ],
)
def test_a_flag_is_told_where_it_was_given(
    ready: Ready, section: str, key: str, at: str, told: tuple[str, int | None]
) -> None:
    settings = ready(**{section: {"xyzzy": 1}}, flag_places={key: at, "training.high.xyzzy": "elsewhere.toml:1"})
    (problem,) = problems(settings)
    assert (problem.path, problem.line) == (config_file(settings).parent / told[0], told[1])
    assert ("(from --set)" in problem.message) == (at == "--set")


def test_flags_of_training_do_not_matter_to_a_cache_run(ready: Ready) -> None:
    assert codes(ready(training={"xyzzy": 1}, experts=())) == []


def test_a_source_that_cannot_be_read_as_expected_forbids_nothing(ready: Ready) -> None:
    settings = ready(training={"xyzzy": 1})
    (settings.trainer_root / "src" / "musubi_tuner" / SCRIPTS["train"]).write_text("from elsewhere import parser\n")
    assert codes(settings) == []


def test_flags_are_read_from_source(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "musubi_tuner"
    script(folder / SCRIPTS["train"], ["task"])
    (folder / "hv_train_network.py").write_text(
        "def setup_parser_common():\n"
        '    parser.add_argument("--dataset_config", type=str)\n'
        '    # parser.add_argument("--flow_shift", type=float)\n'
        "def hv_setup_parser(parser):\n"
        '    parser.add_argument("--fp8_llm")\n'
        "def later():\n"
        '    parser.add_argument(\n        "--seed")\n'
    )
    assert known_flags(tmp_path, "train") == {"task", "dataset_config", "seed"}


DEFINITIONS = """\
def setup(parser):
    parser.add_argument("--dataset_config", type=pathlib.Path)
    parser.add_argument("--network_dim", type=int, default=None)
    parser.add_argument("--learning_rate", type=float)
    parser.add_argument("--sdpa", action="store_true")
    parser.add_argument("--save_precision", choices=["fp16", "bf16"])
    parser.add_argument("--optimizer_args", type=str, nargs="*")
    parser.add_argument("--task", choices=list(CONFIGS))
"""


@pytest.mark.parametrize(
    ("flags", "allowed"),
    [
        ({"network_dim": 32, "learning_rate": 3e-4, "sdpa": True, "save_precision": "bf16"}, None),
        ({"network_dim": "32", "learning_rate": "3e-4", "optimizer_args": ["a=1", "b=2"]}, None),
        ({"optimizer_args": "a=1", "sdpa": False, "network_dim": False}, None),
        ({"learning_rate": "abc"}, "give a number"),
        ({"learning_rate": True}, "give a value"),
        ({"network_dim": 16.5}, "give a whole number"),
        ({"network_dim": [16, 32]}, "give one value"),
        ({"sdpa": 1}, "give true or false: it takes no value"),
        ({"save_precision": "fp8"}, "give fp16 or bf16"),
    ],
)
def test_values_that_argparse_refuses_are_refused_before_hours_of_encoding(
    ready: Ready, flags: dict[str, Any], allowed: str | None
) -> None:
    settings = ready(training=flags)
    (settings.trainer_root / "src" / "musubi_tuner" / "hv_train_network.py").write_text(DEFINITIONS)
    found = [each for each in problems(settings) if each.code == "bad-flag-value"]
    assert [each.fix for each in found] == ([] if allowed is None else [allowed])


@pytest.mark.parametrize("data", [b"", b"\x00" * 8, b"\xff" * 40, (10).to_bytes(8, "little") + b"[1, 2, 3] "])
def test_files_that_are_no_safetensors(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    with pytest.raises(CorruptError):
        read_header(path)
