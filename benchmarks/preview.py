"""Pictures: time and bytes by protocol, how near characters come, and from the key to the next one on the screen.

python -m benchmarks.preview

The picture is drawn in 80x40 cells of 10x20 pixels, from a photo-like JPEG of 4096x3072. The keys go to the program
in a pseudo-terminal of 200x50, with the demo's pictures; "key" is the time from the key to the
last byte of the picture.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
from PIL import Image, ImageChops, ImageFilter, ImageStat
from rich.color import ColorSystem
from rich.style import Style

from wantui.dataset.media import image_size
from wantui.dataset.model import Item
from wantui.demo.workspace import create_demo_workspace
from wantui.paths import Workspace
from wantui.supervisor import client
from wantui.terminal.graphics import HALF_CELL, TEXT_CELLS, Protocol, TerminalGraphics
from wantui.ui.preview.graphics.blocks import QUADRANTS, SEXTANTS
from wantui.ui.preview.graphics.drawing import Drawing, box_of, draw
from wantui.ui.preview.thumbnail_store import ThumbnailStore
from wantui.ui.preview.thumbnails import Palette, Picture, Thumbnails, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

CELLS = (80, 40)
CELL = (10, 20)
REPEATS = 9
QUIET_S = 0.4
"""Without a byte for so long, the repaint is over."""
HALF = "▀".encode()
GROUND = (11, 14, 20)
SEEN_CELL = (12, 24)
BLUR = 4
"""What is blurred is a fraction of a cell's width: as far as eyes do not tell its pixels apart."""


def median_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def photo(path: Path) -> Item:
    """Something with gradients and grain, as photos have."""
    size = (4096, 3072)
    plain = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * turn).resize(size) for turn in range(3)])
    grain = Image.effect_noise(size, 24).convert("RGB")
    Image.blend(plain, grain, 0.2).save(path, quality=92)
    return item_of(path)


def item_of(path: Path) -> Item:
    (width, height), changed_ns = image_size(path)
    return Item(
        subset=0, name="photo", media=path, caption_file=None, caption="", width=width, height=height,
        bucket=(960, 720), clips=(), latent_caches=(), text_cache=path, media_mtime_ns=changed_ns,
    )  # fmt: skip


def bytes_of(drawing: Drawing, system: ColorSystem) -> int:
    """Bytes that reach the terminal for it, its lines included."""
    lines = sum(
        len((segment.style or Style()).render(segment.text, color_system=system).encode())
        for strip in drawing.strips
        for segment in strip
    )
    return lines + drawing.sent


def measure_protocols(folder: Path) -> None:
    item = photo(folder / "photo.jpg")
    print(f"  photo of 4096x3072 in {CELLS[0]}x{CELLS[1]} cells     decoded  from disk      drawn      bytes")
    for name, sight, palette, system in (
        ("half-cells", TerminalGraphics(Protocol.HALFCELL, HALF_CELL), Palette.TRUE, ColorSystem.TRUECOLOR),
        (
            "half-cells, 256 colours",
            TerminalGraphics(Protocol.HALFCELL, HALF_CELL),
            Palette.CUBE,
            ColorSystem.EIGHT_BIT,
        ),
        ("quadrants", TerminalGraphics(Protocol.QUADRANT, (2, 2)), Palette.TRUE, ColorSystem.TRUECOLOR),
        ("sextants", TerminalGraphics(Protocol.SEXTANT, (2, 3)), Palette.TRUE, ColorSystem.TRUECOLOR),
        ("sixel", TerminalGraphics(Protocol.SIXEL, CELL), Palette.TRUE, ColorSystem.TRUECOLOR),
        ("kitty", TerminalGraphics(Protocol.KITTY, CELL), Palette.TRUE, ColorSystem.TRUECOLOR),
    ):
        key = key_of(item, box_of(CELLS, sight), palette, GROUND, split=sight.split)
        store = ThumbnailStore(Workspace(folder))
        decoded = median_ms(partial(lambda key: Thumbnails().make(key), key))
        first = Thumbnails(store)
        picture = first.make(key)
        first.save()
        kept = median_ms(partial(lambda key, store: Thumbnails(store).make(key), key, store))
        if not isinstance(picture, Picture):
            raise TypeError(picture)
        drawn = median_ms(partial(draw, picture, CELLS, sight, Style()))
        sent = bytes_of(draw(picture, CELLS, sight, Style()), system)
        print(f"  {name:32} {decoded:7.1f} ms {kept:7.1f} ms {drawn:7.1f} ms {sent:10,}")


def seen(drawing: Drawing) -> Image.Image:
    """What a terminal shows of characters, with cells of `SEEN_CELL` pixels."""
    across, down = SEEN_CELL
    shown = Image.new("RGB", (drawing.columns * across, len(drawing.strips) * down))
    for line, strip in enumerate(drawing.strips):
        column = 0
        for segment in strip:
            style = segment.style or Style()
            front, back = (
                each.triplet if each is not None and each.triplet is not None else (0, 0, 0)
                for each in (style.color, style.bgcolor)
            )
            for sign in segment.text:
                cell = Image.new("RGB", SEEN_CELL, tuple(back))
                cell.paste(Image.new("RGB", SEEN_CELL, tuple(front)), mask=mask_of(sign))
                shown.paste(cell, (column * across, line * down))
                column += 1
    return shown


@cache
def mask_of(sign: str) -> Image.Image:
    """Where a character has its own colour."""
    signs = QUADRANTS if sign in QUADRANTS else SEXTANTS
    number, rows = signs.index(sign), len(signs).bit_length() // 2
    bits = Image.new("L", (2, rows))
    bits.putdata([255 * (number >> at & 1) for at in range(2 * rows)])
    return bits.resize(SEEN_CELL, Image.Resampling.NEAREST)


def error_of(item: Item, cells: tuple[int, int], sight: TerminalGraphics, palette: Palette) -> float:
    """Mean squared error of a picture's levels (0 to 255) against all its pixels, both seen from a little away."""
    whole = Thumbnails().make(key_of(item, (cells[0] * SEEN_CELL[0], cells[1] * SEEN_CELL[1]), Palette.TRUE, GROUND))
    small = Thumbnails().make(key_of(item, box_of(cells, sight), palette, GROUND, split=sight.split))
    if not isinstance(whole, Picture) or not isinstance(small, Picture):
        raise TypeError(whole, small)
    found = seen(draw(small, cells, sight, Style()))
    across, down = SEEN_CELL[0] // sight.cell[0], SEEN_CELL[1] // sight.cell[1]
    found = found.crop((0, 0, small.width * across, small.height * down))
    meant = Image.frombytes("RGB", (whole.width, whole.height), whole.pixels).resize(found.size)
    blur = ImageFilter.GaussianBlur(SEEN_CELL[0] / BLUR)
    between = ImageChops.difference(found.filter(blur), meant.filter(blur))
    return statistics.mean(level**2 for level in ImageStat.Stat(between).rms)


def measure_likeness(folder: Path) -> None:
    """How near each kind of characters comes to the demo's pictures."""
    create_demo_workspace(folder)
    paths = sorted(path for path in (folder / "dataset").rglob("*") if path.suffix in {".png", ".jpg", ".webp"})
    print(f"  mean squared error of {len(paths)} pictures of the demo, blurred by 1/{BLUR} of a cell's width")
    for cells in ((100, 45), (40, 16)):
        for palette in Palette:
            found = {
                protocol: statistics.mean(
                    error_of(item_of(path), cells, TerminalGraphics(protocol, TEXT_CELLS[protocol]), palette)
                    for path in paths
                )
                for protocol in (Protocol.HALFCELL, Protocol.QUADRANT, Protocol.SEXTANT)
            }
            said = "  ".join(
                f"{protocol} {each:6.1f} ({each / found[Protocol.HALFCELL]:4.0%})" for protocol, each in found.items()
            )
            print(f"  {cells[0]:3}x{cells[1]} cells, {palette.value:4} colours  {said}")


def repaint_ms(program: pexpect.spawn[bytes], key: str) -> tuple[float, int]:
    """From a key to the last byte of the picture that it leads to, and how many bytes came until then."""
    begun = last = drawn = time.perf_counter()
    count = until_drawn = 0
    program.send(key)
    while time.perf_counter() - last < QUIET_S:
        with suppress(pexpect.TIMEOUT):
            data = program.read_nonblocking(1 << 16, timeout=0.002)
            count += len(data)
            last = time.perf_counter()
            if HALF in data:
                drawn, until_drawn = last, count
    return 1000 * (drawn - begun), until_drawn


def measure_keys(folder: Path) -> None:
    os.environ["WANTUI_RUNTIME_DIR"] = str(folder / "runtime")
    create_demo_workspace(folder)
    with (folder / "wantui.toml").open("a", encoding="utf-8") as file:
        file.write("\n[watch]\nenabled = false\n")  # nothing else is to be at work
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    environment.pop("TMUX", None)
    argv = ["-m", "wantui", "--workspace", str(folder)]
    program = pexpect.spawn(sys.executable, argv, dimensions=(50, 200), env=environment)
    program.delaybeforesend = None  # else every key waits 50 ms
    try:
        program.expect(HALF * 3, timeout=60)
        for _ in range(30):  # until the screen is still
            repaint_ms(program, "")
        for what in ("first time, prefetched", "seen before"):
            found = [repaint_ms(program, "j") for _ in range(12)]
            program.send("g")
            repaint_ms(program, "")
            times, counts = [each[0] for each in found], [each[1] for each in found]
            print(
                f"  key to the next picture, {what:24} median {statistics.median(times):5.1f} ms,"
                f" worst {max(times):5.1f} ms, {statistics.median(counts):,.0f} bytes"
            )
    finally:
        program.close(force=True)
        client.shut_down(Workspace(folder))


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        measure_protocols(Path(temporary))
    with tempfile.TemporaryDirectory() as temporary:
        measure_likeness(Path(temporary))
    with tempfile.TemporaryDirectory() as temporary:
        measure_keys(Path(temporary))


if __name__ == "__main__":
    main()
