"""A reader of sixels, for tests of the writer: as much of the format as any terminal must know."""

from __future__ import annotations

import re

from PIL import Image

_TOKEN = re.compile(
    r'"[\d;]+|#(?P<colour>\d+)(?P<levels>;2;\d+;\d+;\d+)?|!(?P<run>\d+)(?P<of>[?-~])|(?P<sign>[?-~])|[$-]'
)


def read_sixels(sequence: str) -> Image.Image:
    """The picture that a terminal would show; what is not drawn is black."""
    begun = re.fullmatch(r'\x1bP[\d;]*q"1;1;(\d+);(\d+)(.*)\x1b\\', sequence, re.DOTALL)
    assert begun is not None
    width, height = int(begun[1]), int(begun[2])
    image = Image.new("RGB", (width, height))
    palette: dict[int, tuple[int, int, int]] = {}
    x = band = colour = end = 0
    for token in _TOKEN.finditer(begun[3]):
        assert token.start() == end, "something that is no sixel"
        end = token.end()
        if token["levels"]:
            red, green, blue = (round(int(level) * 255 / 100) for level in token["levels"].split(";")[2:])
            palette[int(token["colour"])] = red, green, blue
        elif token["colour"]:
            colour = int(token["colour"])
        elif token[0] == "$":
            x = 0
        elif token[0] == "-":
            x, band = 0, band + 1
        else:
            bits = ord(token["of"] or token["sign"]) - 63
            run = int(token["run"] or 1)
            for line in (line for line in range(6) if bits >> line & 1):
                image.paste(palette[colour], (x, band * 6 + line, x + run, band * 6 + line + 1))
            x += run
    assert end == len(begun[3])
    return image
