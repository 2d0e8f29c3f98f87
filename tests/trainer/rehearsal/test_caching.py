"""Both cache scripts, as programs."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.trainer.rehearsal.scene import SAMPLES, Scene
from wantui.dataset import blueprint
from wantui.dataset.scan import scan
from wantui.trainer.rehearsal import tensors

REHEARSED = {"wantui.rehearsal": "true"}


def test_files_have_the_names_that_wantui_expects(cached: Scene) -> None:
    items = scan(blueprint.load(cached.folder / "dataset.toml")).items

    expected = {path.name for item in items for path in (*item.latent_caches, item.text_cache)}
    assert {path.name for path in cached.cache.iterdir()} == expected
    assert "boat_0128x0096_wan.safetensors" in expected


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("apple_0096x0096_wan.safetensors", "img_00_0096x0096_wan.safetensors"),
        ("boat_0128x0096_wan.safetensors", "img_01_0128x0096_wan.safetensors"),
        ("cat_0160x0090_wan.safetensors", "img_04_0160x0090_wan.safetensors"),
    ],
)
def test_latents_are_formed_as_the_trainers(cached: Scene, ours: str, theirs: str) -> None:
    made, metadata = tensors.load(cached.cache / ours)
    real, real_metadata = tensors.load(SAMPLES / theirs)

    assert metadata == real_metadata | REHEARSED
    assert {name: (values.dtype, values.shape) for name, values in made.items()} == {
        name: (values.dtype, values.shape) for name, values in real.items()
    }


def test_text_is_formed_as_the_trainers(cached: Scene) -> None:
    made, metadata = tensors.load(cached.cache / "cat_wan_te.safetensors")
    real, real_metadata = tensors.load(SAMPLES / "img_00_wan_te.safetensors")

    assert metadata == real_metadata | REHEARSED | {"caption1": "ohwx, one black cat"}
    assert made.keys() == real.keys()
    (tensor,), (real_tensor,) = made.values(), real.values()
    assert (tensor.dtype, tensor.shape[1]) == (real_tensor.dtype, real_tensor.shape[1])


def test_image_to_video_adds_its_condition(scene: Scene) -> None:
    assert scene.run("latents", "--i2v").code == 0

    stored, _ = tensors.load(scene.cache / "boat_0128x0096_wan.safetensors")
    assert {name: values.shape for name, values in stored.items()} == {
        "latents_1x8x8_bfloat16": (16, 1, 8, 8),
        "latents_image_1x8x8_bfloat16": (20, 1, 8, 8),
    }


def test_encoding_again_gives_the_same_files(cached: Scene) -> None:
    before = {path: path.read_bytes() for path in cached.cache.iterdir()}

    cached.cache_everything()

    assert {path: path.read_bytes() for path in cached.cache.iterdir()} == before


@pytest.mark.parametrize("job", ["latents", "text"])
def test_the_trainers_reader_follows(scene: Scene, job: str) -> None:
    ended = scene.run(job)

    assert (ended.progress.phase, ended.progress.step, ended.progress.steps) == ("encoding", 3, 3)
    assert "wantui's rehearsal trainer" in ended.text


@pytest.mark.parametrize("job", ["latents", "text"])
def test_everything_is_encoded_again_unless_told_otherwise(cached: Scene, job: str) -> None:
    path = cached.cache / {"latents": "cat_0160x0090_wan.safetensors", "text": "cat_wan_te.safetensors"}[job]
    good = path.read_bytes()
    path.write_bytes(b"anything")

    assert cached.run(job, "--skip_existing").code == 0
    assert path.read_bytes() == b"anything"

    assert cached.run(job).code == 0
    assert path.read_bytes() == good


def test_an_edited_caption_is_told(cached: Scene) -> None:
    (cached.images / "cat.txt").write_text("a tiger", encoding="utf-8")

    ended = cached.run("text")

    assert "caption mismatch: existing=ohwx, one black cat, new=a tiger, overwrite" in ended.text
    assert cached.header("cat_wan_te.safetensors")["caption1"] == "a tiger"


def test_what_belongs_to_no_item_is_removed(cached: Scene) -> None:
    for path in cached.images.glob("cat.*"):
        path.unlink()
    latents, text = cached.cache / "cat_0160x0090_wan.safetensors", cached.cache / "cat_wan_te.safetensors"

    assert f"Keep cache file not in the dataset: {latents}" in cached.run("latents", "--keep_cache").text
    assert latents.exists()
    assert f"Removed old cache file: {latents}" in cached.run("latents").text
    assert not latents.exists()
    assert text.exists()
    assert f"Removed old cache file: {text}" in cached.run("text").text
    assert len(list(cached.cache.iterdir())) == 4


def test_another_size_is_another_file(cached: Scene) -> None:
    Image.new("RGB", (80, 80), "green").save(cached.images / "cat.png")

    cached.run("latents")

    assert sorted(path.name for path in cached.cache.glob("cat_0*")) == ["cat_0080x0080_wan.safetensors"]


@pytest.mark.parametrize("job", ["latents", "text"])
def test_a_missing_caption_ends_it(scene: Scene, job: str) -> None:
    missing = scene.images / "boat.txt"
    missing.unlink()

    ended = scene.run(job)

    assert ended.code == 1
    assert f"FileNotFoundError: [Errno 2] No such file or directory: '{missing}'" in ended.text


def test_a_caption_that_is_not_utf8_ends_it(scene: Scene) -> None:
    (scene.images / "boat.txt").write_bytes("café".encode("latin-1"))

    ended = scene.run("text")

    assert ended.code == 1
    assert "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9" in ended.text


@pytest.mark.parametrize("flags", [(), ("--skip_existing",)])
def test_a_corrupt_image_ends_it(scene: Scene, flags: tuple[str, ...]) -> None:
    broken = scene.images / "boat.png"
    broken.write_bytes(b"not a picture")

    ended = scene.run("latents", *flags)

    assert ended.code == 1
    assert f"PIL.UnidentifiedImageError: cannot identify image file '{broken}'" in ended.text
    assert ended.progress.cause is not None
    assert "boat.png" in ended.progress.cause


def test_a_truncated_image_ends_it(scene: Scene) -> None:
    path = scene.images / "boat.png"
    path.write_bytes(path.read_bytes()[:-30])

    ended = scene.run("latents")

    assert ended.code == 1
    assert "OSError" in ended.text


@pytest.mark.parametrize(("job", "flag"), [("latents", "--vaee"), ("text", "--nope"), ("high", "--learning_rat=e")])
def test_an_unknown_flag_ends_it_with_two(scene: Scene, job: str, flag: str) -> None:
    assert scene.run(job, flag).code == 2


def test_a_missing_dataset_is_told(scene: Scene) -> None:
    (scene.folder / "dataset.toml").unlink()

    ended = scene.run("latents")

    assert ended.code == 1
    assert "dataset.toml" in (ended.progress.cause or "")
