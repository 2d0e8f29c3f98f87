"""Writes down which items the trainer takes for each batch: put this folder first on ``PYTHONPATH`` of its process.

The order of the items is shuffled and told nowhere. Both commits that wantui works with take a batch by
``BucketBatchManager.__getitem__`` (in ``dataset/image_video_dataset.py``, later ``dataset/bucket.py``); with no
worker processes for the data loader (``--max_data_loader_n_workers 0``) that happens in the order of the steps. One
line of JSON a batch, with the paths of the latent cache files, goes to the file that ``WANTUI_BATCHES`` names.

Run by the trainer's interpreter; it imports nothing of wantui. A ``sitecustomize`` of somebody else's is run as ever.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = ("musubi_tuner.dataset.bucket", "musubi_tuner.dataset.image_video_dataset")
VARIABLE = "WANTUI_BATCHES"


def observe(module: Any, file: str) -> None:
    """Write the items of each batch of a module's ``BucketBatchManager`` to `file`."""
    manager = vars(module).get("BucketBatchManager")
    if manager is None or hasattr(manager, "wantui_observed"):
        return
    take = manager.__getitem__

    def take_and_tell(self: Any, index: int) -> Any:
        taken = take(self, index)
        bucket, number = self.bucket_batch_indices[index]
        items = self.buckets[bucket][number * self.batch_size : (number + 1) * self.batch_size]
        line = json.dumps({"items": [str(item.latent_cache_path) for item in items]})
        with Path(file).open("a", encoding="utf-8") as told:
            told.write(line + "\n")
        return taken

    manager.__getitem__ = take_and_tell
    manager.wantui_observed = True


class _ObservingLoader(importlib.abc.Loader):
    """Loads a module as ever, then observes it."""

    def __init__(self, inner: Any, file: str) -> None:
        self._inner = inner
        self._file = file

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._inner.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        observe(module, self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _ObservingFinder(importlib.abc.MetaPathFinder):
    """Finds the modules that are observed where the finders behind it find them."""

    def __init__(self, file: str) -> None:
        self._file = file

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name not in MODULES:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if finder is self or find is None else find(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _ObservingLoader(spec.loader, self._file)
                return spec
        return None


def run_the_next() -> None:
    """Run the ``sitecustomize`` that would have been imported without this one."""
    own = Path(__file__).parent
    elsewhere = [folder for folder in sys.path if Path(folder or os.curdir).resolve() != own.resolve()]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if __name__ == "sitecustomize":
    if os.environ.get(VARIABLE):
        sys.meta_path.insert(0, _ObservingFinder(os.environ[VARIABLE]))
    run_the_next()
