"""Writes a release: whole or not at all, and over nothing that is there."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.runs.releasing.card import card
from wantui.runs.releasing.lora_file import ReleaseError, is_copy, seems_copy, write
from wantui.runs.releasing.plan import CARD, SAMPLES, SUMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.runs.releasing.plan import ReleaseFile, ReleasePlan
    from wantui.runs.sampling.pictures import SamplePicture

_MOST_PICTURES = 12
_LONGEST_SUMS = 1 << 16
_FRAME_MS = 1000 // 16
"""WAN2.2's clips have 16 frames a second."""


class TakenError(ReleaseError):
    """Something of a release's name is there already."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name
        """Of the release."""


@dataclass(frozen=True, slots=True)
class Released:
    """A release that was written."""

    plan: ReleasePlan
    sums: dict[str, str]
    """The sha256 of each LoRA file by its name."""
    in_loras_folder: tuple[Path, ...] = ()
    """Where else the files are."""
    loras_folder_error: str | None = None
    """Why they are not there, though they should be."""


def make(plan: ReleasePlan) -> Released:
    """Write what is planned.

    Raises:
        ReleaseError: something of that name is there, or a file cannot be released.
        OSError: the disk refuses something; nothing is left.
    """
    in_the_way(plan)
    plan.folder.parent.mkdir(parents=True, exist_ok=True)
    staged = plan.folder.with_name(f".{plan.folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    try:
        sums = {
            each.name: write(each.candidate.path, staged / each.name, _metadata(plan, each)) for each in plan.files
        }
        pictures = list(_pictures(plan, staged))
        atomic.write_text(staged / CARD, card(plan, sums, pictures))
        atomic.write_text(staged / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()))
        in_the_way(plan)
        staged.rename(plan.folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    atomic.sync_folder(plan.folder.parent)
    try:
        return Released(plan, sums, tuple(_put_into_loras_folder(plan)))
    except OSError as error:
        return Released(plan, sums, (), f"{plan.loras_folder}: {error.strerror}")


def made(plan: ReleasePlan) -> Released:
    """The release that was written by this plan before, each file compared again.

    Raises:
        ReleaseError: what is in its folder is another one.
        OSError: it cannot be read.
    """
    sums = _sums(plan.folder / SUMS)
    for each in plan.files:
        path = plan.folder / each.name
        if not path.is_file() or not is_copy(each.candidate.path, path, _metadata(plan, each)):
            raise ReleaseError(f"{plan.folder} is there already, and is another release; --name gives another name")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sums.get(each.name):
                raise ReleaseError(f"{plan.folder}: {SUMS} and {each.name} do not agree; --name gives another name")
    return Released(plan, {each.name: sums[each.name] for each in plan.files})


def expected_files(plan: ReleasePlan) -> tuple[tuple[str, int], ...]:
    """The files of a release by their path in it, with their bytes: as they are, else as they are expected to be.

    Raises:
        OSError: they cannot be read.
    """
    if plan.folder.is_dir():
        there = sorted(path for path in plan.folder.rglob("*") if path.is_file())
        return tuple((path.relative_to(plan.folder).as_posix(), path.stat().st_size) for path in there)
    loras = [(each.name, each.candidate.path.stat().st_size // (2 if each.converts else 1)) for each in plan.files]
    pictures = [
        (f"{SAMPLES}/{number:02d}", sum(frame.stat().st_size for frame in each.frames))
        for number, each in enumerate(plan.pictures[:_MOST_PICTURES], start=1)
    ]
    return ((CARD, 0), (SUMS, 0), *loras, *pictures)


def seems_made(plan: ReleasePlan) -> bool:
    """Whether the files in the plan's folder say that they were written by it; `made` compares them."""
    return all(seems_copy(each.candidate.path, plan.folder / each.name, _metadata(plan, each)) for each in plan.files)


def _sums(file: Path) -> dict[str, str]:
    """The hashes in a file of them, by name; empty where there is none."""
    try:
        lines = reading.read_text(file, _LONGEST_SUMS).splitlines()
    except (FileNotFoundError, ValueError):
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def in_the_way(plan: ReleasePlan) -> None:
    """See to it that nothing would be overwritten.

    Raises:
        TakenError: something would.
    """
    if os.path.lexists(plan.folder):
        told = f"{plan.folder} is there already; --name gives another name, -o another folder"
        raise TakenError(told, plan.name)
    for _, target in _in_loras_folder(plan):
        if os.path.lexists(target):
            raise TakenError(f"{target} is there already; --name gives another name, or move it away", plan.name)


def _in_loras_folder(plan: ReleasePlan) -> list[tuple[str, Path]]:
    """The files' names, and where ComfyUI has them; empty where they are not put there."""
    folder = plan.loras_folder
    return [] if folder is None else [(each.name, folder / each.name) for each in plan.files]


def _metadata(plan: ReleasePlan, file: ReleaseFile) -> dict[str, str]:
    """What a file of the release tells besides what the trainer wrote; ``modelspec`` keys are those of ModelSpec."""
    others = [each.name for each in plan.files if each is not file]
    told = {
        "modelspec.title": f"{plan.name} ({file.expert} noise)",
        "modelspec.author": plan.author,
        "modelspec.trigger_phrase": plan.trigger,
        "wantui.release": plan.name,
        "wantui.expert": str(file.expert),
        "wantui.epoch": file.candidate.mark,
        "wantui.partner": others[0] if others else "",
        "wantui.dataset": plan.dataset,
        "wantui.settings": json.dumps(plan.settings.get(str(file.expert), {}), ensure_ascii=False),
    }
    return {key: value for key, value in told.items() if value}


def _pictures(plan: ReleasePlan, folder: Path) -> Iterator[tuple[str, str]]:
    """Copy samples; the path of each below the release, and its prompt."""
    if plan.pictures:
        (folder / SAMPLES).mkdir()
    for number, each in enumerate(plan.pictures[:_MOST_PICTURES], start=1):
        yield f"{SAMPLES}/{_copy(each, folder / SAMPLES, number)}", each.prompt.text


def _copy(picture: SamplePicture, folder: Path, number: int) -> str:
    """A picture as it is, a clip as one moving picture; the name of the file."""
    if len(picture.frames) == 1:
        name = f"{number:02d}{picture.frames[0].suffix}"
        shutil.copyfile(picture.frames[0], folder / name)
        return name
    from PIL import Image  # noqa: PLC0415  for clips alone

    name = f"{number:02d}.webp"
    frames = []
    for path in picture.frames:
        with Image.open(path) as opened:
            frames.append(opened.convert("RGB"))
    frames[0].save(folder / name, save_all=True, append_images=frames[1:], duration=_FRAME_MS, loop=0)
    return name


def _put_into_loras_folder(plan: ReleasePlan) -> Iterator[Path]:
    """Link the files into ComfyUI's folder where the file system can, else copy them, each whole or not at all."""
    for name, target in _in_loras_folder(plan):
        source = plan.folder / name
        try:
            target.hardlink_to(source)
        except FileExistsError:
            raise
        except OSError:
            staged = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            try:
                shutil.copyfile(source, staged)
                if not filecmp.cmp(source, staged, shallow=False):
                    raise ReleaseError(f"{target}: the copy is not what {source} is; look at the disk") from None
                atomic.rename_new(staged, target)
            finally:
                staged.unlink(missing_ok=True)
        yield target
