"""``wantui.toml``: defaults, values, and everything that can be wrong with it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from textwrap import dedent

import pytest

from wantui.config import Config, ConfigError, effective, load
from wantui.config.load import parse
from wantui.paths import Workspace


@pytest.fixture(autouse=True)
def _all_gpus_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def load_text(folder: Path, text: str) -> Config:
    (folder / "wantui.toml").write_text(dedent(text), encoding="utf-8")
    return load(Workspace(folder))


def complaints(folder: Path, text: str) -> list[str]:
    """What is said about a file, without the file's own name."""
    with pytest.raises(ConfigError) as caught:
        load_text(folder, text)
    prefix = f"{folder / 'wantui.toml'}:"
    return [line.removeprefix(prefix) for line in str(caught.value).splitlines()]


def test_without_a_file_everything_is_default(tmp_path: Path) -> None:
    config = load(Workspace(tmp_path))
    root = tmp_path / "musubi-tuner"
    assert config.file == tmp_path / "wantui.toml"
    assert (config.trainer.kind, config.trainer.root, config.trainer.env) == ("musubi", root, {})
    assert config.trainer.python == root / "venv/bin/python"
    assert config.models.t5 == root / "models/text_encoders/models_t5_umt5-xxl-enc-bf16.pth"
    assert config.models.vae == root / "models/vae/split_files/vae/wan_2.1_vae.safetensors"
    weights = root / "models/diffusion_models/split_files/diffusion_models"
    assert config.models.t2v_high == weights / "wan2.2_t2v_high_noise_14B_fp16.safetensors"
    assert config.models.i2v_low == weights / "wan2.2_i2v_low_noise_14B_fp16.safetensors"
    assert config.run.dataset == tmp_path / "dataset/dataset.toml"
    assert (config.run.suffix, config.run.author) == ("mylora", "authorName")
    assert (config.run.task, config.run.experts) == ("t2v", "both")
    assert (config.run.epochs, config.run.save_every) == (100, 20)
    assert config.run.output_directory == tmp_path / "output"
    assert config.training.flags == config.training.high == config.training.low == {}
    assert config.caching.flags == config.caching.latents == config.caching.text == {}
    assert (config.gpus.provider, config.gpus.use) == ("auto", None)
    assert (config.gpus.free_below_mib, config.gpus.simulated) == (2048, 2)
    assert (config.watch.enabled, config.watch.polling, config.watch.quiet_s) == (True, False, 10.0)
    assert set(config.sources.values()) == {"default"}


def test_an_empty_file_is_like_none(tmp_path: Path) -> None:
    assert load_text(tmp_path, "") == load_text(tmp_path, "# nothing\n") == load(Workspace(tmp_path))


COMMAND_WANTED = 'words, one with {media}, such as ["python", "caption.py", "{media}"]'
SECTIONS = (
    "trainer, models, run, gpus, watch, captions, probe, sample, release, after, notify, setup, machine, machines, "
    "machines.slurm, screen, training, caching, keys"
)
CONTRACT = """\
[trainer]
kind = "rehearsal"
root = "checkout"
python = "/usr/bin/python3"
env = { HF_HOME = "/data/hf" }
[models]
t5 = "models/t5.pth"
vae = "models/vae.safetensors"
t2v_high = "models/t2v_high.safetensors"
t2v_low = "models/t2v_low.safetensors"
i2v_high = "models/i2v_high.safetensors"
i2v_low = "~/i2v_low.safetensors"
endpoint = "https://hub.example/"
search = ["/data/models", "more"]
[run]
dataset = "data/dataset.toml"
suffix = "cat ü"
author = "me"
task = "i2v"
experts = "low"
epochs = 7
save_every = 2
keep_states = 3
retries = 5
output_directory = "../out"
memory = "auto"
[training]
learning_rate = 3e-4
sdpa = true
xformers = false
optimizer_args = ["weight_decay=0.1", "eps=1e-8"]
[training.high]
network_dim = 32
[training.low]
[caching]
num_workers = 2
[caching.latents]
vae_cache_cpu = true
[caching.text]
fp8_t5 = true
[gpus]
provider = "simulated"
use = [1, 0]
free_below_mib = 0
simulated = 3
[watch]
enabled = false
polling = true
quiet_s = 3

[captions]
command = ["python", "caption.py", "{media}"]
tool = "qwen-vl"
model = "models/qwen.safetensors"
prompt = "Describe it."
fp8 = true
gpu = false
limit_s = 60
[notify]
urls = ["json://localhost/x"]
urls_file = "addresses.txt"
on = ["failed"]
[setup]
repository = "/mirror/musubi-tuner"
commit = "d0a193061a23a51c90664282205d753605a641c1"
python = "3.11"
torch = "cu124"
xformers = true
[machine]
price_per_hour = 0.79
[screen]
preview = "sixel"
bell = false
curves = "picture"
theme = "light"
[keys]
"dataset.edit" = "i"
dataset.filter = ""
stop = "X,f9"
[machines]
engine = "slurm"
[machines.slurm]
partition = "gpu"
account = "lab"
time = "8:00:00"
gpu = "a100"
gpu_memory = "80G"
memory = "64G"
exclude = ["n3"]
options = ["--qos=high"]
[probe]
after_run = true
draws = 8
[sample]
prompts = "asked/prompts.txt"
after_run = true
[release]
folder = "out"
comfyui_loras = "/data/loras"
[after]
command = ["vastai", "stop", "instance"]
"""


def test_every_key_of_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/of/somebody")
    config = load_text(tmp_path, CONTRACT)
    assert config.trainer.kind == "rehearsal"
    assert config.trainer.root == tmp_path / "checkout"
    assert config.trainer.python == Path("/usr/bin/python3")
    assert config.trainer.env == {"HF_HOME": "/data/hf"}
    assert config.models.t5 == tmp_path / "models/t5.pth"
    assert config.models.i2v_low == Path("/home/of/somebody/i2v_low.safetensors")
    assert config.models.endpoint == "https://hub.example"
    assert config.models.search == (Path("/data/models"), tmp_path / "more")
    assert config.run.suffix == "cat ü"
    assert (config.run.task, config.run.experts, config.run.epochs, config.run.save_every) == ("i2v", "low", 7, 2)
    assert config.run.output_directory == tmp_path / "../out"
    assert config.training.flags == {
        "learning_rate": 3e-4,
        "sdpa": True,
        "xformers": False,
        "optimizer_args": ("weight_decay=0.1", "eps=1e-8"),
    }
    assert (config.training.high, config.training.low) == ({"network_dim": 32}, {})
    assert config.caching.flags == {"num_workers": 2}
    assert (config.caching.latents, config.caching.text) == ({"vae_cache_cpu": True}, {"fp8_t5": True})
    assert (config.gpus.provider, config.gpus.use) == ("simulated", (1, 0))
    assert (config.gpus.free_below_mib, config.gpus.simulated) == (0, 3)
    assert config.watch.polling
    assert (config.screen.preview, config.screen.bell, config.screen.curves) == ("sixel", False, "picture")
    assert config.screen.theme == "light"
    assert {each.command: each.keys for each in config.keys} == {
        "dataset.edit": "i",
        "dataset.filter": "",
        "stop": "X,f9",
    }
    assert config.machine.price_per_hour == 0.79
    assert not config.watch.enabled
    assert (config.watch.quiet_s, type(config.watch.quiet_s)) == (3.0, float)
    assert (config.setup.repository, config.setup.python) == ("/mirror/musubi-tuner", "3.11")
    assert (config.setup.torch, config.setup.xformers) == ("cu124", True)
    assert config.captions.command == ("python", "caption.py", "{media}")
    assert (config.captions.tool, config.captions.model) == ("qwen-vl", tmp_path / "models/qwen.safetensors")
    assert (config.captions.gpu, config.captions.fp8, config.captions.limit_s) == (False, True, 60.0)
    assert (config.probe.after_run, config.probe.draws) == (True, 8)
    assert (config.sample.prompts, config.sample.after_run) == (tmp_path / "asked/prompts.txt", True)
    assert (config.release.folder, config.release.comfyui_loras) == (tmp_path / "out", Path("/data/loras"))
    assert config.after.command == ("vastai", "stop", "instance")


def test_each_value_of_the_file_knows_its_line(tmp_path: Path) -> None:
    values = effective(load_text(tmp_path, CONTRACT))
    assert len({value.key for value in values}) == len(values)
    for value in values:
        name, _, line = value.source.partition(":")
        assert name == "wantui.toml"
        assert value.key.rpartition(".")[2] in CONTRACT.splitlines()[int(line) - 1]


def test_keys_that_are_no_text_or_given_twice_are_refused(tmp_path: Path) -> None:
    text = '[keys]\nstop = 3\n"pane.log" = "5"\npane.log = "6"\nhelp = ["h"]\n'
    with pytest.raises(ConfigError) as refused:
        load_text(tmp_path, text)
    said = str(refused.value).splitlines()
    assert [line.split(": ")[0].rpartition(":")[2] for line in said] == ["2", "4", "5"]
    assert 'keys.stop = 3 is not allowed; allowed: keys in quotes, such as "i" or "ctrl+e,f3"; "" for none' in said[0]
    assert "pane.log has keys already, in line 3" in said[1]


def test_the_defaults_below_the_root_follow_it(tmp_path: Path) -> None:
    config = load_text(tmp_path, '[trainer]\nroot = "/opt/trainer"\n[models]\nvae = "vae.safetensors"\n')
    assert config.trainer.python == Path("/opt/trainer/venv/bin/python")
    assert config.models.t2v_low.is_relative_to("/opt/trainer/models")
    assert config.models.vae == tmp_path / "vae.safetensors"
    assert config.sources["models.vae"] == "wantui.toml:4"
    assert config.sources["models.t5"] == "default"
    assert config.models.by_key()["vae"] == config.models.vae
    assert list(config.models.by_key()) == [
        each.name for each in fields(config.models) if each.name not in {"endpoint", "search"}
    ]


def test_the_environment_is_named_where_it_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert load(Workspace(tmp_path)).sources["gpus.use"] == "environment (CUDA_VISIBLE_DEVICES=1,0)"
    assert load_text(tmp_path, "[gpus]\nuse = [0]\n").sources["gpus.use"] == "wantui.toml:2"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[run]\n\nepoch = 5", "3: unknown key run.epoch; did you mean run.epochs?"),
        ("[run]\nSave-Every = 5", "2: unknown key run.Save-Every; did you mean run.save_every?"),
        ("[gpu]\nuse = [0]", "1: unknown section [gpu]; did you mean gpus?"),
        ("epochs = 5", "1: unknown key epochs; epochs belongs into [run]"),
        ("[run]\nquiet_s = 1", "2: unknown key run.quiet_s; quiet_s belongs into [watch]"),
        (
            "[captions]\ncommand = []",
            f"2: captions.command = [] is not allowed; allowed: {COMMAND_WANTED}",
        ),
        ("[watch]\nzzz = 1", "2: unknown key watch.zzz; known are watch.enabled, watch.polling, watch.quiet_s"),
        (
            "zzz = 1",
            f"1: unknown key zzz; known are {SECTIONS}",
        ),
        ("run = 5", "1: run is a section: write [run] above its keys"),
        ("\n[[run]]\nepochs = 5", "2: run is a section: write [run] above its keys"),
        ("[run]\ntask = 't3v'", '2: run.task = "t3v" is not allowed; allowed: "t2v" or "i2v"'),
        (
            "[screen]\ncurves = 'png'",
            '2: screen.curves = "png" is not allowed; allowed: "braille" or "picture"',
        ),
        ("run.epochs = 0", "1: run.epochs = 0 is not allowed; allowed: a whole number, 1 or more"),
        ("[run]\nepochs = true", "2: run.epochs = true is not allowed; allowed: a whole number, 1 or more"),
        ("[run]\nepochs = 1.5", "2: run.epochs = 1.5 is not allowed; allowed: a whole number, 1 or more"),
        ("[gpus]\nsimulated = 65", "2: gpus.simulated = 65 is not allowed; allowed: a whole number, from 0 to 64"),
        ("[watch]\nenabled = 1", "2: watch.enabled = 1 is not allowed; allowed: true or false"),
        ("[run]\nauthor = 5", '2: run.author = 5 is not allowed; allowed: text in quotes, such as "like this"'),
        ("[run]\ndataset = ''", '2: run.dataset = "" is not allowed; allowed: a path in quotes'),
        ("[run]\ndataset = { a = 1 }", "2: run.dataset = a table is not allowed; allowed: a path in quotes"),
        ("[training]\nhigh = 3", "2: training.high is a section: write [training.high] above its keys"),
        ("[training.hihg]\na = 3", "1: unknown section [training.hihg]; did you mean training.high?"),
        ("[caching.latent]", "1: unknown section [caching.latent]; did you mean caching.latents?"),
        ("[training]\n'--sdpa' = true", "2: training.--sdpa: write the flag without its dashes: sdpa"),
        (
            "[training.low]\n'a b' = true",
            '2: training.low.a b: "a b" is no name of a flag: use letters, digits and underscores',
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    assert complaints(tmp_path, text) == [complaint]


@pytest.mark.parametrize(
    "line",
    [
        "gpus.use = []",
        "gpus.use = [0, 0]",
        "gpus.use = [-1]",
        "gpus.use = [true]",
        'gpus.use = "0"',
        "gpus.free_below_mib = -1",
        'models.endpoint = "huggingface.co"',
        'models.endpoint = "https://me:secret@huggingface.co"',
        'models.search = "/data"',
        "models.search = [1]",
        "watch.quiet_s = nan",
        "watch.quiet_s = inf",
        "watch.quiet_s = -0.5",
        f"watch.quiet_s = 1{'0' * 400}",
        'run.suffix = ""',
        'run.suffix = "a/b"',
        'run.suffix = "a\\nb"',
        f'run.suffix = "{"ü" * 101}"',
        'run.author = "\\u0000"',
        'run.dataset = "~no_such_user_here/x"',
        "trainer.env = { A = 1 }",
        'trainer.env = { "A=B" = "x" }',
        "training.date = 2020-01-01",
        "training.nested = [[1]]",
        "caching.text.table = [{}]",
    ],
)
def test_values_that_are_not_allowed(tmp_path: Path, line: str) -> None:
    (complaint,) = complaints(tmp_path, f"# first\n{line}\n")
    key = line.partition(" =")[0]
    assert complaint.startswith(f"2: {key} = ")
    assert "is not allowed; allowed: " in complaint
    assert len(complaint) < 250


def test_all_problems_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    said = complaints(tmp_path, "[watch]\nzzz = 1\n[run]\nepochs = 0\ntask = 1\n[nothing]\n[gpus]\nuse = 1\n")
    assert [int(line.partition(":")[0]) for line in said] == [2, 4, 5, 6, 8]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"[run]\nepochs = = 3\n", 2, "is not valid TOML"),
        (b"[run]\r\nepochs = 3\r\nepochs = 4\r\n", 3, "is not valid TOML"),
        (b"[run]\nauthor = '''never closed\n\n", 3, "is not valid TOML"),
        (b"[run]\nauthor = [", 2, "is not valid TOML"),
        (b"[run]\n# \xff\n", 2, "is not UTF-8"),
        (b"epochs = " + b"9" * 5000, None, "is not valid TOML"),
        (b"a = " + b"[" * 100_000, None, "is nested too deeply"),
    ],
)
def test_broken_toml_names_the_line(tmp_path: Path, data: bytes, line: int | None, words: str) -> None:
    (tmp_path / "wantui.toml").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(Workspace(tmp_path))
    (problem,) = caught.value.problems
    assert problem.line == line
    assert words in problem.message
    assert str(tmp_path / "wantui.toml") in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "wantui.toml").write_bytes(b"\xef\xbb\xbf[run]\r\nepochs = 3\r\n")
    config = load(Workspace(tmp_path))
    assert config.run.epochs == 3
    assert config.sources["run.epochs"] == "wantui.toml:2"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "wantui.toml").mkdir()
    with pytest.raises(ConfigError, match=r"wantui\.toml: is a folder, not a file"):
        load(Workspace(tmp_path))


def test_loading_needs_no_other_package() -> None:
    check = (
        "import sys, wantui.config; print([m for m in ('tomlkit', 'pynvml', 'textual', 'PIL') if m in sys.modules])"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", check], env=env, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "wantui.toml")
    with pytest.raises(ConfigError, match="is a FIFO"):
        load(Workspace(tmp_path))


def test_the_old_name_of_how_memory_is_spent_is_still_read(tmp_path: Path) -> None:
    file = tmp_path / "wantui.toml"
    found = parse(file, '[run]\npreset = "swap10"\n')
    assert found.run.memory == "swap10"
    assert found.sources["run.memory"] == "wantui.toml:2"
    with pytest.raises(ConfigError, match=r"wantui.toml:3: run.preset is the old name of memory; remove it"):
        parse(file, '[run]\nmemory = "auto"\npreset = "swap10"\n')
    with pytest.raises(ConfigError, match=r"run\.preset = .x. is not allowed"):
        parse(file, '[run]\npreset = "x"\n')


def test_a_cluster_is_read_with_where_it_is_from(tmp_path: Path) -> None:
    config = load_text(
        tmp_path,
        """
        [machines]
        engine = "slurm"
        [machines.slurm]
        partition = "gpu"
        time = 90
        exclude = ["n[3-5]"]
        options = ["--qos=high"]
        """,
    )
    assert (config.machines.engine, config.machines.slurm.partition) == ("slurm", "gpu")
    assert (config.machines.slurm.time, config.machines.slurm.exclude) == ("90", ("n[3-5]",))
    assert config.machines.slurm.options == ("--qos=high",)
    assert (config.sources["machines.slurm.partition"], config.sources["machines.slurm.gpu"]) == (
        "wantui.toml:5",
        "default",
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[machines]\nengine = "k8s"', 'machines.engine = "k8s" is not allowed; allowed: "local" or "slurm"'),
        ("[machines]\nslurm = 1", "machines.slurm is a section: write [machines.slurm] above its keys"),
        (
            '[machines.slurm]\npartitoin = "gpu"',
            "unknown key machines.slurm.partitoin; did you mean machines.slurm.part",
        ),
        ('[machines.slurm]\noptions = ["--output=x"]', "allowed: any option but --output, which wantui sets itself"),
        ('[machines.slurm]\ntime = "soon"', 'machines.slurm.time = "soon" is not allowed; allowed: a time limit'),
        (
            '[machines.slurm]\npartition = "--uid=0"',
            'machines.slurm.partition = "--uid=0" is not allowed; allowed: a name',
        ),
        (
            '[machines.slurm]\ngpu_memory = "80"',
            'machines.slurm.gpu_memory = "80" is not allowed; allowed: an amount',
        ),
    ],
)
def test_what_is_wrong_with_a_cluster_is_told_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    (told,) = complaints(tmp_path, text)
    assert told.startswith("2: ")
    assert complaint in told
