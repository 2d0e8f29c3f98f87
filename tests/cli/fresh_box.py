"""What a fresh box is played with: a git repository, a folder of wheels and a Hub of its own, and no network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.models_server import FakeHub
from tests.supervisor.conftest import is_gone, until
from wantui.jobs.store import RunStore
from wantui.supervisor import client
from wantui.trainer.musubi.checkout import SCRIPTS
from wantui.weights.catalogue import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace

TORCH = """
class cuda:
    get_arch_list = staticmethod(lambda: [])
class version:
    cuda = None
"""
TRANSFORMERS = """
import os, pathlib
class AutoTokenizer:
    @staticmethod
    def from_pretrained(repository, subfolder):
        hub = pathlib.Path(os.environ["HF_HOME"], "hub", "models--" + repository.replace("/", "--"))
        folder = hub / "snapshots" / "abc" / subfolder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "spiece.model").write_text("a tokenizer")
"""
DISTRIBUTIONS = {
    "torch": ("torch", TORCH), "torchvision": ("torchvision", ""), "transformers": ("transformers", TRANSFORMERS),
    "opencv-python": ("cv2", ""), "pillow": ("PIL", ""), "protobuf": ("google/protobuf", ""),
    **{name: (name, "") for name in (
        "accelerate", "safetensors", "diffusers", "einops", "av", "toml", "voluptuous", "ftfy", "easydict", "tqdm",
        "sentencepiece", "six", "tensorboard", "pip", "setuptools", "wheel",
    )},
}  # fmt: skip
"""By distribution: its module and what is in it. The last three are what a fresh environment is seeded with."""


def make_wheel(
    folder: Path,
    name: str,
    module: str,
    code: str,
    *,
    version: str = "99.0",
    command: str | None = None,
    script: str | None = None,
) -> Path:
    """A wheel of one module (PyPA's specification of the binary format).

    Args:
        folder: where it is put.
        name: of the distribution.
        module: in it, dotted by slashes.
        code: of the module.
        version: of the distribution.
        command: one that calls ``main`` of the module.
        script: a program of the distribution's name that comes along as it is.
    """
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        f"{module}/__init__.py": code,
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if command is not None:
        files[f"{stem}.dist-info/entry_points.txt"] = f"[console_scripts]\n{command} = {module}:main\n"
    if script is not None:
        files[f"{stem}.data/scripts/{name}"] = script
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text.encode())}")
    files[f"{stem}.dist-info/RECORD"] = "\n".join([*rows, f"{stem}.dist-info/RECORD,,", ""])
    made = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o100755 if ".data/" in path else 0o100644) << 16
            wheel.writestr(entry, text)
    return made


def make_repository(folder: Path) -> None:
    """A repository with the trainer's scripts and requirements, tagged."""
    scripts = folder / "src" / "musubi_tuner"
    scripts.mkdir(parents=True)
    for name in SCRIPTS.values():
        (scripts / name).write_text("")
    needed = [name for name in DISTRIBUTIONS if name not in ("torch", "torchvision", "pip", "setuptools", "wheel")]
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "m"\nversion = "1"\ndependencies = {json.dumps(needed)}\n'
    )
    who = ("-c", "user.name=t", "-c", "user.email=t@t.example")
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "all"], ["tag", "v0.3.4"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """The weights of both tasks, half a megabyte each."""
    served = FakeHub({weight.key: random.Random(weight.key).randbytes(500_000) for weight in WEIGHTS})
    yield served
    served.close()


@dataclass
class Mirrors:
    """Stand for everything that a setup loads from."""

    folder: Path
    hub: FakeHub

    @property
    def wheels(self) -> Path:
        return self.folder / "wheels"

    @property
    def toml(self) -> str:
        """What a ``wantui.toml`` says to use them."""
        return (
            f'[setup]\nrepository = "{self.folder / "mirror"}"\ntorch = "default"\npython = "{sys.executable}"\n'
            f'[models]\nendpoint = "{self.hub.endpoint}"\n'
        )


@pytest.fixture
def mirrors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: FakeHub) -> Mirrors:
    """An empty home, and an environment that knows nothing but mirrors."""
    made = Mirrors(tmp_path, hub)
    made.wheels.mkdir()
    for name, (module, code) in DISTRIBUTIONS.items():
        make_wheel(made.wheels, name, module, code)
    make_repository(tmp_path / "mirror")
    for name, value in {
        "HOME": tmp_path / "home", "HF_HOME": tmp_path / "hf", "UV_CACHE_DIR": tmp_path / "uv", "UV_OFFLINE": 1,
        "UV_NO_INDEX": 1, "UV_FIND_LINKS": made.wheels, "UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "copy",
        "WANTUI_BOX_ROOT": tmp_path / "root",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    for name in ("WORKSPACE", "VIRTUAL_ENV", "CONDA_PREFIX", "WANTUI_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    return made


def kill_everything(workspace: Workspace) -> None:
    """SIGKILL to the supervisor first, then to shims and process groups of steps."""
    status = client.status(workspace)
    if status.pid is not None:
        serving = status.pid
        os.kill(serving, signal.SIGKILL)
        until(lambda: is_gone(serving), "the supervisor's end")  # or it starts what the next lines do not find
    for run in RunStore(workspace).runs():
        for job in run.jobs:
            if not job.state.is_active:
                continue
            for kill, pid in ((os.kill, job.shim.pid if job.shim else None), (os.killpg, job.pid)):
                if pid is not None:
                    try:
                        kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
