"""What of a picture is trained on: the trainer scales it until it fills its bucket and cuts the rest off, centred.

The arithmetic is that of `resize_image_to_bucket` (musubi-tuner, ``image_video_dataset.py``; in later versions
``media_utils.py``), rounding included.
"""

from __future__ import annotations

from dataclasses import dataclass

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Crop:
    """How a picture becomes its bucket."""

    size: Size
    """The picture as it is."""
    bucket: Size
    """What is trained on."""
    scaled: Size
    """The picture after scaling, before anything is cut off."""
    left: int
    """Pixels cut off at the left, after scaling."""
    top: int
    """Pixels cut off at the top, after scaling."""

    @property
    def scale(self) -> float:
        """By how much the picture is scaled: over 1 it is upscaled."""
        return max(self.bucket[0] / self.size[0], self.bucket[1] / self.size[1])

    @property
    def is_upscaled(self) -> bool:
        """Whether the trainer has to invent pixels."""
        return self.scale > 1

    @property
    def lost(self) -> Size:
        """Pixels of the picture as it is, of its width and of its height, that are cut off."""
        return (
            round(self.size[0] * (self.scaled[0] - self.bucket[0]) / self.scaled[0]),
            round(self.size[1] * (self.scaled[1] - self.bucket[1]) / self.scaled[1]),
        )

    @property
    def lost_part(self) -> float:
        """The part of the picture's area that is cut off, from 0 to 1."""
        return 1 - self.bucket[0] * self.bucket[1] / (self.scaled[0] * self.scaled[1])

    def frame(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The part that is kept, in the picture drawn at `width` x `height`: left, top, right, bottom.

        Right and bottom are the first pixels outside; at least one pixel is inside.
        """
        across, down = width / self.scaled[0], height / self.scaled[1]
        left = min(round(self.left * across), width - 1)
        top = min(round(self.top * down), height - 1)
        right = max(left + 1, min(width, round((self.left + self.bucket[0]) * across)))
        bottom = max(top + 1, min(height, round((self.top + self.bucket[1]) * down)))
        return left, top, right, bottom


def crop_to(size: Size, bucket: Size) -> Crop:
    """How a picture of `size` becomes its `bucket`."""
    if size == bucket:
        return Crop(size, bucket, size, 0, 0)
    scale = max(bucket[0] / size[0], bucket[1] / size[1])
    scaled = int(size[0] * scale + 0.5), int(size[1] * scale + 0.5)
    return Crop(size, bucket, scaled, (scaled[0] - bucket[0]) // 2, (scaled[1] - bucket[1]) // 2)
