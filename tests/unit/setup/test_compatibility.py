"""A torch that does not run on this machine is told by the doctor, and fixed by the setup that the doctor names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui import config as configuration
from wantui.doctor.devices import cuda
from wantui.doctor.environment import TrainerFacts
from wantui.doctor.model import Mark
from wantui.gpus.driver import Driver
from wantui.gpus.model import Gpu
from wantui.paths import Workspace
from wantui.setup import compatibility, environments
from wantui.setup.environments import environment_commands

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config import Config

BLACKWELL = Gpu(0, "GPU-0", "RTX 5090", memory_total_mib=32607, compute_capability=(12, 0))
DRIVER = Driver("570.124.06", (12, 8))
FITS = TrainerFacts(python="3.11.7", torch="2.7.1+cu128", torch_cuda="12.8", architectures=["sm_90", "sm_120"])
UNFIT = {
    "built for the CPU": TrainerFacts(python="3.11.7", torch="2.7.1+cpu", architectures=[]),
    "without code for the GPU": TrainerFacts(
        python="3.11.7", torch="2.7.1+cu124", torch_cuda="12.4", architectures=["sm_80", "sm_90"]
    ),
    "newer than the driver": TrainerFacts(
        python="3.11.7", torch="2.9.1+cu130", torch_cuda="13.0", architectures=["sm_120"]
    ),
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A box with a Blackwell card, and an interpreter below the checkout."""
    monkeypatch.setattr(compatibility, "read_driver", lambda: DRIVER)
    monkeypatch.setattr(compatibility, "_readings", lambda: (BLACKWELL,))
    loaded = configuration.load(Workspace(tmp_path))
    loaded.trainer.python.parent.mkdir(parents=True)
    loaded.trainer.python.touch(mode=0o755)
    return loaded


@pytest.mark.parametrize("why", UNFIT)
def test_an_unfit_torch_is_installed_anew_as_the_doctor_says(
    config: Config, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    facts = UNFIT[why]
    told = cuda(DRIVER, [BLACKWELL], facts)
    assert told.mark is Mark.BAD
    assert told.cure == "run `wantui setup`: it installs torch for cu128"
    assert compatibility.lacks(facts, config)
    monkeypatch.setattr(environments, "ask_trainer", lambda *_: facts)
    install, _ = environment_commands(config)
    words = " ".join(install.argv)
    assert "--torch-backend cu128" in words
    assert "--reinstall-package torch --reinstall-package torchvision" in words


def test_a_torch_that_fits_stays(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not compatibility.lacks(FITS, config)
    monkeypatch.setattr(environments, "ask_trainer", lambda *_: FITS)
    assert not any("--torch-backend" in command.argv for command in environment_commands(config))


def test_without_a_driver_any_torch_will_do(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compatibility, "read_driver", lambda: None)
    assert not compatibility.lacks(UNFIT["built for the CPU"], config)
