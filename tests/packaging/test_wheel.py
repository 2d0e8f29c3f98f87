"""The wheel, in an empty environment: the program runs the whole job, and its style sheets are there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.supervisor.conftest import runtime
from wantui.caches.header import read_header

__all__ = ["runtime"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The ``bin`` folder of an environment with nothing in it but the wheel; its dependencies are lent to it."""
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path / "dist"),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("wantui-*.whl")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    (site,) = environment.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched, but its own .pth files are not: an editable wantui stays out.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = environment / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return environment / "bin"


def test_the_demo_runs_from_the_wheel_which_has_nothing_but_the_program_and_its_style_sheets(
    installed: Path, tmp_path: Path, runtime: Path
) -> None:
    (site,) = installed.parent.glob("lib/python*/site-packages")
    assert {entry.name.split("-")[0] for entry in site.iterdir() if entry.name != "lent.pth"} == {"wantui"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    where = "import wantui.ui.drawing.stylesheets as s; print(*s.sheets())"
    found = subprocess.run(
        [installed / "python", "-c", where], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True
    )
    sheets = [Path(word) for word in found.stdout.split()]
    assert sheets
    assert all(sheet.is_relative_to(installed.parent) and sheet.is_file() for sheet in sheets)
    wantui, folder = str(installed / "wantui"), str(tmp_path / "demo")
    demo = [wantui, "demo", "--headless", "--dir", folder, "--epochs", "1"]
    done = subprocess.run(demo, cwd=tmp_path, env=clean, capture_output=True, text=True)
    subprocess.run([wantui, "--workspace", folder, "supervisor", "stop"], env=clean, check=True)
    assert done.returncode == 0, done.stderr
    for name in ("WAN2.2-HighNoise_demo", "WAN2.2-LowNoise_demo"):
        assert read_header(tmp_path / f"demo/output/{name}.safetensors").metadata["modelspec.title"] == name
