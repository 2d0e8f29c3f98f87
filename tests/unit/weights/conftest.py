from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import close_session

from tests.models_server import COMMIT, FakeHub
from wantui import config as configuration
from wantui.paths import Workspace
from wantui.weights.catalogue import WEIGHTS
from wantui.weights.download import Download
from wantui.weights.hub import Hub
from wantui.weights.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.config import ModelsConfig
    from wantui.weights.catalogue import Weight

QUICK = RetryPolicy(tries=6, first_wait_s=0.001, longest_wait_s=0.01, longest_asked_s=0.01)


@dataclass
class Bench:
    """A workspace, and a Hub that has the files."""

    hub: FakeHub
    workspace: Workspace
    home: Path
    contents: dict[str, bytes]
    patience: RetryPolicy = QUICK
    stall_s: float = 30.0
    """Shorter where the Hub is to stall: a busy machine makes it wait as well."""

    @property
    def models(self) -> ModelsConfig:
        return configuration.load(self.workspace).models

    def target(self, key: str) -> Path:
        return self.models.by_key()[key]

    def cached(self, weight: Weight, content: bytes, *, commit: str = COMMIT, ref: str | None = None) -> Path:
        """Put a file into the Hub's cache as its library does; its blob."""
        cache = self.home / "hub" / f"models--{weight.repository.replace('/', '--')}"
        blob = cache / "blobs" / self.hub.sha256(weight)
        snapshot = cache / "snapshots" / commit / weight.path
        for folder in (blob.parent, snapshot.parent, cache / "refs"):
            folder.mkdir(parents=True)
        blob.write_bytes(content)
        snapshot.symlink_to(blob)
        if ref is not None:
            (cache / "refs" / ref).write_text(commit)
        return blob

    def download(self, **more: Any) -> Download:
        hub = Hub(self.hub.endpoint, "hf_secret", stall_s=self.stall_s)
        environment = {"HF_HOME": str(self.home)}
        return Download(self.workspace, self.models, hub, environment, self.patience, **more)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("wantui.weights.copies.COMFYUI_FOLDERS", ("~/ComfyUI/models",))
    monkeypatch.setattr("wantui.weights.download.SPARE_BYTES", 0)
    random_bytes = random.Random(5)
    contents = {weight.key: random_bytes.randbytes(200_000 + 1000 * n) for n, weight in enumerate(WEIGHTS)}
    root = tmp_path / "space"
    root.mkdir()
    hub = FakeHub(contents)
    close_session()  # the client keeps the proxies of the environment that it was made in
    yield Bench(hub, Workspace(root), tmp_path / "hf", contents)
    hub.close()
    close_session()
