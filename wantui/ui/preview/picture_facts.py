"""What is said below a picture: what is cut off, what the trainer sees otherwise, which frames it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.formatting import plural
from wantui.ui.drawing.glyphs import GLYPHS, Glyphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.dataset.crop import Crop
    from wantui.dataset.model import Clip, Item
    from wantui.ui.drawing.styles import Part, TextStyles

MOST_BARS = 3
"""Lines for clips at most."""
_MUCH_UPSCALED = 2.0
"""From here on upscaling is a problem rather than a blemish."""


@dataclass(frozen=True, slots=True)
class VideoTiming:
    """The length of a video file."""

    frames: int
    """In the file."""
    fps: float | None
    """Frames per second that the file tells."""


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where one is in a clip that is gone through."""

    frame: int
    """From 0, as the trainer counts after resampling."""
    is_playing: bool = False
    rate: float | None = None
    """Frames per second that are seen while it plays; None: not known yet."""


def lines_below(item: Item, *, has_crop: bool) -> int:
    """How many lines the facts of an item take."""
    lines = 1 if has_crop and item.bucket is not None else 0
    return lines + (1 + min(MOST_BARS, max(1, len(_groups(item.clips)))) if item.is_video else 0)


def facts_below(
    item: Item,
    width: int,
    styles: TextStyles,
    *,
    has_crop: bool,
    timing: VideoTiming | None,
    note: str,
    place: FramePlace | None = None,
) -> list[list[Part]]:
    """The lines below a picture.

    Args:
        item: whose.
        width: cells.
        styles: the theme's.
        has_crop: whether what is cut off is drawn.
        timing: of a video; None where not known (yet).
        note: how the trainer sees the file otherwise.
        place: the frame that is shown of a clip; None: it is shown as a whole.
    """
    lines: list[list[Part]] = []
    if has_crop and item.bucket is not None and item.width and item.height:
        from wantui.dataset.crop import crop_to  # noqa: PLC0415  wanted on request only

        lines.append(crop_parts(crop_to((item.width, item.height), item.bucket), styles))
    if item.is_video:
        lines += _video_lines(item, width, styles, timing, place)
    if note:
        lines.append([(note, styles.caution)])
    return lines


def crop_parts(crop: Crop, styles: TextStyles, glyphs: Glyphs = GLYPHS) -> list[Part]:
    """Original size, bucket, scale, and what is cut off."""
    dot: Part = (f" {glyphs.dot} ", styles.dim)
    times = glyphs.times
    sizes = f"{crop.size[0]}{times}{crop.size[1]} {glyphs.arrow} {crop.bucket[0]}{times}{crop.bucket[1]}"
    parts: list[Part] = [(sizes, styles.plain), dot]
    if crop.is_upscaled:
        ink = styles.bad if crop.scale > _MUCH_UPSCALED else styles.caution
        parts.append((f"upscaled {crop.scale:.2f}{times}", ink))
    else:
        parts.append((f"scaled {crop.scale:.2f}{times}", styles.dim))
    across, down = crop.lost
    cuts = [f"{lost} px of {side}" for lost, side in ((across, "width"), (down, "height")) if lost]
    said = f"cut {', '.join(cuts)} ({100 * crop.lost_part:.1f} %)" if cuts else "nothing cut"
    return [*parts, dot, (said, styles.plain if cuts else styles.dim)]


def _groups(clips: Sequence[Clip]) -> dict[int, list[Clip]]:
    """The clips by their length."""
    groups: dict[int, list[Clip]] = {}
    for clip in clips:
        groups.setdefault(clip.frames, []).append(clip)
    return groups


def _video_lines(
    item: Item, width: int, styles: TextStyles, timing: VideoTiming | None, place: FramePlace | None
) -> list[list[Part]]:
    frames = item.frame_count or 0
    lines = [timing_parts(item, styles, timing) if place is None else place_parts(item, styles, place)]
    groups = _groups(item.clips)
    if not groups:
        short = f"too short: no clip can be taken of {plural(frames, 'frame')}, so it is not trained on"
        return [*lines, [(f"{GLYPHS.problem} ", styles.bad), (short, styles.bad)]]
    shown = sorted(groups)[: MOST_BARS if len(groups) <= MOST_BARS else MOST_BARS - 1]
    labels = {
        length: f" {plural(length, 'frame')}"
        + (f" {GLYPHS.times} {len(groups[length])}" if len(groups[length]) > 1 else "")
        for length in shown
    }
    room = max(4, width - max(len(label) for label in labels.values()) - 2)
    for length, label in labels.items():
        bar = taken_bar(groups[length], frames, room)
        parts = [(text, styles.accent if is_taken else styles.track) for text, is_taken in bar]
        if place is not None:
            at = place.frame * min(room, frames) // frames + 1
            parts = with_sign(parts, at, (GLYPHS.upright, styles.strong))
        lines.append([*parts, (label, styles.dim)])
    if len(shown) < len(groups):
        lines.append([(f"and {plural(len(groups) - len(shown), 'more length')} of clips", styles.dim)])
    return lines


def timing_parts(item: Item, styles: TextStyles, timing: VideoTiming | None) -> list[Part]:
    """How long a video is, and how its frames per second relate to those that WAN is trained at."""
    from wantui.dataset.clips import TARGET_FPS  # noqa: PLC0415  only videos need it

    frames = item.frame_count or 0
    parts: list[Part] = [
        (f"{plural(frames, 'frame')}, {frames / TARGET_FPS:.1f} s at {TARGET_FPS:.0f} fps", styles.dim)
    ]
    if timing is None:
        return parts
    dot: Part = (f" {GLYPHS.dot} ", styles.dim)
    told = timing.fps
    if item.source_fps is not None:
        said = f"from {timing.frames} at {item.source_fps:g} fps"
        parts += [dot, (said, styles.dim)]
        if told is not None and abs(told - item.source_fps) > 0.5:  # noqa: PLR2004  29.97 is written as 30
            parts += [dot, (f"but the file has {told:.4g} fps", styles.caution)]
    elif told is not None and abs(told - TARGET_FPS) > 0.5:  # noqa: PLR2004  as above
        slower = "slower" if told > TARGET_FPS else "faster"
        times = max(told / TARGET_FPS, TARGET_FPS / told)
        said = f"the file has {told:.4g} fps: {times:.1f} times {slower} unless source_fps is set"
        parts += [dot, (said, styles.caution)]
    return parts


def place_parts(item: Item, styles: TextStyles, place: FramePlace) -> list[Part]:
    """Which frame is shown, when it is seen by the trainer, and whether it is trained on."""
    from wantui.dataset.clips import TARGET_FPS  # noqa: PLC0415  only videos need it

    dot: Part = (f" {GLYPHS.dot} ", styles.dim)
    number = f"frame {place.frame + 1} of {item.frame_count}"
    parts: list[Part] = [(number, styles.plain), dot, (f"{place.frame / TARGET_FPS:.2f} s", styles.dim), dot]
    taken = sum(clip.start <= place.frame < clip.start + clip.frames for clip in item.clips)
    said = "not trained on" if not taken else "trained on" if taken == 1 else f"trained on in {taken} clips"
    parts.append((said, styles.accent if taken else styles.dim))
    if place.is_playing:
        parts += [dot, ("playing", styles.plain)]
        if place.rate is not None and place.rate < TARGET_FPS - 1:
            parts.append((f" {place.rate:.0f} of {TARGET_FPS:.0f} frames a second", styles.caution))
    return parts


def with_sign(parts: Sequence[Part], at: int, sign: Part) -> list[Part]:
    """A line of signs that take one cell each, with another one in a cell."""
    made: list[Part] = []
    for text, ink in parts:
        if 0 <= at < len(text):
            made += [(text[:at], ink), sign, (text[at + 1 :], ink)]
        else:
            made.append((text, ink))
        at -= len(text)
    return [part for part in made if part[0]]


def taken_bar(clips: Sequence[Clip], frames: int, width: int, glyphs: Glyphs = GLYPHS) -> list[tuple[str, bool]]:
    """Which frames are taken, as a bar in stretches, each with whether it is taken.

    Args:
        clips: what is taken.
        frames: of the whole video.
        width: cells without the two ends; fewer where there are fewer frames.
        glyphs: the signs.
    """
    width = max(1, min(width, frames))
    taken = [False] * width
    for clip in clips:
        first = clip.start * width // frames
        end = -(-(clip.start + clip.frames) * width // frames)
        for cell in range(first, min(end, width)):
            taken[cell] = True
    left, right, full, empty = ("▕", "▏", "█", "░") if glyphs.upper_half else ("[", "]", "#", ".")
    bar: list[tuple[str, bool]] = [(left, False)]
    for is_taken in taken:
        sign = full if is_taken else empty
        if len(bar) > 1 and bar[-1][1] == is_taken:
            bar[-1] = (bar[-1][0] + sign, is_taken)
        else:
            bar.append((sign, is_taken))
    return [*bar, (right, False)]
