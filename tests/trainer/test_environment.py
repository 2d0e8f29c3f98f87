"""Which packages an interpreter finds, read from its files."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainer.settings import run_settings
from wantui.trainer.musubi import python_source
from wantui.trainer.musubi.environment import Environment, environment_of

if TYPE_CHECKING:
    from pathlib import Path


def virtual(folder: Path, *modules: str, system: str = "false", home: str = "/nowhere/bin") -> Path:
    """A virtual environment with packages; its site-packages."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch(mode=0o755)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = {system}\n")
    site = folder / "lib" / "python3.11" / "site-packages"
    for module in modules:
        (site / module).mkdir(parents=True)
        (site / module / "__init__.py").touch()
    site.mkdir(parents=True, exist_ok=True)
    return site


def of(folder: Path, **env: str) -> Environment:
    return environment_of(
        run_settings(trainer_python=folder / "bin" / "python", trainer_env={"PYTHONPATH": "", **env})
    )


def test_packages_modules_and_compiled_modules(tmp_path: Path) -> None:
    site = virtual(tmp_path, "torch")
    (site / "six.py").touch()
    (site / "_cffi.cpython-311-x86_64-linux-gnu.so").touch()
    found = of(tmp_path)
    assert not any(found.lacks(name) for name in ("torch", "six", "_cffi"))
    assert found.lacks("prodigyopt")
    assert found.lacks("torch.nothing")
    assert found.module("torch") == site / "torch" / "__init__.py"


def test_where_the_system_is_not_known_nothing_is_missing(tmp_path: Path) -> None:
    virtual(tmp_path, "torch", system="true")
    found = of(tmp_path)
    assert not found.lacks("prodigyopt")
    assert found.module("prodigyopt") is None
    assert found.module("torch") is not None


def test_packages_of_the_system(tmp_path: Path) -> None:
    base = tmp_path / "usr"
    (base / "bin").mkdir(parents=True)
    (base / "bin" / "python3.11").touch(mode=0o755)
    (base / "lib" / "python3.11" / "site-packages" / "torch").mkdir(parents=True)
    (base / "lib" / "python3.11" / "os.py").touch()
    (base / "lib" / "python3" / "dist-packages" / "yaml").mkdir(parents=True)
    virtual(tmp_path / "venv", system="true", home=str(base / "bin"))
    found = of(tmp_path / "venv")
    assert not found.lacks("torch")
    assert not found.lacks("yaml")
    assert found.lacks("prodigyopt")


def test_python_path_counts(tmp_path: Path) -> None:
    virtual(tmp_path / "venv")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "prodigyopt.py").touch()
    assert not of(tmp_path / "venv", PYTHONPATH=str(tmp_path / "mine")).lacks("prodigyopt")


def test_folders_and_editable_packages_of_path_files(tmp_path: Path) -> None:
    site = virtual(tmp_path / "venv")
    for name in ("listed/one", "edited/two"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
    (site / "a.pth").write_text(f"# a comment\n{tmp_path / 'listed'}\n")
    (site / "b.pth").write_text("import __editable___two_finder; __editable___two_finder.install()\n")
    mapping = {"two": str(tmp_path / "edited" / "two")}
    (site / "__editable___two_finder.py").write_text(f"MAPPING: dict[str, str] = {mapping!r}\n")
    found = of(tmp_path / "venv")
    assert not found.lacks("one")
    assert found.module("two") == tmp_path / "edited" / "two" / "__init__.py"
    assert found.lacks("three")


def test_a_path_file_that_runs_something_unknown(tmp_path: Path) -> None:
    site = virtual(tmp_path / "venv")
    (site / "x.pth").write_text("import something_of_theirs\n")
    assert not of(tmp_path / "venv").lacks("prodigyopt")


def test_a_class_is_followed_to_where_it_is_written(tmp_path: Path) -> None:
    site = virtual(tmp_path / "venv", "opt")
    (site / "opt" / "__init__.py").write_text("from .impl import Better as Best\n")
    (site / "opt" / "impl.py").write_text("class Better:\n    def __init__(self, params, lr=1, *, d0=1): ...\n")
    signature = of(tmp_path / "venv").signature("opt", "Best")
    assert signature is not None
    assert signature.names == {"self", "params", "lr", "d0"}
    assert signature.required == ("params",)


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    site = virtual(tmp_path / "venv", "opt")
    (site / "opt" / "__init__.py").write_text("from opt import Best\n")
    assert of(tmp_path / "venv").signature("opt", "Best") is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b\nfrom c import d as e\nf = g = 1\n", {"a", "e", "f", "g"}),
        ("try:\n    import a\nexcept ImportError:\n    b = 1\nif 1:\n    def c(): pass\n", {"a", "b", "c"}),
        ("from . import x\nclass A: y = 1\ndel x\n", {"A"}),
        ("from c import *\n", None),
        ("def __getattr__(name): ...\n", None),
        ("globals()['a'] = 1\n", None),
    ],
)
def test_names_of_a_module(tmp_path: Path, source: str, names: set[str] | None) -> None:
    (tmp_path / "a.py").write_text(source)
    found = python_source.outline(tmp_path / "a.py")
    assert found is not None
    assert found.names == names


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode(errors="replace"))))
def test_foreign_sources_and_settings_do_no_harm(tmp_path: Path, content: bytes) -> None:
    site = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    if not site.is_dir():
        virtual(tmp_path / "venv")
    for name in ("__editable___x_finder.py", "x.py", "x.pth"):
        (site / name).write_bytes(content)
    (site / "y.pth").write_text("import __editable___x_finder\n")
    (tmp_path / "venv" / "pyvenv.cfg").write_bytes(content)
    of(tmp_path / "venv").lacks("x")
    assert python_source.parsed(site / "x.py") is None or python_source.outline(site / "x.py") is not None


@pytest.mark.parametrize("text", ["(" * 100_000, "-" * 60_000 + "1", "[" * 50_000 + "]" * 50_000, "\0", "1e999999"])
def test_monstrous_values_are_refused_or_read(text: str) -> None:
    with contextlib.suppress(python_source.LiteralValueError):
        python_source.evaluated(text)


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    assert not environment_of(replace(run_settings(), trainer_python=tmp_path / "none")).lacks("torch")
