"""What stands in for VAE and T5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import pytest
from PIL import Image, ImageDraw

from wantui.dataset.encoders import MOST_TOKENS, TEXT_WIDTH
from wantui.trainer.rehearsal import latents, text

if TYPE_CHECKING:
    from pathlib import Path


def _picture(colour: str = "orange", size: tuple[int, int] = (64, 48)) -> Image.Image:
    image = Image.new("RGB", size, "navy")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 3, size[1] // 2), fill=colour)
    return image


def test_an_image_has_the_caches_tensor() -> None:
    stored = latents.cache_tensors([_picture()], (64, 48), i2v=False)

    assert {name: values.shape for name, values in stored.items()} == {"latents_1x6x8_bfloat16": (16, 1, 6, 8)}


def test_latents_depend_on_the_pixels_and_on_nothing_else() -> None:
    def encoded(colour: str) -> bytes:
        return latents.cache_tensors([_picture(colour)], (64, 48), i2v=False)["latents_1x6x8_bfloat16"].data

    assert encoded("orange") == encoded("orange")
    assert encoded("orange") != encoded("green")


def test_a_latent_sees_its_own_block_of_pixels() -> None:
    before, after = _picture(), _picture()
    ImageDraw.Draw(after).rectangle((8, 0, 15, 7), fill="white")

    changed = [
        place
        for plain, painted in zip(
            *(latents.encode_frame(image)[:4].reshape(4, -1) for image in (before, after)), strict=True
        )
        for place, (old, new) in enumerate(zip(plain, painted, strict=True))
        if old != new
    ]

    assert set(changed) == {1}


def test_image_to_video_marks_the_given_frame_and_repeats_it() -> None:
    clip = [_picture(), *(_picture("green") for _ in range(4))]

    stored = latents.cache_tensors(clip, (64, 48), i2v=True)

    plain, condition = stored["latents_2x6x8_bfloat16"], stored["latents_image_2x6x8_bfloat16"]
    assert condition.shape == (20, 2, 6, 8)
    numbers, own = list(condition.numbers()), list(plain.numbers())
    assert numbers[:48] == [1.0] * 48
    assert numbers[48:96] == [0.0] * 48
    first = latents.MASK_CHANNELS * 2 * 48
    assert numbers[first : first + 48] == own[:48]
    assert numbers[first + 48 : first + 96] != own[48:96]


@pytest.mark.parametrize(
    ("size", "bucket"), [((200, 100), (64, 64)), ((30, 90), (48, 80)), ((64, 64), (64, 64)), ((1000, 10), (112, 16))]
)
def test_an_image_is_fitted_to_its_bucket(size: tuple[int, int], bucket: tuple[int, int]) -> None:
    assert latents.fit(_picture(size=size), bucket).size == bucket


def test_the_middle_is_kept() -> None:
    image = Image.new("RGB", (300, 100), "black")
    ImageDraw.Draw(image).rectangle((100, 0, 199, 99), fill="white")

    assert latents.fit(image, (48, 48)).getextrema() == ((255, 255),) * 3


def test_clips_are_taken_from_a_video(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    frames: Any = av.VideoFrame  # from_image has no types
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=32)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(16):
            shade = Image.new("RGB", (64, 64), (number * 16,) * 3)
            container.mux(stream.encode(frames.from_image(shade)))
        container.mux(stream.encode())

    (head, later) = latents.read_clips(path, [(0, 5), (3, 1)], (32, 32), source_fps=None)
    ((halved),) = latents.read_clips(path, [(0, 5)], (32, 32), source_fps=32.0)

    def shades(frames: list[Image.Image]) -> list[int]:
        return [round(frame.convert("L").resize((1, 1)).tobytes()[0] / 16) for frame in frames]

    assert shades(head) == [0, 1, 2, 3, 4]
    assert shades(later) == [3]
    assert shades(halved) == [0, 2, 4, 6, 8]


def test_captions_become_tokens() -> None:
    assert text.tokens("Ohwx style, lighthouses!") == ["ohwx", "style", ",", "lighth", "ouses", "!", text.END]
    assert text.tokens("") == [text.END]
    assert len(text.tokens("word " * 600)) == MOST_TOKENS


def test_text_features_come_from_the_spelling() -> None:
    one, same, other = text.encode("a red boat"), text.encode("a red boat"), text.encode("a red house")

    assert one == same
    assert one.shape == (4, TEXT_WIDTH)
    shared = 2 * 2 * TEXT_WIDTH
    assert one.data[:shared] == other.data[:shared]
    assert one.data[shared:] != other.data[shared:]
    assert 0 < max(map(abs, one.numbers())) < 1
