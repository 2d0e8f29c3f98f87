"""Weight files whose content is known to be wrong are told before anything starts."""

from __future__ import annotations

import hashlib
import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.trainer.conftest import TENSOR, VAE_TENSOR, Ready, codes, weights
from wantui import config as configuration
from wantui.doctor.weights import weights as weights_found
from wantui.paths import Workspace
from wantui.trainer.musubi.preflight import problems
from wantui.weights.catalogue import WEIGHTS
from wantui.weights.digests import FileIdentity
from wantui.weights.hash_cache import HashCache
from wantui.weights.remote import Remote

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.trainer.model import RunSettings


def named_as_on_the_hub(ready: Ready, tmp_path: Path, key: str) -> tuple[RunSettings, Path]:
    """Settings with one file of the Hub's name, and that file."""
    weight = next(each for each in WEIGHTS if each.key == key)
    models = dict(ready().models)
    path = models[key].rename(tmp_path / weight.name)
    return ready(models=models | {key: path}), path


def record(folder: Path, path: Path, key: str, *, hub: str) -> HashCache:
    """Keep that a file was read, and what the Hub has."""
    hash_cache = HashCache(Workspace(folder))
    weight = next(each for each in WEIGHTS if each.key == key)
    hash_cache.remember_remote(weight, Remote(path.stat().st_size, hub, None))
    hash_cache.remember(path, hashlib.sha256(path.read_bytes()).hexdigest(), FileIdentity.of(path))
    return hash_cache


@pytest.fixture(autouse=True)
def _own_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))


@pytest.mark.parametrize("key", ["t2v_high", "vae", "t5"])
def test_a_file_that_was_read_and_is_not_the_hubs_is_damaged_until_it_is_replaced(
    ready: Ready, tmp_path: Path, key: str
) -> None:
    settings, path = named_as_on_the_hub(ready, tmp_path, key)
    assert codes(settings) == []
    record(tmp_path, path, key, hub="a" * 64)
    (damaged,) = problems(settings)
    assert (damaged.code, damaged.path) == ("weights-damaged", path)
    assert "sha256 was not the Hub's" in damaged.message
    assert "`wantui models download --replace --task t2v`" in damaged.fix
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))  # another file from here on, of unknown content
    assert codes(settings) == []


def test_a_whole_file_and_one_of_an_earlier_state_of_the_hub_are_right(ready: Ready, tmp_path: Path) -> None:
    settings, path = named_as_on_the_hub(ready, tmp_path, "vae")
    hash_cache = record(tmp_path, path, "vae", hub=hashlib.sha256(path.read_bytes()).hexdigest())
    assert codes(settings) == []
    weight = next(each for each in WEIGHTS if each.key == "vae")
    hash_cache.remember_remote(weight, Remote(5, "b" * 64, None))
    assert codes(settings) == []


def test_a_file_of_ones_own_may_have_any_content(ready: Ready, tmp_path: Path) -> None:
    settings = ready()
    record(tmp_path, settings.models["t2v_high"], "t2v_high", hub="a" * 64)
    assert codes(settings) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 11361920418\n", "git-lfs"),
        (b"\n<!DOCTYPE html><html>Sign in</html>", "a web page"),
        (b"PK\x03\x04" + bytes(5000), "its end is missing"),
    ],
)
@pytest.mark.parametrize("key", ["t5", "vae", "t2v_low"])
def test_what_is_no_weights_at_all_is_told(ready: Ready, key: str, content: bytes, says: str) -> None:
    settings = ready()
    settings.models[key].write_bytes(content)
    (damaged,) = problems(settings)
    assert damaged.code == "weights-damaged"
    assert says in damaged.message


def test_a_zip_that_is_whole_is_taken(ready: Ready) -> None:
    settings = ready()
    with zipfile.ZipFile(settings.models["t5"], "w") as archive:
        archive.writestr("archive/data.pkl", b"x")
    assert codes(settings) == []


def test_a_header_whose_length_reads_as_a_bracket_is_no_web_page(ready: Ready, tmp_path: Path) -> None:
    settings, found = ready(), b""
    for pad in range(256):
        weights(settings.models["t2v_high"], tensor=TENSOR)
        weights(tmp_path / "more.safetensors", tensor=TENSOR + "x" * pad)
        found = (tmp_path / "more.safetensors").read_bytes()
        if found[:1] == b"<":
            break
    assert found[:1] == b"<"
    settings.models["t2v_high"].write_bytes(found)
    assert "weights-damaged" not in codes(settings)


@pytest.mark.parametrize(
    ("tensor", "shape", "says"),
    [
        (VAE_TENSOR, (2, 12, 3, 3, 3), "the 5B one"),
        ("decoder.weight", (2,), "holds no VAE"),
        (TENSOR, (2,), "is a diffusion model"),
    ],
)
def test_another_vae_is_told(ready: Ready, tensor: str, shape: tuple[int, ...], says: str) -> None:
    settings = ready()
    weights(settings.models["vae"], tensor=tensor, shape=shape)
    (wrong,) = problems(settings)
    assert wrong.code == "weights-wrong"
    assert says in wrong.message


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        ("token_embedding.weight", []),
        ("encoder.token_embedding.weight", []),
        ("shared.weight", ["weights-wrong"]),
    ],
)
def test_a_text_encoder_of_another_make_is_told(
    ready: Ready, tmp_path: Path, tensor: str, expected: list[str]
) -> None:
    t5 = weights(tmp_path / "t5.safetensors", tensor=tensor)
    assert codes(ready(models=ready().models | {"t5": t5})) == expected


def test_a_link_to_nothing_says_where_it_points(ready: Ready, tmp_path: Path) -> None:
    settings = ready()
    settings.models["vae"].unlink()
    settings.models["vae"].symlink_to(tmp_path / "unplugged" / "vae.safetensors")
    (missing,) = problems(settings)
    assert missing.code == "weights-missing"
    assert f"points to {tmp_path / 'unplugged' / 'vae.safetensors'}, which is gone" in missing.message


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(116, "Stale file handle")])
def test_a_disk_that_refuses_is_told(ready: Ready, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    settings = ready()
    vae, stat = os.fspath(settings.models["vae"]), os.stat

    def refuses(path: str | Path | int, **keywords: bool) -> os.stat_result:
        if not isinstance(path, int) and os.fspath(path) == vae:
            raise error
        return stat(path, **keywords)

    monkeypatch.setattr(os, "stat", refuses)
    (told,) = problems(settings)
    assert told.code == "weights-unreadable"
    assert error.strerror is not None
    assert error.strerror in told.message


def test_the_doctor_counts_the_files_that_are_proved(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ready()
    weights(settings.models["t2v_low"], shape=(3,))  # two experts are never the same file
    monkeypatch.setattr("wantui.doctor.weights.settings_for", lambda *_: settings)
    names = "".join(f'{key} = "{path}"\n' for key, path in settings.models.items())
    (tmp_path / "wantui.toml").write_text(f"[models]\n{names}")
    workspace = Workspace(tmp_path)
    (found,) = weights_found(workspace, configuration.load(workspace))
    assert "0 of 4 are proved by their sha256" in found.seen
    for key in ("t5", "vae", "t2v_high", "t2v_low"):
        path = settings.models[key]
        record(tmp_path, path, key, hub=hashlib.sha256(path.read_bytes()).hexdigest())
    (found,) = weights_found(workspace, configuration.load(workspace))
    assert found.seen == "all that t2v needs is there; every sha256 is the Hub's"
