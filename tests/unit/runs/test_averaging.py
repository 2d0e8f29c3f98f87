"""Averages of checkpoints: by epoch and by the right arithmetic, checked before, and never over anything."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from typing import TYPE_CHECKING

import pytest

from tests.trainer.settings import run_settings
from tests.unit.finished_run import finished_run, lora
from wantui.cli.parser import run as cli
from wantui.errors import BadInputError, ConflictError
from wantui.jobs import trust
from wantui.jobs.hook import Decision
from wantui.jobs.model import Job, JobError, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.averaging.main import average
from wantui.runs.averaging.order import AverageOrder
from wantui.runs.errors import PlanError
from wantui.runs.hooks.averaging import answer
from wantui.runs.probing.averages import Averages
from wantui.runs.probing.checkpoints import averages_of
from wantui.services.averaging import Averaging
from wantui.services.checkpoints import Checkpoints
from wantui.services.probing import Probing
from wantui.trainer.averages import LEAST_SIGMA, MOST_SIGMA, AverageTask, Decay
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert, TrainerError
from wantui.trainer.rehearsal.lora_post_hoc_ema import main as script
from wantui.trainer.rehearsal.tensors import load, tensor

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.jobs.hook import HookResult
    from wantui.paths import Workspace

EPOCHS = (10, 20, 30, 40)
ALPHA = "lora_unet_blocks_0_self_attn_q.alpha"
TENSOR = "lora_unet_blocks_0_self_attn_q.lora_up.weight"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = finished_run(tmp_path / "w", dtype="F32", epochs=EPOCHS, trainer_kind="rehearsal")
    trust.approve(RunStore(made).get(1))
    return made


def checkpoint(workspace: Workspace, epoch: int, expert: str = "High") -> Path:
    return workspace.root / f"output/WAN2.2-{expert}Noise_toy-{epoch:06d}.safetensors"


def queued(workspace: Workspace, order: AverageOrder) -> int:
    """The run that the supervisor would have made of an order."""
    store = RunStore(workspace)
    number = store.create_folder()
    spec = JobSpec(JobKind.EMA, ("true",), workspace.root, {})
    job = Job(f"{number}.ema", number, spec, JobState.QUEUED, 1.0)
    store.write(Run(number, RunKind.EMA, 1.0, order.to_document(), (job,)))
    return number


def hook(workspace: Workspace, number: int, question: str = "prepare", exit_code: int = 0) -> HookResult:
    folder = workspace.runs / str(number)
    return answer(Namespace(run_folder=folder, question=question, job="ema", exit_code=exit_code))


def test_the_order_is_that_of_the_epochs_whatever_the_times(workspace: Workspace) -> None:
    for seconds, epoch in enumerate((30, 10, 40, 20)):
        os.utime(checkpoint(workspace, epoch), (1000 + seconds, 1000 + seconds))
    order = Averaging(workspace).plan(1, expert=Expert.HIGH, beta=0.75)
    average(workspace, queued(workspace, order))
    (wanted,) = order.wanted
    assert wanted.target.name == "WAN2.2-HighNoise_toy-ema-10-40-beta0.75.safetensors"
    files = [load(checkpoint(workspace, epoch))[0] for epoch in EPOCHS]
    made, metadata = load(wanted.target)
    assert made.keys() == files[0].keys()
    for name, each in made.items():
        mean = files[0][name].numbers()
        for file in files[1:]:
            mean = mean * 0.75 + file[name].numbers() * 0.25
        assert each.dtype == "F32"
        assert each.numbers() == pytest.approx(mean, abs=1e-7)
    assert metadata["sshs_model_hash"] != load(checkpoint(workspace, 40))[1]["sshs_model_hash"]
    assert not [path for path in wanted.target.parent.iterdir() if path.name.startswith(".")]


def test_the_rehearsal_sorts_by_time_unless_told_not_to(workspace: Workspace, tmp_path: Path) -> None:
    paths = [checkpoint(workspace, epoch) for epoch in (10, 20)]
    os.utime(paths[0], (2000, 2000))
    os.utime(paths[1], (1000, 1000))
    for name, options in (("sorted", ()), ("given", ("--no_sort",))):
        script([*map(str, paths), *options, "--beta", "0.9", "--output_file", str(tmp_path / name)])
    by_time, given = (load(tmp_path / name)[0][TENSOR].numbers() for name in ("sorted", "given"))
    one, other = (load(path)[0][TENSOR].numbers() for path in paths)
    assert given == pytest.approx(one * 0.9 + other * 0.1, abs=1e-7)
    assert by_time == pytest.approx(other * 0.9 + one * 0.1, abs=1e-7)


@pytest.mark.parametrize("decay", [Decay(0.9), Decay(None, 0.2), Decay(None, LEAST_SIGMA), Decay(None, MOST_SIGMA)])
def test_the_weights_are_one_together(decay: Decay) -> None:
    weights = decay.weights(5)
    assert len(weights) == 5
    assert sum(weights) == pytest.approx(1)
    assert all(weight >= 0 for weight in weights)
    assert weights[0] == (0 if decay.sigma_rel else pytest.approx(0.9**4))


def test_sigma_is_the_root_of_the_trainers_equation() -> None:
    gamma = 8.0  # solves it for 1 / sigma² = (gamma³ + 7 gamma² + 16 gamma + 12) / (gamma + 1)
    sigma = ((gamma**3 + 7 * gamma**2 + 16 * gamma + 12) / (gamma + 1)) ** -0.5
    assert Decay(None, sigma).betas(3) == pytest.approx((0, 0.5**9))


@pytest.mark.parametrize(
    ("beta", "sigma", "says"),
    [
        (0.9, 0.2, "give one of them"),
        (1.0, None, "beta 1: it lies between 0 and 1"),
        (float("nan"), None, "beta nan"),
        (None, 0.3, "no solution beyond"),
        (None, 0.0, "sigma 0: it lies between"),
    ],
)
def test_what_the_trainer_cannot_reckon_with_is_refused(beta: float | None, sigma: float | None, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        Decay.of(beta, sigma)


def test_which_checkpoints_are_meant(workspace: Workspace) -> None:
    service = Averaging(workspace)
    both = service.plan(1)
    assert [(each.average.expert, each.average.epochs) for each in both.wanted] == [("high", EPOCHS), ("low", EPOCHS)]
    assert both.wanted[1].target.name == "WAN2.2-LowNoise_toy-ema-10-40.safetensors"
    assert str(both.wanted[1].average) == "EMA 10–40"  # noqa: RUF001  a range
    assert AverageOrder.from_document(both.to_document()) == both
    (some,) = service.plan(1, expert=Expert.LOW, first=15, last=35, beta=0.5).wanted
    assert some.average.epochs == (20, 30)
    (newest,) = service.plan(1, expert=Expert.LOW, newest=3).wanted
    assert newest.average.epochs == (20, 30, 40)
    with pytest.raises(PlanError, match=r"2 of its checkpoints are meant, .* by sigma 0\.2 takes 3"):
        service.plan(1, newest=2)
    with pytest.raises(JobError, match="9"):
        service.plan(9)


def test_a_file_that_is_not_as_it_should_be_is_named(workspace: Workspace) -> None:
    service = Averaging(workspace)
    number = queued(workspace, service.plan(1))
    odd = checkpoint(workspace, 20)
    before = odd.read_bytes()
    os.utime(odd, (5, 5))
    found = hook(workspace, number)
    assert found.decision is Decision.FAIL
    assert f"{odd}: has changed since its average was asked for" in (found.reason or "")
    odd.unlink()
    assert f"{odd}: is not there any more" in (hook(workspace, number).reason or "")
    odd.write_bytes(before[:-1])
    with pytest.raises(PlanError, match=f"{odd}: 1 bytes of it are missing"):
        service.plan(1)
    lora(odd, "F32", more={TENSOR: tensor([0.0] * 32, (16, 2), "F32")})
    with pytest.raises(PlanError, match=rf"{odd}: .*lora_up.weight is 16×2, but 16×4 in .*-000010"):  # noqa: RUF001
        service.plan(1)
    lora(odd, "F32", more={"lora_unet_blocks_9_ffn_0.alpha": load(checkpoint(workspace, 10))[0][ALPHA]})
    with pytest.raises(PlanError, match=f"{odd}: it has the tensor lora_unet_blocks_9_ffn_0.alpha, unlike"):
        service.plan(1)


def test_nothing_is_made_twice_and_nothing_overwritten(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Averaging(workspace)
    order = service.plan(1, expert=Expert.LOW)
    number = queued(workspace, order)
    left = order.wanted[0].temporary(number)
    left.write_bytes(b"of an attempt that was killed")
    assert hook(workspace, number).decision is Decision.GO
    assert not left.exists()
    average(workspace, number)
    before = order.wanted[0].target.read_bytes()
    assert service.begin(order) is None
    assert hook(workspace, number).decision is Decision.SKIP
    assert cli(["--workspace", str(workspace.root), "ema", "1", "--expert", "low"]) == 0
    assert "exists already; nothing was started" in capsys.readouterr().out
    checkpoint(workspace, 20, "Low").unlink()
    with pytest.raises(ConflictError, match="exists already, of epochs 10, 20, 30, 40"):
        service.begin(service.plan(1, expert=Expert.LOW))
    assert order.wanted[0].target.read_bytes() == before
    foreign = service.plan(1, expert=Expert.HIGH).wanted[0].target
    foreign.write_bytes(b"mine")
    with pytest.raises(ConflictError, match=f"{foreign} exists already, and was not made by this run"):
        service.begin(service.plan(1, expert=Expert.HIGH))
    assert foreign.read_bytes() == b"mine"


def test_one_that_fails_leaves_nothing(workspace: Workspace) -> None:
    odd = checkpoint(workspace, 20)
    lora(odd, "F32", more={ALPHA: tensor(8.0, (), "F32")})
    order = Averaging(workspace).plan(1, expert=Expert.HIGH)
    number = queued(workspace, order)
    with pytest.raises(TrainerError, match="ended with exit code 1"):
        average(workspace, number)
    assert not order.wanted[0].target.exists()
    assert Averages(workspace, 1).existing() == ()
    assert hook(workspace, number, "verify", 1).decision is Decision.FAIL


def test_an_average_is_listed_and_asked_and_is_no_epoch(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    order = Averaging(workspace).plan(1, expert=Expert.HIGH)
    average(workspace, queued(workspace, order))
    (view,) = Probing(workspace).averages(1)
    assert (view.expert, view.name, view.epochs) == ("high", "ema-10-40", EPOCHS)
    assert view.size == order.wanted[0].target.stat().st_size
    (asked,) = averages_of(workspace, RunStore(workspace).get(1))
    assert (asked.expert, asked.epoch, asked.average) == ("high", 40, "ema-10-40")
    words = ["--workspace", str(workspace.root), "checkpoints", "1"]
    assert cli(words) == 0
    assert "EMA 10–40" in capsys.readouterr().out  # noqa: RUF001  a range
    assert cli([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["epoch"] for each in told] == [*EPOCHS, *EPOCHS, None]
    assert told[-1]["average"] == {"name": "ema-10-40", "epochs": [*EPOCHS], "beta": None, "sigma_rel": 0.2}
    assert cli([*words, "--prune"]) == 0
    assert order.wanted[0].target.is_file()
    assert [each.epoch for each in Checkpoints(workspace).candidates(1)] == [40, 40]
    order.wanted[0].target.unlink()
    assert Probing(workspace).averages(1) == ()


def test_a_dry_run_says_how_much_each_counts(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--workspace", str(workspace.root), "ema", "1", "--expert", "high", "--dry-run"]
    assert cli([*words, "--epochs", "10..30", "--beta", "0.5"]) == 0
    said = capsys.readouterr().out
    assert [line.split()[1:] for line in said.splitlines() if line.startswith("  epoch")] == [
        ["10", "25.0", "%"],
        ["20", "25.0", "%"],
        ["30", "50.0", "%"],
    ]
    assert cli([*words, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["averages"]
    assert told["weights"][0] == 0
    with pytest.raises(SystemExit):
        cli([*words, "--epochs", "30..10"])
    assert "such as 10..40" in capsys.readouterr().err


def test_a_checkout_without_the_script_is_told(workspace: Workspace, tmp_path: Path) -> None:
    task = AverageTask((checkpoint(workspace, 10),), Decay(0.9), tmp_path / "x")
    with pytest.raises(TrainerError, match=r"lora_post_hoc_ema\.py: this checkout of the trainer has no such script"):
        trainer("musubi").average_command(run_settings(), task)


def test_an_average_is_inspected_and_released(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    order = Averaging(workspace).plan(1, expert=Expert.HIGH, beta=0.9)
    average(workspace, queued(workspace, order))
    words = ["--workspace", str(workspace.root)]
    assert cli([*words, "checkpoints", "1", "--inspect", "ema-10-40-beta0.9"]) == 0
    assert "high, ema-10-40-beta0.9: " in capsys.readouterr().out
    assert cli([*words, "checkpoints", "1", "--inspect", "ema-1-2"]) == 2
    assert "no ema-1-2; there are 10, 20, 30, 40, ema-10-40-beta0.9" in capsys.readouterr().err
    assert cli([*words, "release", "1", "--high", "ema-10-40-beta0.9", "--json"]) == 0
    high, low = json.loads(capsys.readouterr().out)["files"]
    assert (high["epoch"], high["average"], high["from"]) == (None, "ema-10-40-beta0.9", str(order.wanted[0].target))
    assert (low["epoch"], low["average"], low["why"]) == (40, None, "the last; no held-out loss is known")
    copy = load(workspace.root / "releases/toy" / high["name"])
    assert copy[1]["wantui.epoch"] == "ema-10-40-beta0.9"
    made = load(order.wanted[0].target)[0]
    assert copy[0][TENSOR].numbers() == pytest.approx(made[TENSOR].numbers(), rel=2**-11)
    assert cli([*words, "release", "1", "--low", "ema-10-40-beta0.9", "--name", "other"]) == 2
    assert "low has no ema-10-40-beta0.9; there are 10, 20, 30, 40" in capsys.readouterr().err
