"""What is wrong with the content of a weight file, as far as it is known without reading 28 GB.

From what `wantui models verify` and downloads have recorded, from a file's first bytes, and from the names of its
tensors.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from wantui import reading
from wantui.caches.header import CorruptError, read_header
from wantui.dataset.model import Problem, Severity
from wantui.paths import Workspace
from wantui.trainer.musubi.weights import dit_precision
from wantui.weights.catalogue import WEIGHTS
from wantui.weights.hash_cache import HashCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.caches.header import Header
    from wantui.trainer.model import RunSettings

VAE_TENSOR = "encoder.conv1.weight"
"""The first layer, a convolution over (out, in, frames, height, width), in the trainer's ``wan/modules/vae.py``."""
_VAE_CHANNELS = 3
"""It is given pictures; that of WAN2.2's 5B model is given patches of them, 12 channels."""
T5_TENSOR = "token_embedding.weight"
"""With or without ``encoder.`` in front (the trainer's ``wan/modules/t5.py``)."""
_ZIP = b"PK\x03\x04"
"""How files of ``torch.save`` begin."""
_POINTER = b"version https://git-lfs"
_PAGE = (b"<!doctype", b"<html")
_FIRST_BYTES = 64


def content_problems(settings: RunSettings, key: str) -> Iterator[Problem]:
    """Whether a file that is there is whole, and of the right kind where it is no expert's.

    Args:
        settings: of the run.
        key: of ``[models]``.

    Raises:
        OSError: it cannot be read.
    """
    path = settings.models[key]
    fix = f"load it anew: move it away and run `wantui models download --task {settings.task}`"
    try:
        told = broken(path)
        header = read_header(path) if path.suffix == ".safetensors" and told is None else None
    except CorruptError as error:
        told = str(error)
    if told is not None:
        yield Problem(Severity.ERROR, "weights-damaged", path, f"the {key} file is damaged: {told}", fix)
        return
    if _is_recorded_as_damaged(settings, key):
        message = f"the {key} file is damaged: when it was read, its sha256 was not the Hub's"
        fix = f"run `wantui models download --replace --task {settings.task}`, or rename it if it is a file of yours"
        yield Problem(Severity.ERROR, "weights-damaged", path, message, fix)
    elif header is not None and key in ("vae", "t5"):
        wrong = _wrong_vae(header) if key == "vae" else _wrong_t5(header)
        if wrong is not None:
            fix = f"correct {key} in [models]; `wantui models download` loads the right file"
            yield Problem(Severity.ERROR, "weights-wrong", path, f"the {key} file {wrong}", fix)


def broken(path: Path) -> str | None:
    """Why a file cannot be whole, a clause about it; None where its beginning and its end look right.

    Raises:
        OSError: it cannot be read.
    """
    with reading.open_file(path) as file:
        start = file.read(_FIRST_BYTES)
    if not start:
        return "it is empty"
    if start.startswith(_POINTER):
        return "it is what git-lfs puts in a file's place until it is fetched"
    if start.lstrip().lower().startswith(_PAGE):
        return "it is a web page"
    if start.startswith(_ZIP) and not zipfile.is_zipfile(path):
        return "its end is missing"
    return None


def _is_recorded_as_damaged(settings: RunSettings, key: str) -> bool:
    """Whether the file as it is was read, has the name of the Hub's, and is none that the Hub has or had."""
    weight = next((each for each in WEIGHTS if each.key == key), None)
    path = settings.models[key]
    if settings.base_directory is None or weight is None or path.name != weight.name:
        return False
    hash_cache = HashCache(Workspace(settings.base_directory))
    found, remote = hash_cache.digest(path), hash_cache.remote(weight)
    if found is None or remote is None:
        return False
    others = (hash_cache.remote(each) for each in WEIGHTS)  # a whole file in a wrong place is another problem
    return found not in hash_cache.earlier(weight) | {each.sha256 for each in others if each is not None}


def _wrong_vae(header: Header) -> str | None:
    shape = header.shapes.get(VAE_TENSOR, ())
    if dit_precision(header) is not None:
        return "is a diffusion model"
    if len(shape) < 2:  # noqa: PLR2004  out and in
        return "holds no VAE of WAN"
    if shape[1] != _VAE_CHANNELS:
        return "is the VAE of another WAN model, the 5B one say; the 14B experts want WAN2.1's"
    return None


def _wrong_t5(header: Header) -> str | None:
    if any(name.removeprefix("encoder.") == T5_TENSOR for name in header.dtypes):
        return None
    return "holds no text encoder that the trainer knows (ComfyUI's has other names)"
