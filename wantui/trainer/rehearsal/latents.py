"""Pixels to latents: what stands in for WAN's VAE.

Like the VAE it makes 16 numbers of each block of 8x8 pixels, and of the first frame and of every four after it.
Unlike the VAE it learned nothing: the numbers are brightness, colour, slopes and texture of the block, scaled so that
photographs give about unit variance. The same pixels give the same bits.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter

from wantui.dataset.clips import TARGET_FPS
from wantui.dataset.encoders import FRAMES_A_LATENT, PIXELS_A_LATENT
from wantui.reading import require_regular
from wantui.trainer.rehearsal.arrays import Array, np
from wantui.trainer.rehearsal.tensors import Tensor, tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

MASK_CHANNELS = 4
"""Channels in front of an image latent that mark the frames given, as i2v caches have them."""

_GREY = 128
"""The pixel that the trainer's zero padding is."""
_SLOPE_GAIN = 8.0
"""Slopes within a block are smaller than differences between blocks; this brings them nearer to one variance."""
_TEXTURE_GAINS = (12.0, 8.0, 4.0, 1.6)
"""For fine detail, coarser detail, edges and lights, to the same end."""


def open_image(path: Path) -> Image.Image:
    """The whole image in RGB, as the trainer reads it.

    Raises:
        PIL.UnidentifiedImageError: not an image.
        OSError: truncated or unreadable.
    """
    require_regular(path)
    with Image.open(path) as image:
        return image.convert("RGB")


def fit(image: Image.Image, bucket: tuple[int, int]) -> Image.Image:
    """Resize until `image` covers `bucket` and crop the middle, as the trainer does.

    Args:
        image: of any size.
        bucket: width and height in pixels.
    """
    if image.size == bucket:
        return image
    scale = max(bucket[0] / image.width, bucket[1] / image.height)
    width, height = int(image.width * scale + 0.5), int(image.height * scale + 0.5)
    # The trainer enlarges with Lanczos and shrinks by area.
    resized = image.resize((width, height), Image.Resampling.LANCZOS if scale > 1 else Image.Resampling.BOX)
    left, top = (width - bucket[0]) // 2, (height - bucket[1]) // 2
    return resized.crop((left, top, left + bucket[0], top + bucket[1]))


def encode_frame(image: Image.Image) -> Array:
    """[16, H/8, W/8] of one frame; what is left over of whole blocks at the right and at the bottom is dropped."""
    width, height = (side // PIXELS_A_LATENT * PIXELS_A_LATENT for side in image.size)
    image = image.crop((0, 0, width, height))
    channels: list[Array] = []
    for scale, band in zip((1 / 64, 1 / 32, 1 / 32), image.convert("YCbCr").split(), strict=True):
        channels += _slopes(band, scale)
    luma = image.convert("L")
    textures = (
        *(ImageChops.difference(luma, luma.filter(ImageFilter.BoxBlur(reach))) for reach in (1, 2)),
        luma.filter(ImageFilter.FIND_EDGES),
        ImageChops.multiply(luma, luma),
    )
    # A texture is 0 where the picture is smooth or dark.
    for gain, band in zip(_TEXTURE_GAINS, textures, strict=True):
        channels.append(np.array(band.reduce(PIXELS_A_LATENT)) * (gain / _GREY) - 0.5)
    return np.stack(channels)


def _slopes(band: Image.Image, scale: float) -> list[Array]:
    """Mean, horizontal, vertical and diagonal slope of each block, from the means of its quadrants."""
    quarters = np.array(band.reduce(PIXELS_A_LATENT // 2), float)
    a, b, c, d = (quarters[top::2, left::2] for top in (0, 1) for left in (0, 1))
    slope = _SLOPE_GAIN * scale / 4
    mean = ((a + b + c + d) / 4 - _GREY) * scale
    return [mean, (b + d - a - c) * slope, (c + d - a - b) * slope, (a + d - b - c) * slope]


def encode_frames(frames: Sequence[Image.Image]) -> Array:
    """The latents of a clip, [16, F, H/8, W/8]: the first frame's, then the mean of every four frames."""
    groups = [frames[:1], *(frames[at : at + FRAMES_A_LATENT] for at in range(1, len(frames), FRAMES_A_LATENT))]
    return np.stack([np.mean([encode_frame(frame) for frame in group], axis=0) for group in groups], axis=1)


def image_to_video(first: Image.Image, count: int) -> Array:
    """The condition of image-to-video, [20, F, H/8, W/8]: which frames are given, and `first` before grey ones.

    Args:
        first: the first frame.
        count: F, the latents that the clip has.
    """
    grey = encode_frame(Image.new("RGB", first.size, (_GREY, _GREY, _GREY)))
    frames = np.stack([encode_frame(first), *[grey] * (count - 1)], axis=1)
    given = np.zeros((MASK_CHANNELS, *frames.shape[1:]))
    given[:, 0] = 1.0
    return np.concatenate([given, frames])


def cache_tensors(frames: Sequence[Image.Image], bucket: tuple[int, int], *, i2v: bool) -> dict[str, Tensor]:
    """All tensors of one latent cache file in bfloat16, by their names.

    Args:
        frames: one for an image, 4n+1 for a clip, each already of the bucket's size.
        bucket: width and height in pixels.
        i2v: with the condition of image-to-video.
    """
    latents = encode_frames(frames)
    made = {"latents": latents} | ({"latents_image": image_to_video(frames[0], latents.shape[1])} if i2v else {})
    size = f"{latents.shape[1]}x{bucket[1] // PIXELS_A_LATENT}x{bucket[0] // PIXELS_A_LATENT}"
    return {f"{kind}_{size}_bfloat16": tensor(values, values.shape, "BF16") for kind, values in made.items()}


def read_clips(
    path: Path, clips: Iterable[tuple[int, int]], bucket: tuple[int, int], source_fps: float | None
) -> list[list[Image.Image]]:
    """Decode stretches of a video at the trainer's frame rate and the bucket's size.

    Args:
        path: the video.
        clips: first frame and length of each, counted after resampling.
        bucket: width and height in pixels.
        source_fps: the source's frames per second; None: every frame is taken.

    Raises:
        av.error.FFmpegError: the video cannot be decoded.
    """
    wanted = [(start, start + length) for start, length in clips]
    last = max((end for _, end in wanted), default=0)
    needed = {number for start, end in wanted for number in range(start, end)}
    kept: dict[int, Image.Image] = {}
    exact, previous = 0.0, -1
    for frame in _frames(path):
        number = int(exact)
        exact += 1.0 if source_fps is None else TARGET_FPS / source_fps
        if number == previous:
            continue
        previous = number
        if number >= last:
            break
        if number in needed:
            kept[number] = fit(frame(), bucket)
    return [[kept[number] for number in range(start, end) if number in kept] for start, end in wanted]


def _frames(path: Path) -> Iterator[Callable[[], Image.Image]]:
    """The frames of a video, or the images of a folder that stands for one; each is made into pixels when called."""
    if path.is_dir():
        for name in sorted(path.iterdir()):
            yield partial(open_image, name)
        return
    import av  # noqa: PLC0415  only videos need it, and it takes long to import

    require_regular(path)
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_image
