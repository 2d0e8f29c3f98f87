"""What the sample pictures are painted with: skies, ridges, lights, reflections. The same strokes every time."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Colour = str
"""``#rrggbb``."""
Point = tuple[float, float]
"""Fractions of the picture's width and height, from the upper left."""

OVERSAMPLING = 2
"""Pictures are painted larger by this and then reduced: it smooths every edge."""


class Painting:
    """A picture under the brush. Places and sizes are fractions of its width or height."""

    def __init__(self, size: tuple[int, int], seed: int) -> None:
        self.width, self.height = size[0] * OVERSAMPLING, size[1] * OVERSAMPLING
        self.image = Image.new("RGB", (self.width, self.height))
        self.drawn = random.Random(seed)  # noqa: S311  not for secrets

    def finish(self) -> Image.Image:
        """The picture at its own size."""
        return self.image.reduce(OVERSAMPLING)

    @property
    def _pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def _at(self, point: Point) -> tuple[float, float]:
        return point[0] * self.width, point[1] * self.height

    def sky(self, *stops: tuple[float, Colour], top: float = 0.0, bottom: float = 1.0) -> None:
        """A vertical gradient from `top` to `bottom` through `stops`: how far down it, and the colour there.

        Below `bottom` the last colour goes on.
        """
        first, last = round(top * self.height), round(bottom * self.height)
        self.image.paste(_gradient((self.width, last - first), stops), (0, first))
        self.image.paste(_rgb(stops[-1][1]), (0, last, self.width, self.height))

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """A soft light; `radius` is a fraction of the width."""
        reach = round(radius * self.width)
        x, y = (round(place) for place in self._at(centre))
        fading = [strength * max(0.0, 1 - distance / 180) ** 2.2 for distance in range(256)]
        falloff = Image.radial_gradient("L")
        bands = [falloff.point([round(channel * share) for share in fading]) for channel in _rgb(colour)]
        light = Image.merge("RGB", bands).resize((2 * reach, 2 * reach), Image.Resampling.BILINEAR)
        box = (x - reach, y - reach, x + reach, y + reach)
        self.image.paste(ImageChops.screen(self.image.crop(box), light), box)

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        """A disc; `radius` is a fraction of the width."""
        x, y = self._at(centre)
        reach = radius * self.width
        self._pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled polygon."""
        self._pen.polygon([self._at(point) for point in points], fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A stroke; `width` is a fraction of the picture's width."""
        thick = max(1, round(width * self.width))
        self._pen.line([self._at(point) for point in points], fill=colour, width=thick, joint="curve")

    def block(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A filled rectangle."""
        self._pen.rectangle((*self._at((left, top)), *self._at((right, bottom))), fill=colour)

    def stars(self, count: int, bottom: float, colour: Colour = "#ffffff") -> None:
        """Stars of several brightnesses above `bottom`, more of them high up."""
        pen = self._pen
        for _ in range(count):
            x, y = self.drawn.random() * self.width, self.drawn.random() ** 1.6 * bottom * self.height
            below = self.image.getpixel((int(x), int(y)))
            bright = self.drawn.random()
            reach = 0.6 + 1.6 * bright**3
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=_mix(below, colour, 0.35 + 0.65 * bright))

    def ridge(
        self,
        base: float,
        swing: float,
        colour: Colour,
        *,
        foot: Colour | None = None,
        waves: float = 3.0,
        roughness: float = 0.5,
        sharp: bool = False,
    ) -> Callable[[float], float]:
        """Land from a wavy line down to the bottom.

        Args:
            base: mean height of the line.
            swing: how far it goes up and down.
            colour: at the line.
            foot: at the bottom, for mist; None: the same.
            waves: of the longest sort, across the picture.
            roughness: how much each shorter sort of wave is weaker than the one before.
            sharp: peaks like mountains' rather than hills'.

        Returns:
            The line: its height at a fraction of the width.
        """
        phases = [self.drawn.random() * math.tau for _ in range(6)]
        weights = [roughness**octave for octave in range(6)]

        def height(x: float) -> float:
            total = 0.0
            for octave, (phase, weight) in enumerate(zip(phases, weights, strict=True)):
                wave = math.sin(math.tau * waves * 1.9**octave * x + phase)
                total += weight * (2 * abs(wave) - 1 if sharp else wave)
            return base + swing * total / sum(weights)

        steps = self.width // 4
        line = [(x / steps, height(x / steps)) for x in range(steps + 1)]
        top = max(0, math.floor(min(y for _, y in line) * self.height))
        mask = Image.new("L", (self.width, self.height - top))
        corners = [(x * self.width, y * self.height - top) for x, y in [*line, (1.0, 1.01), (0.0, 1.01)]]
        ImageDraw.Draw(mask).polygon(corners, fill=255)
        self.image.paste(_gradient(mask.size, ((0.0, colour), (1.0, foot or colour))), (0, top), mask)
        return height

    def mirror(self, horizon: float, tint: Colour, depth: float = 0.45, ripple: float = 0.006) -> None:
        """Water below `horizon` that reflects what is above it, rippled, darker towards the front."""
        line = round(horizon * self.height)
        rows = self.height - line
        above = self.image.crop((0, max(0, line - rows), self.width, line)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        above = above.resize((self.width, rows))
        water = Image.blend(above, Image.new("RGB", above.size, tint), depth).filter(ImageFilter.BoxBlur(3))
        for row in range(0, rows, 2):
            near = row / rows
            shift = math.sin(row * 0.45 / (0.25 + near)) * ripple * self.width * (0.3 + near)
            strip = water.crop((0, row, self.width, row + 2))
            self.image.paste(ImageChops.offset(strip, round(shift), 0), (0, line + row))

    def glints(self, centre: float, horizon: float, colour: Colour, spread: float, count: int) -> None:
        """The broken path of light that a low sun or moon lays on water."""
        pen = self._pen
        for _ in range(count):
            near = self.drawn.random() ** 1.4
            y = horizon + near * (1 - horizon)
            x = centre + self.drawn.gauss(0, 0.35) * spread * (0.25 + near)
            length = (0.004 + 0.03 * near) * self.drawn.uniform(0.4, 1.0)
            below = self.image.getpixel(
                (min(self.width - 1, max(0, int(x * self.width))), min(self.height - 1, int(y * self.height)))
            )
            reach = (0.5 + 2.2 * near) * self.height / 1024
            left, middle = (x - length) * self.width, y * self.height
            box = (left, middle - reach, left + 2 * length * self.width, middle + reach)
            pen.ellipse(box, fill=_mix(below, colour, self.drawn.uniform(0.35, 0.9)))

    def cloud(self, centre: Point, length: float, colour: Colour, strength: float = 0.6) -> None:
        """A long soft cloud."""
        mask = Image.new("L", (self.width // 4, self.height // 4))
        pen = ImageDraw.Draw(mask)
        for _ in range(14):
            x = (centre[0] + self.drawn.gauss(0, length / 3)) * mask.width
            y = (centre[1] + self.drawn.gauss(0, length / 40)) * mask.height
            half, reach = (
                length * mask.width * self.drawn.uniform(0.1, 0.3),
                mask.height * self.drawn.uniform(0.004, 0.012),
            )
            pen.ellipse((x - half, y - reach, x + half, y + reach), fill=round(255 * strength))
        mask = mask.filter(ImageFilter.GaussianBlur(mask.height / 90)).resize(self.image.size)
        self.image.paste(Image.new("RGB", self.image.size, colour), mask=mask)

    def pine(self, foot: Point, height: float, colour: Colour) -> None:
        """A conifer."""
        x, y = foot
        lean = height * self.height / self.width
        self.line([(x, y + 0.01), (x, y - height * 0.3)], colour, lean * 0.035)
        tiers = 7
        for tier in range(tiers):
            top = y - height * (1 - tier / (tiers + 1.5))
            half = lean * (0.035 + 0.17 * (tier + 1) / tiers) * self.drawn.uniform(0.9, 1.1)
            bottom = top + height * 0.24
            self.shape(
                [
                    (x, top),
                    (x - half, bottom),
                    (x - half * 0.35, bottom - height * 0.03),
                    (x + half * 0.35, bottom - height * 0.03),
                    (x + half, bottom),
                ],
                colour,
            )

    def birds(self, centre: Point, count: int, colour: Colour, size: float = 0.012) -> None:
        """A loose flock far away."""
        for _ in range(count):
            x, y = centre[0] + self.drawn.gauss(0, 0.07), centre[1] + self.drawn.gauss(0, 0.03)
            wing = size * self.drawn.uniform(0.6, 1.1)
            lift = wing * self.width / self.height * 0.55
            self.line(
                [
                    (x - wing, y - lift),
                    (x - wing * 0.4, y - lift * 0.75),
                    (x, y),
                    (x + wing * 0.4, y - lift * 0.75),
                    (x + wing, y - lift),
                ],
                colour,
                0.002,
            )


def _gradient(size: tuple[int, int], stops: Sequence[tuple[float, Colour]]) -> Image.Image:
    """A vertical gradient through `stops`."""
    height = size[1]
    column = b"".join(bytes(_between(stops, row / max(1, height - 1))) for row in range(height))
    return Image.frombytes("RGB", (1, height), column).resize(size, Image.Resampling.NEAREST)


def _between(stops: Sequence[tuple[float, Colour]], place: float) -> tuple[int, int, int]:
    """The colour at `place` of a gradient through `stops`."""
    if place <= stops[0][0]:
        return _rgb(stops[0][1])
    for (start, first), (end, second) in pairwise(stops):
        if place <= end:
            return _mix(_rgb(first), second, (place - start) / (end - start))
    return _rgb(stops[-1][1])


def _mix(first: Any, second: Colour, share: float) -> tuple[int, int, int]:
    """`share` of `second` in `first`, which is a pixel as Pillow gives it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, _rgb(second), strict=True))
    return red, green, blue


def _rgb(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue
