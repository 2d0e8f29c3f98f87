"""A setup that begins with ruins: its own are cleared away, anybody else's are left alone, with a word about them.

With real git and uv, from mirrors in a folder; the steps are carried out in this process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from tests.cli.fresh_box import DISTRIBUTIONS, Mirrors, hub, mirrors
from wantui import config as configuration
from wantui.doctor.environment import ask, interpreter
from wantui.doctor.model import Mark
from wantui.doctor.partial_installs import PROMPT
from wantui.paths import Workspace
from wantui.setup import compatibility
from wantui.setup.checkouts import MARK
from wantui.setup.commands import SetupError
from wantui.setup.discovery import look_around
from wantui.setup.perform import perform
from wantui.setup.plan import plan_setup
from wantui.setup.steps import TRAINER_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wantui.config import Config

__all__ = ["hub", "mirrors"]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
TRAINER, ENVIRONMENT, _ = TRAINER_STEPS


@dataclass
class Box:
    """A box with a checkout and an environment in some state."""

    folder: Path
    toml: str

    @property
    def config(self) -> Config:
        (self.folder / "wantui.toml").write_text(self.toml)
        return configuration.load(Workspace(self.folder))

    @property
    def root(self) -> Path:
        return self.folder / "musubi-tuner"

    @property
    def git(self) -> Path:
        return self.root / ".git"

    @property
    def venv(self) -> Path:
        return self.root / "venv"

    @property
    def packages(self) -> Path:
        return next(self.venv.glob("lib/*/site-packages"))

    def begin_checkout(self) -> None:
        """As a setup does first."""
        _run("git", "init", "-q", str(self.root))
        _run("git", "-C", str(self.root), "config", f"{MARK}.commit", "v0.3.4")

    def clone(self) -> None:
        """As a person does."""
        _run("git", "clone", "-q", str(self.folder.parent / "mirror"), str(self.root))

    def make_venv(self, *, is_full: bool = False, is_ours: bool = False) -> None:
        """As a person does, or a setup."""
        prompt = ("--prompt", PROMPT) if is_ours else ()
        _run(find_uv_bin(), "venv", "-q", *prompt, "--python", sys.executable, str(self.venv))
        if is_full:
            _run(find_uv_bin(), "pip", "install", "-q", "--python", str(self.venv / "bin" / "python"), *DISTRIBUTIONS)

    def break_module(self, name: str, code: str | None) -> None:
        """Put other code into an installed module; None: its files are gone, and it counts as installed."""
        if code is None:
            shutil.rmtree(self.packages / name)
        else:
            (self.packages / name / "__init__.py").write_text(code)

    @property
    def everything(self) -> dict[str, bytes]:
        """Files and links of the workspace, by path, without what interpreters keep for themselves."""
        return dict(self._all())

    def _all(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_symlink():
                yield str(path), os.fsencode(os.readlink(path))  # noqa: PTH115
            elif path.is_file() and path.parent.name != "__pycache__":
                yield str(path), path.read_bytes()


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


@pytest.fixture
def box(mirrors: Mirrors) -> Box:
    folder = mirrors.folder / "box"
    folder.mkdir()
    return Box(folder, mirrors.toml)


def _lock(name: str) -> Callable[[Box], None]:
    """What a git leaves that is killed."""

    def leave(box: Box) -> None:
        box.begin_checkout()
        path = box.git / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    return leave


def _empty_git(box: Box) -> None:
    box.git.mkdir(parents=True)


def _empty_git_config(box: Box) -> None:
    box.begin_checkout()
    (box.git / "config").write_text("")


def _no_objects(box: Box) -> None:
    box.begin_checkout()
    shutil.rmtree(box.git / "objects")


def _deleted_script(box: Box) -> None:
    box.begin_checkout()
    perform(TRAINER, box.config)
    next(box.root.rglob("wan_train_network.py")).unlink()


@pytest.mark.parametrize(
    "ruin",
    [
        *(_lock(f"{name}.lock") for name in ("index", "shallow", "config", "HEAD", "FETCH_HEAD", "refs/tags/v0.3.4")),
        _empty_git,
        _empty_git_config,
        _no_objects,
        _deleted_script,
    ],
)
def test_a_checkout_of_ours_is_gone_on_with_whatever_a_killed_git_has_left(
    box: Box, ruin: Callable[[Box], None]
) -> None:
    ruin(box)
    assert not TRAINER.is_done(box.config)
    perform(TRAINER, box.config)
    assert TRAINER.is_done(box.config)
    assert not list(box.git.rglob("*.lock"))


def test_the_locks_of_a_git_that_is_at_work_stay(box: Box) -> None:
    _lock("index.lock")(box)
    argv = ["git", "-C", str(box.root), "hash-object", "--stdin"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as at_work:
        commands = TRAINER.commands(box.config)
        at_work.kill()
    assert [command.argv[0] for command in commands if command.argv[0] == "rm"] == []
    assert TRAINER.commands(box.config)[0].argv == ("rm", "--", str(box.git / "index.lock"))


def test_locks_in_a_checkout_of_somebody_else_stay(box: Box) -> None:
    box.clone()
    (box.git / "index.lock").touch()
    perform(TRAINER, box.config)
    assert (box.git / "index.lock").exists()


def test_what_fails_again_and_again_has_a_fix(box: Box) -> None:
    box.begin_checkout()
    with (box.git / "config").open("a") as file:
        file.write("[broken")
    with pytest.raises(SetupError, match=f"should it end so again, remove {box.git}"):
        perform(TRAINER, box.config)
    shutil.rmtree(box.git)
    perform(TRAINER, box.config)


def _file(box: Box) -> None:
    box.root.write_text("a file")


def _dangling_link(box: Box) -> None:
    box.root.symlink_to(box.folder / "gone")


def _link_to_itself(box: Box) -> None:
    box.root.symlink_to(box.root)


def _deleted_script_of_theirs(box: Box) -> None:
    box.clone()
    next(box.root.rglob("wan_train_network.py")).unlink()


def _other_repository(box: Box) -> None:
    box.clone()
    shutil.rmtree(box.root / "src")


@pytest.mark.parametrize(
    ("ruin", "told"),
    [
        (_file, "musubi-tuner cannot be looked into (Not a directory)"),
        (_dangling_link, "gone, which is not there"),
        (_link_to_itself, "which is not there"),
        (_deleted_script_of_theirs, "has no wan_train_network.py"),
        (_other_repository, "is no musubi-tuner, and not empty"),
    ],
)
def test_a_root_that_is_something_else_is_left_alone(box: Box, ruin: Callable[[Box], None], told: str) -> None:
    ruin(box)
    config = box.config
    before = box.everything
    look_around(config)
    with pytest.raises(SetupError) as caught:
        plan_setup(config, "t2v")
    assert told in str(caught.value)
    assert "name another root in [trainer], or move it away" in str(caught.value)
    assert box.everything == before


def _begun_venv(box: Box) -> None:
    box.make_venv()
    (box.venv / "pyvenv.cfg").unlink()
    for path in box.packages.iterdir():
        path.unlink()


def _dead_venv(box: Box) -> None:
    box.make_venv(is_full=True)
    (box.venv / "bin" / "python").unlink()
    (box.venv / "bin" / "python").symlink_to("/nowhere/python")


def _mute_python(box: Box) -> None:
    box.make_venv()
    (box.venv / "bin" / "python").unlink()
    (box.venv / "bin" / "python").write_text("#!/bin/sh\nexit 3\n")
    (box.venv / "bin" / "python").chmod(0o755)


def _torch(code: str | None) -> Callable[[Box], None]:
    def ruin(box: Box) -> None:
        box.make_venv(is_full=True)
        box.break_module("torch", code)

    return ruin


def _half_a_package(box: Box) -> None:
    box.make_venv(is_full=True)
    box.break_module("cv2", None)


def _killed_at(name: str, file: str) -> Callable[[Box], None]:
    """Left by an installer that was killed, with the file that is written then or later not there."""

    def ruin(box: Box) -> None:
        box.make_venv(is_full=True)
        (next(box.packages.glob(f"{name}-*.dist-info")) / file).unlink()
        (box.packages / name / "__init__.py").write_text("half of it")

    return ruin


def _killed_early(box: Box) -> None:
    """Before anything told of the package that is there in part."""
    box.make_venv(is_full=True, is_ours=True)
    shutil.rmtree(next(box.packages.glob("einops-*.dist-info")))
    box.break_module("einops", "half of it")


def _killed_before_torchvision(box: Box) -> None:
    box.make_venv(is_full=True, is_ours=True)
    for path in box.packages.glob("torchvision*"):
        shutil.rmtree(path)


def _torch_without_metadata(box: Box) -> None:
    box.make_venv(is_full=True)
    shutil.rmtree(next(box.packages.glob("torch-*.dist-info")))


@pytest.mark.parametrize(
    "ruin",
    [
        _begun_venv,
        _dead_venv,
        _mute_python,
        _torch(None),
        _torch("raise OSError('libcudart.so.12: cannot open shared object file')"),
        _torch("raise AttributeError('numpy')"),
        _torch("not Python"),
        _half_a_package,
        _torch_without_metadata,
        _killed_early,
        _killed_before_torchvision,
        _killed_at("einops", "METADATA"),
        _killed_at("einops", "INSTALLER"),
        _killed_at("torch", "INSTALLER"),
    ],
)
def test_an_environment_in_the_trainers_folder_is_fixed(box: Box, ruin: Callable[[Box], None]) -> None:
    box.clone()
    ruin(box)
    assert not ENVIRONMENT.is_done(box.config)
    (told,) = interpreter(box.config, ask(box.venv / "bin" / "python", {}, 60))
    assert told.mark is Mark.BAD
    assert "wantui setup" in str(told.cure)
    perform(ENVIRONMENT, box.config)
    facts = ask(box.venv / "bin" / "python", {}, 60)
    assert not facts.torch_is_broken
    assert not any("half of it" in path.read_text() for path in box.packages.glob("*/__init__.py"))
    assert not compatibility.missing(facts, box.config)


def test_the_uv_of_an_old_image_is_not_asked(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    old = box.folder.parent / "old" / "uv"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'error: unexpected argument'; exit 2\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    box.clone()
    perform(ENVIRONMENT, box.config)
    assert ENVIRONMENT.is_done(box.config)


def _venv_without_its_file(box: Box) -> None:
    """What is installed there would go to the Python that it leads to."""
    box.make_venv(is_full=True)
    (box.venv / "pyvenv.cfg").unlink()


def _file_for_venv(box: Box) -> None:
    box.venv.write_text("a file")


def _no_venv(box: Box) -> None:
    (box.venv / "bin").mkdir(parents=True)
    (box.venv / "bin" / "python").symlink_to("/nowhere/python")
    (box.venv / "thesis.txt").write_text("years of work")


@pytest.mark.parametrize(
    ("ruin", "told"),
    [
        (_venv_without_its_file, "has no pyvenv.cfg beside its bin"),
        (_file_for_venv, "venv is not empty"),
        (_no_venv, "venv is not empty"),
    ],
)
def test_what_may_be_somebodys_is_not_cleared(box: Box, ruin: Callable[[Box], None], told: str) -> None:
    box.clone()
    ruin(box)
    _is_left_alone(box, told, f"move {box.venv} away")


@pytest.mark.parametrize("name", ["thesis.txt", "pyvenv.cfg"])
def test_a_folder_elsewhere_whose_python_is_gone_is_not_cleared(box: Box, name: str) -> None:
    box.clone()
    mine = box.folder / "mine"
    (mine / "bin").mkdir(parents=True)
    (mine / "bin" / "python").symlink_to("/nowhere/python")
    (mine / name).write_text("home = /nowhere\n")
    box.toml += f'[trainer]\npython = "{mine}/bin/python"\n'
    _is_left_alone(box, "bin/python is not there", "name another python")


def test_a_broken_torch_of_somebody_else_is_left_alone(box: Box) -> None:
    box.clone()
    _torch("raise OSError('libcudart.so.12')")(box)
    mine = box.folder / "mine"
    box.venv.rename(mine)
    box.toml += f'[trainer]\npython = "{mine}/bin/python"\n'
    _is_left_alone(box, "torch cannot be imported: libcudart.so.12", "name another python")


def test_one_that_a_setup_has_made_elsewhere_is_made_anew(box: Box) -> None:
    box.clone()
    mine = box.folder / "mine"
    (mine / "bin").mkdir(parents=True)
    (mine / "bin" / "python").symlink_to("/nowhere/python")
    (mine / "pyvenv.cfg").write_text(f"home = /nowhere\nprompt = {PROMPT}\n")
    box.toml += f'[trainer]\npython = "{mine}/bin/python"\n'
    perform(ENVIRONMENT, box.config)
    assert ENVIRONMENT.is_done(box.config)


def test_an_interpreter_that_answers_late_is_not_replaced(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.clone()
    _mute_python(box)
    (box.venv / "bin" / "python").write_text("#!/bin/sh\nsleep 600\n")
    monkeypatch.setattr(compatibility, "PATIENCE_S", 0.2)
    _is_left_alone(box, "did not answer within 0.2 s", "when the machine is less busy")


def _is_left_alone(box: Box, *told: str) -> None:
    config = box.config
    before = box.everything
    with pytest.raises(SetupError) as caught:
        plan_setup(config, "t2v")
    for words in told:
        assert words in str(caught.value)
    with pytest.raises(SetupError):
        perform(ENVIRONMENT, config)
    assert box.everything == before
