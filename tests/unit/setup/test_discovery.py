"""What a box has already is found, judged and used; what somebody else needs is left alone."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from wantui import config as configuration
from wantui.doctor.environment import KNOWN_COMMITS
from wantui.doctor.partial_installs import PROMPT, is_ours
from wantui.gpus.driver import Driver
from wantui.gpus.model import Gpu
from wantui.paths import Workspace
from wantui.setup import compatibility
from wantui.setup.commands import SetupError
from wantui.setup.discovery import Adoption, adopt, look_around
from wantui.setup.environments import environment_commands
from wantui.setup.plan import plan_setup
from wantui.trainer.musubi.checkout import SCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

TESTED = next(start for start, name in KNOWN_COMMITS.items() if name == "v0.3.4").ljust(40, "0")
FACTS: dict[str, Any] = {"python": "3.12.3", "torch": "2.8.0+cu128", "missing": ["xformers"], "cuda": "12.8"}


@dataclass
class Box:
    """A box in a folder."""

    root: Path
    """Stands for ``/``."""
    home: Path
    environment: dict[str, str]

    @property
    def file(self) -> Path:
        return self.root / "data" / "wantui.toml"

    def config(self) -> configuration.Config:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        return configuration.load(Workspace(self.file.parent))

    def toml(self, text: str) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text)

    def checkout(self, path: str, commit: str | None = TESTED, version: str = "0.3.4") -> Path:
        root = self.root / path
        (root / "src" / "musubi_tuner").mkdir(parents=True)
        for name in SCRIPTS.values():
            (root / "src" / "musubi_tuner" / name).write_text("")
        asked = ["einops==0.7.0", "opencv-python==4.10.0.84", "torchish>=1"]
        (root / "pyproject.toml").write_text(
            f'[project]\nname = "m"\nversion = "{version}"\ndependencies = {json.dumps(asked)}\n'
        )
        if commit is not None:
            (root / ".git").mkdir()
            (root / ".git" / "HEAD").write_text(f"{commit}\n")
        return root

    def python(self, path: str, **facts: Any) -> Path:
        """An interpreter that tells facts."""
        file = self.root / path / "bin" / "python"
        file.parent.mkdir(parents=True)
        file.write_text(f"#!/bin/sh\necho '{json.dumps(FACTS | facts)}'\n")
        file.chmod(0o755)
        return file

    def look(self) -> Adoption:
        return look_around(self.config(), self.environment)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    """A machine with a GPU's driver, and nothing else."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(compatibility, "read_driver", lambda: Driver("570.26", (12, 8)))
    monkeypatch.setattr(compatibility, "_readings", tuple)
    return Box(tmp_path / "root", tmp_path / "home", {"WANTUI_BOX_ROOT": str(tmp_path / "root")})


def test_an_empty_box_has_nothing_to_adopt(box: Box) -> None:
    found = box.look()
    assert (found.says, found.values) == ((), {})


def test_a_checkout_elsewhere_is_used_and_named_in_the_configuration(box: Box) -> None:
    root = box.checkout("workspace/musubi-tuner")
    box.toml('# my night\n[run]\nsuffix = "cats"  # of Anna\n')
    found = box.look()
    assert found.says == (f"found musubi-tuner v0.3.4 ({TESTED[:10]}) at {root}; uses it",)
    assert found.config.trainer.root == root
    assert found.config.trainer.python == root / "venv" / "bin" / "python"
    assert found.config.models.vae.is_relative_to(root), "weights that lie in its folders are found there"
    assert box.file.read_text() == '# my night\n[run]\nsuffix = "cats"  # of Anna\n', "looking changes nothing"
    assert adopt(found).trainer.root == root
    text = box.file.read_text()
    assert text.startswith('# my night\n[run]\nsuffix = "cats"  # of Anna\n')
    assert box.config().trainer.root == root
    assert box.look().values == {}


@pytest.mark.parametrize(
    ("commit", "version", "name"),
    [
        ("d0a193061a23a51c90664282205d753605a641c1", "0.1.0", "d0a193061a (the workflow's commit)"),
        ("f" * 40, "0.2.9", "0.2.9 (ffffffffff), older than what wantui is tested with"),
        ("f" * 40, "0.4.0", "0.4.0 (ffffffffff), newer than what wantui is tested with"),
        ("f" * 40, "0.3.4", "0.3.4 (ffffffffff), not quite what wantui is tested with"),
        (None, "0.2.9", "0.2.9 (commit unknown), older than what wantui is tested with"),
    ],
)
def test_the_version_is_told(box: Box, commit: str | None, version: str, name: str) -> None:
    root = box.checkout("opt/musubi-tuner", commit, version)
    assert box.look().says == (f"found musubi-tuner {name} at {root}; uses it",)


def test_a_folder_without_the_scripts_is_no_checkout(box: Box) -> None:
    (box.root / "workspace" / "musubi-tuner" / "src").mkdir(parents=True)
    assert box.look().values == {}


def test_a_checkout_at_home_and_one_of_the_volume_are_found(box: Box) -> None:
    box.environment["WORKSPACE"] = str(box.root / "volume")
    at_home = box.checkout("../home/musubi-tuner")
    assert box.look().values["root"].endswith("home/musubi-tuner")
    on_volume = box.checkout("volume/musubi-tuner")
    assert box.look().values == {"root": str(on_volume)}
    assert at_home.resolve() != on_volume.resolve()


def test_a_root_of_the_persons_own_is_made_rather_than_replaced(box: Box) -> None:
    box.checkout("workspace/musubi-tuner")
    box.toml('[trainer]\nroot = "fast-disk/musubi"\n')
    assert box.look().values == {}


def test_a_root_that_holds_something_else_is_replaced_and_its_comment_stays(box: Box) -> None:
    root = box.checkout("workspace/musubi-tuner")
    box.toml('[trainer]\nroot = "thesis"  # a slip\nkind = "musubi"\n')
    (box.file.parent / "thesis").mkdir()
    (box.file.parent / "thesis" / "one.txt").write_text("years of work")
    found = box.look()
    assert "instead of" in found.says[0]
    adopt(found)
    assert box.file.read_text() == f'[trainer]\nroot = "{root}"  # a slip\nkind = "musubi"\n'


def test_a_checkout_that_a_killed_setup_has_begun_is_gone_on_with(box: Box) -> None:
    box.checkout("workspace/musubi-tuner")
    begun = box.file.parent / "musubi-tuner" / ".git" / "config"
    begun.parent.mkdir(parents=True)
    begun.write_text("[wantui]\n\tcommit = v0.3.4\n")
    assert box.look().values == {}


def test_a_commit_of_the_persons_own_is_not_given_up(box: Box) -> None:
    box.checkout("workspace/musubi-tuner", "f" * 40)
    box.toml('[setup]\ncommit = "eeee"\n')
    assert box.look().values == {}
    box.toml('[setup]\ncommit = "ffff"\n')
    assert "root" in box.look().values


def test_a_commit_may_be_named_by_its_tag(box: Box) -> None:
    box.checkout("workspace/musubi-tuner")
    box.toml('[setup]\ncommit = "v0.3.4"\n')
    assert "root" in box.look().values


def test_the_environments_of_a_checkout_are_known(box: Box) -> None:
    root = box.checkout("workspace/musubi-tuner")
    python = box.python("workspace/musubi-tuner/.venv")
    found = box.look()
    assert found.values == {"root": str(root), "python": str(python)}
    assert found.says[1] == f"found Python 3.12.3 with torch 2.8.0+cu128 at {root / '.venv'}; uses it"
    box.python("workspace/musubi-tuner/venv")
    assert box.look().values == {"root": str(root)}, "venv is where the configuration looks by itself"


def test_an_environment_of_the_image_gets_only_what_it_lacks_and_keeps_its_torch(box: Box) -> None:
    root = box.checkout("workspace/musubi-tuner")
    python = box.python("venv/main", missing=["einops", "cv2", "six", "xformers", "tensorboard"])
    found = box.look()
    assert found.says[1].endswith("uses it, and adds einops, cv2, tensorboard")
    (command,) = environment_commands(found.config)
    at = command.argv.index(str(python))
    wanted = ("einops==0.7.0", "opencv-python==4.10.0.84", "tensorboard", "torch==2.8.0+cu128")
    assert command.argv[at + 1 :] == wanted
    assert not (root / "venv").exists()


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"cuda": None}, "torch 2.8.0+cu128 is built for the CPU"),
        ({"python": "3.13.1"}, "Python 3.13.1, and the trainer takes 3.10 to 3.12"),
        ({"torch": None}, "it has no torch"),
        ({"missing": ["torchvision"]}, "it has no torchvision"),
        ({"torch": "2.4.1+cu124"}, "torch 2.4.1+cu124, and the trainer needs 2.5.1 or newer"),
        ({"trouble": "torch cannot be imported: x"}, "torch cannot be imported: x"),
        ({"architectures": ["sm_80", "sm_90"]}, "compute capability 12.0"),
    ],
)
def test_an_environment_that_does_not_fit_is_left_alone(
    box: Box, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], why: str
) -> None:
    blackwell = Gpu(0, "GPU-0", "RTX 5090", compute_capability=(12, 0))
    monkeypatch.setattr(compatibility, "_readings", lambda: (blackwell,))
    box.python("venv/main", **facts)
    found = box.look()
    assert why in found.says[0]
    assert found.says[0].endswith("leaves it alone")
    assert found.values == {}
    first = environment_commands(found.config)[0]
    assert first.argv[-1] == str(box.file.parent / "musubi-tuner" / "venv")


def test_an_interpreter_of_the_persons_own_stays_unless_its_torch_does_not_fit(box: Box) -> None:
    python = box.python("venv/mine")
    box.toml(f'[trainer]\npython = "{python}"  # mine\n')
    assert box.look().values == {}
    box.python("venv/cpu", cuda=None)
    box.toml(f'[trainer]\npython = "{box.root}/venv/cpu/bin/python"  # mine\n')
    found = box.look()
    assert found.values == {"python": str(box.file.parent / "musubi-tuner" / "venv" / "bin" / "python")}
    assert "leaves it alone, and makes an environment at" in found.says[0]
    with pytest.raises(SetupError, match="others may use that environment"):
        plan_setup(box.config(), "t2v")


def test_an_interpreter_of_the_persons_own_that_is_empty_or_not_there_is_filled(box: Box) -> None:
    box.python("venv/empty", torch=None)
    for name in ("empty", "nowhere"):
        box.toml(f'[trainer]\npython = "{box.root}/venv/{name}/bin/python"\n')
        assert box.look().values == {}


def test_wantuis_own_environment_and_the_systems_are_none(box: Box) -> None:
    box.environment["VIRTUAL_ENV"] = sys.prefix
    box.python("opt/conda")
    (box.root / "opt" / "conda" / "lib" / "python3.12").mkdir(parents=True)
    (box.root / "opt" / "conda" / "lib" / "python3.12" / "EXTERNALLY-MANAGED").write_text("")
    assert box.look().says == ()


def test_the_rehearsal_trainer_needs_nothing(box: Box) -> None:
    box.checkout("workspace/musubi-tuner")
    box.toml('[trainer]\nkind = "rehearsal"\n')
    assert box.look().values == {}


def test_an_environment_that_a_setup_has_made_is_told_from_others(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    assert not is_ours(tmp_path / "bin" / "python")
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\nprompt = {PROMPT}\n")
    assert is_ours(tmp_path / "bin" / "python")
