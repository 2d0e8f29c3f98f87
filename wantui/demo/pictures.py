"""The sample pictures: sixteen places at the ends of the day, in one style, so that there is something to learn."""

# ruff: noqa: PLR2004  a picture is made of numbers

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.demo.brush import Painting

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

LANDSCAPE, PORTRAIT, SQUARE, WIDE = (672, 448), (448, 672), (560, 560), (768, 432)

TRIGGER = "ohwx style"
"""The words in every caption that call the style up."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample picture."""

    name: str
    """File name without its suffix."""
    size: tuple[int, int]
    """Width and height in pixels."""
    caption: str
    """What it shows, without `TRIGGER`."""
    paint: Callable[[Painting], None]

    def draw(self) -> Image.Image:
        """The picture; the same every time."""
        canvas = Painting(self.size, seed=sum(self.name.encode()))
        self.paint(canvas)
        return canvas.finish()


def _hills(c: Painting) -> None:
    c.sky((0, "#2b1a4a"), (0.35, "#8a3f6b"), (0.6, "#f0785a"), (0.8, "#ffd08a"), bottom=0.75)
    c.cloud((0.3, 0.22), 0.5, "#e07a7a", 0.5)
    c.cloud((0.75, 0.33), 0.4, "#ffb48a", 0.5)
    c.glow((0.62, 0.55), 0.45, "#ffcf80", 0.9)
    c.disc((0.62, 0.55), 0.045, "#fff2c8")
    for base, colour, foot in (
        (0.60, "#c9657a", "#e88d78"), (0.66, "#9c4a74", "#c4667a"), (0.74, "#6b3468", "#8c4470"),
        (0.83, "#3f2353", "#57305f"), (0.93, "#1d1233", "#241640"),
    ):  # fmt: skip
        c.ridge(base, 0.07, colour, foot=foot, waves=1.4, roughness=0.42)
    c.birds((0.36, 0.36), 7, "#2b1a4a")


def _moonlit_peaks(c: Painting) -> None:
    c.sky((0, "#050b24"), (0.6, "#17335f"), (1, "#5d86a8"), bottom=0.62)
    c.stars(260, 0.5)
    c.glow((0.3, 0.2), 0.55, "#9cc2e8", 0.7)
    c.disc((0.3, 0.2), 0.075, "#f4f3e4")
    c.ridge(0.47, 0.17, "#38598a", foot="#7fa3bf", waves=1.0, roughness=0.5, sharp=True)
    c.ridge(0.55, 0.10, "#213f68", foot="#4a7092", waves=1.3, roughness=0.5, sharp=True)
    edge = c.ridge(0.63, 0.012, "#0d2038", waves=2)
    for step in range(46):
        x = step / 45
        c.pine((x, edge(x) + 0.005), c.drawn.uniform(0.035, 0.085), "#0a1a2e")
    c.mirror(0.66, "#0b1d38", 0.35)
    c.glints(0.3, 0.67, "#dfe9f2", 0.16, 110)


def _skyline(c: Painting) -> None:
    c.sky((0, "#1a1440"), (0.45, "#5b2a72"), (0.75, "#d1567a"), (1, "#ffae7a"), bottom=0.8)
    c.stars(70, 0.3)
    c.glow((0.5, 0.75), 0.6, "#ff9a70", 0.6)
    for shade, lowest, width in (("#7d3a72", 0.46, 0.05), ("#4a2560", 0.40, 0.06), ("#1b1238", 0.50, 0.075)):
        x = -0.02
        while x < 1.02:
            wide = width * c.drawn.uniform(0.6, 1.3)
            top = lowest + c.drawn.uniform(-0.12, 0.22)
            c.block(x, top, x + wide, 1.0, shade)
            if c.drawn.random() < 0.25:
                c.line([(x + wide / 2, top), (x + wide / 2, top - 0.07)], shade, 0.002)
            if shade == "#1b1238":
                _windows(c, x, top, wide)
            x += wide * c.drawn.uniform(0.85, 1.15)
    c.mirror(0.82, "#140d2c", 0.42, 0.01)


def _windows(c: Painting, left: float, top: float, width: float) -> None:
    """Lit windows of one house."""
    y = top + 0.025
    while y < 0.8:
        x = left + 0.008
        while x < left + width - 0.01:
            if c.drawn.random() < 0.42:
                c.block(x, y, x + 0.005, y + 0.011, c.drawn.choice(("#ffd98a", "#ffbf66", "#fff0c0", "#ff9f6a")))
            x += 0.011
        y += 0.026


def _sunset_sea(c: Painting) -> None:
    c.sky((0, "#233a72"), (0.4, "#9a5a94"), (0.7, "#ff8e6b"), (1, "#ffd98c"), bottom=0.56)
    c.cloud((0.35, 0.16), 0.6, "#d77a94", 0.55)
    c.cloud((0.7, 0.29), 0.5, "#ffa27c", 0.6)
    c.cloud((0.2, 0.38), 0.4, "#ffb98a", 0.5)
    c.glow((0.5, 0.5), 0.5, "#ffe09a", 0.9)
    c.disc((0.5, 0.5), 0.09, "#fff4cf")
    c.mirror(0.55, "#2c2f66", 0.45, 0.012)
    c.glints(0.5, 0.555, "#ffe7b0", 0.22, 320)
    c.birds((0.7, 0.24), 6, "#3c2a5c", 0.016)


def _misty_forest(c: Painting) -> None:
    c.sky((0, "#4f7f86"), (0.5, "#b7cdb8"), (1, "#f4ead0"), bottom=0.8)
    c.glow((0.66, 0.24), 0.6, "#fff0c4", 0.8)
    for base, tall, colour, foot in (
        (0.42, 0.14, "#9dbdb0", "#d9e2cc"), (0.54, 0.2, "#6f9c93", "#c0d2c0"), (0.68, 0.27, "#41746f", "#8fb0a2"),
        (0.84, 0.36, "#1c4746", "#3f6b62"), (0.95, 0.42, "#0a2426", "#0a2426"),
    ):  # fmt: skip
        edge = c.ridge(base, 0.03, colour, foot=foot, waves=1.2)
        count = round(6 / tall)
        for step in range(count + 1):
            x = (step + c.drawn.uniform(-0.3, 0.3)) / count
            c.pine((x, edge(x) + 0.2 * tall), tall * c.drawn.uniform(0.75, 1.2), colour)


def _dunes(c: Painting) -> None:
    c.sky((0, "#2a6f97"), (0.5, "#a9c6b8"), (1, "#ffdf9e"), bottom=0.6)
    c.glow((0.24, 0.36), 0.5, "#fff3c0", 0.8)
    c.disc((0.24, 0.36), 0.05, "#fffbe6")
    for base, light, dark in (
        (0.56, "#eeb26a", "#d98f4e"), (0.66, "#e59a4f", "#b8683a"), (0.79, "#cf7a3c", "#8c4428"),
        (0.94, "#8f4527", "#4f2018"),
    ):  # fmt: skip
        c.ridge(base, 0.08, light, foot=dark, waves=0.8, roughness=0.28)
    for step in range(5):
        x = 0.52 + step * 0.055
        y = 0.66 + 0.004 * step
        c.line([(x, y), (x + 0.004, y - 0.045)], "#4f2018", 0.006)
        c.line([(x + 0.022, y), (x + 0.02, y - 0.045)], "#4f2018", 0.006)
        c.disc((x + 0.012, y - 0.055), 0.015, "#4f2018")
        c.line([(x + 0.022, y - 0.055), (x + 0.034, y - 0.085), (x + 0.04, y - 0.083)], "#4f2018", 0.006)


def _lighthouse(c: Painting) -> None:
    c.sky((0, "#0e1c4a"), (0.5, "#3d4f8f"), (0.8, "#b07aa0"), (1, "#f2b49a"), bottom=0.72)
    c.stars(120, 0.4)
    for angle in (-0.30, 2.9):
        tip = [(0.62 + 1.4 * math.cos(angle + turn), 0.27 + 0.95 * math.sin(angle + turn)) for turn in (-0.06, 0.06)]
        c.shape([(0.62, 0.27), *tip], "#6472ab" if angle < 0 else "#5d6aa5")
    c.mirror(0.7, "#121d45", 0.4, 0.01)
    c.ridge(0.86, 0.05, "#1a1f3d", waves=0.7, roughness=0.5)
    cliff = [
        (0.3 + 0.74 * t, 0.74 + 0.3 * (1 - t) ** 5 - 0.012 * math.sin(26 * t) * (1 - t))
        for t in (n / 30 for n in range(31))
    ]
    c.shape([*cliff, (1.04, 1.0)], "#12152c")
    c.shape([(0.565, 0.75), (0.59, 0.31), (0.65, 0.31), (0.675, 0.75)], "#e9e2dc")
    for band in (0.36, 0.49, 0.62):
        grow = (band - 0.31) * 0.057
        c.shape(
            [
                (0.59 - grow, band),
                (0.65 + grow, band),
                (0.65 + grow + 0.004, band + 0.06),
                (0.59 - grow - 0.004, band + 0.06),
            ],
            "#c2413f",
        )
    c.block(0.578, 0.298, 0.662, 0.312, "#20233f")
    c.block(0.598, 0.25, 0.642, 0.298, "#ffe9a8")
    c.shape([(0.588, 0.252), (0.62, 0.215), (0.652, 0.252)], "#8f2f35")
    c.glow((0.62, 0.272), 0.3, "#ffe7a0", 0.9)


def _aurora(c: Painting) -> None:
    c.sky((0, "#04081e"), (0.6, "#0b2b46"), (1, "#1f5a66"), bottom=0.75)
    c.stars(240, 0.6)
    for shift, colour in ((0.0, "#39e58c"), (0.09, "#3fc7c0"), (0.2, "#8f62e0")):
        for step in range(40):
            x = step / 39
            y = 0.34 - shift + 0.10 * math.sin(5.2 * x + 9 * shift) + 0.05 * math.sin(11 * x + 2)
            c.glow((x, y), 0.085, colour, 0.28 + 0.16 * math.sin(23 * x + 40 * shift))
    c.ridge(0.68, 0.14, "#c9dcea", foot="#5b86a3", waves=1.5, sharp=True)
    c.ridge(0.78, 0.06, "#3d6a86", foot="#27506b", waves=1.7, sharp=True)
    edge = c.ridge(0.9, 0.02, "#e4eff4", foot="#9fbccd", waves=1.1)
    for _ in range(16):
        x = c.drawn.random()
        c.pine((x, edge(x) + 0.02), c.drawn.uniform(0.08, 0.2), "#071826")
    c.block(0.70, 0.865, 0.765, 0.915, "#2a1a1c")
    c.shape([(0.69, 0.868), (0.7325, 0.825), (0.775, 0.868)], "#eef5f8")
    c.block(0.722, 0.88, 0.742, 0.9, "#ffcf70")
    c.glow((0.732, 0.89), 0.07, "#ffbe60", 0.8)


def _lone_tree(c: Painting) -> None:
    c.sky((0, "#5a4b8c"), (0.45, "#e08aa0"), (0.75, "#ffc49a"), (1, "#fff0c0"), bottom=0.8)
    c.cloud((0.3, 0.18), 0.5, "#f2a8b0", 0.5)
    c.glow((0.36, 0.66), 0.55, "#fff0b8", 0.85)
    c.disc((0.36, 0.66), 0.06, "#fffbe0")
    c.ridge(0.72, 0.03, "#b5788f", foot="#c98a90", waves=1.5)
    c.ridge(0.86, 0.05, "#5a3763", foot="#2d1b3f", waves=0.6, roughness=0.2)
    _branch(c, (0.6, 0.88), -math.pi / 2, 0.15, 0.02)


def _branch(c: Painting, foot: tuple[float, float], angle: float, length: float, width: float) -> None:
    """A tree, branch by branch, with blossom at the twigs."""
    tip = (foot[0] + length * math.cos(angle), foot[1] + length * math.sin(angle))
    c.line([foot, tip], "#2b1836", width)
    if length < 0.035:
        for _ in range(3):
            place = (tip[0] + c.drawn.gauss(0, 0.012), tip[1] + c.drawn.gauss(0, 0.012))
            c.disc(place, c.drawn.uniform(0.005, 0.011), c.drawn.choice(("#f7a8bf", "#ffc6d2", "#e57f9f", "#c9648c")))
        return
    for turn in (-0.5, 0.1, 0.52):
        _branch(c, tip, angle + turn + c.drawn.gauss(0, 0.13), length * c.drawn.uniform(0.62, 0.78), width * 0.62)


def _volcano(c: Painting) -> None:
    c.sky((0, "#0a0718"), (0.6, "#2a1030"), (1, "#6b1f2e"), bottom=0.9)
    c.stars(150, 0.5)
    c.glow((0.5, 0.4), 0.55, "#ff5a2a", 0.8)
    for step in range(26):
        drift = step / 26
        c.glow(
            (0.5 + 0.22 * drift**1.5 + 0.02 * math.sin(step), 0.37 - 0.36 * drift),
            0.06 + 0.1 * drift,
            "#7a3038",
            0.30,
        )
    c.shape([(0.02, 0.92), (0.3, 0.62), (0.43, 0.4), (0.57, 0.4), (0.68, 0.6), (0.98, 0.92)], "#1b0e18")
    for shift, bend in ((-0.03, -0.10), (0.01, 0.03), (0.04, 0.15)):
        path = [
            (0.5 + shift + bend * t * t + 0.012 * math.sin(9 * t + bend * 40), 0.4 + 0.48 * t)
            for t in (0, 0.2, 0.4, 0.6, 0.8, 1)
        ]
        c.line(path, "#b32a14", 0.016)
        c.line(path, "#ff6a1c", 0.009)
        c.line(path, "#ffd060", 0.003)
    c.shape([(0.43, 0.402), (0.46, 0.418), (0.5, 0.408), (0.54, 0.42), (0.57, 0.402)], "#ffb347")
    for _ in range(70):
        c.disc(
            (0.5 + c.drawn.gauss(0, 0.07), 0.38 - abs(c.drawn.gauss(0, 0.12))),
            c.drawn.uniform(0.0012, 0.004),
            "#ffc060",
        )
    c.glow((0.5, 0.41), 0.2, "#ffb050", 0.9)
    c.ridge(0.88, 0.02, "#120910", waves=2)
    c.mirror(0.9, "#0c0710", 0.35)


def _lavender(c: Painting) -> None:
    c.sky((0, "#4a5fa8"), (0.5, "#d99ab8"), (1, "#ffdba0"), bottom=0.46)
    c.cloud((0.7, 0.14), 0.5, "#f0b0c0", 0.5)
    c.glow((0.5, 0.42), 0.45, "#ffeab0", 0.9)
    c.disc((0.5, 0.405), 0.04, "#fffbe0")
    c.ridge(0.42, 0.02, "#8a6a9c", foot="#a880a8", waves=1.6)
    c.sky((0, "#8f6fb4"), (1, "#3c2a6c"), top=0.46)
    for row in range(-13, 14):
        near, far = 0.5 + row * 0.16, 0.5 + row * 0.016
        c.shape([(far - 0.001, 0.46), (far + 0.003, 0.46), (near + 0.035, 1.0), (near - 0.035, 1.0)], "#241a48")
        c.shape([(far + 0.004, 0.46), (far + 0.007, 0.46), (near + 0.085, 1.0), (near + 0.05, 1.0)], "#b48ad8")
    for x in (0.1, 0.145, 0.19, 0.86, 0.9):
        c.shape([(x - 0.011, 0.465), (x, 0.33 + 0.1 * abs(x - 0.5) * 0.4), (x + 0.011, 0.465)], "#2c2250")


def _bridge(c: Painting) -> None:
    c.sky((0, "#3a4a78"), (0.5, "#d98a84"), (1, "#ffd9a6"), bottom=0.8)
    c.glow((0.72, 0.55), 0.4, "#fff0c0", 0.9)
    c.disc((0.72, 0.55), 0.035, "#fffbe6")
    c.ridge(0.66, 0.05, "#a8728c", foot="#e0b0a0", waves=1.6)
    towers = (0.26, 0.74)
    for x in towers:
        for side in (-0.012, 0.012):
            c.block(x + side - 0.004, 0.2, x + side + 0.004, 0.9, "#7a2433")
        for y in (0.22, 0.34, 0.46):
            c.block(x - 0.014, y, x + 0.014, y + 0.018, "#7a2433")
    c.block(0, 0.655, 1, 0.675, "#5e1d2c")
    spans = ((-0.22, 0.26), (0.26, 0.74), (0.74, 1.22))
    for left, right in spans:
        curve = []
        for step in range(41):
            x = left + (right - left) * step / 40
            curve.append((x, 0.63 - 0.42 * (2 * step / 40 - 1) ** 2))
        c.line(curve, "#7a2433", 0.004)
        for x, y in curve[1:-1]:
            c.line([(x, y), (x, 0.66)], "#7a2433", 0.0012)
    for x in (0.1, 0.45, 0.85):
        c.glow((x, 0.86), 0.3, "#ffd8b8", 0.45)
    c.ridge(0.93, 0.02, "#e3b3a6", foot="#f7d8c0", waves=2.2)
    c.birds((0.5, 0.2), 6, "#3a2a48", 0.009)


def _balloons(c: Painting) -> None:
    c.sky((0, "#3f86b8"), (0.5, "#a8cfd0"), (0.8, "#ffe0b0"), (1, "#ffc898"), bottom=0.85)
    c.cloud((0.5, 0.5), 0.8, "#ffffff", 0.4)
    c.glow((0.5, 0.74), 0.6, "#fff0c0", 0.7)
    c.ridge(0.76, 0.06, "#c99a94", foot="#f0cfb0", waves=1.2, sharp=True)
    c.ridge(0.85, 0.05, "#8a6a72", foot="#c49a8c", waves=1.4)
    c.ridge(0.95, 0.03, "#3d4a4a", foot="#26302f", waves=1.6)
    for x, y, size, first, second in (
        (0.36, 0.28, 0.17, "#d8433f", "#ffd166"), (0.74, 0.45, 0.11, "#1f6f8b", "#f4f1de"),
        (0.2, 0.58, 0.07, "#6a4c93", "#ffca3a"), (0.62, 0.13, 0.06, "#2a9d8f", "#e9c46a"),
        (0.87, 0.67, 0.045, "#e76f51", "#fff1d0"),
    ):  # fmt: skip
        tall = size * 2 / 3
        for step, colour in enumerate((first, second, first, second, first)):
            half = size * (1, 0.8, 0.55, 0.3, 0.1)[step]
            c.shape(
                [
                    (x + half * math.cos(turn / 20 * math.pi), y - tall * math.sin(turn / 20 * math.pi))
                    for turn in range(21)
                ]
                + [(x - half * 0.28, y + tall * 1.12), (x + half * 0.28, y + tall * 1.12)],
                colour,
            )
        c.block(x - size * 0.16, y + tall * 1.3, x + size * 0.16, y + tall * 1.5, "#5b3a29")
        for side in (-1, 1):
            c.line(
                [(x + side * size * 0.26, y + tall * 1.1), (x + side * size * 0.15, y + tall * 1.3)], "#5b3a29", 0.003
            )


def _palm_island(c: Painting) -> None:
    c.sky((0, "#071238"), (0.6, "#1c3f7a"), (1, "#5a7fb0"), bottom=0.64)
    c.stars(320, 0.55)
    c.glow((0.72, 0.22), 0.4, "#cfe0ff", 0.7)
    c.disc((0.72, 0.22), 0.05, "#fdf8e4")
    c.mirror(0.63, "#0a1c44", 0.35, 0.01)
    c.glints(0.72, 0.635, "#e8f0ff", 0.16, 200)
    c.shape([(0.02 + 0.5 * t, 0.72 - 0.10 * math.sin(math.pi * t)) for t in [n / 20 for n in range(21)]], "#050b1e")
    for x, lean, tall in ((0.22, 0.05, 0.38), (0.29, -0.04, 0.29), (0.34, 0.07, 0.24)):
        trunk = [(x + lean * t * t, 0.66 - tall * t) for t in (0, 0.25, 0.5, 0.75, 1)]
        c.line(trunk, "#050b1e", 0.009)
        top = trunk[-1]
        for angle in (-2.9, -2.3, -1.7, -1.2, -0.7, -0.2, 0.35, 2.75):
            upper, lower = [], []
            for t in (0, 0.25, 0.5, 0.75, 1):
                fx, fy = top[0] + 0.12 * t * math.cos(angle), top[1] + 0.13 * t * math.sin(angle) + 0.10 * t * t
                upper.append((fx, fy - 0.016 * math.sin(math.pi * t)))
                lower.append((fx, fy + 0.016 * math.sin(math.pi * t)))
            c.shape([*upper, *reversed(lower)], "#050b1e")


def _sailboats(c: Painting) -> None:
    c.sky((0, "#f2a65a"), (0.5, "#ffd08a"), (1, "#fff2cc"), bottom=0.58)
    c.glow((0.7, 0.42), 0.5, "#fffbe0", 0.9)
    c.disc((0.7, 0.42), 0.055, "#ffffff")
    c.ridge(0.56, 0.03, "#d99a6c", foot="#e8b98a", waves=1.1)
    c.mirror(0.58, "#b5714a", 0.3, 0.012)
    c.glints(0.7, 0.585, "#fff6d8", 0.2, 260)
    for x, y, size in ((0.3, 0.72, 0.3), (0.56, 0.63, 0.13), (0.86, 0.61, 0.08)):
        c.shape(
            [(x + 0.01 * size, y - size), (x + 0.01 * size, y - 0.12 * size), (x + 0.48 * size, y - 0.12 * size)],
            "#fff4e0",
        )
        c.shape(
            [
                (x - 0.02 * size, y - 0.9 * size),
                (x - 0.02 * size, y - 0.12 * size),
                (x - 0.34 * size, y - 0.12 * size),
            ],
            "#e8c9a8",
        )
        c.line([(x, y), (x, y - 1.05 * size)], "#4a2a20", 0.012 * size)
        c.shape(
            [
                (x - 0.4 * size, y - 0.08 * size),
                (x + 0.52 * size, y - 0.08 * size),
                (x + 0.36 * size, y + 0.06 * size),
                (x - 0.28 * size, y + 0.06 * size),
            ],
            "#5c2f24",
        )
    c.birds((0.35, 0.24), 8, "#7a4a30", 0.014)


def _ringed_planet(c: Painting) -> None:
    c.sky((0, "#0b0524"), (0.5, "#3a1558"), (0.8, "#a83c7a"), (1, "#ff9a80"), bottom=0.82)
    c.stars(300, 0.7)
    c.glow((0.66, 0.3), 0.5, "#ff9ad0", 0.45)
    tilt = 0.35
    ring = [
        (
            0.66 + 0.30 * math.cos(t) * math.cos(tilt) - 0.075 * math.sin(t) * math.sin(tilt),
            0.3 + 1.5 * (0.30 * math.cos(t) * -math.sin(tilt) * 0.6 - 0.075 * math.sin(t) * math.cos(tilt)),
        )
        for t in [n * math.tau / 120 for n in range(121)]
    ]
    c.line(ring[:61], "#c9a0d8", 0.014)
    c.disc((0.66, 0.3), 0.14, "#f0b090")
    for y, half, colour in (
        (0.22, 0.112, "#e08a86"),
        (0.29, 0.138, "#ffd0a4"),
        (0.36, 0.121, "#d97a88"),
        (0.42, 0.08, "#b8587e"),
    ):
        c.shape(
            [(0.66 + half * math.cos(t), y + 0.022 * math.sin(t)) for t in [n * math.tau / 40 for n in range(40)]],
            colour,
        )
    c.line(ring[60:], "#f0d0ec", 0.014)
    c.disc((0.2, 0.2), 0.022, "#f4e4f4")
    c.ridge(0.76, 0.12, "#7a2c66", foot="#b04a78", waves=1.3, sharp=True)
    c.ridge(0.86, 0.06, "#431a4a", foot="#5c2558", waves=1.2)
    c.ridge(0.95, 0.04, "#160a24", waves=1.0)


PICTURES = (
    Sample(
        "aurora", WIDE, "northern lights over snowy mountains, a small cabin with a lit window, starry night", _aurora
    ),
    Sample("balloons", PORTRAIT, "hot air balloons above a hazy valley, clear morning", _balloons),
    Sample("bridge", WIDE, "a red suspension bridge rising out of fog, low sun, birds", _bridge),
    Sample("dunes", LANDSCAPE, "a caravan of camels crossing desert dunes, bright sun", _dunes),
    Sample("forest", PORTRAIT, "a misty pine forest in layers, soft morning light", _misty_forest),
    Sample("hills", LANDSCAPE, "layered hills at sunset, birds in a violet sky", _hills),
    Sample("island", LANDSCAPE, "palm trees on a small island at night, full moon over a calm sea", _palm_island),
    Sample("lavender", LANDSCAPE, "rows of a lavender field running to the horizon, sunrise, cypresses", _lavender),
    Sample(
        "lighthouse", PORTRAIT, "a red and white lighthouse on a cliff at dusk, its beam over the sea", _lighthouse
    ),
    Sample(
        "moonlight",
        PORTRAIT,
        "mountains by moonlight reflected in a lake, pine trees along the shore",
        _moonlit_peaks,
    ),
    Sample(
        "planet", LANDSCAPE, "a ringed planet above the mountains of another world, purple sky, stars", _ringed_planet
    ),
    Sample("sailing", SQUARE, "sailing boats on a golden sea, low sun, seagulls", _sailboats),
    Sample("skyline", LANDSCAPE, "a city skyline at dusk, lit windows mirrored in the river", _skyline),
    Sample("sunset", SQUARE, "the sun setting into the sea, a path of light on the water, long clouds", _sunset_sea),
    Sample("tree", SQUARE, "a lone cherry tree in blossom on a hill at dawn", _lone_tree),
    Sample("volcano", SQUARE, "a volcano erupting at night, lava running down to the water", _volcano),
)
"""All of them, by name."""
