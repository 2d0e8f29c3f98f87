"""Pixels to latents: what stands in for WAN's VAE.

Like the VAE it makes 16 numbers of each block of 8x8 pixels, and of the first frame and of every four after it.
Unlike the VAE it learned nothing: the numbers are brightness, colour, slopes and texture of the block, scaled so that
photographs give about unit variance. The same pixels give the same bits.
"""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image, ImageChops, ImageFilter

from wantui.reading import require_regular
from wantui.trainer.rehearsal.tensors import Tensor, tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

CHANNELS = 16
MASK_CHANNELS = 4
"""Channels in front of an image latent that mark the frames given, as i2v caches have them."""
PATCH = 8
"""Pixels that one latent covers each way."""
FRAMES_PER_LATENT = 4
"""Frames that every latent after the first covers."""
TARGET_FPS = 16.0
"""Frames per second that WAN is trained at."""

_GREY = 128
"""The pixel that the trainer's zero padding is."""
_SLOPE_GAIN = 8.0
"""Slopes within a block are smaller than differences between blocks; this brings them nearer to one variance."""
_TEXTURE_GAINS = (12.0, 8.0, 4.0, 1.6)
"""For fine detail, coarser detail, edges and lights, to the same end."""

Planes: TypeAlias = "list[array[float]]"
"""`CHANNELS` arrays of one frame's latents, row by row."""


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


def encode_frame(image: Image.Image) -> Planes:
    """The 16 channels of one frame; what is left over of whole blocks at the right and at the bottom is dropped."""
    image = image.crop((0, 0, image.width // PATCH * PATCH, image.height // PATCH * PATCH))
    planes: Planes = []
    for gain, band in zip((1.0, 2.0, 2.0), image.convert("YCbCr").split(), strict=True):
        planes.extend(_quadrants(band, gain))
    luma = image.convert("L")
    textures = (
        *(ImageChops.difference(luma, luma.filter(ImageFilter.BoxBlur(reach))) for reach in (1, 2)),
        luma.filter(ImageFilter.FIND_EDGES),
        ImageChops.multiply(luma, luma),
    )
    planes.extend(_texture(band, gain) for band, gain in zip(textures, _TEXTURE_GAINS, strict=True))
    return planes


def _quadrants(band: Image.Image, gain: float) -> Planes:
    """Mean, horizontal, vertical and diagonal slope of each block, from the means of its quadrants."""
    quarters = band.reduce(PATCH // 2)
    width, height = quarters.size
    values = quarters.tobytes()
    means, across, down, diagonal = array("f"), array("f"), array("f"), array("f")
    scale = gain / 64
    slope = _SLOPE_GAIN * scale / 4
    for top in range(0, height - 1, 2):
        upper, lower = values[top * width : (top + 1) * width], values[(top + 1) * width : (top + 2) * width]
        for a, b, c, d in zip(upper[0::2], upper[1::2], lower[0::2], lower[1::2], strict=False):
            means.append(((a + b + c + d) / 4 - _GREY) * scale)
            across.append((b + d - a - c) * slope)
            down.append((c + d - a - b) * slope)
            diagonal.append((a + d - b - c) * slope)
    return [means, across, down, diagonal]


def _texture(band: Image.Image, gain: float) -> array[float]:
    """The mean of each block of `band`, which is 0 where the picture is smooth or dark."""
    return array("f", [value * gain / _GREY - 0.5 for value in band.reduce(PATCH).tobytes()])


def encode_frames(frames: Sequence[Image.Image]) -> list[Planes]:
    """The latents of a clip: the first frame's, then one of every four frames."""
    groups = [frames[:1], *(frames[at : at + FRAMES_PER_LATENT] for at in range(1, len(frames), FRAMES_PER_LATENT))]
    return [_mean([encode_frame(frame) for frame in group]) for group in groups]


def _mean(encoded: list[Planes]) -> Planes:
    if len(encoded) == 1:
        return encoded[0]
    count = len(encoded)
    return [
        array("f", [sum(values) / count for values in zip(*same, strict=True)]) for same in zip(*encoded, strict=True)
    ]


def to_tensor(latents: Sequence[Planes], bucket: tuple[int, int]) -> Tensor:
    """The cache file's tensor [16, F, H/8, W/8] in bfloat16."""
    channels = len(latents[0])
    numbers = array("f")
    for channel in range(channels):
        for planes in latents:
            numbers.extend(planes[channel])
    return tensor(numbers, (channels, len(latents), bucket[1] // PATCH, bucket[0] // PATCH), "BF16")


def image_to_video(latents: Sequence[Planes], bucket: tuple[int, int], first: Image.Image) -> Tensor:
    """The condition of image-to-video: which frames are given, and the first frame followed by grey ones."""
    blocks = (bucket[0] // PATCH) * (bucket[1] // PATCH)
    given, absent = array("f", [1.0]) * blocks, array("f", [0.0]) * blocks
    grey = encode_frame(Image.new("RGB", bucket, (_GREY, _GREY, _GREY))) if len(latents) > 1 else []
    conditioned = [[given] * MASK_CHANNELS + encode_frame(first)]
    conditioned += [[absent] * MASK_CHANNELS + grey for _ in latents[1:]]
    return to_tensor(conditioned, bucket)


def cache_tensors(frames: Sequence[Image.Image], bucket: tuple[int, int], *, i2v: bool) -> dict[str, Tensor]:
    """All tensors of one latent cache file, by their names.

    Args:
        frames: one for an image, 4n+1 for a clip, each already of the bucket's size.
        bucket: width and height in pixels.
        i2v: with the condition of image-to-video.
    """
    latents = encode_frames(frames)
    size = f"{len(latents)}x{bucket[1] // PATCH}x{bucket[0] // PATCH}"
    tensors = {f"latents_{size}_bfloat16": to_tensor(latents, bucket)}
    if i2v:
        tensors[f"latents_image_{size}_bfloat16"] = image_to_video(latents, bucket, frames[0])
    return tensors


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
